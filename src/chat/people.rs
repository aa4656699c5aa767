//! People: a name is enough to be somebody, and a token in a cookie to be the same one again.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::schema::{self, PersonDocument, SessionDocument, kind};
use super::{Chat, Refusal};
use crate::engine::{self, Commit, EngineError, Millis, NewEntry, Put};

/// The longest name, in characters.
const MOST_NAME_CHARACTERS: usize = 40;
/// How long a device is known, in milliseconds: as long as browsers keep its cookie.
const SESSIONS_LAST: Millis = 400 * 24 * 3600 * 1000;
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
    /// The name by which they go now.
    pub name: String,
}

/// The secret by which a device is known. Only its hash is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl SessionToken {
    fn random() -> Self {
        SessionToken(URL_SAFE_NO_PAD.encode(engine::random_bytes::<32>()))
    }

    /// What somebody brought back; most likely nonsense, until it is looked up.
    pub fn from_cookie(text: &str) -> Option<Self> {
        let is_token = text.len() == 43 && URL_SAFE_NO_PAD.decode(text).is_ok();
        is_token.then(|| SessionToken(text.to_owned()))
    }

    /// The secret itself, to be handed to its owner.
    pub fn secret(&self) -> &str {
        &self.0
    }

    fn hash(&self) -> String {
        Sha256::digest(&self.0).iter().map(|byte| format!("{byte:02x}")).collect()
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
    names: Mutex<HashMap<PersonId, String>>,
    /// Grows whenever a name is forgotten: what was read before that is not remembered after it.
    forgotten: AtomicU64,
    sessions: Mutex<HashMap<String, PersonId>>,
}

impl People {
    pub(super) fn forget_all(&self) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.names.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(super) fn forget(&self, id: &PersonId) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.names.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
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
        let name = checked_name(name)?;
        let id = URL_SAFE_NO_PAD.encode(engine::random_bytes::<12>());
        let (token, at) = (SessionToken::random(), self.clock.now());
        let mut commit = Commit::new();
        let person = PersonDocument { name: name.clone(), at };
        let session = SessionDocument { person: id.clone(), at };
        commit.puts.push(put(schema::person(&id), &person));
        let lasts = Some(at + SESSIONS_LAST);
        commit.puts.push(Put { expires: lasts, ..put(schema::session(&token.hash()), &session) });
        self.settled(commit).await?;
        Ok((Person { id: PersonId(id), name }, token))
    }

    /// Gives somebody another name. Every node hears of it, and shows it from then on.
    pub async fn rename(&self, id: &PersonId, name: &str) -> Result<Person, Refusal> {
        let name = checked_name(name)?;
        let (key, at) = (schema::person(&id.0), self.clock.now());
        let stored = self.engine.get(std::slice::from_ref(&key)).await?.pop().flatten();
        let came = match &stored {
            Some(stored) => schema::read::<PersonDocument>(&key, stored)?.at,
            None => at,
        };
        let mut commit = Commit::new();
        commit.puts.push(put(key.clone(), &PersonDocument { name: name.clone(), at: came }));
        commit.entry = Some(NewEntry {
            audiences: vec![schema::person_audience(&id.0)],
            kind: kind::PERSON.to_owned(),
            document: key.into(),
            facts: None,
            at,
        });
        self.settled(commit).await?;
        self.people.forget(id);
        Ok(Person { id: id.clone(), name })
    }

    /// Who is known by a token, if anybody.
    pub async fn known_by(&self, token: &SessionToken) -> Result<Option<Person>, EngineError> {
        let hash = token.hash();
        let id = match recall(&self.people.sessions, &hash) {
            Some(id) => id,
            None => {
                let key = schema::session(&hash);
                let Some(stored) = self.engine.get(std::slice::from_ref(&key)).await?.pop().flatten() else {
                    return Ok(None);
                };
                let id = PersonId(schema::read::<SessionDocument>(&key, &stored)?.person);
                remember(&self.people.sessions, hash, id.clone());
                id
            }
        };
        self.person_named(Some(&id.0)).await
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
            match recall(&self.people.names, id) {
                Some(name) => people.push(Person { id: id.clone(), name }),
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
            let name = schema::read::<PersonDocument>(key, &stored)?.name;
            if self.people.forgotten.load(Ordering::SeqCst) == forgotten {
                remember(&self.people.names, id.clone(), name.clone());
            }
            people.push(Person { id, name });
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
