//! Sessions: the devices on which a person is known, and the token of a bot. Each is a document under the
//! person, named by the hash of its secret, so that all of somebody's can be found and ended.

use std::cmp::Reverse;
use std::sync::Arc;

use super::{PersonChange, PersonId, StoredPerson, secret};
use crate::chat::schema::{self, SessionDocument};
use crate::chat::{Chat, Refusal, Speaker};
use crate::engine::{Commit, Direction, Document, EngineError, Key, KeyRange, Millis, Version};

/// How long a device is known after it was last seen, in milliseconds: as long as browsers keep a cookie.
pub(super) const LAST: Millis = 400 * 24 * 3600 * 1000;
/// After how long a device is given its token anew, in milliseconds: a month.
const AGED: Millis = 30 * 24 * 3600 * 1000;
/// How long it may be before it is noted anew that a device was seen, in milliseconds.
const SEEN_EVERY: Millis = 3600 * 1000;
/// On how many devices a person is known. One more, and that one is forgotten which was not seen for longest.
const MOST: usize = 100;

/// By which a device is known: whose it is, and a secret of which only the hash is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken {
    person: PersonId,
    secret: String,
}

impl SessionToken {
    fn random(person: &PersonId) -> Self {
        SessionToken { person: person.clone(), secret: secret::random() }
    }

    /// What somebody brought, in a cookie or as a bearer; most likely nonsense, until it is looked up.
    pub fn read(text: &str) -> Option<Self> {
        let (person, secret) = text.split_once('.')?;
        let person = PersonId::read(person)?;
        secret::is_one(secret).then(|| SessionToken { person, secret: secret.to_owned() })
    }

    /// The token itself, to be handed to its owner.
    pub fn reveal(&self) -> String {
        format!("{}.{}", self.person.0, self.secret)
    }

    /// The session's id, which tells nothing of the secret: its hash.
    pub fn session(&self) -> String {
        secret::hash(&self.secret)
    }

    /// Whose it says that it is.
    pub(super) fn person(&self) -> &PersonId {
        &self.person
    }
}

impl std::fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// A device on which somebody is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: String,
    /// Since when.
    pub at: Millis,
    /// When it was last seen, to the hour.
    pub seen: Millis,
    /// What it is, as far as it says.
    pub device: String,
}

impl Session {
    fn read(key: &Key, stored: &Document) -> Result<Self, EngineError> {
        let SessionDocument { at, seen, device, .. } = schema::read(key, stored)?;
        let id = key.last_part().unwrap_or_default().to_owned();
        Ok(Session { id, at, seen: seen.unwrap_or(at), device })
    }
}

impl Chat {
    /// The devices on which somebody is known, the one first that was seen last.
    pub async fn sessions(&self, person: &PersonId) -> Result<Vec<Session>, EngineError> {
        // Several that come in at once can make it a few more than there should be.
        let range = KeyRange::under(&schema::sessions(&person.0));
        let stored = self.engine().scan(range, 2 * MOST, Direction::Forward).await?;
        let read = stored.iter().map(|(key, document)| Session::read(key, document));
        let mut sessions = read.collect::<Result<Vec<_>, _>>()?;
        sessions.sort_by_key(|session| Reverse((session.seen, session.at)));
        Ok(sessions)
    }

    /// Signs the asker out on one of their devices; `false` if they are not known there.
    pub async fn end_session(&self, speaker: &Speaker, session: &str) -> Result<bool, Refusal> {
        let person = self.somebody(speaker).await?;
        if !self.sessions(&person.id).await?.iter().any(|known| known.id == session) {
            return Ok(false);
        }
        let mut commit = Commit::new();
        self.end_in(&mut commit, &person.id, vec![session.to_owned()]);
        self.commit_and_hear(commit).await?;
        Ok(true)
    }

    /// Whether there is such a session. Now and then it is noted that it was seen.
    pub(super) async fn is_session(&self, token: &SessionToken) -> Result<bool, EngineError> {
        let (person, session, now) = (&token.person, token.session(), self.clock().now());
        let remembered = self.people.seen(person, &session);
        if remembered.is_some_and(|seen| now - seen < SEEN_EVERY) {
            return Ok(true);
        }
        let before = self.people.changes();
        let key = schema::session(&person.0, &session);
        let Some((version, document)) = self.stored::<SessionDocument>(&key).await? else {
            return Ok(false);
        };
        let mut seen = document.seen.unwrap_or(document.at);
        if now - seen >= SEEN_EVERY {
            self.note_seen(key, version, &SessionDocument { seen: Some(now), ..document });
            seen = now;
        }
        self.people.remember_session(person, session, seen, before);
        Ok(true)
    }

    /// Whether a session is so old that the device should be given its token anew, before it forgets it.
    pub async fn has_aged(&self, token: &SessionToken) -> Result<bool, EngineError> {
        let key = schema::session(&token.person.0, &token.session());
        let stored = self.stored::<SessionDocument>(&key).await?;
        Ok(stored.is_some_and(|(_, session)| self.clock().now() - session.at >= AGED))
    }

    /// Notes that a device was seen. If it cannot be noted, or the session has ended meanwhile, it is not.
    fn note_seen(&self, key: Key, version: Version, document: &SessionDocument) {
        let mut commit = Commit::new();
        commit.check(&key, Some(version));
        put(&mut commit, key, document);
        let engine = Arc::clone(self.engine());
        tokio::spawn(async move {
            if let Err(error) = engine.commit(commit.into()).await {
                tracing::debug!(%error, "it could not be noted that a device was seen");
            }
        });
    }

    /// Adds to a commit that somebody is known on one more device, and gives the token for it. If they are known on
    /// too many, the commit's entry tells which ended.
    pub(super) async fn admit(
        &self,
        commit: &mut Commit,
        person: &StoredPerson,
        device: &str,
    ) -> Result<SessionToken, EngineError> {
        let surplus: Vec<_> =
            self.sessions(&person.id).await?.into_iter().skip(MOST - 1).map(|session| session.id).collect();
        if !surplus.is_empty() {
            self.end_in(commit, &person.id, surplus);
        }
        person.touch(commit);
        Ok(self.admit_new(commit, &person.id, device))
    }

    /// The same for somebody who is made by that commit.
    pub(super) fn admit_new(&self, commit: &mut Commit, person: &PersonId, device: &str) -> SessionToken {
        let at = self.clock().now();
        let device = device.to_owned();
        add(commit, person, &SessionDocument { at, seen: None, device, token: false })
    }

    /// Adds to a commit the token of a bot, which does not end by itself.
    pub(super) fn admit_bot(&self, commit: &mut Commit, bot: &PersonId) -> SessionToken {
        let at = self.clock().now();
        add(commit, bot, &SessionDocument { at, seen: None, device: String::new(), token: true })
    }

    /// Adds to a commit that these sessions end. Its entry tells every node: lines that were opened with them
    /// hear nothing more.
    pub(super) fn end_in(&self, commit: &mut Commit, person: &PersonId, sessions: Vec<String>) {
        commit.deletes.extend(sessions.iter().map(|session| schema::session(&person.0, session)));
        let audiences = vec![schema::person_audience(&person.0)];
        commit.entry = Some(self.person_entry(person, PersonChange::Sessions, sessions, audiences));
    }
}

fn add(commit: &mut Commit, person: &PersonId, document: &SessionDocument) -> SessionToken {
    let token = SessionToken::random(person);
    put(commit, schema::session(&person.0, &token.session()), document);
    token
}

fn put(commit: &mut Commit, key: Key, document: &SessionDocument) {
    match document.token {
        true => commit.put(key, document),
        false => commit.put_until(key, document, document.seen.unwrap_or(document.at) + LAST),
    }
}
