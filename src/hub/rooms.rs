//! What a line listens to. Lines that listen to the same share one list, and so know of each other that what is next
//! for one of them is next for all.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Weak};

use crate::engine::{Audience, EpochId, Id, Number};

/// The id before everything, in whatever epoch.
pub const FROM_THE_BEGINNING: Id = Id { epoch: EpochId(0), number: Number(0) };

/// Audiences, each with the id after which it is heard. Cheap to clone; a change makes it a list of its own.
#[derive(Debug, Clone)]
pub struct Rooms(Arc<List>);

#[derive(Debug, Clone, Default)]
struct List {
    after: HashMap<Audience, Id>,
    /// Whether everybody who has this very list may hear all of it, from the beginning.
    is_open: bool,
}

impl Rooms {
    /// A list of one's own, heard from the beginning.
    pub fn new(audiences: impl IntoIterator<Item = Audience>) -> Self {
        let after = audiences.into_iter().map(|name| (name, FROM_THE_BEGINNING)).collect();
        Rooms(Arc::new(List { after, is_open: false }))
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.after.len()
    }

    /// Whether an audience is among them.
    pub fn contains(&self, audience: &Audience) -> bool {
        self.0.after.contains_key(audience)
    }

    /// After which id an audience is heard, if it is.
    pub fn after(&self, audience: &Audience) -> Option<Id> {
        self.0.after.get(audience).copied()
    }

    /// The audiences.
    pub fn names(&self) -> impl Iterator<Item = &Audience> {
        self.0.after.keys()
    }

    /// The audiences with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (&Audience, &Id)> {
        self.0.after.iter()
    }

    /// Whether two lines with this list hear the same.
    pub fn is_open(&self) -> bool {
        self.0.is_open
    }

    /// Whether it is the very same list.
    pub fn is(&self, other: &Rooms) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Hears an audience after an id.
    pub fn hear(&mut self, audience: Audience, after: Id) {
        self.own().after.insert(audience, after);
    }

    /// Hears an audience no more; whether it was heard.
    pub fn remove(&mut self, audience: &Audience) -> bool {
        self.contains(audience) && self.own().after.remove(audience).is_some()
    }

    /// Hears all of them from the beginning.
    pub fn forget_ids(&mut self) {
        if self.0.after.values().any(|after| *after != FROM_THE_BEGINNING) {
            self.own().after.values_mut().for_each(|after| *after = FROM_THE_BEGINNING);
        }
    }

    fn own(&mut self) -> &mut List {
        let list = Arc::make_mut(&mut self.0);
        list.is_open = false;
        list
    }
}

/// The lists that lines share.
#[derive(Default)]
pub struct Lists {
    hasher: RandomState,
    /// By the hash of their names.
    known: HashMap<u64, Weak<List>>,
    /// With so many it is looked for those that nobody has any more.
    many: usize,
}

/// With fewer lists than this it is not looked.
const FEW: usize = 64;

impl Lists {
    /// The list of these audiences, which are in order, all heard from the beginning.
    pub fn of(&mut self, audiences: &[Audience], is_open: impl Fn(&Audience) -> bool) -> Rooms {
        let hash = self.hasher.hash_one(audiences);
        let known = self.known.get(&hash).and_then(Weak::upgrade);
        if let Some(list) = known
            && list.after.len() == audiences.len()
            && audiences.iter().all(|name| list.after.contains_key(name))
        {
            return Rooms(list);
        }
        let mut rooms = Rooms::new(audiences.iter().cloned());
        rooms.own().is_open = audiences.iter().all(is_open);
        if self.known.len() >= self.many.max(FEW) {
            self.known.retain(|_, list| list.strong_count() > 0);
            self.many = 2 * self.known.len();
        }
        self.known.insert(hash, Arc::downgrade(&rooms.0));
        rooms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<Audience> {
        names.iter().map(|name| Audience::new(name)).collect()
    }

    #[test]
    fn those_who_hear_the_same_share_a_list_until_one_changes_it() {
        let mut lists = Lists::default();
        let mut of = |list: &[&str]| lists.of(&names(list), |name| *name != Audience::new("closed"));
        let (one, mut other, different) = (of(&["a", "b"]), of(&["a", "b"]), of(&["a", "closed"]));
        assert!(one.is(&other) && !one.is(&different));
        assert!(one.is_open() && !different.is_open());

        let id = Id { epoch: EpochId(1), number: Number(7) };
        other.hear(Audience::new("c"), id);
        assert!(!one.is(&other) && !other.is_open() && !one.contains(&Audience::new("c")));
        assert_eq!(other.after(&Audience::new("c")), Some(id));
        other.forget_ids();
        assert_eq!(other.after(&Audience::new("c")), Some(FROM_THE_BEGINNING));

        // A list that only one has is not given to others once it was changed.
        let mut last = one;
        assert!(last.remove(&Audience::new("a")) && !last.remove(&Audience::new("a")));
        assert_eq!(of(&["a", "b"]).len(), 2);
    }

    #[test]
    fn lists_that_nobody_has_are_forgotten() {
        let mut lists = Lists::default();
        let kept = lists.of(&names(&["kept"]), |_| true);
        for n in 0..10_000 {
            lists.of(&names(&[&n.to_string()]), |_| true);
        }
        assert!(lists.known.len() <= 2 * FEW);
        assert!(lists.of(&names(&["kept"]), |_| true).is(&kept));
    }
}
