//! Epochs: stretches of the log in which numbers never went back.
//!
//! A number means something only within an epoch: when a log goes back (a file restored from a copy,
//! a failover that lost the tail) a new epoch begins, so that no id ever means two things.

use crate::wire::{EpochId, Id, Number};
use std::hash::{BuildHasher, Hasher, RandomState};

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

/// How many epochs a log remembers. One is added by each start of a server that wrote something.
const MAX_EPOCHS: usize = 1000;

/// The epochs of a log that a process has just opened: those it had, and one that begins after `head`.
///
/// A new epoch is needed each time, since the file may be a copy that was put back: numbers after
/// `head` may have been given out before, and must not mean two things under one name.
///
/// An epoch that gave out no number is replaced, so that restarts of an idle server do not make the
/// list grow. Nobody holds an id of it, because [`Epochs::id`] names the number before its first by
/// the epoch before. Only the very first epoch names that number itself, so that one stays. (After
/// a copy was put back, somebody may hold an id of the epoch that is replaced here. They were sent
/// what is gone and must be told; they are, as [`Standing::Foreign`] rather than `Undone`.)
///
/// Beyond a thousand epochs the oldest is forgotten and the next takes over its numbers: ids made from
/// then on are valid, and none that was handed out changes its meaning. Whoever still holds an id of
/// the forgotten epoch is told that it is foreign.
pub fn begin_epoch(mut list: Vec<Epoch>, head: Number) -> Vec<Epoch> {
    let fresh = Epoch { id: fresh_epoch_id(&list), first: head.next() };
    if list.len() > 1 && list.last().is_some_and(|last| last.first == fresh.first) {
        list.pop();
    }
    list.push(fresh);
    while list.len() > MAX_EPOCHS {
        let oldest = list.remove(0);
        list[0].first = oldest.first;
    }
    list
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

    /// The epoch in which the next number will be given out, as far as is known.
    pub fn current(&self) -> EpochId {
        self.list.last().map_or(EpochId(0), |epoch| epoch.id)
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

    /// Up to which number this log and another are one and the same.
    pub fn common_with(&self, other: &Epochs) -> Number {
        let same = self.list.iter().zip(&other.list).take_while(|(one, another)| one == another).count();
        if same == 0 {
            return Number(0);
        }
        let end = |epochs: &Epochs| epochs.list.get(same).map_or(epochs.head, |next| next.first.previous());
        end(self).min(end(other))
    }

    /// Whether an id can be one of this log, for a node that may not have heard yet of the newest numbers.
    pub fn admits(&self, id: Id) -> bool {
        match self.standing(id) {
            Standing::Known(_) => true,
            Standing::Undone(_) => id.epoch == self.current(),
            Standing::Foreign => false,
        }
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

/// A number that is hardly met twice, for names and delays that are no secret: it asks the operating system once
/// a thread.
pub(crate) fn any_number() -> u64 {
    // Each state has keys of its own.
    RandomState::new().build_hasher().finish()
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
        let admits = |epoch, number| epochs.admits(Id { epoch: EpochId(epoch), number: Number(number) });
        assert!(admits(0xa, 50) && admits(0xb, 71) && !admits(0xa, 51) && !admits(0xc, 60));
    }

    #[test]
    fn two_logs_are_the_same_up_to_where_they_part() {
        let of = |list: &[(u32, u64)], head| {
            let epoch = |(id, first): &(u32, u64)| Epoch { id: EpochId(*id), first: Number(*first) };
            Epochs::new(list.iter().map(epoch).collect(), Number(head))
        };
        let former = of(&[(1, 1), (2, 101)], 110);
        assert_eq!(former.common_with(&of(&[(1, 1), (2, 101), (3, 111)], 120)), Number(110));
        assert_eq!(former.common_with(&of(&[(1, 1), (2, 101)], 105)), Number(105));
        assert_eq!(former.common_with(&of(&[(1, 1), (3, 101)], 130)), Number(100));
        assert_eq!(former.common_with(&of(&[(3, 1)], 130)), Number(0));
    }

    #[test]
    fn restarts_of_an_idle_server_reset_nobody_and_add_nothing() {
        let mut list = begin_epoch(Vec::new(), Number(0));
        let new = Epochs::new(list.clone(), Number(0)).id(Number(0));
        for _ in 0..5 {
            list = begin_epoch(list, Number(0));
            assert_eq!(Epochs::new(list.clone(), Number(0)).standing(new), Standing::Known(Number(0)));
        }
        let used = Epochs::new(list.clone(), Number(7)).id(Number(7));
        for _ in 0..5 {
            list = begin_epoch(list, Number(7));
            let epochs = Epochs::new(list.clone(), Number(7));
            assert_eq!(epochs.id(Number(7)), used);
            assert_eq!(epochs.standing(used), Standing::Known(Number(7)));
        }
        assert_eq!(list.len(), 3);
    }

    #[test]
    fn a_copy_put_back_begins_an_epoch_of_its_own_even_if_it_was_empty() {
        let copy = begin_epoch(Vec::new(), Number(0));
        let lost = Epochs::new(copy.clone(), Number(9)).id(Number(9));
        let again = Epochs::new(begin_epoch(copy, Number(0)), Number(20));
        assert_eq!(again.standing(lost), Standing::Undone(Number(0)));
        assert_ne!(again.id(Number(9)), lost);
    }

    #[test]
    fn the_list_is_bounded_and_what_is_folded_gives_valid_ids() {
        let (mut list, mut head) = (Vec::new(), Number(0));
        for _ in 0..MAX_EPOCHS + 5 {
            list = begin_epoch(list, head);
            head = head.next();
        }
        assert_eq!(list.len(), MAX_EPOCHS);
        let epochs = Epochs::new(list, head);
        for number in 0..=head.0 {
            assert_eq!(epochs.standing(epochs.id(Number(number))), Standing::Known(Number(number)));
        }
    }
}
