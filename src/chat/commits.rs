//! To change what is stored: surely, with this node hearing of it, and again when somebody else was quicker.

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep, timeout};

use super::{Chat, Refusal, RoomName, Speaker, Visit, schema};
use crate::engine::{Commit, EngineError, Key, Number, Outcome, TOKENS_LAST, Version};

/// How often a change is begun again because somebody else was quicker. Each time this node waits until it has
/// heard of that.
const MOST_ATTEMPTS: usize = 50;
/// For how long an unknown outcome is asked for again, and how long to wait between.
const INSISTENCE: Duration = Duration::from_secs(6);
const PATIENCE: Duration = Duration::from_millis(300);
// Whoever asks again is remembered, also if the engine took its time.
const _: () = assert!(2 * INSISTENCE.as_millis() <= TOKENS_LAST as u128);
/// For how long somebody who has changed something waits until this node has heard of it.
const HEARING: Duration = Duration::from_secs(2);

impl Chat {
    /// What is stored under a key, with its version.
    pub(super) async fn stored<T: DeserializeOwned>(
        &self,
        key: &Key,
    ) -> Result<Option<(Version, T)>, EngineError> {
        let stored = self.engine.get(std::slice::from_ref(key)).await?.pop().flatten();
        stored.map(|stored| Ok((stored.version, schema::read(key, &stored)?))).transpose()
    }

    /// Whether anything is stored under a key.
    pub(super) async fn is_stored(&self, key: &Key) -> Result<bool, EngineError> {
        Ok(self.engine.get(std::slice::from_ref(key)).await?.iter().any(Option::is_some))
    }

    /// Does what rests on something that was looked at: begins with another look as long as somebody else is
    /// quicker to change it, which is when the attempt comes to nothing.
    pub(super) async fn insist<T, F: Future<Output = Result<Option<T>, Refusal>>>(
        &self,
        mut attempt: impl FnMut() -> F,
    ) -> Result<T, Refusal> {
        for _ in 0..MOST_ATTEMPTS {
            if let Some(done) = attempt().await? {
                return Ok(done);
            }
        }
        Err(Refusal::Busy)
    }

    /// The same for what somebody does in a room: each time they, the room and their place in it are looked at anew.
    pub(super) async fn insist_in<T, F: Future<Output = Result<Option<T>, Refusal>>>(
        &self,
        speaker: &Speaker,
        name: &RoomName,
        mut attempt: impl FnMut(Visit) -> F,
    ) -> Result<T, Refusal> {
        for _ in 0..MOST_ATTEMPTS {
            if let Some(done) = attempt(self.visit(speaker, name).await?).await? {
                return Ok(done);
            }
            self.look_again(speaker, name).await?;
        }
        Err(Refusal::Busy)
    }

    /// Commits, and asks again under the same token while the outcome is not known.
    pub(super) async fn commit_surely(&self, commit: Commit) -> Result<Outcome, EngineError> {
        let deadline = Instant::now() + INSISTENCE;
        let (commit, mut unknown) = (Arc::new(commit), None);
        loop {
            match self.engine.commit(Arc::clone(&commit)).await {
                Err(error @ EngineError::Unknown(_)) => unknown = Some(error),
                // This time nothing was done; but what of the first?
                Err(EngineError::Unavailable(_)) if unknown.is_some() => {}
                settled => return settled,
            }
            if Instant::now() > deadline
                && let Some(unknown) = unknown
            {
                return Err(unknown);
            }
            sleep(PATIENCE).await;
        }
    }

    /// Commits, and waits until this node has heard of it: what it remembers is as it was changed.
    pub(super) async fn commit_and_hear(&self, commit: Commit) -> Result<Outcome, EngineError> {
        let outcome = self.commit_surely(commit).await?;
        match outcome {
            Outcome::Done { id: Some(id) } => self.catch_up(id.number).await,
            Outcome::Done { id: None } => {}
            Outcome::Conflict => self.catch_up(self.engine.epochs().await?.head()).await,
        }
        Ok(outcome)
    }

    /// Waits until this node has heard of everything up to a number, if it hears at all.
    pub(super) async fn catch_up(&self, upto: Number) {
        let mut reached = self.reached.subscribe();
        let has_heard = reached.wait_for(|reached| reached.is_none_or(|reached| reached >= upto));
        if timeout(HEARING, has_heard).await.is_err() {
            tracing::warn!(%upto, "this node has not heard in time of what it has changed");
        }
        if reached.borrow().is_none() {
            // Nobody follows the log, so that nobody hears anything either: look it up again.
            self.known.forget_everything();
            self.people.forget_all();
        }
    }

    /// Somebody else was quicker to change something in a room: lets go of what this node may not have heard of.
    async fn look_again(&self, speaker: &Speaker, name: &RoomName) -> Result<(), EngineError> {
        self.catch_up(self.engine.epochs().await?.head()).await;
        if let Some(person) = &speaker.person {
            self.people.forget(&person.id);
        }
        let Some(id) = self.known.forget_name(name) else { return Ok(()) };
        let Some(room) = self.known.room(&id) else { return Ok(()) };
        // The log has told of it; unless the store is another since, of which this node has yet to hear.
        let mut keys = vec![schema::room(&id)];
        let mut known = vec![room.version()];
        if let Some(person) = &speaker.person {
            keys.push(schema::member(&id, &person.id.0));
            known.push(room.member(&person.id.0).map(|member| member.version));
        }
        let stored = self.engine.get(&keys).await?;
        if !stored.iter().map(|stored| stored.as_ref().map(|stored| stored.version)).eq(known) {
            self.load(&id).await?;
        }
        Ok(())
    }
}
