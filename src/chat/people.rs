//! People: a name is enough to be somebody, and a token in a cookie to be the same one again.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::rights::{Case, Deed, may};
use super::schema::{self, PersonDocument, Role, SessionDocument, kind};
use super::{Chat, Refusal};
use crate::engine::{self, Check, Commit, EngineError, Entry, Millis, NewEntry, Outcome, Put};
use crate::wire::Author;

/// The longest name, in characters.
const MOST_NAME_CHARACTERS: usize = 40;
/// How long a device is known, in milliseconds: as long as browsers keep its cookie.
const SESSIONS_LAST: Millis = 400 * 24 * 3600 * 1000;
/// How many of their rooms are told that somebody is not as they were; in the others it shows when they are read.
const MOST_TOLD: usize = 255;
/// How many people and devices are remembered before all are looked up again.
const MOST_REMEMBERED: usize = 20_000;

/// A person's id: random, and never another's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PersonId(pub String);

/// Somebody who has given a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// The name by which they go now; empty if they are gone.
    pub name: String,
    /// What they are on this server.
    pub role: Role,
    /// One emoji that stands for them.
    pub face: Option<String>,
    /// Whether it is a program.
    pub bot: bool,
    /// Whether they have deleted their account.
    pub gone: bool,
}

/// A person as they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonObject {
    #[serde(flatten)]
    author: Author,
    role: Role,
}

/// What of a person changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PersonChange {
    /// Their name.
    #[default]
    Name,
    /// Their face.
    Face,
    /// Their role.
    Role,
    /// They have deleted their account.
    Gone,
    /// Some of their devices are signed out.
    Sessions,
    /// Which rooms they are in, or what they want to be told of there.
    Rooms,
}

/// What an entry says of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PersonFacts {
    /// What changed.
    #[serde(default)]
    pub change: PersonChange,
    /// The sessions that have ended with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<String>,
}

impl PersonFacts {
    /// What an entry says.
    pub(super) fn of(entry: &Entry) -> Self {
        entry.facts.as_deref().and_then(|facts| serde_json::from_slice(facts).ok()).unwrap_or_default()
    }
}

impl Person {
    /// As they are shown.
    pub fn object(&self) -> PersonObject {
        PersonObject { author: author(self.clone()), role: self.role }
    }

    /// A person as they are stored.
    pub(super) fn of(id: PersonId, document: PersonDocument) -> Self {
        let PersonDocument { name, role, face, bot, gone, .. } = document;
        Person { id, name, role, face, bot, gone }
    }
}

impl Person {
    /// What others are shown of them, on its way between nodes.
    pub(super) fn shown(&self) -> PersonDocument {
        let Person { name, role, face, bot, .. } = self.clone();
        PersonDocument { name, role, face, bot, ..PersonDocument::default() }
    }
}

/// A person as the author of something.
pub(super) fn author(person: Person) -> Author {
    let Person { id, name, face, bot, gone, .. } = person;
    Author { id: id.0, name, face, bot, gone }
}

/// By which a device is known: whose it is, and a secret of which only the hash is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken {
    person: PersonId,
    secret: String,
}

impl SessionToken {
    pub(super) fn random(person: PersonId) -> Self {
        SessionToken { person, secret: URL_SAFE_NO_PAD.encode(engine::random_bytes::<32>()) }
    }

    /// What somebody brought back; most likely nonsense, until it is looked up.
    pub fn read(text: &str) -> Option<Self> {
        let (person, secret) = text.split_once('.')?;
        let is_base64 = |text: &str, length| text.len() == length && URL_SAFE_NO_PAD.decode(text).is_ok();
        let is_token = is_base64(person, 16) && is_base64(secret, 43);
        is_token.then(|| SessionToken { person: PersonId(person.to_owned()), secret: secret.to_owned() })
    }

    /// The token itself, to be handed to its owner.
    pub fn reveal(&self) -> String {
        format!("{}.{}", self.person.0, self.secret)
    }

    /// The session's id, which tells nothing of the secret: its hash.
    pub fn session(&self) -> String {
        Sha256::digest(&self.secret).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl std::fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// Those who were looked up lately. A name that changes is forgotten when the log says so.
#[derive(Default)]
pub(super) struct People {
    people: Mutex<HashMap<PersonId, Person>>,
    /// Grows whenever somebody is forgotten: what was read before that is not remembered after it.
    forgotten: AtomicU64,
    /// Sessions that were found, by person and hash.
    sessions: Mutex<HashMap<(PersonId, String), ()>>,
}

impl People {
    pub(super) fn forget_all(&self) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.people.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(super) fn forget(&self, id: &PersonId) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.people.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// Forgets one device of somebody.
    pub(super) fn forget_session(&self, id: &PersonId, session: &str) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.remove(&(id.clone(), session.to_owned()));
    }
}

fn remember<K: std::hash::Hash + Eq, V>(map: &Mutex<HashMap<K, V>>, key: K, value: V) {
    let mut map = map.lock().unwrap_or_else(PoisonError::into_inner);
    if map.len() >= MOST_REMEMBERED {
        map.clear();
    }
    map.insert(key, value);
}

fn recall<K: std::hash::Hash + Eq, V: Clone>(map: &Mutex<HashMap<K, V>>, key: &K) -> Option<V> {
    map.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
}

impl Chat {
    /// Makes somebody new, known on one device by the token.
    pub async fn arrive(&self, name: &str) -> Result<(Person, SessionToken), Refusal> {
        may(&self.policy, Case::of(Role::Stranger), Deed::Arrive)?;
        let name = checked_name(name)?;
        let id = PersonId(URL_SAFE_NO_PAD.encode(engine::random_bytes::<12>()));
        let (token, at) = (SessionToken::random(id.clone()), self.clock.now());
        let mut commit = Commit::new();
        let person = PersonDocument { name, at, ..PersonDocument::default() };
        let session = SessionDocument { at, seen: None, device: String::new() };
        commit.puts.push(put(schema::person(&id.0), &person));
        let lasts = Some(at + SESSIONS_LAST);
        commit.puts.push(Put { expires: lasts, ..put(schema::session(&id.0, &token.session()), &session) });
        self.settled(commit).await?;
        Ok((Person::of(id, person), token))
    }

    /// Gives somebody another name. Every node hears of it, and shows it from then on.
    pub async fn rename(&self, id: &PersonId, name: &str) -> Result<Person, Refusal> {
        let name = checked_name(name)?;
        let key = schema::person(&id.0);
        let stored = self.engine.get(std::slice::from_ref(&key)).await?.pop().flatten();
        let Some(stored) = stored else { return Err(Refusal::NotSignedIn) };
        let before: PersonDocument = schema::read(&key, &stored)?;
        let document = PersonDocument { name, ..before };
        let mut commit = Commit::new();
        commit.checks.push(Check::At(key.clone(), stored.version));
        commit.puts.push(put(key.clone(), &document));
        commit.entry = Some(self.person_entry(&id.0, &PersonFacts::default()).await?);
        if self.told(commit).await? == Outcome::Conflict {
            return Err(Refusal::Busy);
        }
        self.people.forget(id);
        Ok(Person::of(id.clone(), document))
    }

    /// The entry that tells a person's devices, and everybody in their rooms, that they are not as they were.
    pub(super) async fn person_entry(&self, id: &str, facts: &PersonFacts) -> Result<NewEntry, EngineError> {
        let mut audiences = vec![schema::person_audience(id)];
        if !matches!(facts.change, PersonChange::Sessions | PersonChange::Rooms) {
            let rooms = self.rooms_of(id).await?;
            audiences.extend(rooms.iter().take(MOST_TOLD).map(|room| schema::room_audience(room)));
        }
        Ok(NewEntry {
            audiences,
            kind: kind::PERSON.to_owned(),
            document: schema::person(id).into(),
            facts: Some(schema::to_json(facts)),
            at: self.clock.now(),
        })
    }

    /// Who is known by a token, if anybody.
    pub async fn known_by(&self, token: &SessionToken) -> Result<Option<Person>, EngineError> {
        let place = (token.person.clone(), token.session());
        if recall(&self.people.sessions, &place).is_none() {
            let forgotten = self.people.forgotten.load(Ordering::SeqCst);
            let key = schema::session(&place.0.0, &place.1);
            if self.engine.get(std::slice::from_ref(&key)).await?.pop().flatten().is_none() {
                return Ok(None);
            }
            if self.people.forgotten.load(Ordering::SeqCst) == forgotten {
                remember(&self.people.sessions, place, ());
            }
        }
        let person = self.person_named(Some(&token.person.0)).await?;
        Ok(person.filter(|person| !person.gone))
    }

    /// The person with an id, if there is one.
    pub(super) async fn person_named(&self, id: Option<&str>) -> Result<Option<Person>, EngineError> {
        let Some(id) = id else { return Ok(None) };
        let found = self.people_named(&[PersonId(id.to_owned())]).await?;
        Ok(found.into_iter().next())
    }

    /// The people with these ids, without those who are not known.
    pub(super) async fn people_named(&self, ids: &[PersonId]) -> Result<Vec<Person>, EngineError> {
        let (mut people, mut unknown) = (Vec::with_capacity(ids.len()), Vec::new());
        for id in ids {
            match recall(&self.people.people, id) {
                Some(person) => people.push(person),
                None => unknown.push(id.clone()),
            }
        }
        if unknown.is_empty() {
            return Ok(people);
        }
        let forgotten = self.people.forgotten.load(Ordering::SeqCst);
        let keys: Vec<_> = unknown.iter().map(|id| schema::person(&id.0)).collect();
        for ((id, key), stored) in unknown.into_iter().zip(&keys).zip(self.engine.get(&keys).await?) {
            let Some(stored) = stored else { continue };
            let person = Person::of(id.clone(), schema::read(key, &stored)?);
            if self.people.forgotten.load(Ordering::SeqCst) == forgotten {
                self.known.note_role(&id.0, person.role);
                remember(&self.people.people, id, person.clone());
            }
            people.push(person);
        }
        Ok(people)
    }
}

fn put(key: crate::engine::Key, document: &impl serde::Serialize) -> Put {
    Put { key: key.into(), json: schema::to_json(document), expires: None }
}

fn checked_name(name: &str) -> Result<String, Refusal> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = name.chars().count();
    let can_be_seen = name.chars().any(char::is_alphanumeric);
    let is_name = can_be_seen && length <= MOST_NAME_CHARACTERS && !name.chars().any(is_format);
    is_name.then_some(name).ok_or(Refusal::BadPersonName)
}

/// Control characters, and those that turn the direction of what follows.
fn is_format(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
