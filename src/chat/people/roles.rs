//! Roles: who gives them, and that a server which has an owner keeps one.

use super::{Person, PersonChange, PersonId};
use crate::chat::rights::{Case, Deed, may, rests_on_own_role, rests_on_their_role};
use crate::chat::schema::{self, OwnersDocument, PersonDocument, Role};
use crate::chat::{Chat, Refusal, Speaker};
use crate::engine::{Commit, EngineError, Version};

/// How many owners a server can have.
const MOST_OWNERS: usize = 100;

impl Chat {
    /// Gives somebody, or oneself, another role.
    pub async fn promote(&self, speaker: &Speaker, id: &PersonId, role: Role) -> Result<Person, Refusal> {
        self.insist(|| async {
            let (asker, them) = (self.asker(speaker).await?, self.stored_person(id).await?);
            let case = Case::of(&asker.document).over(&them.document).giving(role);
            may(self.policy(), case, Deed::Promote)?;
            let document = PersonDocument { role, ..them.document.clone() };
            let mut commit = Commit::new();
            if asker.id != them.id {
                asker.hold(&mut commit);
            }
            self.change_to(commit, them, document, PersonChange::Role).await
        })
        .await
    }

    /// Adds to a commit that it holds only while those have their roles because of which this is allowed.
    /// `false` if one of them has another by now.
    pub(in crate::chat) async fn hold_roles(
        &self,
        commit: &mut Commit,
        case: Case<'_>,
        deed: Deed,
        who: Option<&Person>,
        whom: Option<&Person>,
    ) -> Result<bool, EngineError> {
        let who = who.filter(|_| rests_on_own_role(self.policy(), case, deed));
        let whom = whom.filter(|_| rests_on_their_role(self.policy(), case, deed));
        for person in who.into_iter().chain(whom) {
            let key = schema::person(&person.id.0);
            match self.stored::<PersonDocument>(&key).await? {
                Some((version, now)) if now.role == person.role && !now.gone => {
                    commit.check(&key, Some(version));
                }
                _ => {
                    self.people.forget(&person.id);
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Whether somebody owns this server.
    pub async fn has_owner(&self) -> Result<bool, EngineError> {
        Ok(!self.owners().await?.1.people.is_empty())
    }

    /// Adds to a commit by which somebody's role changes that the owners are others by it. The last one
    /// stays.
    pub(super) async fn keep_an_owner(
        &self,
        commit: &mut Commit,
        id: &PersonId,
        before: Role,
        after: Role,
    ) -> Result<(), Refusal> {
        if (before == Role::Owner) == (after == Role::Owner) {
            return Ok(());
        }
        let (version, mut owners) = self.owners().await?;
        owners.people.retain(|owner| *owner != id.0);
        if after == Role::Owner {
            owners.people.push(id.0.clone());
        }
        if owners.people.is_empty() {
            return Err(Refusal::LastOwner);
        }
        if owners.people.len() > MOST_OWNERS {
            return Err(Refusal::TooManyPeople);
        }
        let key = schema::owners();
        commit.check(&key, version);
        commit.put(key, &owners);
        Ok(())
    }

    async fn owners(&self) -> Result<(Option<Version>, OwnersDocument), EngineError> {
        let owners = self.stored(&schema::owners()).await?;
        Ok(owners.map_or_else(Default::default, |(version, owners)| (Some(version), owners)))
    }
}
