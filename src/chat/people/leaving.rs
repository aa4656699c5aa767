//! To leave for good: an account and its person are deleted. What they said stays, by nobody.
//!
//! That they are gone is one commit. What is left to do after it is noted in that same commit, and done by
//! whoever gets round to it: should this node end before it has, another one, or itself when it is back.

use std::net::IpAddr;

use super::attempts::Asking;
use super::called::rename;
use super::login::Login;
use super::{PersonChange, PersonId, StoredPerson};
use crate::chat::rights::{Case, Deed, may};
use crate::chat::schema::{self, LeavingDocument, PersonDocument, Role};
use crate::chat::{Chat, Refusal, Speaker};
use crate::engine::{Commit, Direction, Key, KeyRange, Millis};

/// After how long somebody's leaving is taken up by another node, in milliseconds, and how many at a time.
const LEFT_UNDONE: Millis = 60_000;
const PIECE: usize = 100;

impl Chat {
    /// Deletes the asker. It takes their password, if they have one.
    pub async fn leave_for_good(
        &self,
        speaker: &Speaker,
        password: Option<&str>,
        from: IpAddr,
    ) -> Result<(), Refusal> {
        let asker = self.asker(speaker).await?;
        if let Some(login) = &asker.document.login {
            self.prove(&Login::parse(login)?, Asking::Known(&asker.id), password, from).await?;
        }
        self.insist(|| async { self.erase(Commit::new(), self.asker(speaker).await?).await }).await?;
        self.see_off(&asker.id).await;
        Ok(())
    }

    /// Deletes somebody else.
    pub async fn expel(&self, speaker: &Speaker, id: &PersonId) -> Result<(), Refusal> {
        self.insist(|| async {
            let (asker, them) = (self.asker(speaker).await?, self.stored_person(id).await?);
            may(self.policy(), Case::of(&asker.document).over(&them.document), Deed::Expel)?;
            let mut commit = Commit::new();
            asker.hold(&mut commit);
            self.erase(commit, them).await
        })
        .await?;
        self.see_off(id).await;
        Ok(())
    }

    /// In one commit the person is gone, with login and sessions; all that hears of them hears of it. Nothing if
    /// somebody else was quicker to change them.
    async fn erase(&self, mut commit: Commit, them: StoredPerson) -> Result<Option<()>, Refusal> {
        let StoredPerson { id, document: before, .. } = &them;
        let sessions: Vec<_> = self.sessions(id).await?.into_iter().map(|session| session.id).collect();
        let gone = PersonDocument { at: before.at, bot: before.bot, gone: true, ..PersonDocument::default() };
        them.replace(&mut commit, &gone);
        rename(&mut commit, id, &before.name, "");
        // Their name leaves the disk, too.
        commit.erases = true;
        commit.put(schema::leaving(&id.0), &LeavingDocument { at: self.clock().now() });
        commit.deletes.extend(before.login.iter().map(|login| schema::login(login)));
        commit.deletes.extend(sessions.iter().map(|session| schema::session(&id.0, session)));
        self.keep_an_owner(&mut commit, id, before.role, Role::Guest).await?;
        let audiences = self.audiences_of(id).await?;
        let is_done = self.tell_first(commit, id, PersonChange::Gone, sessions, &audiences).await?;
        Ok(is_done.then_some(()))
    }

    /// Does what is left to do. They are gone however that ends.
    async fn see_off(&self, id: &PersonId) {
        if let Err(refusal) = self.finish_leaving(id).await {
            tracing::warn!(%refusal, "somebody is gone, and what is left to do for that is yet to be done");
        }
    }

    /// What is left to do when somebody is gone: rooms are told that were not yet, and their places in rooms go,
    /// and the links that they made or would come in by.
    async fn finish_leaving(&self, id: &PersonId) -> Result<(), Refusal> {
        self.tell_others(id, PersonChange::Gone, &self.audiences_of(id).await?).await?;
        self.forget_links_of(id).await?;
        self.leave_everything(&id.0).await?;
        self.commit_surely(Commit { deletes: vec![schema::leaving(&id.0)], ..Commit::new() }).await?;
        Ok(())
    }

    /// Finishes what a node has left undone that ended while somebody left.
    pub(in crate::chat) async fn finish_leavings(&self) -> Result<(), Refusal> {
        let range = KeyRange::under(&Key::new("leaving"));
        for (key, stored) in self.engine().scan(range, PIECE, Direction::Forward).await? {
            let LeavingDocument { at } = schema::read(&key, &stored)?;
            if self.clock().now() - at >= LEFT_UNDONE {
                let id = PersonId(key.last_part().unwrap_or_default().to_owned());
                self.finish_leaving(&id).await?;
            }
        }
        Ok(())
    }
}
