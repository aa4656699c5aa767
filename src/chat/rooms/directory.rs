//! The public rooms by name.

use super::RoomObject;
use crate::chat::rights::{Case, Deed, Who, may};
use crate::chat::schema::{self, NameDocument, Role, RoomDocument};
use crate::chat::{Chat, Refusal, RoomName, Speaker};
use crate::engine::{Direction, EngineError, Key, KeyRange};

/// How many names are read at a time, and how many are looked through for one page.
const PIECE: usize = 128;
const MOST_LOOKED_THROUGH: usize = 2_048;

/// A page of the directory.
#[derive(Debug)]
pub struct Directory {
    /// By name.
    pub rooms: Vec<RoomObject>,
    /// There may be more after this name.
    pub more: Option<String>,
}

impl Chat {
    /// Public rooms by name, at most `limit` after a name, whose name or topic has these words in it. A page may
    /// have fewer, or none, though there are more: only so many names are looked through for it.
    pub async fn directory(
        &self,
        speaker: &Speaker,
        words: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Directory, Refusal> {
        let person = self.present(speaker).await?;
        let who = person.as_ref().map_or(Who::of(Role::Stranger), Who::from);
        let mut directory = Directory { rooms: Vec::new(), more: None };
        if may(self.policy(), Case::in_room(who, &RoomDocument::default(), None), Deed::Hear).is_err() {
            return Ok(directory);
        }
        let words = words.to_lowercase();
        let mut range = KeyRange::under(&Key::new("name"));
        if let Some(after) = after {
            range.start = format!("{}\0", schema::name(after));
        }
        for _ in 0..MOST_LOOKED_THROUGH / PIECE {
            let (names, last) = self.names_in(&range).await?;
            for (name, room) in names {
                let is_meant = name.as_str().contains(&words) || room.topic.to_lowercase().contains(&words);
                // An old name leads to a room that stands under its new one.
                if room.name != name.as_str() || !is_meant {
                    continue;
                }
                if directory.rooms.len() == limit {
                    directory.more = directory.rooms.last().and_then(|room| room.name.clone());
                    return Ok(directory);
                }
                match self.visit(speaker, &name).await {
                    Ok(visit) => directory.rooms.push(self.card(&visit).await?),
                    Err(Refusal::Engine(error)) => return Err(error.into()),
                    // They are banned from it.
                    Err(_) => {}
                }
            }
            directory.more = last;
            match &directory.more {
                Some(last) => range.start = format!("{}\0", schema::name(last)),
                None => break,
            }
        }
        Ok(directory)
    }

    /// The next names with the rooms to which they lead; and the last of them, unless there are no more.
    async fn names_in(
        &self,
        range: &KeyRange,
    ) -> Result<(Vec<(RoomName, RoomDocument)>, Option<String>), EngineError> {
        let page = self.engine().scan(range.clone(), PIECE, Direction::Forward).await?;
        let last = page.last().filter(|_| page.len() == PIECE).and_then(|(key, _)| key.last_part());
        let last = last.map(str::to_owned);
        let (mut names, mut rooms) = (Vec::with_capacity(page.len()), Vec::with_capacity(page.len()));
        for (key, stored) in &page {
            if let Some(name) = key.last_part().and_then(|name| RoomName::parse(name).ok()) {
                names.push(name);
                rooms.push(schema::room(&schema::read::<NameDocument>(key, stored)?.room));
            }
        }
        let mut found = Vec::with_capacity(names.len());
        for ((name, key), stored) in names.into_iter().zip(&rooms).zip(self.engine().get(&rooms).await?) {
            if let Some(stored) = stored {
                found.push((name, schema::read(key, &stored)?));
            }
        }
        Ok((found, last))
    }
}
