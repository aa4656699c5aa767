//! Who hears what: lines that hear the same rooms by the same carrier are one audience, for which an event is
//! written once.

use std::collections::HashMap;

use bytes::Bytes;
use openline::load::Carrier;

use super::said::Said;
use super::words::Event;

/// All lines, by what they hear.
#[derive(Default)]
pub struct Audiences {
    all: Vec<Audience>,
    /// Which audience hears these rooms by this carrier.
    by_rooms: HashMap<(Vec<String>, Carrier), usize>,
    rooms: HashMap<String, Room>,
    /// The audiences for which something waits.
    waiting: Vec<usize>,
}

/// Lines that hear the same.
struct Audience {
    carrier: Carrier,
    lines: Vec<usize>,
    /// What goes out at the next pass.
    waits: Vec<u8>,
}

#[derive(Default)]
struct Room {
    audiences: Vec<usize>,
    said: Said,
}

/// A line's place among those that hear the same.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    audience: usize,
    at: usize,
}

impl Audiences {
    /// A line hears these rooms from now on.
    pub fn join(&mut self, line: usize, rooms: &[String], carrier: Carrier) -> Place {
        let audience = self.of(rooms, carrier);
        let lines = &mut self.all[audience].lines;
        lines.push(line);
        Place { audience, at: lines.len() - 1 }
    }

    fn of(&mut self, rooms: &[String], carrier: Carrier) -> usize {
        let key = (rooms.to_vec(), carrier);
        if let Some(&known) = self.by_rooms.get(&key) {
            return known;
        }
        let audience = self.all.len();
        self.all.push(Audience { carrier, lines: Vec::new(), waits: Vec::new() });
        for room in rooms {
            self.rooms.entry(room.clone()).or_default().audiences.push(audience);
        }
        self.by_rooms.insert(key, audience);
        audience
    }

    /// A line hears nothing any more; the line that has its place now, if there is one.
    pub fn leave(&mut self, place: Place) -> Option<usize> {
        let lines = &mut self.all[place.audience].lines;
        lines.swap_remove(place.at);
        lines.get(place.at).copied()
    }

    /// These rooms, and how many lines each has.
    pub fn here(&self, rooms: Vec<String>) -> Vec<(String, usize)> {
        let count = |room: &String| {
            let audiences = self.rooms.get(room).map_or(&[][..], |room| &room.audiences);
            audiences.iter().map(|audience| self.all[*audience].lines.len()).sum()
        };
        rooms.into_iter().map(|room| (count(&room), room)).map(|(count, room)| (room, count)).collect()
    }

    /// Something was said in a room: it waits for all who hear it, and is kept if it has a number to keep it by.
    pub fn say(&mut self, room: String, event: &Event, keep: Option<u64>) {
        let room = self.rooms.entry(room).or_default();
        if let Some(number) = keep {
            room.said.keep(number, event);
        }
        for &audience in &room.audiences {
            let Audience { carrier, waits, .. } = &mut self.all[audience];
            if waits.is_empty() {
                self.waiting.push(audience);
            }
            waits.extend_from_slice(event.of(*carrier));
        }
    }

    /// What was said in a room after this number, as far as it was kept.
    pub fn missed(&mut self, room: &str, after: u64, carrier: Carrier) -> Bytes {
        self.rooms.get_mut(room).map_or_else(Bytes::new, |room| room.said.after(after, carrier))
    }

    /// Hands over what waits, once for each line.
    pub fn pass(&mut self, mut give: impl FnMut(usize, &Bytes)) {
        for audience in self.waiting.drain(..) {
            let Audience { lines, waits, .. } = &mut self.all[audience];
            let bytes = Bytes::from(std::mem::take(waits));
            lines.iter().for_each(|line| give(*line, &bytes));
        }
    }
}
