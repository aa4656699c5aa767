//! When a burst is over, and what it took can be given back. Pure.

/// How many ticks there must be next to nothing.
const TICKS: u32 = 3;

/// What is done, as somebody sees it who looks once in a tick.
#[derive(Debug)]
pub(super) struct Calm {
    /// Less than this in a tick is next to nothing.
    few: u64,
    /// So much must have been done for it to be worth giving anything back.
    many: u64,
    /// What had been done at the last tick.
    seen: u64,
    /// For how many ticks there was next to nothing.
    ticks: u32,
    /// What had been done when memory was last given back.
    given_back: u64,
}

impl Calm {
    /// Nothing has been done yet.
    pub(super) fn new(few: u64, many: u64) -> Self {
        Calm { few, many, seen: 0, ticks: 0, given_back: 0 }
    }

    /// A tick, by which so much has been done in all; whether memory is to be given back now.
    pub(super) fn tick(&mut self, done: u64) -> bool {
        self.ticks = if done - self.seen < self.few { self.ticks + 1 } else { 0 };
        self.seen = done;
        let is_due = self.ticks >= TICKS && done - self.given_back >= self.many;
        if is_due {
            self.given_back = done;
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_over_once_it_was_calm_for_a_while() {
        let mut calm = Calm::new(100, 200);
        let due = [1_000, 2_000, 2_001, 2_002, 2_003, 2_004].map(|done| calm.tick(done));
        assert_eq!(due, [false, false, false, false, true, false]);
    }

    #[test]
    fn what_comes_little_by_little_is_given_back_little_by_little() {
        let mut calm = Calm::new(100, 200);
        assert_eq!((1..=90).filter(|tick| calm.tick(tick * 20)).count(), 9);
        assert!((0..90).all(|_| !calm.tick(1_800)), "there is nothing more");
    }

    #[test]
    fn under_load_nothing_is_given_back() {
        let mut calm = Calm::new(100, 200);
        assert!((1..100).all(|tick| !calm.tick(tick * 100)));
    }
}
