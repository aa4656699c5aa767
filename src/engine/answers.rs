//! What recent commits were answered, so that a repeated token gets its first answer again.

use std::collections::HashMap;

use super::{Millis, Outcome, TOKENS_LAST, Token};

/// How many answers a generation has at most: all that a flood leaves takes some 20 MB.
const MOST: usize = 1 << 17;

/// The answers of lately, in this process's memory, in two generations: when the younger has lasted long enough
/// or is full, it becomes the elder, and what was the elder is forgotten with all the memory that it took.
///
/// That is enough for an engine on one machine: whoever holds a token waits in the same process, and
/// ends with it.
#[derive(Debug, Default)]
pub(super) struct Answers {
    elder: HashMap<Token, Outcome>,
    younger: HashMap<Token, Outcome>,
    /// When the younger began.
    since: Millis,
}

impl Answers {
    /// What was answered to this token, if it came lately.
    pub(super) fn get(&self, token: Token) -> Option<Outcome> {
        self.younger.get(&token).or_else(|| self.elder.get(&token)).copied()
    }

    /// Remembers an answer.
    pub(super) fn insert(&mut self, now: Millis, token: Token, outcome: Outcome) {
        if self.younger.len() >= MOST {
            self.turn(now);
        }
        self.sweep(now);
        self.younger.insert(token, outcome);
    }

    /// Forgets what is old. One generation at most, however far the clock has jumped.
    pub(super) fn sweep(&mut self, now: Millis) {
        if !(0..TOKENS_LAST).contains(&(now - self.since)) {
            self.turn(now);
        }
    }

    fn turn(&mut self, now: Millis) {
        // With as much room as the last one took, it does not have to grow while commits wait.
        let next = HashMap::with_capacity(self.younger.len());
        self.elder = std::mem::replace(&mut self.younger, next);
        self.since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Token = Token([1; 16]);
    const SECOND: Token = Token([2; 16]);

    fn first_at(now: Millis) -> Answers {
        let mut answers = Answers::default();
        answers.insert(now, FIRST, Outcome::Conflict);
        answers
    }

    #[test]
    fn an_answer_lasts_as_long_as_is_promised_and_at_most_twice_as_long() {
        let mut answers = first_at(0);
        answers.insert(TOKENS_LAST - 1, SECOND, Outcome::Conflict);
        for now in [TOKENS_LAST, 2 * TOKENS_LAST - 1] {
            answers.sweep(now);
            assert!(answers.get(FIRST).is_some() && answers.get(SECOND).is_some());
        }
        answers.sweep(2 * TOKENS_LAST);
        assert!(answers.get(FIRST).is_none() && answers.get(SECOND).is_none());
    }

    #[test]
    fn a_clock_that_jumps_forgets_nothing_of_just_now() {
        for jump in [-100 * TOKENS_LAST, 100 * TOKENS_LAST] {
            let mut answers = first_at(0);
            for later in [0, 1, TOKENS_LAST - 1] {
                answers.sweep(jump + later);
                assert_eq!(answers.get(FIRST), Some(Outcome::Conflict));
            }
        }
    }

    #[test]
    fn a_flood_is_bounded_and_leaves_no_memory_behind() {
        let mut answers = first_at(0);
        for n in 0..3 * MOST as u128 {
            answers.insert(0, Token(n.to_le_bytes()), Outcome::Conflict);
            assert!(answers.elder.len() <= MOST && answers.younger.len() <= MOST);
        }
        assert!(answers.get(FIRST).is_none());
        assert!(answers.get(Token((2 * MOST as u128).to_le_bytes())).is_some());

        (1..=3).for_each(|turns| answers.sweep(turns * TOKENS_LAST));
        assert_eq!((answers.elder.capacity(), answers.younger.capacity()), (0, 0));
    }
}
