//! The task that commits: whatever commits wait go to Redis in one piece, on a connection of their own, with
//! one wait for the replicas behind them.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use redis::{Cmd, RedisResult, Value, cmd, from_redis_value, pipe};
use tokio::sync::{mpsc, oneshot};

use super::super::{Commit, EngineError, Outcome};
use super::link::{Held, Link};
use super::reason::Trouble;
use super::{Shared, scripts, values};

/// How many commits, and about how many bytes, go in one piece.
const MOST_COMMITS: usize = 128;
const MOST_BYTES: usize = 1 << 20;
/// How many tokens each of two generations has at most: some 40 MB, and all of ten minutes unless there
/// are more than 800 commits a second.
const MOST_TOKENS: u32 = 1 << 19;

/// A commit, and where its answer is waited for.
pub(super) struct Job {
    pub(super) commit: Commit,
    pub(super) answer: oneshot::Sender<Result<Outcome, EngineError>>,
}

pub(super) struct Writer {
    shared: Arc<Shared>,
    /// Waiting for replicas blocks a connection, so this one is not shared with readers.
    link: Link,
    wait_replicas: u32,
    timeout: Duration,
}

/// What became of commits that were sent, and of the wait for replicas after them.
struct Sent {
    answers: Vec<RedisResult<Value>>,
    replicas: u32,
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, wait_replicas: u32, timeout: Duration) -> Self {
        let link = Link::new(Arc::clone(&shared.connector), &shared.scripts);
        Writer { shared, link, wait_replicas, timeout }
    }

    /// Commits until nobody can ask for it any more.
    pub(super) async fn run(self, mut waiting: mpsc::Receiver<Job>) {
        while let Some(first) = waiting.recv().await {
            let mut jobs = vec![first];
            let mut bytes = size(&jobs[0].commit);
            while jobs.len() < MOST_COMMITS && bytes < MOST_BYTES {
                let Ok(job) = waiting.try_recv() else { break };
                bytes += size(&job.commit);
                jobs.push(job);
            }
            if let Err(trouble) = self.commit(jobs).await {
                // Those who wait behind would only wait as long for the same.
                while let Ok(job) = waiting.try_recv() {
                    let _ = job.answer.send(Err(EngineError::Unavailable(trouble.reason.clone())));
                }
            }
        }
    }

    /// Commits these and answers them. An error says that Redis could not be asked.
    async fn commit(&self, jobs: Vec<Job>) -> Result<(), Trouble> {
        let calls: Vec<Cmd> = jobs.iter().map(|job| self.call(&job.commit)).collect();
        match self.send(&calls).await {
            Ok(sent) => {
                let mut done = 0;
                let mut refused = None;
                for (job, answer) in jobs.into_iter().zip(sent.answers) {
                    let outcome = self.outcome(answer, sent.replicas);
                    match &outcome {
                        Ok(Outcome::Done { .. }) => done += 1,
                        Err(EngineError::Unavailable(reason)) => refused = Some(reason.clone()),
                        Ok(Outcome::Conflict) | Err(EngineError::Unknown(_)) => {}
                    }
                    // Whoever asked may have gone.
                    let _ = job.answer.send(outcome);
                }
                self.shared.commits.fetch_add(done, Ordering::Relaxed);
                self.shared.batches.fetch_add(done.min(1), Ordering::Relaxed);
                if refused.is_some() || done > 0 {
                    *self.shared.refused.lock().await = refused;
                }
                Ok(())
            }
            Err(trouble) => {
                jobs.into_iter().for_each(|job| _ = job.answer.send(Err(trouble.of_commit())));
                Err(trouble)
            }
        }
    }

    fn call(&self, commit: &Commit) -> Cmd {
        let fresh = scripts::fresh_epoch();
        let mut call = self.shared.scripts.commit.call(&self.shared.keys);
        call.arg(&commit.token.0).arg(self.shared.clock.now()).arg(fresh.id).arg(fresh.serial);
        call.arg(u8::from(self.wait_replicas > 0)).arg(MOST_TOKENS);
        values::add_commit(&mut call, commit);
        call
    }

    async fn send(&self, calls: &[Cmd]) -> Result<Sent, Trouble> {
        let mut held = self.link.hold().await?;
        let mut sent = self.try_send(&mut held, calls).await?;
        let is_unknown = |answer: &RedisResult<Value>| {
            answer.as_ref().is_err_and(|error| Trouble::from(error.clone()).is_no_script)
        };
        if sent.answers.iter().any(is_unknown) {
            // Tokens see to it that those which Redis knew are not done twice.
            self.link.load(&mut held).await?;
            sent = self.try_send(&mut held, calls).await?;
        }
        let is_lost = |answer: &RedisResult<Value>| {
            answer.as_ref().is_err_and(|error| Trouble::from(error.clone()).is_lost)
        };
        if sent.answers.iter().any(is_lost) {
            self.link.lose(&held).await;
        }
        Ok(sent)
    }

    async fn try_send(&self, held: &mut Held, calls: &[Cmd]) -> Result<Sent, Trouble> {
        let mut piece = pipe();
        piece.ignore_errors();
        calls.iter().for_each(|call| _ = piece.add_command(call.clone()));
        if self.wait_replicas > 0 {
            let mut wait = cmd("WAIT");
            // Less than we wait for the answer, so that there is one.
            let patience = u64::try_from(self.timeout.as_millis() / 2).unwrap_or(u64::MAX).max(1);
            piece.add_command(wait.arg(self.wait_replicas).arg(patience).take());
        }
        let answers: RedisResult<Vec<RedisResult<Value>>> = piece.query_async(&mut held.connection).await;
        let mut answers = match answers {
            Ok(answers) => answers,
            Err(error) => {
                self.link.lose(held).await;
                // Some may have been done.
                return Err(Trouble { was_refused: false, ..error.into() });
            }
        };
        let replicas = if self.wait_replicas > 0 { answers.pop() } else { None };
        let replicas = replicas.and_then(Result::ok).and_then(|count| from_redis_value(count).ok());
        Ok(Sent { answers, replicas: replicas.unwrap_or(0) })
    }

    fn outcome(&self, answer: RedisResult<Value>, replicas: u32) -> Result<Outcome, EngineError> {
        let outcome = answer.map_err(|error| Trouble::from(error).of_commit()).and_then(values::outcome)?;
        if outcome == Outcome::Conflict {
            return Ok(outcome);
        }
        if replicas < self.wait_replicas {
            let wanted = self.wait_replicas;
            return Err(EngineError::Unknown(format!("only {replicas} of {wanted} replicas have it so far")));
        }
        Ok(outcome)
    }
}

/// About how many bytes a commit takes on the way.
fn size(commit: &Commit) -> usize {
    200 + commit.puts.iter().map(|put| 64 + put.json.len()).sum::<usize>() + 64 * commit.deletes.len()
}
