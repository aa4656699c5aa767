//! To leave for good: an account and its person are deleted. What they said stays, by nobody.

use std::net::IpAddr;

use super::login::Login;
use super::{MOST_ATTEMPTS, PersonChange, PersonId, put};
use crate::chat::rights::{Case, Deed, may};
use crate::chat::schema::{self, PersonDocument, Role};
use crate::chat::{Chat, Refusal, Speaker};
use crate::engine::{Check, Commit};

impl Chat {
    /// Deletes the asker. It takes their password, if they have one.
    pub async fn leave_for_good(
        &self,
        speaker: &Speaker,
        password: Option<&str>,
        from: IpAddr,
    ) -> Result<(), Refusal> {
        let asker = self.somebody(speaker).await?;
        if let Some(login) = self.login_of(&asker.id).await? {
            self.prove(&Login::parse(&login)?, password, from).await?;
        }
        self.erase(&asker.id).await
    }

    /// Deletes somebody else.
    pub async fn expel(&self, speaker: &Speaker, id: &PersonId) -> Result<(), Refusal> {
        let asker = self.somebody(speaker).await?;
        let them = self.stored_person(id).await?.1;
        may(self.policy(), Case::of(asker.role).over(them.role, None), Deed::Expel)?;
        self.erase(id).await
    }

    /// In one commit the person is gone, with login and sessions; all that hears of them hears of it. Then
    /// their places in rooms go, and the links that they made.
    async fn erase(&self, id: &PersonId) -> Result<(), Refusal> {
        for _ in 0..MOST_ATTEMPTS {
            let (version, before) = self.stored_person(id).await?;
            let sessions: Vec<_> = self.sessions(id).await?.into_iter().map(|session| session.id).collect();
            let key = schema::person(&id.0);
            let gone =
                PersonDocument { at: before.at, bot: before.bot, gone: true, ..PersonDocument::default() };
            let mut commit = Commit::new();
            commit.checks.push(Check::At(key.clone(), version));
            commit.puts.push(put(key, &gone));
            // Their name leaves the disk, too.
            commit.erases = true;
            commit.deletes.extend(before.login.iter().map(|login| schema::login(login)));
            commit.deletes.extend(sessions.iter().map(|session| schema::session(&id.0, session)));
            self.keep_an_owner(&mut commit, id, before.role, Role::Guest).await?;
            if self.tell(commit, id, PersonChange::Gone, sessions).await? {
                self.forget_links_of(id).await?;
                return self.leave_everything(&id.0).await;
            }
        }
        Err(Refusal::Busy)
    }
}
