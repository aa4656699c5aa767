//! Quotes: the message that another one answers, as it reads now. A quote is a reference; its words are looked up
//! whenever it is shown, and only for those who may hear them.

use std::collections::HashMap;

use super::Chat;
use super::eyes::Eyes;
use super::schema::{self, MessageDocument};
use crate::engine::{EngineError, Id, Key};
use crate::wire::{Author, QuoteObject};

/// How many characters of a message are quoted.
const MOST_CHARACTERS: usize = 200;

/// What is quoted of a message.
#[derive(Debug)]
struct Quoted {
    by: Option<String>,
    body: Option<String>,
    deleted: bool,
}

/// What a set of messages quotes, by the keys of what is quoted. Nothing stands for what may not be heard.
#[derive(Debug, Default)]
pub(super) struct Quotes(HashMap<Key, Option<Quoted>>);

/// The key of the message that a message in a room answers.
pub(super) fn answered(room: &str, id: &str) -> Option<Key> {
    let id: Id = id.parse().ok()?;
    // What it answers came before it: if the log went back, to behind both.
    Some(schema::message(room, id.number))
}

impl Chat {
    /// What is quoted by those that answer these messages of rooms, as far as these eyes may see it.
    pub(super) async fn quotes<'a>(
        &self,
        answers: impl Iterator<Item = (&'a str, &'a str)>,
        eyes: Eyes<'_>,
    ) -> Result<Quotes, EngineError> {
        let mut quotes = Quotes::default();
        let mut missing = Vec::new();
        for (room, id) in answers {
            let Some(key) = answered(room, id) else { continue };
            if quotes.0.contains_key(&key) {
                continue;
            }
            if key.last_number().is_some_and(|number| number > self.seen_after(room, eyes)) {
                missing.push(key.clone());
            }
            quotes.0.insert(key, None);
        }
        let found = if missing.is_empty() { Vec::new() } else { self.engine.get(&missing).await? };
        for (key, stored) in missing.into_iter().zip(found) {
            let document = stored.map(|stored| schema::read::<MessageDocument>(&key, &stored)).transpose()?;
            quotes.0.insert(key, Some(quoted(document)));
        }
        Ok(quotes)
    }
}

fn quoted(document: Option<MessageDocument>) -> Quoted {
    match document.filter(|document| document.deleted.is_none()) {
        None => Quoted { by: None, body: None, deleted: true },
        Some(document) => Quoted {
            by: document.by,
            body: document.body.map(|body| body.chars().take(MOST_CHARACTERS).collect()),
            deleted: false,
        },
    }
}

impl Quotes {
    /// Who said what is quoted.
    pub(super) fn people(&self) -> impl Iterator<Item = &str> {
        self.0.values().flatten().filter_map(|quoted| quoted.by.as_deref())
    }

    /// The quote of a message in a room.
    pub(super) fn object(
        &self,
        room: &str,
        id: &str,
        authors: &HashMap<String, Author>,
    ) -> Option<QuoteObject> {
        let quoted = self.0.get(&answered(room, id)?)?;
        let id = id.to_owned();
        Some(match quoted {
            None => QuoteObject { id, by: None, body: None, deleted: false },
            Some(Quoted { by, body, deleted }) => QuoteObject {
                id,
                by: by.as_ref().and_then(|by| authors.get(by).cloned()),
                body: body.clone(),
                deleted: *deleted,
            },
        })
    }
}
