//! People: a name is enough to be somebody, and a secret in a cookie to be the same one again. An account adds
//! a login; a link brings somebody in; a role says what they may do.
//!
//! `person/<id>` is the one document that says who somebody is. Whatever changes it adds an entry, by which
//! every node forgets what it remembered of them, and their rooms and own devices hear of it.

mod accounts;
mod attempts;
mod bots;
mod known;
mod leaving;
mod links;
mod login;
mod lookup;
mod name;
mod owner_key;
mod passwords;
mod redeeming;
mod roles;
mod secret;
mod sessions;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

pub use accounts::Credentials;
pub use known::People;
pub use links::{Link, Look, NewLink};
pub use name::Profile;
pub use owner_key::OwnerKey;
pub use redeeming::{Redeemed, Wish};
pub use sessions::{Session, SessionToken};

use super::rights::{Case, Deed, may};
use super::schema::{self, PersonDocument, Role, kind};
use super::{Chat, Refusal, Speaker};
use crate::engine::{self, Audience, Check, Commit, Entry, NewEntry, Outcome, Put, Version};
use crate::wire::Author;
use attempts::Attempts;
use passwords::Passwords;

/// How many audiences are told by one entry.
const MOST_AUDIENCES: usize = 256;
/// How often a change is begun again because somebody else was quicker.
const MOST_ATTEMPTS: usize = 8;
/// How many random bytes an id has, and how many characters that makes.
const ID_BYTES: usize = 12;
const ID_CHARACTERS: usize = 16;

/// A person's id: random, and never another's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PersonId(pub String);

impl PersonId {
    fn random() -> Self {
        PersonId(URL_SAFE_NO_PAD.encode(engine::random_bytes::<ID_BYTES>()))
    }

    /// Reads what could be somebody's id.
    pub fn read(text: &str) -> Option<Self> {
        let is_id = text.len() == ID_CHARACTERS && URL_SAFE_NO_PAD.decode(text).is_ok();
        is_id.then(|| PersonId(text.to_owned()))
    }
}

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

impl Person {
    /// A person as they are stored.
    pub(super) fn of(id: PersonId, document: PersonDocument) -> Self {
        let PersonDocument { name, role, face, bot, gone, .. } = document;
        Person { id, name, role, face, bot, gone }
    }

    /// As they are shown.
    pub fn object(&self) -> PersonObject {
        PersonObject { author: author(self.clone()), role: self.role }
    }

    /// What others are shown of them, on its way between nodes.
    pub(super) fn shown(&self) -> PersonDocument {
        let Person { name, role, face, bot, .. } = self.clone();
        PersonDocument { name, role, face, bot, ..PersonDocument::default() }
    }

    #[cfg(test)]
    fn named(id: &str, name: &str) -> Self {
        let document = PersonDocument { name: name.to_owned(), ..PersonDocument::default() };
        Person::of(PersonId(id.to_owned()), document)
    }
}

/// A person as they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonObject {
    #[serde(flatten)]
    author: Author,
    role: Role,
}

/// A person as the author of something.
pub(super) fn author(person: Person) -> Author {
    let Person { id, name, face, bot, gone, .. } = person;
    Author { id: id.0, name, face, bot, gone }
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

/// What the people of a node need besides the engine.
#[derive(Default)]
pub(super) struct Accounts {
    passwords: Passwords,
    attempts: Attempts,
    owner_key: Option<OwnerKey>,
}

impl Accounts {
    /// With this key an owner can be made from outside.
    pub(super) fn with(owner_key: OwnerKey) -> Self {
        Accounts { owner_key: Some(owner_key), ..Accounts::default() }
    }
}

impl Chat {
    /// Makes somebody new, known on one device by the token.
    pub async fn arrive_as(
        &self,
        profile: &Profile,
        device: &str,
    ) -> Result<(Person, SessionToken), Refusal> {
        may(self.policy(), Case::of(Role::Stranger), Deed::Arrive)?;
        let (id, at) = (PersonId::random(), self.clock().now());
        let document = profile.of(&PersonDocument { at, ..PersonDocument::default() })?;
        let mut commit = Commit::new();
        commit.puts.push(put(schema::person(&id.0), &document));
        let token = self.admit(&mut commit, &id, device).await?;
        self.settled(commit).await?;
        Ok((Person::of(id, document), token))
    }

    /// Makes somebody of this name.
    #[cfg(test)]
    pub(crate) async fn arrive(&self, name: &str) -> Result<(Person, SessionToken), Refusal> {
        self.arrive_as(&Profile { name: Some(name.to_owned()), face: None }, "").await
    }

    /// Gives the asker another name or face. Everybody in their rooms hears of it.
    pub async fn present_as(&self, speaker: &Speaker, profile: &Profile) -> Result<Person, Refusal> {
        let id = self.somebody(speaker).await?.id;
        let change = if profile.name.is_some() { PersonChange::Name } else { PersonChange::Face };
        self.change_person(&id, change, |before| profile.of(before)).await
    }

    /// Who asks, as they are now.
    pub(super) async fn somebody(&self, speaker: &Speaker) -> Result<Person, Refusal> {
        self.present(speaker).await?.ok_or(Refusal::NotSignedIn)
    }

    /// Changes somebody's document, and tells of it if it is not as before.
    async fn change_person(
        &self,
        id: &PersonId,
        change: PersonChange,
        make: impl Fn(&PersonDocument) -> Result<PersonDocument, Refusal>,
    ) -> Result<Person, Refusal> {
        for _ in 0..MOST_ATTEMPTS {
            let (version, before) = self.stored_person(id).await?;
            let document = make(&before)?;
            if document == before {
                return Ok(Person::of(id.clone(), document));
            }
            let mut commit = Commit::new();
            replace(&mut commit, id, version, &document);
            self.keep_an_owner(&mut commit, id, before.role, document.role).await?;
            if self.tell(commit, id, change, Vec::new()).await? {
                return Ok(Person::of(id.clone(), document));
            }
        }
        Err(Refusal::Busy)
    }

    /// Somebody's document, unless they are gone or have never been.
    async fn stored_person(&self, id: &PersonId) -> Result<(Version, PersonDocument), Refusal> {
        let key = schema::person(&id.0);
        let stored = self.engine().get(std::slice::from_ref(&key)).await?.pop().flatten();
        let stored = stored.ok_or(Refusal::NoSuchPerson)?;
        let document: PersonDocument = schema::read(&key, &stored)?;
        if document.gone { Err(Refusal::NoSuchPerson) } else { Ok((stored.version, document)) }
    }

    /// Commits a change of a person, and tells all their rooms and own devices of it; `false` if somebody
    /// else was quicker.
    async fn tell(
        &self,
        mut commit: Commit,
        id: &PersonId,
        change: PersonChange,
        ended: Vec<String>,
    ) -> Result<bool, Refusal> {
        let rooms = self.rooms_of(&id.0).await?;
        let rooms = rooms.iter().map(|room| schema::room_audience(room));
        let audiences: BTreeSet<_> = rooms.collect();
        let mut audiences = std::iter::once(schema::person_audience(&id.0)).chain(audiences);
        let first = audiences.by_ref().take(MOST_AUDIENCES).collect();
        commit.entry = Some(self.person_entry(id, change, ended, first));
        if self.told(commit).await? == Outcome::Conflict {
            return Ok(false);
        }
        loop {
            let more: Vec<_> = audiences.by_ref().take(MOST_AUDIENCES).collect();
            if more.is_empty() {
                return Ok(true);
            }
            let entry = Some(self.person_entry(id, change, Vec::new(), more));
            self.settled(Commit { entry, ..Commit::new() }).await?;
        }
    }

    /// The entry that tells somebody's own devices of a change.
    pub(super) fn own_entry(&self, id: &str, change: PersonChange) -> NewEntry {
        let audiences = vec![schema::person_audience(id)];
        self.person_entry(&PersonId(id.to_owned()), change, Vec::new(), audiences)
    }

    fn person_entry(
        &self,
        id: &PersonId,
        change: PersonChange,
        ended: Vec<String>,
        audiences: Vec<Audience>,
    ) -> NewEntry {
        NewEntry {
            audiences,
            kind: kind::PERSON.to_owned(),
            document: schema::person(&id.0).into(),
            facts: Some(schema::to_json(&PersonFacts { change, ended })),
            at: self.clock().now(),
        }
    }
}

fn put(key: crate::engine::Key, document: &impl Serialize) -> Put {
    Put { key: key.into(), json: schema::to_json(document), expires: None }
}

/// Adds to a commit that somebody's document is replaced, if it is as it was read.
fn replace(commit: &mut Commit, id: &PersonId, version: Version, document: &PersonDocument) {
    let key = schema::person(&id.0);
    commit.checks.push(Check::At(key.clone(), version));
    commit.puts.push(put(key, document));
}
