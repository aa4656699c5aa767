//! What was used lately: bounded, and when it is full those go that were not used for longest. Pure.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};

/// Values by key, at most so many. To look one up needs no more than a shared borrow, so that many can at once.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    entries: HashMap<K, Entry<V>>,
    most: usize,
    uses: AtomicU64,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    used: AtomicU64,
}

impl<K: Eq + Hash, V> Recent<K, V> {
    /// Room for so many.
    pub(super) fn new(most: usize) -> Self {
        Recent { entries: HashMap::new(), most: most.max(1), uses: AtomicU64::new(0) }
    }

    /// A value, which is used by that.
    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let entry = self.entries.get(key)?;
        entry.used.store(self.now(), Ordering::Relaxed);
        Some(&entry.value)
    }

    /// The same, to be changed.
    pub(super) fn get_mut<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let now = self.now();
        let entry = self.entries.get_mut(key)?;
        *entry.used.get_mut() = now;
        Some(&mut entry.value)
    }

    /// Keeps a value. If there is no room, a quarter of all goes first: so it costs little for each.
    pub(super) fn insert(&mut self, key: K, value: V) {
        if self.entries.len() >= self.most && !self.entries.contains_key(&key) {
            self.make_room();
        }
        let used = AtomicU64::new(self.now());
        self.entries.insert(key, Entry { value, used });
    }

    /// Lets a value go.
    pub(super) fn remove<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.entries.remove(key).map(|entry| entry.value)
    }

    /// Lets all go.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    fn now(&self) -> u64 {
        self.uses.fetch_add(1, Ordering::Relaxed)
    }

    fn make_room(&mut self) {
        let mut uses: Vec<u64> = self.entries.values_mut().map(|entry| *entry.used.get_mut()).collect();
        let (_, &mut last_to_go, _) = uses.select_nth_unstable(self.most / 4);
        self.entries.retain(|_, entry| *entry.used.get_mut() > last_to_go);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_go_that_were_not_used_for_longest() {
        let mut recent = Recent::new(100);
        (0..100).for_each(|n| recent.insert(n, n));
        assert_eq!(recent.get(&0), Some(&0));
        *recent.get_mut(&1).unwrap() = 7;
        recent.insert(100, 100);
        assert!(recent.len() <= 100 && recent.len() >= 74, "{}", recent.len());
        assert_eq!((recent.get(&0), recent.get(&1), recent.get(&2)), (Some(&0), Some(&7), None));
        assert_eq!((recent.get(&99), recent.get(&100)), (Some(&99), Some(&100)));
    }

    #[test]
    fn there_are_never_more_than_there_may_be() {
        for most in [1, 2, 3, 10] {
            let mut recent = Recent::new(most);
            for n in 0..1_000 {
                recent.insert(n, ());
                assert!(recent.len() <= most && recent.get(&n).is_some());
            }
            recent.insert(999, ());
            assert!(recent.remove(&999).is_some() && recent.get(&999).is_none());
            recent.clear();
            assert_eq!(recent.len(), 0);
        }
    }
}
