//! To say something in a room: once, however often it is repeated under the same key.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::change;
use super::message::Eyes;
use super::schema::{self, KeyDocument, MessageDocument, ReplyDocument, kind};
use super::{Chat, Draft, Person, Refusal, RoomName, Visit};
use crate::engine::{Check, Commit, EngineError, Id, Key, NewEntry, NumberedKey, Outcome, Put, Standing};
use crate::wire::MessageObject;

/// How often a change is begun again because somebody else was quicker.
const MOST_ATTEMPTS: usize = 8;
/// For how long an unknown outcome is asked for again, and how long to wait between.
const INSISTENCE: Duration = Duration::from_secs(6);
const PATIENCE: Duration = Duration::from_millis(300);

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

impl Speaker {
    /// Within which scope this speaker's keys are its own.
    fn scope(&self) -> String {
        match (&self.person, &self.client) {
            (Some(person), _) => format!("person:{}", person.id.0),
            (None, Some(client)) if self.named_itself => format!("client:{client}"),
            (None, _) => "anyone".to_owned(),
        }
    }
}

/// What became of something that was said.
#[derive(Debug, Clone)]
pub struct Said {
    /// The message as everybody sees it.
    pub message: MessageObject,
    /// Whether it had been said before under the same key.
    pub replayed: bool,
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
        for _ in 0..MOST_ATTEMPTS {
            let visit = self.visit(speaker, name).await?;
            self.allow_to_say(&visit)?;
            let room = &visit.room.id;
            let mut document = self.written(speaker, &draft);
            if let Some(body) = &draft.body {
                (document.mentions, document.mentions_all) = self.named_in(&visit.room, body).await?;
            }
            let mut commit = self.message_commit(room, &document);
            self.commit_in(&mut commit, name, &visit);
            if let Some(key) = &answered
                && let Err(refusal) = self.answer(&mut commit, &visit, key).await
            {
                let said = self.said_before(&visit, speaker, &draft).await?;
                return said.ok_or(refusal);
            }
            if let Some(key) = &draft.key {
                let key = schema::key(room, &speaker.scope(), key);
                let used = KeyDocument { fingerprint: draft.fingerprint() };
                commit.checks.push(Check::Absent(key.clone()));
                commit.puts.push(Put {
                    key: key.into(),
                    json: schema::to_json(&used),
                    expires: Some(document.at + schema::KEYS_LAST),
                });
            }
            let slow = self.take_time(&mut commit, &visit).await;
            if let Err(refusal) = slow {
                // What was said already does not wait again.
                let said = self.said_before(&visit, speaker, &draft).await?;
                return said.ok_or(refusal);
            }
            if visit.person.is_some() && !visit.is_inside() {
                // It can be said: whoever has a name is in the room from then on.
                self.join(speaker, name).await?;
                continue;
            }
            if let Outcome::Done { id } = self.settled(commit).await? {
                let message = change::stored(&visit, id, document);
                let message = self.message_object(message, Eyes::Of(&visit)).await?;
                return Ok(Said { message, replayed: false });
            }
            if let Some(said) = self.said_before(&visit, speaker, &draft).await? {
                return Ok(said);
            }
            self.look_again(name).await?;
        }
        Err(Refusal::Busy)
    }

    /// The answer that was given when this key was used first.
    async fn said_before(
        &self,
        visit: &Visit,
        speaker: &Speaker,
        draft: &Draft,
    ) -> Result<Option<Said>, Refusal> {
        let Some(key) = &draft.key else { return Ok(None) };
        let room = &visit.room.id;
        let key = schema::key(room, &speaker.scope(), key);
        let epochs = self.engine.epochs().await?;
        let Some(used) = self.engine.get(std::slice::from_ref(&key)).await?.pop().flatten() else {
            return Ok(None);
        };
        if schema::read::<KeyDocument>(&key, &used)?.fingerprint != draft.fingerprint() {
            return Err(Refusal::KeyReused);
        }
        let number = used.number.ok_or(Refusal::KeyOfDeleted)?;
        let stored = self.stored_message(&schema::message(room, number)).await?;
        let (_, document) =
            stored.filter(|(_, document)| document.deleted.is_none()).ok_or(Refusal::KeyOfDeleted)?;
        // It may have been seen before it was acknowledged to whoever sent it first.
        self.engine.confirm().await?;
        let id = epochs.id(number);
        if self.engine.epochs().await?.standing(id) != Standing::Known(number) {
            return Err(EngineError::Unknown("the log went back meanwhile".to_owned()).into());
        }
        let message = change::stored(visit, Some(id), document);
        let message = self.message_object(message, Eyes::Of(visit)).await?;
        Ok(Some(Said { message, replayed: true }))
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
        let found = if is_heard { self.stored_message(answered).await? } else { None };
        let (version, document) = found.ok_or(Refusal::NoSuchReply)?;
        if document.deleted.is_some() {
            return Err(Refusal::MessageGone);
        }
        let replies = document.replies.saturating_add(1);
        commit.checks.push(Check::At(answered.clone(), version));
        commit.puts.push(change::put(answered.clone(), &MessageDocument { replies, ..document }));
        let number = answered.last_number().unwrap_or_default();
        commit.puts.push(Put {
            key: NumberedKey::WithNumber(schema::replies(&visit.room.id, number)),
            json: schema::to_json(&ReplyDocument {}),
            expires: None,
        });
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

    fn message_commit(&self, room: &str, document: &MessageDocument) -> Commit {
        let place = NumberedKey::WithNumber(schema::messages(room));
        let mut commit = Commit::new();
        commit.puts.push(Put { key: place.clone(), json: schema::to_json(document), expires: None });
        commit.entry = Some(NewEntry {
            audiences: vec![schema::room_audience(room)],
            kind: kind::MESSAGE.to_owned(),
            document: place,
            facts: None,
            at: document.at,
        });
        commit
    }

    /// Commits, and asks again under the same token while the outcome is not known.
    pub(super) async fn settled(&self, commit: Commit) -> Result<Outcome, EngineError> {
        let deadline = Instant::now() + INSISTENCE;
        let mut unknown = None;
        loop {
            match self.engine.commit(commit.clone()).await {
                Err(error @ EngineError::Unknown(_)) => unknown = Some(error),
                // This time nothing was done; but what of the first?
                Err(EngineError::Unavailable(_)) if unknown.is_some() => {}
                settled => return settled,
            }
            if Instant::now() > deadline
                && let Some(unknown) = unknown
            {
                return Err(unknown);
            }
            sleep(PATIENCE).await;
        }
    }
}
