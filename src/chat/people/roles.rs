//! Roles: who gives them, and that a server which has an owner keeps one.

use super::{Person, PersonChange, PersonId, put};
use crate::chat::rights::{Case, Deed, Reason, may};
use crate::chat::schema::{self, OwnersDocument, PersonDocument, Role};
use crate::chat::{Chat, Refusal, Speaker};
use crate::engine::{Check, Commit, EngineError, Version};

/// How many owners a server can have.
const MOST_OWNERS: usize = 100;

impl Chat {
    /// Gives somebody, or oneself, another role.
    pub async fn promote(&self, speaker: &Speaker, id: &PersonId, role: Role) -> Result<Person, Refusal> {
        let asker = self.somebody(speaker).await?;
        let them = self.stored_person(id).await?.1;
        may(self.policy(), Case::of(asker.role).over(them.role.max(role), None), Deed::Promote)?;
        self.change_person(id, PersonChange::Role, |before| {
            let is_fit = match role {
                Role::Stranger => false,
                // An account is not undone by a role.
                Role::Guest => before.login.is_none() && !before.bot,
                Role::Member | Role::Moderator => true,
                Role::Owner => !before.bot,
            };
            if is_fit { Ok(PersonDocument { role, ..before.clone() }) } else { Err(Reason::TheirRole.into()) }
        })
        .await
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
        commit.checks.push(match version {
            Some(version) => Check::At(key.clone(), version),
            None => Check::Absent(key.clone()),
        });
        commit.puts.push(put(key, &owners));
        Ok(())
    }

    async fn owners(&self) -> Result<(Option<Version>, OwnersDocument), EngineError> {
        let key = schema::owners();
        match self.engine().get(std::slice::from_ref(&key)).await?.pop().flatten() {
            Some(stored) => Ok((Some(stored.version), schema::read(&key, &stored)?)),
            None => Ok((None, OwnersDocument::default())),
        }
    }
}
