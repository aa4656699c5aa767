//! The time, as something that is passed in: tests turn the hands themselves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;

/// Where the time of day comes from. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's own clock.
    pub fn system() -> Self {
        Clock(Source::System)
    }

    /// A clock that stands still until it is [`set`](Clock::set).
    pub fn manual(start: Millis) -> Self {
        Clock(Source::Manual(Arc::new(AtomicI64::new(start))))
    }

    /// Sets a manual clock and every clone of it; the machine's own clock cannot be set.
    pub fn set(&self, now: Millis) {
        if let Source::Manual(hands) = &self.0 {
            hands.store(now, Ordering::SeqCst);
        }
    }

    /// What time it is.
    pub fn now(&self) -> Millis {
        match &self.0 {
            Source::Manual(hands) => hands.load(Ordering::SeqCst),
            // A clock set before 1970 counts as 1970.
            Source::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX)),
        }
    }
}
