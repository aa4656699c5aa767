//! Signals: what is said and not kept. A small ring of its own; who is late has missed them. Pure.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::SIGNAL;
use super::cursor::Cursor;
use crate::engine::{Audience, Number};
use crate::wire::{Event, Format};

/// A signal as lines hear it.
#[derive(Debug)]
pub struct Signal {
    /// Who may hear it.
    pub audience: Audience,
    /// The client that sent it, for lines that asked for `echo=false`.
    pub client: Option<Arc<str>>,
    event: Event,
    frames: [OnceLock<Bytes>; Format::COUNT],
}

impl Signal {
    /// A signal to an audience.
    pub fn new(audience: Audience, client: Option<Arc<str>>, event: Event) -> Self {
        Signal { audience, client, event, frames: Default::default() }
    }

    fn bytes(&self, format: Format) -> Bytes {
        self.frames[format.index()].get_or_init(|| self.event.encode(format)).clone()
    }
}

/// The last signals of this node, bounded in count.
#[derive(Debug)]
pub struct Signals {
    recent: VecDeque<Signal>,
    /// How many have ever come; the first of `recent` is number `total - recent.len()`.
    total: u64,
    capacity: usize,
}

impl Signals {
    /// Room for so many.
    pub fn new(capacity: usize) -> Self {
        Signals { recent: VecDeque::new(), total: 0, capacity: capacity.max(1) }
    }

    /// Where a line that wants only what comes from now on begins.
    pub fn end(&self) -> u64 {
        self.total
    }

    /// Adds a signal; the oldest goes when there are too many.
    pub fn push(&mut self, signal: Signal) {
        if self.recent.len() == self.capacity {
            self.recent.pop_front();
        }
        self.recent.push_back(signal);
        self.total += 1;
    }

    /// The bytes of the signals from `seen` on that are for this cursor's rooms.
    pub fn after(
        &self,
        seen: u64,
        cursor: &Cursor,
        may_hear: &dyn Fn(&Audience, Number) -> bool,
        format: Format,
    ) -> Vec<Bytes> {
        let oldest = self.total - self.recent.len() as u64;
        let skip = usize::try_from(seen.saturating_sub(oldest)).unwrap_or(usize::MAX);
        self.recent
            .iter()
            .skip(skip)
            .filter(|signal| cursor.listens_to(&signal.audience) && may_hear(&signal.audience, SIGNAL))
            .filter(|signal| cursor.not_from.is_none() || signal.client != cursor.not_from)
            .map(|signal| signal.bytes(format))
            .filter(|bytes| !bytes.is_empty())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Number;
    use crate::wire::{Only, Transport};

    const NDJSON: Format = Format { transport: Transport::Ndjson, only: Only::Event };

    fn signal(room: &str, word: &str) -> Signal {
        Signal::new(Audience::new(room), None, Event::own("typing", None, &word))
    }

    fn heard(signals: &Signals, seen: u64, rooms: &[&str]) -> Vec<String> {
        let cursor = Cursor::new(Number(0), rooms.iter().map(|name| Audience::new(name)));
        let bytes = signals.after(seen, &cursor, &|_, _| true, NDJSON);
        bytes.iter().map(|line| String::from_utf8_lossy(line).trim().to_owned()).collect()
    }

    #[test]
    fn a_line_hears_the_signals_of_its_rooms_since_it_came() {
        let mut signals = Signals::new(8);
        signals.push(signal("a", "before"));
        let seen = signals.end();
        signals.push(signal("a", "one"));
        signals.push(signal("b", "other"));
        assert_eq!(heard(&signals, seen, &["a"]), [r#"{"typing":"one"}"#]);
        assert!(heard(&signals, signals.end(), &["a"]).is_empty());
    }

    #[test]
    fn who_is_late_has_missed_them() {
        let mut signals = Signals::new(2);
        for word in ["one", "two", "three"] {
            signals.push(signal("a", word));
        }
        assert_eq!(heard(&signals, 0, &["a"]), [r#"{"typing":"two"}"#, r#"{"typing":"three"}"#]);
    }
}
