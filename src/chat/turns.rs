//! Turns: on one node, those who change the same message do it one after the other. Between nodes the checks of
//! their commits decide, and who was slower looks again.

use std::hash::{BuildHasher, RandomState};

use tokio::sync::{Mutex, MutexGuard};

use crate::engine::Key;

/// How many changes go on beside each other. Two keys may share a turn.
const TURNS: usize = 64;

/// The turns of a node.
pub(super) struct Turns {
    turns: [Mutex<()>; TURNS],
    hasher: RandomState,
}

impl Default for Turns {
    fn default() -> Self {
        Turns { turns: std::array::from_fn(|_| Mutex::default()), hasher: RandomState::new() }
    }
}

impl Turns {
    /// Waits until nobody else on this node changes any of these; they are held until what is given is dropped.
    pub(super) async fn of(&self, keys: &[Key]) -> Vec<MutexGuard<'_, ()>> {
        let mut places: Vec<_> = keys.iter().map(|key| self.place(key)).collect();
        // In order, so that nobody waits for somebody who waits for them.
        places.sort_unstable();
        places.dedup();
        let mut held = Vec::with_capacity(places.len());
        for place in places {
            held.push(self.turns[place].lock().await);
        }
        held
    }

    fn place(&self, key: &Key) -> usize {
        usize::try_from(self.hasher.hash_one(key) % TURNS as u64).unwrap_or(0)
    }
}
