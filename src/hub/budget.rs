//! How many signals a second the lines of one audience are given at most. Pure: it is told the time.
//!
//! What was gathered of many (who types, who is here) has a share of its own, so that a program that
//! sends too many signals silences only those like it.

use std::collections::HashMap;
use std::time::Instant;

use super::signals::Signal;
use crate::engine::Audience;

/// How many signals a second are kept back for what was gathered: who types, who is away, who is here.
const FOR_GATHERED: u32 = 3;
/// Of how many audiences the signals are counted in one second; those of more are left out.
const MOST_AUDIENCES: usize = 65_536;

/// What was spent in this second.
#[derive(Debug)]
pub struct Budget {
    /// 0: as many as come.
    per_second: u32,
    began: Instant,
    second: u64,
    /// Of this second only, so nothing in it grows.
    spent: HashMap<Audience, u32>,
}

impl Budget {
    /// So many signals a second for each audience; 0 for no bound.
    pub fn new(per_second: u32, now: Instant) -> Self {
        Budget { per_second, began: now, second: 0, spent: HashMap::new() }
    }

    /// Whether there is room for a signal in this second; if so, it is spent.
    pub fn admits(&mut self, signal: &Signal, now: Instant) -> bool {
        if self.per_second == 0 {
            return true;
        }
        let second = now.saturating_duration_since(self.began).as_secs();
        if second != self.second {
            self.second = second;
            self.spent.clear();
        }
        let share = if signal.is_gathered {
            self.per_second
        } else {
            self.per_second.saturating_sub(FOR_GATHERED).max(1)
        };
        if !self.spent.contains_key(&signal.audience) && self.spent.len() >= MOST_AUDIENCES {
            return false;
        }
        let spent = self.spent.entry(signal.audience.clone()).or_default();
        let is_admitted = *spent < share;
        *spent += u32::from(is_admitted);
        is_admitted
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::wire::Event;

    fn single(room: &str) -> Signal {
        Signal::new(Audience::new(room), None, Event::own("message", None, &1))
    }

    fn gathered(room: &str) -> Signal {
        Signal::gathered(Audience::new(room), Event::own("typing", None, &1))
    }

    #[test]
    fn a_room_has_so_many_in_a_second_and_what_is_gathered_is_among_them() {
        let now = Instant::now();
        let mut budget = Budget::new(10, now);
        let admitted = (0..1_000).filter(|_| budget.admits(&single("a"), now)).count();
        assert_eq!(admitted, 7);
        let admitted = (0..1_000).filter(|_| budget.admits(&gathered("a"), now)).count();
        assert_eq!(admitted, 3);
        assert!(budget.admits(&single("b"), now), "another room");
        assert!(budget.admits(&single("a"), now + Duration::from_secs(1)), "another second");
    }

    #[test]
    fn even_the_smallest_budget_lets_something_through() {
        let now = Instant::now();
        let mut budget = Budget::new(1, now);
        assert!(budget.admits(&single("a"), now));
        assert!(!budget.admits(&gathered("a"), now));
    }

    #[test]
    fn no_bound_is_none_and_counts_nothing() {
        let now = Instant::now();
        let mut budget = Budget::new(0, now);
        assert!((0..1_000).all(|_| budget.admits(&single("a"), now)));
        assert!(budget.spent.is_empty());
    }

    #[test]
    fn of_too_many_rooms_in_one_second_no_more_are_counted() {
        let now = Instant::now();
        let mut budget = Budget::new(10, now);
        let rooms = MOST_AUDIENCES + 10;
        let admitted = (0..rooms).filter(|n| budget.admits(&single(&n.to_string()), now)).count();
        assert_eq!((admitted, budget.spent.len()), (MOST_AUDIENCES, MOST_AUDIENCES));
        assert!(budget.admits(&single("0"), now), "one that is counted");
    }
}
