//! To redeem a link: what it gives, and that it was redeemed, are one commit.

use super::accounts::{Account, Credentials};
use super::called::rename;
use super::finding::Found;
use super::{Person, PersonChange, PersonId, Profile, SessionToken, StoredPerson};
use crate::chat::rights::{Case, Deed, may};
use crate::chat::schema::{self, Gift, PersonDocument, Role};
use crate::chat::{Chat, Refusal, Speaker};
use crate::engine::{Commit, Outcome};

/// What somebody who redeems a link wants to be.
#[derive(Clone, Default)]
pub struct RedeemWish {
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
    pub async fn redeem(
        &self,
        speaker: &Speaker,
        code: &str,
        wish: &RedeemWish,
    ) -> Result<Redeemed, Refusal> {
        // Hashed once, however often the rest is begun again.
        let account = self.account_by_link(speaker, code, wish).await?;
        self.insist(|| async {
            let found = self.find_link(code).await?;
            let (role, room) = match (&found.gift, &found.person) {
                (Gift::Place { role, room }, _) => (*role, room.as_deref()),
                (Gift::SignIn { .. }, Some(person)) => {
                    return self.sign_in_by(&found, person, speaker, wish).await;
                }
                (Gift::SignIn { .. }, None) => return Err(Refusal::BadLink),
            };
            match self.asker_if_any(speaker).await? {
                Some(asker) => self.rise_by(&found, asker, role, room, account.as_ref()).await,
                None => self.arrive_by(&found, role, room, wish, account.as_ref()).await,
            }
        })
        .await
    }

    /// One device more for somebody. `None` if somebody else was quicker.
    async fn sign_in_by(
        &self,
        found: &Found,
        person: &StoredPerson,
        speaker: &Speaker,
        wish: &RedeemWish,
    ) -> Result<Option<Redeemed>, Refusal> {
        if let Some(asker) = self.present(speaker).await?.filter(|asker| asker.id == person.id) {
            return Ok(Some(Redeemed { person: asker, token: None }));
        }
        let mut commit = Commit::new();
        found.take(&mut commit, &person.id, self.clock().now());
        let token = Some(self.admit(&mut commit, person, &wish.device).await?);
        if self.commit_and_hear(commit).await? == Outcome::Conflict {
            return Ok(None);
        }
        // They are somebody else from now on: what this device was known by is over.
        if let Some(session) = &speaker.session {
            self.end_session(speaker, session).await?;
        }
        let person = Person::of(person.id.clone(), person.document.clone());
        Ok(Some(Redeemed { person, token }))
    }

    async fn asker_if_any(&self, speaker: &Speaker) -> Result<Option<StoredPerson>, Refusal> {
        match self.present(speaker).await? {
            Some(_) => self.asker(speaker).await.map(Some),
            None => Ok(None),
        }
    }

    /// The account that somebody wants to have by a link, which a link to sign in by does not give.
    async fn account_by_link(
        &self,
        speaker: &Speaker,
        code: &str,
        wish: &RedeemWish,
    ) -> Result<Option<Account>, Refusal> {
        let Some(chosen) = &wish.account else { return Ok(None) };
        let Gift::Place { role, .. } = self.find_link(code).await?.gift else { return Ok(None) };
        let before = self.asker_if_any(speaker).await?.map(|asker| asker.document).unwrap_or_default();
        let person = risen(&before, role);
        may(self.policy(), Case::of(&person), Deed::OpenAccount)?;
        Ok(Some(self.account(chosen, &person).await?))
    }

    /// Somebody new, with a role and in a room.
    async fn arrive_by(
        &self,
        found: &Found,
        role: Role,
        room: Option<&str>,
        wish: &RedeemWish,
        account: Option<&Account>,
    ) -> Result<Option<Redeemed>, Refusal> {
        let (id, at) = (PersonId::random(), self.clock().now());
        let blank = PersonDocument { at, role, ..PersonDocument::default() };
        let mut commit = Commit::new();
        let document = wish.profile.of(&blank)?;
        let document = self.with_account(&mut commit, &id, document, account).await?;
        commit.put(schema::person(&id.0), &document);
        rename(&mut commit, &id, "", &document.name);
        found.take(&mut commit, &id, at);
        self.keep_an_owner(&mut commit, &id, Role::Guest, document.role).await?;
        if let Some(room) = room {
            self.bring_in(&mut commit, room, &id.0, found.maker(), false).await?;
        }
        let token = Some(self.admit_new(&mut commit, &id, &wish.device));
        let is_done = self.commit_and_hear(commit).await? != Outcome::Conflict;
        Ok(is_done.then(|| Redeemed { person: Person::of(id, document), token }))
    }

    /// A higher role, or a room, for somebody who is here already.
    async fn rise_by(
        &self,
        found: &Found,
        asker: StoredPerson,
        role: Role,
        room: Option<&str>,
        account: Option<&Account>,
    ) -> Result<Option<Redeemed>, Refusal> {
        may(self.policy(), Case::of(&asker.document), Deed::Redeem)?;
        let id = asker.id.clone();
        let mut commit = Commit::new();
        let risen = risen(&asker.document, role);
        let document = self.with_account(&mut commit, &id, risen, account).await?;
        let is_other = document != asker.document;
        let comes_in = match room {
            Some(room) => self.bring_in(&mut commit, room, &id.0, found.maker(), is_other).await?,
            None => false,
        };
        let redeemed = Redeemed { person: Person::of(id.clone(), document.clone()), token: None };
        if !is_other && !comes_in {
            return Ok(Some(redeemed));
        }
        found.take(&mut commit, &id, self.clock().now());
        if !comes_in {
            let is_done = self.change_to(commit, asker, document, PersonChange::Role).await?.is_some();
            return Ok(is_done.then_some(redeemed));
        }
        asker.replace(&mut commit, &document);
        self.keep_an_owner(&mut commit, &id, asker.document.role, document.role).await?;
        if self.commit_and_hear(commit).await? == Outcome::Conflict {
            return Ok(None);
        }
        if is_other {
            // One commit tells one thing, that they came into the room; by it every node knows of their role. That
            // it is another is told to people by a second one.
            if let Err(refusal) = self.tell(Commit::new(), &id, PersonChange::Role).await {
                tracing::warn!(%refusal, "it could not be told that somebody has another role");
            }
        }
        Ok(Some(redeemed))
    }

    /// Adds to a commit the account that somebody has chosen.
    async fn with_account(
        &self,
        commit: &mut Commit,
        id: &PersonId,
        document: PersonDocument,
        account: Option<&Account>,
    ) -> Result<PersonDocument, Refusal> {
        match account {
            Some(account) => self.take_login(commit, account, id, &document).await,
            None => Ok(document),
        }
    }
}

/// Somebody with at least this role.
fn risen(before: &PersonDocument, role: Role) -> PersonDocument {
    PersonDocument { role: role.max(before.role), ..before.clone() }
}
