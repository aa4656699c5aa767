//! The write-ahead log kept small, and emptied soon after something was deleted.
//!
//! The writer never checkpoints by itself. A thread with a connection of its own copies pages into the
//! database file while commits go on (`PASSIVE`, which holds up nobody). What is left is then little, and
//! only then is the writer asked to start the log anew between two transactions. In between the thread looks
//! for copies of what was deleted, and has zeros laid ahead of the commits.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::{mpsc, oneshot};

use super::Synchronous;
use super::apply::Erased;
use super::job::{Job, Restart};
use super::open::{BUSY, connect, prepare};
use super::pave::{self, PIECE};
use super::reader::Readers;
use super::scrub::Scrub;

/// How many pages (of 4 KiB) may wait in the log before they are copied: 4 MiB.
const COPY_AT: u64 = 1024;

/// How large the log may grow, in pages, before it is started anew even under load: 16 MiB.
const RESTART_AT: u64 = 4096;

/// How long bytes that were deleted may stay in the log before it is erased.
const ERASE_AFTER: Duration = Duration::from_secs(1);

/// How often the writer is asked to look after what is due.
const TICK: Duration = Duration::from_secs(1);

/// How long the keeper rests at least, so that it copies many pages at a time.
const REST: Duration = Duration::from_millis(20);

/// How long to wait when copies of what was deleted cannot be looked for.
const SCRUB_AGAIN: Duration = Duration::from_secs(10);

/// What the writer leaves for the keeper to see.
#[derive(Debug, Default)]
pub(super) struct Marks {
    marks: Mutex<Mark>,
    changed: Condvar,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    /// Something was written since the keeper last looked.
    written: bool,
    /// Since when the log holds bytes that are to leave the disk.
    erased: Option<Instant>,
    /// Transactions after which no copy of something may stay.
    erasures: u64,
    /// With so many of them the database is done, but for the log.
    wiped: u64,
    /// With so many of them all is done.
    scrubbed: u64,
    stopped: bool,
}

impl Default for Mark {
    /// One erasure counts for all of an earlier process, which may have ended before it was done with them.
    fn default() -> Self {
        Mark { written: false, erased: None, erasures: 1, wiped: 0, scrubbed: 0, stopped: false }
    }
}

impl Marks {
    /// A transaction was written.
    pub(super) fn written(&self) {
        if !std::mem::replace(&mut self.lock().written, true) {
            self.changed.notify_all();
        }
    }

    /// Something was deleted or overwritten, or nothing.
    pub(super) fn erased(&self, erased: Erased) {
        let mut mark = self.lock();
        if erased > Erased::Nothing {
            mark.erased.get_or_insert_with(Instant::now);
        }
        if erased == Erased::Words {
            mark.erasures += 1;
        }
    }

    /// The database has no copies any more of what so many erasures were about; the log may have.
    fn wiped(&self, erasures: u64) {
        let mut mark = self.lock();
        mark.wiped = erasures;
        mark.erased.get_or_insert_with(Instant::now);
    }

    /// The log was emptied, with all that was deleted until now.
    pub(super) fn is_clean(&self) {
        let mut mark = self.lock();
        mark.erased = None;
        mark.scrubbed = mark.wiped;
    }

    /// How many erasures are not done with.
    pub(super) fn unscrubbed(&self) -> u64 {
        let mark = self.lock();
        mark.erasures - mark.scrubbed
    }

    /// The keeper is to end.
    pub(super) fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Mark> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a mark is such as is wanted, or the keeper is to end, or it is time.
    fn wait(&self, until: Instant, wanted: impl Fn(&Mark) -> bool) -> Mark {
        let patience = until.saturating_duration_since(Instant::now());
        let waits = |mark: &mut Mark| !mark.stopped && !wanted(mark);
        let waited = self.changed.wait_timeout_while(self.lock(), patience, waits);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// The thread that keeps the log small.
pub(super) struct Keeper {
    connection: Connection,
    marks: Arc<Marks>,
    // Weak, so that the writer ends when nobody else can ask it for anything.
    jobs: mpsc::WeakSender<Job>,
    readers: Readers,
    scrub: Scrub,
    /// The file of the log, if commits wait until the disk has it.
    wal: Option<PathBuf>,
}

impl Keeper {
    pub(super) fn open(
        file: &Path,
        wal: &Path,
        synchronous: Synchronous,
        marks: Arc<Marks>,
        jobs: mpsc::WeakSender<Job>,
        readers: Readers,
    ) -> rusqlite::Result<Self> {
        let connection = connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        prepare(&connection, synchronous)?;
        // It reads every page once in a while, and none twice.
        connection.pragma_update(None, "cache_size", -2048)?;
        let scrub = Scrub::new(&connection);
        let wal = (synchronous == Synchronous::Full).then(|| wal.to_owned());
        Ok(Keeper { connection, marks, jobs, readers, scrub, wal })
    }

    /// Works until it is stopped, or the writer is gone.
    pub(super) fn run(mut self) {
        let mut next_tick = Instant::now() + TICK;
        loop {
            let mark = self
                .marks
                .wait(next_tick, |mark| mark.written || self.scrub.is_due(mark.erasures > mark.wiped));
            self.marks.lock().written = false;
            let is_tick = Instant::now() >= next_tick;
            if mark.stopped
                || (is_tick && !self.ask(Job::Tick))
                || !self.look_after(mark)
                || !self.look_on(mark)
            {
                return;
            }
            if is_tick {
                self.readers.tick();
                next_tick = Instant::now() + TICK;
            }
            self.marks.wait(Instant::now() + REST, |_| false);
        }
    }

    /// Does what the log needs; `false` when the writer is gone.
    fn look_after(&self, mark: Mark) -> bool {
        let is_due = mark.erased.is_some_and(|since| since.elapsed() >= ERASE_AFTER);
        let Ok(wal) = checkpoint(&self.connection, Mode::Look, BUSY) else { return true };
        if !is_due && wal.pages.saturating_sub(wal.copied) < COPY_AT {
            return self.pave(&wal);
        }
        // An error here (a full disk) shows in the writer's own transactions.
        let Ok(wal) = checkpoint(&self.connection, Mode::Passive, BUSY) else { return true };
        if is_due {
            self.ask(Job::RestartWal(Restart::Erase))
        } else if wal.pages >= RESTART_AT {
            self.ask(Job::RestartWal(Restart::Keep))
        } else {
            self.pave(&wal)
        }
    }

    /// Has zeros laid where the next commits will be written; `false` when the writer is gone.
    fn pave(&self, wal: &Wal) -> bool {
        let Some(file) = &self.wal else { return true };
        // Once all is copied, the next commit is written at the front.
        if wal.pages <= wal.copied {
            return true;
        }
        let mut length = std::fs::metadata(file).map_or(0, |file| file.len());
        let goal = pave::goal(wal.bytes(), length).unwrap_or(length);
        while length < goal {
            length = goal.min(length + PIECE);
            match self.ask_and_wait(|answer| Job::Pave(file.clone(), length, answer)) {
                // Where there is no space, commits make do without.
                Some(true) if pave::settle(file).is_ok() => {}
                Some(_) => return true,
                None => return false,
            }
        }
        true
    }

    /// Looks for copies of what was deleted in the next pages; `false` when the writer is gone.
    fn look_on(&mut self, mark: Mark) -> bool {
        if !self.scrub.is_due(mark.erasures > mark.wiped) {
            return true;
        }
        let Ok(piece) = self.scrub.look(&self.connection, mark.erasures) else {
            self.scrub.give_up(SCRUB_AGAIN);
            return true;
        };
        if !piece.dirty.is_empty() {
            match self.ask_and_wait(|answer| Job::Wipe(piece.dirty, answer)) {
                Some(true) => {}
                Some(false) => {
                    self.scrub.give_up(SCRUB_AGAIN);
                    return true;
                }
                None => return false,
            }
        }
        if let Some(erasures) = piece.done {
            self.marks.wiped(erasures);
        }
        true
    }

    fn ask(&self, job: Job) -> bool {
        self.jobs.upgrade().is_some_and(|jobs| jobs.blocking_send(job).is_ok())
    }

    /// What the writer answers; `None` when it is gone.
    fn ask_and_wait(&self, job: impl FnOnce(oneshot::Sender<bool>) -> Job) -> Option<bool> {
        let (answer, answered) = oneshot::channel();
        if self.ask(job(answer)) { answered.blocking_recv().ok() } else { None }
    }
}

/// How a checkpoint is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Copies nothing, only tells.
    Look,
    /// Copies what can be copied without waiting for anybody.
    Passive,
    /// Copies all, so that the next transaction starts at the beginning of the file.
    Restart,
    /// Copies all, and makes the file empty.
    Truncate,
}

/// How the log stands after a checkpoint.
pub(super) struct Wal {
    /// Somebody stood in the way.
    pub(super) is_busy: bool,
    /// Pages in the log.
    pages: u64,
    /// Those of them that are in the database file as well; more, if the log was started anew while it was looked at.
    copied: u64,
}

impl Wal {
    /// How much of the file is used: a head, and each page of 4 KiB with one of its own.
    /// (SQLite, "WAL-mode File Format".)
    fn bytes(&self) -> u64 {
        32 + self.pages * (24 + 4096)
    }
}

/// Copies pages from the log to the database file, waiting for readers and writers as long as `patience`.
pub(super) fn checkpoint(connection: &Connection, mode: Mode, patience: Duration) -> rusqlite::Result<Wal> {
    let sql = match mode {
        Mode::Look => "PRAGMA wal_checkpoint(NOOP)",
        Mode::Passive => "PRAGMA wal_checkpoint(PASSIVE)",
        Mode::Restart => "PRAGMA wal_checkpoint(RESTART)",
        Mode::Truncate => "PRAGMA wal_checkpoint(TRUNCATE)",
    };
    connection.busy_timeout(patience)?;
    let wal = connection.prepare_cached(sql)?.query_row([], |row| {
        // -1 where there is no log at all.
        let pages = |column| row.get::<_, i64>(column).map(|pages| u64::try_from(pages).unwrap_or(0));
        Ok(Wal { is_busy: row.get::<_, i64>(0)? != 0, pages: pages(1)?, copied: pages(2)? })
    });
    connection.busy_timeout(BUSY)?;
    wal
}
