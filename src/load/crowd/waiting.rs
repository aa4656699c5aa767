//! How a crowd waits until it has heard what there is, and what it has heard by then.

use std::io;
use std::time::{Duration, Instant};

use super::Crowd;
use super::line::State;
use crate::load::hearing::Tally;

impl Crowd {
    /// How many deliveries are still due, if each room has so many messages.
    pub fn due(&self, messages: &[u32]) -> u64 {
        self.hearing.due(messages, |place| self.open[place].state != State::Stuck)
    }

    /// Reads until every line has heard so many messages of each of its rooms; says whether that came to be in
    /// time.
    pub fn hear(&mut self, messages: usize, patience: Duration) -> io::Result<bool> {
        let end = Instant::now() + patience;
        let wanted = vec![u32::try_from(messages).unwrap_or(u32::MAX); self.lines.rooms.len()];
        self.hear_all(&wanted, |_| end)
    }

    /// Reads until every line has heard so many messages of each room, or until nothing new has been heard for
    /// so long.
    pub fn hear_out(&mut self, messages: &[u32], patience: Duration) -> io::Result<bool> {
        self.hear_all(messages, |last| last + patience)
    }

    fn hear_all(&mut self, messages: &[u32], end: impl Fn(Instant) -> Instant) -> io::Result<bool> {
        let mut last = Instant::now();
        loop {
            let due = self.due(messages);
            if due == 0 {
                return Ok(true);
            }
            // The count is a quick look that spares most of the long ones.
            let enough = self.hearing.deliveries() + due;
            while self.hearing.deliveries() < enough {
                let (heard, left) =
                    (self.hearing.deliveries(), end(last).saturating_duration_since(Instant::now()));
                if left.is_zero() {
                    return Ok(false);
                }
                self.turn(Some(left))?;
                if self.hearing.deliveries() > heard {
                    last = Instant::now();
                }
            }
        }
    }

    /// Reads whatever comes, for so long.
    pub fn hear_for(&mut self, time: Duration) -> io::Result<()> {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            self.turn(Some(left))?;
        }
    }

    /// What was heard. Lines that are behind the others are counted as wrong.
    pub fn tally(&self) -> Tally {
        let tally = self.hearing.tally(self.lines.spans);
        let messages: Vec<u32> = tally.orders.iter().map(|order| order.messages as u32).collect();
        self.complete(tally, &messages)
    }

    /// The same, where each room has so many messages.
    pub fn tally_of(&self, messages: &[u32]) -> Tally {
        self.complete(self.hearing.tally(self.lines.spans), messages)
    }

    fn complete(&self, mut tally: Tally, messages: &[u32]) -> Tally {
        let stuck = self.open.iter().filter(|line| line.state == State::Stuck).count();
        (tally.others, tally.comebacks) = (self.others, self.comebacks);
        tally.lines = self.open.len() - stuck;
        let due = self.due(messages);
        if due > 0 {
            tally.faults.lost += due;
            tally.faults.tell(|| format!("{due} deliveries have not come"));
        }
        tally
    }
}
