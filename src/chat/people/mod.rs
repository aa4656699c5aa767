//! People: a name is enough to be somebody, and a secret in a cookie to be the same one again. An account adds
//! a login; a link brings somebody in; a role says what they may do.
//!
//! `person/<id>` is the one document that says who somebody is. Whatever changes it adds an entry, by which
//! every node forgets what it remembered of them, and their rooms and own devices hear of it.

mod accounts;
mod attempts;
mod bots;
mod called;
mod finding;
mod forgetting;
mod known;
mod leaving;
mod links;
mod login;
mod lookup;
mod name;
mod owner_key;
mod passwords;
mod proving;
mod redeeming;
mod roles;
mod secret;
mod sessions;
mod stored;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

pub use accounts::Credentials;
pub use finding::Look;
pub use known::People;
pub use links::{Link, NewLink};
pub use name::Profile;
pub use owner_key::OwnerKey;
pub use redeeming::{RedeemWish, Redeemed};
pub use sessions::{Session, SessionToken};

use super::rights::{Case, Deed, may};
use super::schema::{self, PersonDocument, Role, kind};
use super::{Chat, Refusal, Speaker};
use crate::engine::{self, Audience, Commit, Entry, Key, NewEntry, Outcome};
use crate::wire::Author;
use attempts::Attempts;
use called::rename;
use passwords::Passwords;
use stored::StoredPerson;

/// How many audiences are told by one entry.
const MOST_AUDIENCES: usize = 256;
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
    /// Whether they sign in by a login.
    pub account: bool,
}

impl Person {
    /// A person as they are stored.
    pub(super) fn of(id: PersonId, document: PersonDocument) -> Self {
        let PersonDocument { name, role, face, bot, gone, login, .. } = document;
        Person { id, name, role, face, bot, gone, account: login.is_some() }
    }

    /// Somebody of whom nothing is known but that they were here once.
    pub(super) fn unknown(id: &str) -> Self {
        Person::of(PersonId(id.to_owned()), PersonDocument { gone: true, ..PersonDocument::default() })
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
    /// Up to whom it was looked whether they are to be forgotten.
    looked_at: Mutex<Option<Key>>,
}

impl Accounts {
    /// With this key an owner can be made from outside.
    pub(super) fn with(owner_key: OwnerKey) -> Self {
        Accounts { owner_key: Some(owner_key), ..Accounts::default() }
    }

    fn looked_at(&self) -> MutexGuard<'_, Option<Key>> {
        self.looked_at.lock().unwrap_or_else(PoisonError::into_inner)
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
        commit.put(schema::person(&id.0), &document);
        rename(&mut commit, &id, "", &document.name);
        let token = self.admit_new(&mut commit, &id, device);
        self.commit_surely(commit).await?;
        Ok((Person::of(id, document), token))
    }

    /// Makes somebody of this name.
    #[cfg(test)]
    pub(crate) async fn arrive(&self, name: &str) -> Result<(Person, SessionToken), Refusal> {
        self.arrive_as(&Profile { name: Some(name.to_owned()), face: None }, "").await
    }

    /// Gives the asker another name or face. Everybody in their rooms hears of it.
    pub async fn present_as(&self, speaker: &Speaker, profile: &Profile) -> Result<Person, Refusal> {
        let change = if profile.name.is_some() { PersonChange::Name } else { PersonChange::Face };
        self.insist(|| async {
            let asker = self.asker(speaker).await?;
            let document = profile.of(&asker.document)?;
            self.change_to(Commit::new(), asker, document, change).await
        })
        .await
    }

    /// Who asks, as they are now.
    pub(super) async fn somebody(&self, speaker: &Speaker) -> Result<Person, Refusal> {
        self.present(speaker).await?.ok_or(Refusal::NotSignedIn)
    }

    /// Replaces somebody's document by this commit, and tells of it if it is not as before. Nothing if somebody
    /// else was quicker.
    async fn change_to(
        &self,
        mut commit: Commit,
        before: StoredPerson,
        document: PersonDocument,
        change: PersonChange,
    ) -> Result<Option<Person>, Refusal> {
        if document != before.document {
            before.replace(&mut commit, &document);
            rename(&mut commit, &before.id, &before.document.name, &document.name);
            self.keep_an_owner(&mut commit, &before.id, before.document.role, document.role).await?;
            if !self.tell(commit, &before.id, change).await? {
                return Ok(None);
            }
        }
        Ok(Some(Person::of(before.id, document)))
    }

    /// Commits a change of a person, and tells all their rooms and own devices of it; `false` if somebody
    /// else was quicker.
    async fn tell(&self, commit: Commit, id: &PersonId, change: PersonChange) -> Result<bool, Refusal> {
        let audiences = self.audiences_of(id).await?;
        let is_done = self.tell_first(commit, id, change, Vec::new(), &audiences).await?;
        if is_done {
            self.tell_others(id, change, &audiences).await?;
        }
        Ok(is_done)
    }

    /// Commits a change of a person, by which sessions may end, and tells as many of these audiences as one entry
    /// can.
    async fn tell_first(
        &self,
        mut commit: Commit,
        id: &PersonId,
        change: PersonChange,
        ended: Vec<String>,
        audiences: &[Audience],
    ) -> Result<bool, Refusal> {
        let first = audiences.iter().take(MOST_AUDIENCES).cloned().collect();
        commit.entry = Some(self.person_entry(id, change, ended, first));
        Ok(self.commit_and_hear(commit).await? != Outcome::Conflict)
    }

    /// Tells those of a change of a person for whom there was no room in its own entry.
    async fn tell_others(
        &self,
        id: &PersonId,
        change: PersonChange,
        audiences: &[Audience],
    ) -> Result<(), Refusal> {
        for more in audiences.chunks(MOST_AUDIENCES).skip(1) {
            let entry = Some(self.person_entry(id, change, Vec::new(), more.to_vec()));
            self.commit_surely(Commit { entry, ..Commit::new() }).await?;
        }
        Ok(())
    }

    /// Those who hear of a person: their own devices, and their rooms.
    async fn audiences_of(&self, id: &PersonId) -> Result<Vec<Audience>, Refusal> {
        let rooms = self.all_rooms_of(&id.0).await?;
        let rooms: BTreeSet<_> = rooms.iter().map(|room| schema::room_audience(room)).collect();
        Ok(std::iter::once(schema::person_audience(&id.0)).chain(rooms).collect())
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
