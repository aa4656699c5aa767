//! Bots: people that are programs. They are known by a token instead of a cookie.

use super::{Person, PersonId, Profile, SessionToken, put};
use crate::chat::rights::{Case, Deed, Reason, may};
use crate::chat::schema::{self, PersonDocument, Role};
use crate::chat::{Chat, Refusal, Speaker};
use crate::engine::{Check, Commit, Outcome};

impl Chat {
    /// Makes a bot, and gives the token by which it is known.
    pub async fn make_bot(
        &self,
        speaker: &Speaker,
        profile: &Profile,
    ) -> Result<(Person, SessionToken), Refusal> {
        let asker = self.somebody(speaker).await?;
        may(self.policy(), Case::of(asker.role), Deed::MakeBot)?;
        let id = PersonId::random();
        let blank = PersonDocument {
            at: self.clock().now(),
            role: Role::Member,
            bot: true,
            ..PersonDocument::default()
        };
        let document = profile.of(&blank)?;
        let mut commit = Commit::new();
        commit.puts.push(put(schema::person(&id.0), &document));
        let token = self.admit_bot(&mut commit, &id);
        self.settled(commit).await?;
        Ok((Person::of(id, document), token))
    }

    /// Gives a bot another token; the one before ends.
    pub async fn renew_bot(&self, speaker: &Speaker, id: &PersonId) -> Result<SessionToken, Refusal> {
        let asker = self.somebody(speaker).await?;
        may(self.policy(), Case::of(asker.role), Deed::MakeBot)?;
        let (version, document) = self.stored_person(id).await?;
        if !document.bot {
            return Err(Refusal::NoSuchPerson);
        }
        // A moderator must not be able to speak for a bot that may do more than they.
        if document.role > asker.role {
            return Err(Reason::TheirRole.into());
        }
        let before = self.sessions(id).await?.into_iter().map(|session| session.id).collect();
        let mut commit = Commit::new();
        // Two at once: the later one ends the earlier one's token.
        commit.checks.push(Check::At(schema::person(&id.0), version));
        commit.puts.push(put(schema::person(&id.0), &document));
        let token = self.admit_bot(&mut commit, id);
        self.end_in(&mut commit, id, before);
        match self.told(commit).await? {
            Outcome::Done { .. } => Ok(token),
            Outcome::Conflict => Err(Refusal::Busy),
        }
    }
}
