//! Where the store stands: the row of the table `state`, and what the log says beyond it.
//!
//! A commit that appends to the log leaves the row alone, which is one page less to write for each post: the
//! last entry tells the head and the time, and versions are given out of a reserve.

use rusqlite::Connection;

use super::super::{Millis, Number};
use super::values::{signed, unsigned};

/// How many versions are reserved at a time. Those that are left when the server ends, or a transaction fails, are never
/// given out.
const RESERVE: u64 = 1000;

/// Where the store stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct State {
    /// The last number that was given out.
    pub(super) head: Number,
    /// The last version that was given to a document; as it is read, the last that may have been.
    pub(super) serial: u64,
    /// The number of the last transaction that wrote the row: no two attempts have the same.
    pub(super) batch: u64,
    /// When the last entry was written.
    pub(super) at: Millis,
    /// The last number that was trimmed.
    pub(super) trimmed: Number,
}

impl State {
    /// As the file has it.
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<State> {
        let mut select = connection.prepare_cached(
            "SELECT max(head, coalesce((SELECT max(number) FROM log), 0)), serial, batch,
                 max(at, coalesce((SELECT at FROM log ORDER BY number DESC LIMIT 1), 0)), trimmed
             FROM state",
        )?;
        select.query_row([], |row| {
            Ok(State {
                head: row.get(0)?,
                serial: unsigned(row.get_ref(1)?)?,
                batch: unsigned(row.get_ref(2)?)?,
                at: row.get(3)?,
                trimmed: row.get(4)?,
            })
        })
    }

    /// Writes the row.
    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection
            .prepare_cached("UPDATE state SET head = ?1, serial = ?2, batch = ?3, at = ?4, trimmed = ?5")?
            .execute((self.head, signed(self.serial), signed(self.batch), self.at, self.trimmed))
            .map(drop)
    }
}

/// The state as the writer knows it from one transaction to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) state: State,
    /// The last version that may be given out before the row has to say so.
    reserved: u64,
}

/// By what a transaction is told from an attempt that came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trace {
    /// It appended to the log, up to this number.
    Head(Number),
    /// It has a number of its own in the row.
    Batch(u64),
}

impl Known {
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Known> {
        let state = State::read(connection)?;
        Ok(Known { state, reserved: state.serial })
    }

    /// Ends a transaction that has come from `before` to this: writes the row if the log does not say it all.
    /// `last_tried` is the last number that was tried there.
    pub(super) fn write_down(
        &mut self,
        before: &Known,
        last_tried: &mut u64,
        connection: &Connection,
    ) -> rusqlite::Result<Trace> {
        let appended = self.state.head > before.state.head;
        if !appended || self.state.serial > self.reserved {
            *last_tried = self.state.batch.max(*last_tried) + 1;
            self.state.batch = *last_tried;
            if self.state.serial > self.reserved {
                self.reserved = self.state.serial + RESERVE;
            }
            State { serial: self.reserved, ..self.state }.write(connection)?;
        }
        Ok(if appended { Trace::Head(self.state.head) } else { Trace::Batch(self.state.batch) })
    }
}

impl Trace {
    /// Whether a store that stands so has had the transaction as its last.
    pub(super) fn is_of(self, state: &State) -> bool {
        match self {
            Trace::Head(head) => state.head == head,
            Trace::Batch(batch) => state.batch == batch,
        }
    }
}
