//! Signals: what is said and not kept. A small ring of its own; who is late has missed them. Pure.

use std::collections::{HashMap, VecDeque};
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
    /// Whether it tells what was gathered of many, at most once a second.
    pub is_gathered: bool,
    event: Event,
    frames: [OnceLock<Bytes>; Format::COUNT],
}

impl Signal {
    /// A signal to an audience.
    pub fn new(audience: Audience, client: Option<Arc<str>>, event: Event) -> Self {
        Signal { audience, client, is_gathered: false, event, frames: Default::default() }
    }

    /// A signal that tells an audience what was gathered of many since the last such one.
    pub fn gathered(audience: Audience, event: Event) -> Self {
        Signal { is_gathered: true, ..Signal::new(audience, None, event) }
    }

    fn bytes(&self, format: Format) -> Bytes {
        self.frames[format.index()].get_or_init(|| self.event.encode(format)).clone()
    }
}

/// The last signals of this node, bounded in count.
#[derive(Debug)]
pub struct Signals {
    recent: VecDeque<Signal>,
    /// Which of them are for an audience, in order: a line looks at its own, not at everybody's.
    places: HashMap<Audience, VecDeque<u64>>,
    /// How many have ever come; the first of `recent` is number `total - recent.len()`.
    total: u64,
    capacity: usize,
}

impl Signals {
    /// Room for so many.
    pub fn new(capacity: usize) -> Self {
        Signals { recent: VecDeque::new(), places: HashMap::new(), total: 0, capacity: capacity.max(1) }
    }

    /// Where a line that wants only what comes from now on begins.
    pub fn end(&self) -> u64 {
        self.total
    }

    /// Whether some of those from `seen` on are gone.
    pub fn are_missed(&self, seen: u64) -> bool {
        seen < self.oldest()
    }

    fn oldest(&self) -> u64 {
        self.total - self.recent.len() as u64
    }

    /// Adds a signal; the oldest goes when there are too many.
    pub fn push(&mut self, signal: Signal) {
        if self.recent.len() == self.capacity {
            self.drop_oldest();
        }
        self.places.entry(signal.audience.clone()).or_default().push_back(self.total);
        self.recent.push_back(signal);
        self.total += 1;
    }

    fn drop_oldest(&mut self) {
        let Some(oldest) = self.recent.pop_front() else { return };
        if let Some(places) = self.places.get_mut(&oldest.audience) {
            places.pop_front();
            if places.is_empty() {
                self.places.remove(&oldest.audience);
            }
        }
    }

    /// The bytes of the signals from `seen` on that are for this cursor's rooms.
    pub fn after(
        &self,
        seen: u64,
        cursor: &Cursor,
        may_hear: &dyn Fn(&Audience, Number) -> bool,
        format: Format,
    ) -> Vec<Bytes> {
        self.waiting(seen, cursor)
            .into_iter()
            .filter(|signal| may_hear(&signal.audience, SIGNAL))
            .filter(|signal| cursor.not_from.is_none() || signal.client != cursor.not_from)
            .map(|signal| signal.bytes(format))
            .filter(|bytes| !bytes.is_empty())
            .collect()
    }

    /// Those from `seen` on that are for the cursor's rooms, in order: found among all that wait or in its
    /// rooms' lists, whichever are fewer to look at.
    fn waiting(&self, seen: u64, cursor: &Cursor) -> Vec<&Signal> {
        let oldest = self.oldest();
        let from = seen.max(oldest);
        let all = usize::try_from(self.total - from.min(self.total)).unwrap_or(usize::MAX);
        if cursor.everything || all <= cursor.rooms.len() {
            let skip = self.recent.len().saturating_sub(all);
            let waiting = self.recent.iter().skip(skip);
            return waiting.filter(|signal| cursor.listens_to(&signal.audience)).collect();
        }
        let lists = cursor.rooms.names().filter_map(|audience| self.places.get(audience));
        let mut places: Vec<u64> = lists
            .flat_map(|places| places.range(places.partition_point(|place| *place < from)..))
            .copied()
            .collect();
        places.sort_unstable();
        let at = |place: u64| self.recent.get(usize::try_from(place - oldest).ok()?);
        places.into_iter().filter_map(at).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::rooms::Rooms;
    use super::*;
    use crate::engine::Number;
    use crate::wire::{Only, Transport};

    const NDJSON: Format = Format { transport: Transport::Ndjson, only: Only::Event };

    fn signal(room: &str, word: &str) -> Signal {
        Signal::new(Audience::new(room), None, Event::own("typing", None, &word))
    }

    fn heard(signals: &Signals, seen: u64, rooms: &[&str]) -> Vec<String> {
        let cursor = Cursor::new(Number(0), Rooms::new(rooms.iter().map(|name| Audience::new(name))));
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
    fn a_line_hears_the_same_whether_it_looks_at_all_signals_or_at_its_rooms() {
        let mut signals = Signals::new(8);
        for n in 0..20 {
            signals.push(signal(["a", "b", "c"][n % 3], &n.to_string()));
        }
        for seen in [0, 13, 15, 18, 19, 20] {
            // With many rooms the signals are walked, with few the rooms' lists.
            let many: Vec<String> = ('a'..='b').chain('p'..='z').map(String::from).collect();
            let many: Vec<&str> = many.iter().map(String::as_str).collect();
            let due: Vec<String> =
                (seen.max(12)..20).filter(|n| n % 3 != 2).map(|n| format!(r#"{{"typing":"{n}"}}"#)).collect();
            assert_eq!(heard(&signals, seen, &["b", "a"]), due);
            assert_eq!(heard(&signals, seen, &many), due);
        }
        assert_eq!(signals.places.values().map(VecDeque::len).sum::<usize>(), 8);
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
