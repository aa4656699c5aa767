//! The one who writes: takes what waits into one transaction (of a crowd, half), and answers after `COMMIT`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};
use tokio::sync::mpsc;

use super::super::answers::Answers;
use super::super::follow::Feed;
use super::super::{Clock, Commit, Document, EngineError, Entry, EpochId, Millis, Outcome, Token};
use super::apply::{self, Erased};
use super::calm::Calm;
use super::checkpoint::{Marks, Mode, checkpoint};
use super::condition::Condition;
use super::job::{Job, Restart, Waiting};
use super::open::{BUSY, Lock};
use super::pave::pave;
use super::scrub;
use super::state::{Known, State, Trace};
use super::values::{reason, unavailable};

/// How many commits share a transaction at most.
pub(super) const BATCH: usize = 512;

/// From how many on those who commit at once are a crowd, of which half waits for the next transaction.
const CROWD: usize = 16;

/// How many entries are trimmed, or expired documents swept, in one transaction.
const PIECE: usize = 500;

/// How long an expired document may stay, so that many are swept at once.
const LINGER: Millis = 10_000;

/// How long commits are held up for a reader that needs the write-ahead log.
const PATIENCE: Duration = Duration::from_millis(20);

/// After how many rows the keeper looks at the write-ahead log. Each is on a page of its own at worst.
const MANY_ROWS: u64 = 128;

/// How few rows in a second mean that a burst is over, some twenty messages; and how many make one, each of them on a
/// page of 4 KiB of its own at worst.
const BURST: (u64, u64) = (128, 256);

/// Entries for followers, with their documents.
type Told = Vec<(Entry, Option<Document>)>;

/// What a batch of commits came to.
#[derive(Debug, Default)]
struct Batch {
    /// One for each commit, in order.
    outcomes: Vec<Outcome>,
    /// The commits that were decided in this batch, repeats left out.
    decided: HashMap<Token, Outcome>,
    told: Told,
    erased: Erased,
}

/// How a transaction failed.
enum Failure<T> {
    /// Nothing was changed.
    Nothing(rusqlite::Error),
    /// `COMMIT` failed in the transaction of this trace, which had come to `T`.
    AtCommit(rusqlite::Error, Trace, T),
}

/// A transaction that is to be ended.
struct Ending<T> {
    done: T,
    /// How things stand once it is.
    known: Known,
    /// `None` if it wrote nothing.
    trace: Option<Trace>,
}

impl<T> Failure<T> {
    fn error(&self) -> &rusqlite::Error {
        match self {
            Failure::Nothing(error) | Failure::AtCommit(error, ..) => error,
        }
    }
}

/// The one who writes, with all that only it may touch.
#[derive(Debug)]
pub(super) struct Writer {
    connection: Connection,
    /// The epoch of every number that this process gives out.
    epoch: EpochId,
    clock: Clock,
    feed: Arc<Feed>,
    condition: Arc<Condition>,
    marks: Arc<Marks>,
    answers: Answers,
    /// How many commits the last transaction decided.
    last: usize,
    /// The rows that had been written when the keeper was last told of it.
    told_of: u64,
    calm: Calm,
    /// Whether expired documents are left to sweep.
    sweeping: bool,
    /// As the last transaction left it; `None` if the file has to be asked.
    known: Option<Known>,
    /// The last number under which a transaction was tried; none is used twice.
    last_tried: u64,
    /// A batch whose `COMMIT` failed, with the trace of its transaction, until it is known whether it
    /// was applied.
    unresolved: Option<(Trace, Batch)>,
    // Dropped last: another server may open the folder then.
    _lock: Lock,
}

impl Drop for Writer {
    /// However the thread ends, nobody waits for it in vain.
    fn drop(&mut self) {
        self.feed.close();
        self.marks.stop();
    }
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        lock: Lock,
        epoch: EpochId,
        clock: Clock,
        feed: Arc<Feed>,
        condition: Arc<Condition>,
        marks: Arc<Marks>,
    ) -> Self {
        Writer {
            connection,
            epoch,
            clock,
            feed,
            condition,
            marks,
            answers: Answers::default(),
            last: 0,
            told_of: 0,
            calm: Calm::new(BURST.0, BURST.1),
            sweeping: false,
            known: None,
            last_tried: 0,
            unresolved: None,
            _lock: lock,
        }
    }

    /// Does a job, and those that wait behind it. Says how many commits were among them.
    pub(super) fn work(
        &mut self,
        job: Job,
        jobs: &mut mpsc::Receiver<Job>,
        waiting: &mut Vec<Waiting>,
    ) -> usize {
        let (mut next, mut commits, mut most) = (Some(job), 0, BATCH);
        while let Some(job) = next {
            match job {
                Job::Commit(commit, answer) => {
                    if waiting.is_empty() {
                        most = share(self.last, jobs.len() + 1);
                    }
                    waiting.push((commit, answer));
                    commits += 1;
                }
                other => {
                    self.write(waiting);
                    self.attend(other, jobs);
                }
            }
            next = if waiting.len() < most { jobs.try_recv().ok() } else { None };
        }
        self.write(waiting);
        self.sweep(jobs);
        commits
    }

    /// Leaves the file with nothing in its log.
    pub(super) fn end(self) {
        let _ = checkpoint(&self.connection, Mode::Truncate, BUSY);
    }

    fn attend(&mut self, job: Job, jobs: &mut mpsc::Receiver<Job>) {
        match job {
            Job::Commit(..) => {}
            Job::Trim(upto, answer) => {
                let gone = self.transact(|connection, _, state| apply::trim(connection, state, upto, PIECE));
                if matches!(gone, Ok(1..)) {
                    self.marks.erased(Erased::Bytes);
                }
                // Trimming again does no harm, so a COMMIT that failed is just a failure.
                let gone = gone.map(|gone| gone as u64).map_err(|failure| unavailable(failure.error()));
                let _ = answer.send(gone);
            }
            Job::Tick => self.tick(),
            Job::RestartWal(how) => self.restart_wal(how),
            Job::Wipe(pages, answer) => {
                let wiped = self.transact(|connection, _, _| scrub::wipe(connection, &pages));
                let _ = answer.send(wiped.is_ok());
            }
            Job::Pave(wal, length, answer) => {
                let _ = answer.send(pave(&self.connection, &wal, length).is_ok());
            }
            Job::Close => jobs.close(),
            #[cfg(test)]
            Job::Meddle(meddle) => meddle(&self.connection),
        }
    }

    /// Applies the commits that wait, and answers them.
    fn write(&mut self, waiting: &mut Vec<Waiting>) {
        if waiting.is_empty() {
            return;
        }
        let (outcomes, told) = self.apply(waiting.iter().map(|(commit, _)| &**commit));
        for (place, (_, answer)) in waiting.drain(..).enumerate() {
            // Who asked may have gone away.
            let _ = answer.send(outcomes.as_ref().map(|outcomes| outcomes[place]).map_err(Clone::clone));
        }
        // Who waits for an answer comes before those who listen.
        self.feed.publish(told);
        self.tell_keeper();
    }

    /// Applies a commit by itself.
    pub(super) fn write_one(&mut self, commit: &Commit) -> Result<Outcome, EngineError> {
        let (outcomes, told) = self.apply(std::iter::once(commit));
        self.feed.publish(told);
        self.tell_keeper();
        outcomes.map(|outcomes| outcomes[0])
    }

    /// Applies commits in one transaction: an outcome for each, and what followers are to be told.
    fn apply<'a>(
        &mut self,
        commits: impl Iterator<Item = &'a Commit>,
    ) -> (Result<Vec<Outcome>, EngineError>, Told) {
        let now = self.clock.now();
        let epoch = self.epoch;
        let applied = self
            .transact(|connection, answers, state| batch(connection, answers, state, commits, epoch, now));
        match applied {
            Ok(mut batch) => {
                let told = std::mem::take(&mut batch.told);
                let outcomes = std::mem::take(&mut batch.outcomes);
                self.accept(batch);
                (Ok(outcomes), told)
            }
            Err(Failure::Nothing(error)) => (Err(unavailable(&error)), Told::new()),
            Err(Failure::AtCommit(error, trace, batch)) => (self.settle(&error, trace, batch), Told::new()),
        }
    }

    /// Takes note of a batch that is in the file, and tells followers what is left to tell.
    fn accept(&mut self, batch: Batch) {
        let now = self.clock.now();
        let is_done = |outcome: &&Outcome| matches!(outcome, Outcome::Done { .. });
        let done = batch.decided.values().filter(is_done).count() as u64;
        self.condition.note(done);
        self.last = batch.decided.len();
        for (token, outcome) in batch.decided {
            self.answers.insert(now, token, outcome);
        }
        self.marks.erased(batch.erased);
        self.feed.publish(batch.told);
    }

    /// Finds out what became of a batch whose `COMMIT` failed.
    fn settle(
        &mut self,
        error: &rusqlite::Error,
        trace: Trace,
        batch: Batch,
    ) -> Result<Vec<Outcome>, EngineError> {
        if matches!(error.sqlite_error_code(), Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy)) {
            // The frame that makes a transaction valid is its last, and was not written.
            return Err(unavailable(error));
        }
        let outcomes = batch.outcomes.clone();
        let token = batch.decided.keys().next().copied();
        self.unresolved = Some((trace, batch));
        // Frames that were written without being synced could come back after a crash. Another
        // transaction finds the batch applied (and accepts it), or overwrites what is left of it.
        let touched = self.touch();
        if token.is_some_and(|token| self.answers.get(token).is_some()) {
            Ok(outcomes)
        } else if touched {
            Err(unavailable(error))
        } else {
            Err(EngineError::Unknown(reason(error)))
        }
    }

    /// Runs a transaction. One that writes nothing is not committed, and costs no sync.
    fn transact<T>(
        &mut self,
        work: impl FnOnce(&Connection, &Answers, &mut State) -> rusqlite::Result<T>,
    ) -> Result<T, Failure<T>> {
        let result = self.try_transact(work);
        if let Err(failure) = &result {
            if !self.connection.is_autocommit() {
                let _ = self.connection.execute_batch("ROLLBACK");
            }
            self.condition.set_trouble(Some(reason(failure.error())));
        }
        result
    }

    fn try_transact<T>(
        &mut self,
        work: impl FnOnce(&Connection, &Answers, &mut State) -> rusqlite::Result<T>,
    ) -> Result<T, Failure<T>> {
        let Ending { done, known, trace } = self.until_commit(work).map_err(Failure::Nothing)?;
        let end = |sql| self.connection.prepare_cached(sql)?.execute([]);
        match trace {
            None => end("ROLLBACK").map_err(Failure::Nothing)?,
            Some(trace) => match end("COMMIT") {
                Ok(ended) => ended,
                Err(error) => return Err(Failure::AtCommit(error, trace, done)),
            },
        };
        self.known = Some(known);
        if trace.is_some() {
            self.condition.set_trouble(None);
        }
        Ok(done)
    }

    /// All of a transaction but its end.
    fn until_commit<T>(
        &mut self,
        work: impl FnOnce(&Connection, &Answers, &mut State) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Ending<T>> {
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        // Whoever fails leaves it to the next to ask the file.
        let before = match self.known.take() {
            Some(known) => known,
            None => self.look()?,
        };
        let changes = self.connection.total_changes();
        let mut known = before;
        let done = work(&self.connection, &self.answers, &mut known.state)?;
        if self.connection.total_changes() == changes {
            return Ok(Ending { done, known: before, trace: None });
        }
        let trace = known.write_down(&before, &mut self.last_tried, &self.connection)?;
        Ok(Ending { done, known, trace: Some(trace) })
    }

    /// Finds out how the file stands, and with it what became of a batch whose `COMMIT` failed.
    fn look(&mut self) -> rusqlite::Result<Known> {
        let known = Known::read(&self.connection)?;
        if let Some((trace, batch)) = self.unresolved.take()
            && trace.is_of(&known.state)
        {
            self.accept(batch);
        }
        Ok(known)
    }

    /// A transaction that changes nothing but its own number; says whether it succeeded.
    fn touch(&mut self) -> bool {
        self.transact(|connection, _, _| connection.execute("UPDATE state SET batch = batch + 1", [])).is_ok()
    }

    /// Wakes the keeper once there may be enough for it to do; until then it looks by itself now and then.
    fn tell_keeper(&mut self) {
        let rows = self.connection.total_changes();
        if rows - self.told_of >= MANY_ROWS {
            self.told_of = rows;
            self.marks.written();
        }
    }

    fn tick(&mut self) {
        let now = self.clock.now();
        self.answers.sweep(now);
        if self.condition.is_troubled() {
            self.touch();
        }
        self.sweeping |= apply::has_expired(&self.connection, now - LINGER).unwrap_or(false);
        if self.calm.tick(self.connection.total_changes()) {
            // Pages that are wanted again are read from what the system keeps of the file. No harm is done if it fails.
            let _ = self.connection.release_memory();
        }
    }

    /// Sweeps expired documents piece by piece, until none is left or somebody waits.
    fn sweep(&mut self, jobs: &mpsc::Receiver<Job>) {
        while self.sweeping {
            let now = self.clock.now();
            let swept = self.transact(|connection, _, _| apply::sweep(connection, now, PIECE)).unwrap_or(0);
            self.sweeping = swept == PIECE;
            if swept > 0 {
                self.marks.erased(Erased::Bytes);
            }
            if !jobs.is_empty() {
                return;
            }
        }
    }

    /// Starts the write-ahead log anew, unless a reader needs it just now: the keeper asks again.
    fn restart_wal(&self, how: Restart) {
        let mode = match how {
            Restart::Keep => Mode::Restart,
            Restart::Erase => Mode::Truncate,
        };
        if checkpoint(&self.connection, mode, PATIENCE).is_ok_and(|wal| !wal.is_busy) && how == Restart::Erase
        {
            self.marks.is_clean();
        }
    }
}

/// How many commits share a transaction at most, if the last one had so many and so many wait.
///
/// All of a crowd in one transaction would leave nobody with something to do while the disk writes; so one half is
/// written while the other is answered and comes back. A few have less to do than the disk, and do better together.
fn share(last: usize, waiting: usize) -> usize {
    match last + waiting {
        0..CROWD => BATCH,
        crowd => crowd.div_ceil(2).min(BATCH),
    }
}

/// Applies commits one after the other; each sees what those before it did.
fn batch<'a>(
    connection: &Connection,
    answers: &Answers,
    state: &mut State,
    commits: impl Iterator<Item = &'a Commit>,
    epoch: EpochId,
    now: Millis,
) -> rusqlite::Result<Batch> {
    let mut batch = Batch::default();
    let mut statements = apply::Statements::of(connection)?;
    for commit in commits {
        let known = batch.decided.get(&commit.token).copied().or_else(|| answers.get(commit.token));
        let outcome = match known {
            Some(outcome) => outcome,
            None => {
                let applied = apply::commit(&mut statements, state, commit, epoch, now)?;
                batch.told.extend(applied.told);
                batch.erased = batch.erased.max(applied.erased);
                batch.decided.insert(commit.token, applied.outcome);
                applied.outcome
            }
        };
        batch.outcomes.push(outcome);
    }
    Ok(batch)
}
