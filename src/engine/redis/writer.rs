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
use super::{Shared, locked, scripts, values};

/// How many commits, and about how many bytes, go in one piece.
const MOST_COMMITS: usize = 128;
const MOST_BYTES: usize = 1 << 20;
/// How many of them are one call of the script: what every call costs is shared, and others wait no longer than
/// a millisecond for it.
const MOST_IN_CALL: usize = 32;
/// How many tokens each of two generations has at most: some 40 MB, and all of ten minutes unless there
/// are more than 800 commits a second.
const MOST_TOKENS: u32 = 1 << 19;

/// A commit, and where its answer is waited for.
pub(super) struct Job {
    pub(super) commit: Arc<Commit>,
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
    answers: Vec<Result<Outcome, Trouble>>,
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
        let commits: Vec<&Commit> = jobs.iter().map(|job| &*job.commit).collect();
        match self.send(&commits).await {
            Ok(sent) => {
                let mut done = 0;
                let mut refused = None;
                for (job, answer) in jobs.into_iter().zip(sent.answers) {
                    let outcome = self.outcome(answer, sent.replicas);
                    match &outcome {
                        Ok(Outcome::Done { id }) => {
                            done += 1;
                            id.iter().for_each(|id| self.shared.see(*id));
                        }
                        Err(EngineError::Unavailable(reason)) => refused = Some(reason.clone()),
                        Ok(Outcome::Conflict) | Err(EngineError::Unknown(_)) => {}
                    }
                    // Whoever asked may have gone.
                    let _ = job.answer.send(outcome);
                }
                self.shared.commits.fetch_add(done, Ordering::Relaxed);
                self.shared.batches.fetch_add(done.min(1), Ordering::Relaxed);
                if refused.is_some() || done > 0 {
                    *locked(&self.shared.refused) = refused;
                }
                Ok(())
            }
            Err(trouble) => {
                jobs.into_iter().for_each(|job| _ = job.answer.send(Err(trouble.of_commit())));
                Err(trouble)
            }
        }
    }

    /// One call of the script for these.
    fn call(&self, commits: &[&Commit]) -> Cmd {
        let (fresh, seen) = (scripts::fresh_epoch(), self.shared.seen());
        let mut call = self.shared.scripts.commit.call(&self.shared.keys);
        call.arg(self.shared.clock.now()).arg(fresh.id).arg(fresh.serial);
        call.arg(seen.epoch.to_string()).arg(seen.number.0);
        call.arg(u8::from(self.wait_replicas > 0)).arg(MOST_TOKENS).arg(commits.len());
        commits.iter().for_each(|commit| values::add_commit(&mut call, commit));
        call
    }

    /// Sends these. Those that shared a call and could not be written are sent again, each by itself: what stood
    /// in the way of one does not stand in the way of all. Tokens see to it that none is done twice.
    async fn send(&self, commits: &[&Commit]) -> Result<Sent, Trouble> {
        let mut held = self.link.hold().await?;
        let mut sent = self.try_send(&mut held, commits, MOST_IN_CALL).await?;
        let unsure = |trouble| Trouble { was_refused: false, ..trouble };
        if sent.troubles().any(|trouble| trouble.is_no_script) {
            self.link.load(&mut held).await.map_err(unsure)?;
            sent = self.try_send(&mut held, commits, MOST_IN_CALL).await?;
        }
        if commits.len() > 1 && sent.troubles().any(|trouble| !trouble.is_lost) {
            sent = self.try_send(&mut held, commits, 1).await?;
        }
        if sent.troubles().any(|trouble| trouble.is_lost) {
            self.link.lose(&held);
        }
        Ok(sent)
    }

    async fn try_send(&self, held: &mut Held, commits: &[&Commit], in_call: usize) -> Result<Sent, Trouble> {
        let mut piece = pipe();
        piece.ignore_errors();
        let calls = commits.chunks(in_call);
        calls.clone().for_each(|commits| _ = piece.add_command(self.call(commits)));
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
                self.link.lose(held);
                // Some may have been done.
                return Err(Trouble { was_refused: false, ..error.into() });
            }
        };
        let replicas = if self.wait_replicas > 0 { answers.pop() } else { None };
        let replicas = replicas.and_then(Result::ok).and_then(|count| from_redis_value(count).ok());
        let answers = calls.zip(answers).flat_map(|(commits, answer)| answers_of(commits.len(), answer));
        Ok(Sent { answers: answers.collect(), replicas: replicas.unwrap_or(0) })
    }

    fn outcome(&self, answer: Result<Outcome, Trouble>, replicas: u32) -> Result<Outcome, EngineError> {
        let outcome = answer.map_err(|trouble| trouble.of_commit())?;
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

impl Sent {
    fn troubles(&self) -> impl Iterator<Item = &Trouble> {
        self.answers.iter().filter_map(|answer| answer.as_ref().err())
    }
}

/// What a call of the script answered for each of its commits.
fn answers_of(commits: usize, answer: RedisResult<Value>) -> Vec<Result<Outcome, Trouble>> {
    let trouble = match answer.map(values::answers) {
        Ok(Some(answers)) if answers.len() == commits => {
            return answers
                .iter()
                .map(|text| values::outcome(text).ok_or_else(Trouble::unreadable))
                .collect();
        }
        Ok(_) => Trouble::unreadable(),
        Err(error) => error.into(),
    };
    vec![Err(trouble); commits]
}

/// About how many bytes a commit takes on the way.
fn size(commit: &Commit) -> usize {
    200 + commit.puts.iter().map(|put| 64 + put.json.len()).sum::<usize>() + 64 * commit.deletes.len()
}
