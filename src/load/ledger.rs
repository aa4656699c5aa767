//! What is heard in each room, in order: whoever hears a message first writes it down, and everybody else must
//! hear the very next one. So a gap, a repetition or another order on any line is seen at once.

use std::collections::HashMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::faults::Faults;
use super::mark::{Digits, Mark};

/// All rooms that the lines of one process hear.
pub struct Ledger {
    rooms: Vec<Room>,
    /// What a line has missed so far, by line: it may come late.
    missed: HashMap<usize, Vec<(usize, usize)>>,
    /// What was wrong.
    pub faults: Faults,
}

#[derive(Default)]
struct Room {
    entries: Vec<Entry>,
    /// The event's id, where it is known; as long as `entries`.
    ids: Vec<Box<[u8]>>,
    /// The number that each voice's next message must have.
    next: Vec<u32>,
}

struct Entry {
    /// Its mark, or what it must be: then the time in it is 0.
    digits: Digits,
    posted: u64,
    first: u64,
    last: u64,
    has_id: bool,
}

/// How soon a message was heard, in nanoseconds after it was posted.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Span {
    /// By the first line.
    pub first: u64,
    /// By the last line so far.
    pub last: u64,
}

/// What was heard in a room, so that processes can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// How many messages.
    pub messages: usize,
    /// The same for the same messages in the same order, and hardly ever for others.
    pub digest: u64,
}

impl Ledger {
    /// An empty one for so many rooms.
    pub fn new(rooms: usize) -> Ledger {
        let rooms = (0..rooms).map(|_| Room::default()).collect();
        Ledger { rooms, missed: HashMap::new(), faults: Faults::default() }
    }

    /// How many messages a room has.
    pub fn messages(&self, room: usize) -> usize {
        self.rooms[room].entries.len()
    }

    /// A line that has heard `cursor` messages of a room hears one at `time`. Its delay in nanoseconds; nothing
    /// if it is not one that this line was still to hear. `id` finds the event's id, and is asked only while
    /// that is not known.
    pub fn hear<'a>(
        &mut self,
        line: usize,
        room: usize,
        cursor: &mut u32,
        digits: &Digits,
        time: u64,
        id: impl FnOnce() -> Option<&'a [u8]>,
    ) -> Option<u64> {
        let at = *cursor as usize;
        let is_due = self.rooms[room].entries.get(at).is_some_and(|entry| entry.digits == *digits);
        let at = if is_due { at } else { self.place(line, room, at, digits, time)? };
        let Room { entries, ids, .. } = &mut self.rooms[room];
        let entry = &mut entries[at];
        if !entry.has_id
            && let Some(id) = id()
        {
            ids[at] = id.into();
            entry.has_id = true;
        }
        *cursor = (*cursor).max(at as u32 + 1);
        entry.last = time;
        Some(time.saturating_sub(entry.posted))
    }

    /// Where a message belongs that is not simply the next one; nothing if the line has heard it already.
    #[cold]
    fn place(&mut self, line: usize, room: usize, at: usize, digits: &Digits, time: u64) -> Option<usize> {
        let Some(mark) = Mark::read(digits) else {
            self.faults.tell(|| format!("line {line} heard a mark that nobody made"));
            return None;
        };
        let of = &mut self.rooms[room];
        let voice = usize::from(mark.voice);
        if of.next.len() <= voice {
            of.next.resize(voice + 1, 0);
        }
        let due = of.next[voice];
        if mark.number < due {
            let found = of.find(at, digits)?;
            return self.known(line, room, at, found, mark, time);
        }
        // Nobody heard it before: what stands between is missed, and what this voice said before it, too.
        let end = of.entries.len();
        for number in due..mark.number {
            of.push(Mark { number, time: 0, ..mark }, time);
        }
        of.next[voice] = mark.number + 1;
        let place = of.entries.len();
        of.push(mark, time);
        self.miss(line, room, at.min(end)..place, mark);
        Some(place)
    }

    /// A message that others heard before, at another place than this line.
    fn known(
        &mut self,
        line: usize,
        room: usize,
        at: usize,
        found: usize,
        mark: Mark,
        time: u64,
    ) -> Option<usize> {
        let entry = &mut self.rooms[room].entries[found];
        if entry.posted == 0 {
            // The first to hear a later one had missed it.
            *entry =
                Entry { digits: digits(mark), posted: mark.time, first: time, last: time, has_id: false };
        }
        if found >= at {
            self.miss(line, room, at..found, mark);
            return Some(found);
        }
        let missed = self.missed.get_mut(&line);
        let late = missed.and_then(|missed| {
            let place = missed.iter().position(|place| *place == (room, found))?;
            Some(missed.swap_remove(place))
        });
        let Mark { voice, number, .. } = mark;
        if late.is_none() {
            self.faults.repeated += 1;
            self.faults.tell(|| format!("line {line} heard message {number} of poster {voice} once more"));
            return None;
        }
        self.faults.lost -= 1;
        self.faults.late += 1;
        self.faults.tell(|| format!("line {line} heard message {number} of poster {voice} out of order"));
        Some(found)
    }

    fn miss(&mut self, line: usize, room: usize, places: Range<usize>, heard: Mark) {
        let Some(first) = self.rooms[room].entries.get(places.start) else { return };
        if places.is_empty() {
            return;
        }
        let due = Mark::read(&first.digits).unwrap_or(heard);
        self.faults.lost += places.len() as u64;
        self.faults.tell(|| {
            let (due, due_of, number, of) = (due.number, due.voice, heard.number, heard.voice);
            format!(
                "line {line} heard message {number} of poster {of} where {due} of poster {due_of} was due"
            )
        });
        self.missed.entry(line).or_default().extend(places.map(|place| (room, place)));
    }

    /// The id of the message before a cursor, if there is one and its id is known.
    pub fn id(&self, room: usize, cursor: u32) -> Option<&[u8]> {
        let id = self.rooms[room].ids.get((cursor as usize).checked_sub(1)?)?;
        Some(&**id).filter(|id| !id.is_empty())
    }

    /// Who heard what, in each room.
    pub fn orders(&self) -> Vec<Order> {
        self.rooms.iter().map(Room::order).collect()
    }

    /// Which messages were heard in a room, in order: each by its voice and number.
    pub fn heard(&self, room: usize) -> Vec<(u16, u32)> {
        let marks = self.rooms[room].entries.iter().filter_map(|entry| Mark::read(&entry.digits));
        marks.map(|mark| (mark.voice, mark.number)).collect()
    }

    /// How soon each message of a room was heard.
    pub fn spans(&self, room: usize) -> Vec<Span> {
        let span = |entry: &Entry| Span {
            first: entry.first.saturating_sub(entry.posted),
            last: entry.last.saturating_sub(entry.posted),
        };
        self.rooms[room].entries.iter().map(span).collect()
    }
}

impl Room {
    fn push(&mut self, mark: Mark, time: u64) {
        let digits = digits(mark);
        self.entries.push(Entry { digits, posted: mark.time, first: time, last: time, has_id: false });
        self.ids.push(Box::default());
    }

    /// Where a message stands: mostly near to where it was due.
    fn find(&self, at: usize, digits: &Digits) -> Option<usize> {
        // All but the time, which is not known of what the first to hear a later one had missed.
        let is = |place: &usize| self.entries.get(*place).is_some_and(|it| it.digits[..16] == digits[..16]);
        let mut near = (0..=self.entries.len()).flat_map(|far| [Some(at + far), at.checked_sub(far)]);
        near.find_map(|place| place.filter(is))
    }

    fn order(&self) -> Order {
        // FNV-1a, whose words are the messages.
        let digest = self.entries.iter().fold(0xcbf2_9ce4_8422_2325, |digest: u64, entry| {
            let mark = Mark::read(&entry.digits);
            let key = mark.map_or(0, |mark| u64::from(mark.voice) << 32 | u64::from(mark.number));
            (digest ^ key).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23)
        });
        Order { messages: self.entries.len(), digest }
    }
}

fn digits(mark: Mark) -> Digits {
    let written = mark.write();
    let mut digits = [0; 32];
    digits.copy_from_slice(&written[written.len() - 32..]);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What lines hear of voice 0 unless it is said: by line, the numbers in order.
    fn ledger(lines: &[&[(u16, u32)]]) -> Ledger {
        let mut ledger = Ledger::new(1);
        for (line, heard) in lines.iter().enumerate() {
            let mut cursor = 0;
            for &(voice, number) in *heard {
                let mark = Mark { room: 0, voice, number, time: 1000 };
                ledger.hear(line, 0, &mut cursor, &digits(mark), 1500, || Some(b"id"));
            }
        }
        ledger
    }

    fn faults(lines: &[&[(u16, u32)]]) -> [u64; 3] {
        let Faults { lost, repeated, late, told } = ledger(lines).faults;
        assert_eq!(told.is_empty(), lost + repeated + late == 0, "{told:?}");
        [lost, repeated, late]
    }

    const RIGHT: &[(u16, u32)] = &[(0, 0), (1, 0), (0, 1), (0, 2), (1, 1)];

    #[test]
    fn what_all_hear_in_one_order_is_right() {
        assert_eq!(faults(&[RIGHT, RIGHT, &RIGHT[..2]]), [0, 0, 0]);
        let ledger = ledger(&[RIGHT]);
        assert_eq!(ledger.heard(0), RIGHT);
        assert_eq!((ledger.id(0, 0), ledger.id(0, 5)), (None, Some(&b"id"[..])));
        assert!(ledger.spans(0).iter().all(|span| span.first == 500 && span.last == 500));
    }

    #[test]
    fn a_gap_is_found_on_the_first_line_and_on_a_later_one() {
        let gap = &[(0, 0), (1, 0), (0, 2), (1, 1)][..];
        assert_eq!(faults(&[RIGHT, gap]), [1, 0, 0]);
        assert_eq!(faults(&[gap]), [1, 0, 0]);
        assert_eq!(faults(&[gap, RIGHT]), [1, 0, 0]);
        assert_eq!(faults(&[&RIGHT[..2], &[(0, 0), (0, 1)]]), [1, 0, 0]);
    }

    #[test]
    fn a_repetition_is_found() {
        let twice = &[(0, 0), (1, 0), (1, 0), (0, 1), (0, 2), (0, 0), (1, 1)][..];
        assert_eq!(faults(&[RIGHT, twice]), [0, 2, 0]);
        assert_eq!(faults(&[twice, RIGHT]), [0, 2, 0]);
    }

    #[test]
    fn another_order_is_found_and_is_no_loss() {
        let swapped = &[(1, 0), (0, 0), (0, 1), (0, 2), (1, 1)][..];
        assert_eq!(faults(&[RIGHT, swapped]), [0, 0, 1]);
        let own = &[(0, 1), (0, 0), (0, 2)][..];
        assert_eq!(faults(&[own]), [0, 0, 1]);
    }

    #[test]
    fn processes_that_heard_another_order_differ() {
        let swapped = &[(1, 0), (0, 0), (0, 1), (0, 2), (1, 1)][..];
        assert_eq!(ledger(&[RIGHT]).orders(), ledger(&[RIGHT, RIGHT]).orders());
        assert_ne!(ledger(&[RIGHT]).orders(), ledger(&[swapped]).orders());
        assert_ne!(ledger(&[RIGHT]).orders(), ledger(&[&RIGHT[..4]]).orders());
    }
}
