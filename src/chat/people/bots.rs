//! Bots: people that are programs. They are known by a token instead of a cookie.

use super::called::rename;
use super::{Person, PersonId, Profile, SessionToken};
use crate::chat::rights::{Case, Deed, may};
use crate::chat::schema::{self, PersonDocument, Role};
use crate::chat::{Chat, Refusal, Speaker};
use crate::engine::{Commit, Outcome};

impl Chat {
    /// Makes a bot, and gives the token by which it is known.
    pub async fn make_bot(
        &self,
        speaker: &Speaker,
        profile: &Profile,
    ) -> Result<(Person, SessionToken), Refusal> {
        self.insist(|| async {
            let asker = self.asker(speaker).await?;
            may(self.policy(), Case::of(&asker.document), Deed::MakeBot)?;
            let id = PersonId::random();
            let blank = PersonDocument {
                at: self.clock().now(),
                role: Role::Member,
                bot: true,
                ..PersonDocument::default()
            };
            let document = profile.of(&blank)?;
            let mut commit = Commit::new();
            asker.hold(&mut commit);
            commit.put(schema::person(&id.0), &document);
            rename(&mut commit, &id, "", &document.name);
            let token = self.admit_bot(&mut commit, &id);
            let is_done = self.commit_surely(commit).await? != Outcome::Conflict;
            Ok(is_done.then(|| (Person::of(id, document), token)))
        })
        .await
    }

    /// Gives a bot another token; the one before ends.
    pub async fn renew_bot(&self, speaker: &Speaker, id: &PersonId) -> Result<SessionToken, Refusal> {
        self.insist(|| async {
            let asker = self.asker(speaker).await?;
            may(self.policy(), Case::of(&asker.document), Deed::MakeBot)?;
            let bot = self.stored_person(id).await?;
            if !bot.document.bot {
                return Err(Refusal::NoSuchPerson);
            }
            may(self.policy(), Case::of(&asker.document).over(&bot.document), Deed::RenewBot)?;
            let before = self.sessions(id).await?.into_iter().map(|session| session.id).collect();
            let mut commit = Commit::new();
            asker.hold(&mut commit);
            // Two at once: the later one ends the earlier one's token.
            bot.touch(&mut commit);
            let token = self.admit_bot(&mut commit, id);
            self.end_in(&mut commit, id, before);
            Ok((self.commit_and_hear(commit).await? != Outcome::Conflict).then_some(token))
        })
        .await
    }
}
