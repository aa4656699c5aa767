//! A row of lines: those on one thread that listen to one audience. They are called together.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// The lines of one audience on one thread, by the tokens of their seats.
pub struct Row {
    /// In order, which is about the order in which the lines lie in memory. Who leaves when all do is at one of the ends.
    tokens: Mutex<VecDeque<u32>>,
    /// Whether it has yet to answer a call.
    is_called: AtomicBool,
}

impl Row {
    /// A row of one line.
    pub fn of(token: u32) -> Self {
        Row { tokens: Mutex::new(VecDeque::from([token])), is_called: AtomicBool::new(false) }
    }

    /// A line more.
    pub fn seat(&self, token: u32) {
        self.with(|tokens| {
            if let Err(place) = tokens.binary_search(&token) {
                tokens.insert(place, token);
            }
        });
    }

    /// A line less; whether any are left.
    pub fn leave(&self, token: u32) -> bool {
        self.with(|tokens| {
            if let Ok(place) = tokens.binary_search(&token) {
                tokens.remove(place);
            }
            !tokens.is_empty()
        })
    }

    /// Calls it; whether it had answered the call before.
    pub fn call(&self) -> bool {
        !self.is_called.swap(true, Ordering::AcqRel)
    }

    /// Tells the tokens of its lines, the first last. What is said from now on calls it again.
    pub fn answer(&self, tell: impl FnMut(u32)) {
        self.is_called.swap(false, Ordering::AcqRel);
        self.with(|tokens| tokens.iter().rev().copied().for_each(tell));
    }

    /// Its tokens, in order.
    pub fn with<T>(&self, use_them: impl FnOnce(&mut VecDeque<u32>) -> T) -> T {
        use_them(&mut self.tokens.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
