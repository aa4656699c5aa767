//! To say something in a room: once, however often it is repeated under the same key.

use std::sync::Arc;

use super::change;
use super::eyes::Eyes;
use super::once::use_key;
use super::schema::{self, MessageDocument, ReplyDocument, kind};
use super::{Chat, Deed, Draft, Person, Refusal, RoomName, Visit};
use crate::engine::{Commit, Id, Key, NewEntry, NumberedKey, Outcome, Standing};
use crate::wire::MessageObject;

/// Who says something.
#[derive(Debug, Clone, Default)]
pub struct Speaker {
    /// The person, if they have given a name.
    pub person: Option<Person>,
    /// The client, if it has a name.
    pub client: Option<Arc<str>>,
    /// Whether the client chose its name itself. One that was given to it for a connection does not come
    /// back with the next, when a post is repeated.
    pub named_itself: bool,
    /// By what the person is known, if they are.
    pub session: Option<Arc<str>>,
}

/// What became of something that was said.
#[derive(Debug, Clone)]
pub struct Said {
    /// The message as everybody sees it.
    pub message: MessageObject,
    /// Whether it had been said before under the same key.
    pub replayed: bool,
}

/// What somebody is saying where.
#[derive(Clone, Copy)]
struct Saying<'a> {
    speaker: &'a Speaker,
    name: &'a RoomName,
    draft: &'a Draft,
    /// The key of the message that it answers.
    answered: Option<&'a Key>,
}

impl Chat {
    /// Says something, and makes the room if there is none and that is allowed.
    ///
    /// Answers when the message is as durable as the engine promises.
    pub async fn say(&self, name: &RoomName, speaker: &Speaker, mut draft: Draft) -> Result<Said, Refusal> {
        draft.check()?;
        let answered = match &draft.reply_to {
            Some(id) => Some(self.answered_key(speaker, name, id).await?),
            None => None,
        };
        let _turn = self.turns.of(answered.as_slice()).await;
        let saying = Saying { speaker, name, draft: &draft, answered: answered.as_ref() };
        self.insist_in(speaker, name, |visit| async move {
            self.allow_to_say(&visit)?;
            let outcome = self.say_once(&saying, &visit).await;
            if matches!(outcome, Ok(Some(_)) | Err(Refusal::Engine(_))) {
                return outcome;
            }
            // What was said already does not wait again, and what it answers may be gone by now.
            match self.said_before(&visit, speaker, saying.draft).await? {
                Some(said) => Ok(Some(said)),
                None => outcome,
            }
        })
        .await
    }

    /// Nothing if somebody else was quicker to change something, or to use the key.
    async fn say_once(&self, saying: &Saying<'_>, visit: &Visit) -> Result<Option<Said>, Refusal> {
        let Some((commit, document)) = self.prepare(saying, visit).await? else { return Ok(None) };
        if visit.person.is_none() || visit.is_inside() {
            return self.say_so(visit, commit, document).await;
        }
        // It can be said: whoever has a name is in the room from then on. That is seldom, and large.
        Box::pin(async {
            let visit = self.join(saying.speaker, saying.name).await?;
            match self.prepare(saying, &visit).await? {
                Some((commit, document)) => self.say_so(&visit, commit, document).await,
                None => Ok(None),
            }
        })
        .await
    }

    async fn say_so(
        &self,
        visit: &Visit,
        commit: Commit,
        document: MessageDocument,
    ) -> Result<Option<Said>, Refusal> {
        let Outcome::Done { id } = self.commit_surely(commit).await? else { return Ok(None) };
        let message = change::stored(visit, id, document);
        let message = self.message_object(message, Eyes::Of(visit)).await?;
        Ok(Some(Said { message, replayed: false }))
    }

    /// A message, and the commit by which it is said.
    async fn prepare(
        &self,
        saying: &Saying<'_>,
        visit: &Visit,
    ) -> Result<Option<(Commit, MessageDocument)>, Refusal> {
        let Saying { speaker, name, draft, answered } = saying;
        let room = &visit.room.id;
        let mut document = self.written(speaker, draft);
        if let Some(body) = &draft.body {
            (document.mentions, document.mentions_all) = self.named_in(&visit.room, body).await?;
        }
        let mut commit = message_commit(room, &document);
        if !self.commit_as(&mut commit, name, visit, Deed::Say).await? {
            return Ok(None);
        }
        if let Some(key) = answered {
            self.answer(&mut commit, visit, key).await?;
        }
        use_key(&mut commit, room, speaker, draft, document.at);
        self.take_time(&mut commit, visit).await?;
        Ok(Some((commit, document)))
    }

    /// Where the message is that is to be answered, if there can be one.
    async fn answered_key(&self, speaker: &Speaker, name: &RoomName, id: &str) -> Result<Key, Refusal> {
        let id: Id = id.parse().map_err(|_| Refusal::NoSuchReply)?;
        let visit = self.visit(speaker, name).await?;
        match self.engine.epochs().await?.standing(id) {
            Standing::Known(number) => Ok(schema::message(&visit.room.id, number)),
            Standing::Undone(_) | Standing::Foreign => Err(Refusal::NoSuchReply),
        }
    }

    /// Adds to a commit that what it says answers this message, which must be there and may be heard.
    async fn answer(&self, commit: &mut Commit, visit: &Visit, answered: &Key) -> Result<(), Refusal> {
        let is_heard = answered.last_number().is_some_and(|number| number > visit.hears_after());
        let found = if is_heard { self.stored::<MessageDocument>(answered).await? } else { None };
        let (version, document) = found.ok_or(Refusal::NoSuchReply)?;
        if document.deleted.is_some() {
            return Err(Refusal::MessageGone);
        }
        let replies = document.replies.saturating_add(1);
        commit.check(answered, Some(version));
        commit.put(answered.clone(), &MessageDocument { replies, ..document });
        let number = answered.last_number().unwrap_or_default();
        commit.put(NumberedKey::WithNumber(schema::replies(&visit.room.id, number)), &ReplyDocument {});
        Ok(())
    }

    fn written(&self, speaker: &Speaker, draft: &Draft) -> MessageDocument {
        MessageDocument {
            by: speaker.person.as_ref().map(|person| person.id.0.clone()),
            client: speaker.client.as_deref().map(str::to_owned),
            body: draft.body.clone(),
            data: draft.data.clone(),
            reply_to: draft.reply_to.clone(),
            kind: draft.kind.clone(),
            key: draft.key.clone(),
            ..MessageDocument::said_at(self.clock.now())
        }
    }
}

/// A commit by which a message takes its place, and the room hears of it.
fn message_commit(room: &str, document: &MessageDocument) -> Commit {
    let place = NumberedKey::WithNumber(schema::messages(room));
    let mut commit = Commit::new();
    commit.put(place.clone(), document);
    commit.entry = Some(NewEntry {
        audiences: vec![schema::room_audience(room)],
        kind: kind::MESSAGE.to_owned(),
        document: place,
        facts: None,
        at: document.at,
    });
    commit
}
