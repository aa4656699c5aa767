//! Scrubbing: what `secure_delete` does not reach is overwritten as well, soon after a deletion.
//!
//! When SQLite moves rows to another page while it balances a tree, their bytes stay in the unused middle
//! of the old page, and a later deletion of the row does not know of them. So after deletions all pages are
//! looked through, a few at a time; those that hold something where there should be nothing are given
//! to the writer, who puts zeros there. Such remains are never copied from page to page, so one walk
//! is enough, whatever is written meanwhile.

use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension};

use super::page::{self, MOST_PAGES};

/// How many pages are looked at in one go: 1 MiB, which takes less than a millisecond when they are in memory.
const PIECE: u32 = 256;

/// After a walk there is a pause of so many times as long as it took: a large file under many deletions
/// is not read without end.
const PAUSE: u32 = 9;

/// A walk through all pages.
#[derive(Debug)]
struct Walk {
    began: Instant,
    /// The next page to look at; they are numbered from 1.
    next: u32,
    /// With it, so many erasures are done with.
    erasures: u64,
}

/// How far the looking has come.
#[derive(Debug)]
pub(super) struct Scrub {
    is_possible: bool,
    walk: Option<Walk>,
    /// No walk begins before.
    rest: Instant,
}

/// What a piece of the walk came to.
#[derive(Debug)]
pub(super) struct Piece {
    /// The pages that hold something where there should be nothing.
    pub(super) dirty: Vec<u32>,
    /// Once they are wiped, the database is done with so many erasures.
    pub(super) done: Option<u64>,
}

impl Scrub {
    pub(super) fn new(connection: &Connection) -> Self {
        let possible = page_count(connection).and_then(|pages| read(connection, pages, |_| ()));
        if let Err(error) = &possible {
            tracing::error!(%error, "copies of what is deleted may stay in the database: its pages cannot be read");
        }
        Scrub { is_possible: possible.is_ok(), walk: None, rest: Instant::now() }
    }

    /// Whether the next piece is to be looked at now, if something waits for the next walk or not.
    pub(super) fn is_due(&self, waits: bool) -> bool {
        self.is_possible && (self.walk.is_some() || (waits && Instant::now() >= self.rest))
    }

    /// Looks at the next pages, of a new walk if none is under way; so many erasures have been committed.
    pub(super) fn look(&mut self, connection: &Connection, erasures: u64) -> rusqlite::Result<Piece> {
        let walk = self.walk.get_or_insert_with(|| Walk { began: Instant::now(), next: 1, erasures });
        let snapshot = connection.unchecked_transaction()?;
        let pages = page_count(&snapshot)?;
        let last = pages.min(walk.next + PIECE - 1);
        let mut dirty = Vec::new();
        for number in walk.next..=last {
            if read(&snapshot, number, |page| page::remains(number, page).is_some())?.unwrap_or(false) {
                dirty.push(number);
            }
        }
        walk.next = last + 1;
        let done = (last == pages).then_some(walk.erasures);
        if let Some(walk) = self.walk.take_if(|_| done.is_some()) {
            self.rest = Instant::now() + walk.began.elapsed() * PAUSE;
        }
        Ok(Piece { dirty, done })
    }

    /// The file could not be read or written: the walk begins again after a while.
    pub(super) fn give_up(&mut self, patience: Duration) {
        self.walk = None;
        self.rest = Instant::now() + patience;
    }
}

/// Puts zeros where these pages hold something and should hold nothing. Whoever calls opens and ends the
/// transaction.
pub(super) fn wipe(connection: &Connection, pages: &[u32]) -> rusqlite::Result<()> {
    for number in pages {
        // It may have been written since it was looked at.
        let wiped = read(connection, *number, |page| {
            let gap = page::remains(*number, page)?;
            let mut page = page.to_vec();
            page[gap].fill(0);
            Some(page)
        });
        if let Some(wiped) = wiped?.flatten() {
            connection
                .prepare_cached("UPDATE sqlite_dbpage SET data = ?2 WHERE pgno = ?1")?
                .execute((number, wiped))?;
        }
    }
    Ok(())
}

fn page_count(connection: &Connection) -> rusqlite::Result<u32> {
    let pages = connection.prepare_cached("PRAGMA page_count")?.query_row([], |row| row.get(0))?;
    if pages < MOST_PAGES {
        Ok(pages)
    } else {
        Err(rusqlite::Error::IntegralValueOutOfRange(0, pages.into()))
    }
}

fn read<T>(
    connection: &Connection,
    number: u32,
    see: impl FnOnce(&[u8]) -> T,
) -> rusqlite::Result<Option<T>> {
    connection
        .prepare_cached("SELECT data FROM sqlite_dbpage WHERE pgno = ?1")?
        .query_row([number], |row| Ok(see(row.get_ref(0)?.as_blob()?)))
        .optional()
}
