//! To redeem a link: what it gives, and that it was redeemed, are one commit.

use super::accounts::Credentials;
use super::links::Found;
use super::{MOST_ATTEMPTS, Person, PersonChange, PersonId, Profile, SessionToken, put, replace};
use crate::chat::rights::Reason;
use crate::chat::schema::{self, Gift, PersonDocument, Role};
use crate::chat::{Chat, Refusal, Speaker};
use crate::engine::{Commit, Outcome};

/// What somebody who redeems a link wants to be.
#[derive(Clone, Default)]
pub struct Wish {
    /// Name and face, for somebody new.
    pub profile: Profile,
    /// By what they want to sign in from now on.
    pub account: Option<Credentials>,
    /// What their device is.
    pub device: String,
}

/// Who somebody is by a link.
#[derive(Debug, Clone)]
pub struct Redeemed {
    /// Who.
    pub person: Person,
    /// By what this device is known from now on, if not by what it was known already.
    pub token: Option<SessionToken>,
}

impl Chat {
    /// Redeems a link. Somebody who has by it what they had already leaves it as it is.
    pub async fn redeem(&self, speaker: &Speaker, code: &str, wish: &Wish) -> Result<Redeemed, Refusal> {
        for _ in 0..MOST_ATTEMPTS {
            let found = self.find_link(code).await?;
            let asker = self.present(speaker).await?;
            let done = match (&found.gift, asker) {
                (Gift::SignIn { person }, asker) => {
                    self.sign_in_by(&found, &PersonId(person.clone()), asker, speaker, wish).await?
                }
                (Gift::Place { role, room }, Some(asker)) => {
                    self.rise_by(&found, asker, *role, room.as_deref(), wish).await?
                }
                (Gift::Place { role, room }, None) => {
                    self.arrive_by(&found, *role, room.as_deref(), wish).await?
                }
            };
            if let Some(redeemed) = done {
                return Ok(redeemed);
            }
        }
        Err(Refusal::Busy)
    }

    /// One device more for somebody. `None` if somebody else was quicker.
    async fn sign_in_by(
        &self,
        found: &Found,
        id: &PersonId,
        asker: Option<Person>,
        speaker: &Speaker,
        wish: &Wish,
    ) -> Result<Option<Redeemed>, Refusal> {
        if let Some(asker) = asker.filter(|asker| asker.id == *id) {
            return Ok(Some(Redeemed { person: asker, token: None }));
        }
        let mut commit = Commit::new();
        found.take(&mut commit, self.clock().now());
        let document = match self.stored_person(id).await {
            Err(Refusal::NoSuchPerson) => return Err(Refusal::BadLink),
            stored => stored?.1,
        };
        let token = Some(self.admit(&mut commit, id, &wish.device).await?);
        if self.told(commit).await? == Outcome::Conflict {
            return Ok(None);
        }
        // They are somebody else from now on: what this device was known by is over.
        if let Some(session) = &speaker.session {
            self.end_session(speaker, session).await?;
        }
        Ok(Some(Redeemed { person: Person::of(id.clone(), document), token }))
    }

    /// Somebody new, with a role and in a room.
    async fn arrive_by(
        &self,
        found: &Found,
        role: Role,
        room: Option<&str>,
        wish: &Wish,
    ) -> Result<Option<Redeemed>, Refusal> {
        let (id, at) = (PersonId::random(), self.clock().now());
        let blank = PersonDocument { at, role, ..PersonDocument::default() };
        let mut commit = Commit::new();
        let document = self.with_account(&mut commit, &id, wish.profile.of(&blank)?, wish).await?;
        commit.puts.push(put(schema::person(&id.0), &document));
        found.take(&mut commit, at);
        self.keep_an_owner(&mut commit, &id, Role::Guest, document.role).await?;
        if let Some(room) = room {
            self.bring_in(&mut commit, room, &id.0, found.by.as_deref()).await?;
        }
        let token = Some(self.admit(&mut commit, &id, &wish.device).await?);
        let is_done = self.told(commit).await? != Outcome::Conflict;
        Ok(is_done.then(|| Redeemed { person: Person::of(id, document), token }))
    }

    /// A higher role, or a room, for somebody who is here already.
    async fn rise_by(
        &self,
        found: &Found,
        asker: Person,
        role: Role,
        room: Option<&str>,
        wish: &Wish,
    ) -> Result<Option<Redeemed>, Refusal> {
        if asker.bot {
            return Err(Reason::Kind.into());
        }
        let id = asker.id;
        let (version, before) = self.stored_person(&id).await?;
        let mut commit = Commit::new();
        let risen = PersonDocument { role: role.max(before.role), ..before.clone() };
        let document = self.with_account(&mut commit, &id, risen, wish).await?;
        let comes_in = match room {
            Some(room) => self.bring_in(&mut commit, room, &id.0, found.by.as_deref()).await?,
            None => false,
        };
        let is_other = document != before;
        let redeemed = Redeemed { person: Person::of(id.clone(), document.clone()), token: None };
        if !is_other && !comes_in {
            return Ok(Some(redeemed));
        }
        found.take(&mut commit, self.clock().now());
        replace(&mut commit, &id, version, &document);
        self.keep_an_owner(&mut commit, &id, before.role, document.role).await?;
        // One commit tells one thing: that they came into the room, and then that they have another role.
        let is_done = if comes_in {
            let is_done = self.told(commit).await? != Outcome::Conflict;
            if is_done && is_other {
                self.tell(Commit::new(), &id, PersonChange::Role, Vec::new()).await?;
            }
            is_done
        } else {
            self.tell(commit, &id, PersonChange::Role, Vec::new()).await?
        };
        Ok(is_done.then_some(redeemed))
    }

    /// Adds to a commit the account that somebody wants. A link for guests gives none.
    async fn with_account(
        &self,
        commit: &mut Commit,
        id: &PersonId,
        document: PersonDocument,
        wish: &Wish,
    ) -> Result<PersonDocument, Refusal> {
        let Some(chosen) = &wish.account else { return Ok(document) };
        if document.role < Role::Member {
            return Err(Reason::Role.into());
        }
        let (login, account) = self.account(id, chosen).await?;
        self.take_login(commit, &login, &account, &document).await
    }
}
