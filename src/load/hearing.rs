//! What lines have heard: where each of them stands in each of its rooms, and how soon it got there.

use memchr::memmem;
use serde::{Deserialize, Serialize};

use super::delays::Delays;
use super::dialect::Between;
use super::faults::Faults;
use super::ledger::{Ledger, Order, Span};
use super::mark::{self, Digits};

/// Which rooms each line hears: the same number of them for each, in turn.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    /// How many rooms there are.
    pub rooms: usize,
    /// How many of them a line hears.
    pub per_line: usize,
}

impl Share {
    /// The rooms of a line, by their places.
    pub fn of(self, line: usize) -> impl Iterator<Item = usize> {
        (0..self.per_line).map(move |slot| (line * self.per_line + slot) % self.rooms)
    }

    /// As how manyth of its rooms a line hears one; nothing if it does not.
    fn slot(self, line: usize, room: usize) -> Option<usize> {
        if self.rooms == 1 {
            return (room == 0).then_some(0);
        }
        let slot = (room + self.rooms - (line * self.per_line) % self.rooms) % self.rooms;
        (room < self.rooms && slot < self.per_line).then_some(slot)
    }
}

/// What the lines of one process have heard.
pub struct Hearing {
    share: Share,
    /// The place of the first line in the whole run.
    first: usize,
    /// By what an event's id is found; none if nobody wants to know.
    id: Option<Between>,
    ledger: Ledger,
    /// How many messages of each of its rooms each line is done with.
    cursors: Vec<u32>,
    deliveries: u64,
    /// By group of lines.
    delays: Vec<Delays>,
    /// When the last message was heard.
    last: u64,
}

/// What was heard, to be told to another process.
#[derive(Clone, Serialize, Deserialize)]
pub struct Tally {
    /// How many lines were to hear everything.
    pub lines: usize,
    /// Messages received, over all lines.
    pub deliveries: u64,
    /// When the last of them was, in nanoseconds since 1970.
    pub last: u64,
    /// How long it took from the post to each receipt, by group of lines.
    pub delays: Vec<Delays>,
    /// What each room's lines heard, and in which order.
    pub orders: Vec<Order>,
    /// How soon the first and the last line heard each message of the first room.
    pub spans: Vec<Span>,
    /// How often the text was seen that was to be counted.
    pub others: u64,
    /// How many lines were cut and came back.
    pub comebacks: u64,
    /// What was wrong.
    pub faults: Faults,
}

impl Tally {
    /// All delays, of all groups.
    pub fn all_delays(&self) -> Delays {
        let mut all = Delays::new();
        self.delays.iter().for_each(|delays| all.add(delays));
        all
    }
}

impl Hearing {
    /// Nothing heard yet, by lines in so many groups.
    pub fn new(share: Share, first: usize, groups: usize, id: Option<Between>) -> Hearing {
        Hearing {
            share,
            first,
            id,
            ledger: Ledger::new(share.rooms),
            cursors: Vec::new(),
            deliveries: 0,
            delays: vec![Delays::new(); groups.max(1)],
            last: 0,
        }
    }

    /// One more line hears from now on, or from the beginning.
    pub fn join(&mut self, from_start: bool) {
        let line = self.first + self.cursors.len() / self.share.per_line;
        for room in self.share.of(line) {
            let heard = if from_start { 0 } else { self.ledger.messages(room) };
            self.cursors.push(heard as u32);
        }
    }

    /// A line hears a message, after what stands before it in what was read.
    pub fn hear(&mut self, line: usize, group: usize, digits: &Digits, time: u64, before: &[u8]) {
        let slot = mark::room(digits).and_then(|room| {
            let slot = self.share.slot(self.first + line, room)?;
            Some((room, line * self.share.per_line + slot))
        });
        let Some((room, slot)) = slot else {
            return self.ledger.faults.tell(|| format!("line {line} heard a room that is not its own"));
        };
        let id = || self.id.as_ref().and_then(|id| found(before, id));
        let cursor = &mut self.cursors[slot];
        if let Some(delay) = self.ledger.hear(self.first + line, room, cursor, digits, time, id) {
            self.deliveries += 1;
            self.delays[group].note(delay);
            self.last = time;
        }
    }

    /// The id of the last message that a line has heard of its first room, if it is known.
    pub fn last_id(&self, line: usize) -> Option<&[u8]> {
        let room = self.share.of(self.first + line).next()?;
        self.ledger.id(room, *self.cursors.get(line * self.share.per_line)?)
    }

    /// The id of the first message of a line's first room, if it is known.
    pub fn first_id(&self, line: usize) -> Option<&[u8]> {
        self.ledger.id(self.share.of(self.first + line).next()?, 1)
    }

    /// A line is taken to have heard so many messages of its first room.
    pub fn set_cursor(&mut self, line: usize, heard: u32) {
        self.cursors[line * self.share.per_line] = heard;
    }

    /// By what an event's id is found, if somebody wants to know.
    pub fn id_pattern(&self) -> Option<&Between> {
        self.id.as_ref()
    }

    /// How many deliveries are still due, if each room has so many messages and these lines hear them.
    pub fn due(&self, messages: &[u32], hears: impl Fn(usize) -> bool) -> u64 {
        let lines = self.cursors.chunks(self.share.per_line).enumerate();
        let due = lines.filter(|(line, _)| hears(*line)).map(|(line, cursors)| {
            let rooms = self.share.of(self.first + line).zip(cursors);
            rooms.map(|(room, cursor)| u64::from(messages[room].saturating_sub(*cursor))).sum::<u64>()
        });
        due.sum()
    }

    /// Messages received since the last [`reset`](Self::reset), over all lines.
    pub fn deliveries(&self) -> u64 {
        self.deliveries
    }

    /// When the last was received.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// What is wrong.
    pub fn faults(&mut self) -> &mut Faults {
        &mut self.ledger.faults
    }

    /// Which messages were heard in a room, in order: each by its voice and number.
    pub fn heard(&self, room: usize) -> Vec<(u16, u32)> {
        self.ledger.heard(room)
    }

    /// Counts and times begin anew; what was heard stays heard.
    pub fn reset(&mut self) {
        self.deliveries = 0;
        self.delays.iter_mut().for_each(|delays| *delays = Delays::new());
    }

    /// What was heard; the faults are those seen so far.
    pub fn tally(&self, with_spans: bool) -> Tally {
        Tally {
            lines: self.cursors.len() / self.share.per_line,
            deliveries: self.deliveries,
            last: self.last,
            delays: self.delays.clone(),
            orders: self.ledger.orders(),
            spans: if with_spans { self.ledger.spans(0) } else { Vec::new() },
            others: 0,
            comebacks: 0,
            faults: self.ledger.faults.clone(),
        }
    }
}

/// What stands between two texts, the last time that the first of them is there.
pub fn found<'a>(text: &'a [u8], between: &Between) -> Option<&'a [u8]> {
    let rest = &text[memmem::rfind(text, between.after.as_bytes())? + between.after.len()..];
    Some(&rest[..memmem::find(rest, between.until.as_bytes())?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::mark::Mark;

    fn digits(room: u16, number: u32) -> Digits {
        let written = Mark { room, voice: 0, number, time: 100 }.write();
        *written.last_chunk().expect("digits")
    }

    #[test]
    fn each_line_has_its_rooms_and_no_other() {
        let share = Share { rooms: 5, per_line: 2 };
        assert_eq!(share.of(3).collect::<Vec<_>>(), [1, 2]);
        for line in 0..10 {
            let rooms: Vec<usize> = share.of(line).collect();
            for room in 0..7 {
                assert_eq!(share.slot(line, room), rooms.iter().position(|its| *its == room));
            }
        }
    }

    #[test]
    fn what_is_due_is_counted_and_another_room_is_a_fault() {
        let mut hearing = Hearing::new(Share { rooms: 2, per_line: 1 }, 0, 1, None);
        (0..3).for_each(|_| hearing.join(false));
        assert_eq!(hearing.due(&[2, 1], |_| true), 5);
        hearing.hear(0, 0, &digits(0, 0), 150, b"");
        hearing.hear(1, 0, &digits(1, 0), 150, b"");
        assert_eq!((hearing.due(&[2, 1], |_| true), hearing.due(&[2, 1], |line| line == 2)), (3, 2));
        hearing.hear(1, 0, &digits(0, 0), 150, b"");
        let tally = hearing.tally(true);
        assert_eq!((tally.deliveries, tally.faults.told.len(), tally.last), (2, 1, 150));
        assert_eq!(tally.all_delays().longest().as_nanos(), 50);
        hearing.join(false);
        assert_eq!(hearing.due(&[2, 1], |line| line == 3), 0, "a newcomer hears what is new");
    }

    #[test]
    fn the_last_id_is_found_before_a_mark() {
        let between = Between { after: "id: ".to_owned(), until: "\n".to_owned() };
        let id = |text: &'static str| found(text.as_bytes(), &between);
        assert_eq!(id("id: e-1\ndata: x\n\nid: e-2\ndata: "), Some(&b"e-2"[..]));
        assert_eq!((id("data: "), id("id: e-1")), (None, None));
    }
}
