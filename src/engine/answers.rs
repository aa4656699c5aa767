//! What recent commits were answered, so that a repeated token gets its first answer again.

use std::collections::{HashMap, VecDeque};

use super::{Millis, Outcome, Token};

/// How long an answer is kept.
const KEPT: Millis = 10 * 60 * 1000;

/// How many answers are kept at most: some 20 MB.
const MAX_ANSWERS: usize = 1 << 18;

/// The answers of the last ten minutes, in this process's memory.
///
/// That is enough for an engine on one machine: whoever holds a token waits in the same process, and
/// ends with it.
#[derive(Debug, Default)]
pub(super) struct Answers {
    by_token: HashMap<Token, Outcome>,
    by_age: VecDeque<(Millis, Token)>,
}

impl Answers {
    /// What was answered to this token, if it came lately.
    pub(super) fn get(&self, token: Token) -> Option<Outcome> {
        self.by_token.get(&token).copied()
    }

    /// Remembers an answer, and forgets those that are too old.
    pub(super) fn insert(&mut self, now: Millis, token: Token, outcome: Outcome) {
        self.forget_before(now - KEPT);
        if self.by_age.len() >= MAX_ANSWERS {
            self.forget_oldest();
        }
        if self.by_token.insert(token, outcome).is_none() {
            self.by_age.push_back((now, token));
        }
    }

    /// Forgets the answers given at or before a time.
    pub(super) fn sweep(&mut self, now: Millis) {
        self.forget_before(now - KEPT);
    }

    fn forget_before(&mut self, time: Millis) {
        while self.by_age.front().is_some_and(|(at, _)| *at <= time) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, token)) = self.by_age.pop_front() {
            self.by_token.remove(&token);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_kept_ten_minutes_and_bounded_in_number() {
        let mut answers = Answers::default();
        answers.insert(0, Token([1; 16]), Outcome::Conflict);
        answers.insert(1, Token([2; 16]), Outcome::Conflict);
        answers.sweep(KEPT - 1);
        assert_eq!(answers.get(Token([1; 16])), Some(Outcome::Conflict));
        answers.sweep(KEPT);
        assert_eq!(answers.get(Token([1; 16])), None);
        assert_eq!(answers.get(Token([2; 16])), Some(Outcome::Conflict));

        for n in 0..MAX_ANSWERS as u128 + 10 {
            answers.insert(2, Token(n.to_le_bytes()), Outcome::Conflict);
        }
        assert_eq!(answers.by_token.len(), MAX_ANSWERS);
        assert_eq!(answers.by_age.len(), MAX_ANSWERS);
    }
}
