//! What was wrong on the lines: counted, and the first few things in words.

use serde::{Deserialize, Serialize};

/// How many of the faults are told in words.
const TOLD: usize = 10;

/// What was wrong on all lines.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Faults {
    /// Messages that a line should have heard, and did not.
    pub lost: u64,
    /// Messages that a line heard once more.
    pub repeated: u64,
    /// Messages that a line heard later than others did.
    pub late: u64,
    /// The first few things, in words.
    pub told: Vec<String>,
}

impl Faults {
    /// Writes one down, while there is room.
    pub fn tell(&mut self, what: impl FnOnce() -> String) {
        if self.told.len() < TOLD {
            self.told.push(what());
        }
    }

    /// Takes in those of another process.
    pub fn add(&mut self, other: &Faults) {
        self.lost += other.lost;
        self.repeated += other.repeated;
        self.late += other.late;
        other.told.iter().for_each(|what| self.tell(|| what.clone()));
    }

    /// All of it in words; nothing if nothing was wrong.
    pub fn words(&self) -> Vec<String> {
        let counts = [(self.lost, "lost"), (self.repeated, "repeated"), (self.late, "out of order")];
        let sums = counts.into_iter().filter(|(count, _)| *count > 0);
        sums.map(|(count, what)| format!("deliveries {what}: {count}")).chain(self.told.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_only_some_are_told() {
        let mut faults = Faults::default();
        assert_eq!(faults.words(), [""; 0]);
        for line in 0..2 * TOLD as u64 {
            faults.lost += 1;
            faults.tell(|| format!("line {line} missed one"));
        }
        let mut all = Faults { late: 1, told: vec!["first".to_owned()], ..Faults::default() };
        all.add(&faults);
        let words = all.words();
        assert_eq!(
            words[..4],
            ["deliveries lost: 20", "deliveries out of order: 1", "first", "line 0 missed one"]
        );
        assert_eq!(words.len(), 2 + TOLD);
    }
}
