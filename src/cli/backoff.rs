//! How long to wait before trying again: longer each time, and never the same for all clients.

use std::time::Duration;

use crate::engine::random_bytes;

/// The longest wait.
const MOST: Duration = Duration::from_secs(30);

/// Counts the tries that failed in a row.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// It worked.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// It failed once more; wait so long. `base` is the wait after the first failure.
    pub fn next(&mut self, base: Duration) -> Duration {
        let wait =
            wait(base, self.failures, f64::from(u32::from_ne_bytes(random_bytes())) / f64::from(u32::MAX));
        self.failures = self.failures.saturating_add(1);
        wait
    }
}

/// `base`, doubled for each earlier failure, at most 30 s (or `base`, if a server asked for more); of that
/// between a half and all, by `dice` between 0 and 1.
fn wait(base: Duration, failures: u32, dice: f64) -> Duration {
    let doubled = base.saturating_mul(2u32.saturating_pow(failures)).min(MOST.max(base));
    doubled.mul_f64(0.5 + dice / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_a_bound_and_is_spread() {
        let second = Duration::from_secs(1);
        assert_eq!(wait(second, 0, 1.0), second);
        assert_eq!(wait(second, 0, 0.0), second / 2);
        assert_eq!(wait(second, 3, 1.0), 8 * second);
        assert_eq!(wait(second, 99, 1.0), MOST);
        assert_eq!(wait(MOST * 2, 5, 1.0), MOST * 2, "never sooner than the server asked");
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..8).map(|_| backoff.next(second)).collect();
        assert!(waits.iter().all(|wait| (second / 2..=MOST).contains(wait)), "{waits:?}");
        assert!(waits[7] >= MOST / 2);
        backoff.reset();
        assert!(backoff.next(second) <= second);
    }
}
