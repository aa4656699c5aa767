//! Epochs: stretches of the log in which numbers never went back.
//!
//! A number means something only within an epoch: when a log goes back (a file restored from a copy,
//! a failover that lost the tail) a new epoch begins, so that no id ever means two things.

use crate::wire::{EpochId, Id, Number};

/// A stretch of the log in which numbers were given out without going back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch {
    /// Its name.
    pub id: EpochId,
    /// The first number that it gives out.
    pub first: Number,
}

/// A name for a new epoch that none of these has.
pub fn fresh_epoch_id(epochs: &[Epoch]) -> EpochId {
    loop {
        let id = EpochId(u32::from_le_bytes(random_bytes()));
        if epochs.iter().all(|epoch| epoch.id != id) {
            return id;
        }
    }
}

/// All epochs of a log, oldest first, and where the log ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epochs {
    list: Vec<Epoch>,
    head: Number,
}

/// What an id that somebody brings back means for the log as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// All up to this number was sent and is still so; go on after it.
    Known(Number),
    /// The epoch is known, but some of what was sent in it is gone; what is left ends at this number.
    Undone(Number),
    /// No such epoch here: the id is from another log, or from one that was lost.
    Foreign,
}

impl Epochs {
    /// A list that must not be empty, oldest first, with the number of the last entry.
    pub fn new(list: Vec<Epoch>, head: Number) -> Self {
        debug_assert!(!list.is_empty(), "a log has at least one epoch");
        Epochs { list, head }
    }

    /// The number of the last entry, or the one before the first if there is none.
    pub fn head(&self) -> Number {
        self.head
    }

    /// Notes that the log has grown.
    pub fn advance(&mut self, head: Number) {
        self.head = self.head.max(head);
    }

    /// The epochs, oldest first.
    pub fn list(&self) -> &[Epoch] {
        &self.list
    }

    /// The id of a number: the last epoch that had begun when it was given out.
    ///
    /// The number just before an epoch's first belongs to the epoch before, if there is one.
    pub fn id(&self, number: Number) -> Id {
        let epoch = self.list.iter().rev().find(|epoch| epoch.first <= number).or(self.list.first());
        Id { epoch: epoch.map_or(EpochId(0), |epoch| epoch.id), number }
    }

    /// Where somebody who was sent everything up to `id` stands.
    pub fn standing(&self, id: Id) -> Standing {
        let Some(place) = self.list.iter().position(|epoch| epoch.id == id.epoch) else {
            return Standing::Foreign;
        };
        let first = self.list[place].first.previous();
        let last = self.list.get(place + 1).map_or(self.head, |next| next.first.previous());
        if id.number > last {
            Standing::Undone(last)
        } else if id.number < first {
            // Never given out under this name: made up, or from another log with an equal epoch.
            Standing::Foreign
        } else {
            Standing::Known(id.number)
        }
    }
}

/// Random bytes from the operating system.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "without a source of randomness no id and no key is safe; stop")]
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epochs() -> Epochs {
        let list =
            vec![Epoch { id: EpochId(0xa), first: Number(1) }, Epoch { id: EpochId(0xb), first: Number(51) }];
        Epochs::new(list, Number(70))
    }

    #[test]
    fn a_number_belongs_to_the_epoch_that_gave_it_out() {
        let epochs = epochs();
        assert_eq!(epochs.id(Number(50)).epoch, EpochId(0xa));
        assert_eq!(epochs.id(Number(51)).epoch, EpochId(0xb));
        assert_eq!(epochs.id(Number(0)).epoch, EpochId(0xa));
    }

    #[test]
    fn only_those_who_were_sent_something_that_is_gone_are_told() {
        let epochs = epochs();
        let standing = |epoch, number| epochs.standing(Id { epoch: EpochId(epoch), number: Number(number) });
        assert_eq!(standing(0xa, 50), Standing::Known(Number(50)));
        assert_eq!(standing(0xa, 51), Standing::Undone(Number(50)));
        assert_eq!(standing(0xb, 50), Standing::Known(Number(50)));
        assert_eq!(standing(0xb, 70), Standing::Known(Number(70)));
        assert_eq!(standing(0xb, 71), Standing::Undone(Number(70)));
        assert_eq!(standing(0xb, 3), Standing::Foreign);
        assert_eq!(standing(0xc, 60), Standing::Foreign);
    }
}
