//! Times, counted in buckets that are each 3 % wide, so that a million of them cost nothing to keep.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// So many bits after the first that is set say in which bucket a time is.
const BITS: u32 = 5;
const PER_DOUBLING: usize = 1 << BITS;
/// Enough for 2^42 ns, more than an hour.
const BUCKETS: usize = (42 - BITS as usize + 1) * PER_DOUBLING;

/// Nanoseconds since 1970: what a poster writes into a message, and what a line compares with.
pub fn now() -> u64 {
    nanos(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// In nanoseconds; what is too long for that is the longest.
pub fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// How long things took.
#[derive(Clone, Serialize, Deserialize)]
pub struct Delays {
    buckets: Vec<u64>,
    longest: u64,
}

impl Delays {
    /// None so far.
    pub fn new() -> Self {
        Delays { buckets: vec![0; BUCKETS], longest: 0 }
    }

    /// Something took so many nanoseconds.
    pub fn note(&mut self, nanos: u64) {
        self.buckets[bucket(nanos)] += 1;
        self.longest = self.longest.max(nanos);
    }

    /// Takes in what another has counted.
    pub fn add(&mut self, other: &Delays) {
        self.buckets.iter_mut().zip(&other.buckets).for_each(|(mine, theirs)| *mine += theirs);
        self.longest = self.longest.max(other.longest);
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// The time within which this share of them was done.
    pub fn quantile(&self, share: f64) -> Duration {
        let wanted = (self.count() as f64 * share).ceil() as u64;
        let mut counted = 0;
        let place = self.buckets.iter().position(|bucket| {
            counted += bucket;
            counted >= wanted.max(1)
        });
        Duration::from_nanos(place.map_or(0, |place| end(place).min(self.longest)))
    }

    /// The longest.
    pub fn longest(&self) -> Duration {
        Duration::from_nanos(self.longest)
    }

    /// The share of them within each of these times.
    pub fn shares(&self, times: &[Duration]) -> Vec<f64> {
        let all = self.count().max(1) as f64;
        let upto = |time: &Duration| self.buckets.iter().take(bucket(nanos(*time))).sum::<u64>() as f64 / all;
        times.iter().map(upto).collect()
    }
}

impl Default for Delays {
    fn default() -> Self {
        Delays::new()
    }
}

/// In which bucket a time is: each doubling has the same number of them.
fn bucket(nanos: u64) -> usize {
    if nanos < PER_DOUBLING as u64 {
        return nanos as usize;
    }
    let doublings = nanos.ilog2() - BITS;
    let place = (doublings as usize) * PER_DOUBLING + (nanos >> doublings) as usize;
    place.min(BUCKETS - 1)
}

/// The longest time in a bucket.
fn end(place: usize) -> u64 {
    if place < PER_DOUBLING {
        return place as u64;
    }
    let doublings = place / PER_DOUBLING - 1;
    let first = (PER_DOUBLING + place % PER_DOUBLING) as u64;
    ((first + 1) << doublings) - 1
}

impl fmt::Display for Delays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e3);
        let [half, most] = [0.5, 0.99].map(|share| millis(self.quantile(share)));
        write!(f, "{half} ms median, {most} ms p99, {} ms longest", millis(self.longest()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_is_in_the_bucket_that_ends_just_after_it() {
        for nanos in (0..100_000).chain((0..41).map(|power| (1 << power) + (1 << power) / 3)) {
            let (place, end) = (bucket(nanos), end(bucket(nanos)));
            assert!(nanos <= end && end - nanos <= nanos / 31, "{nanos} in {place}, which ends at {end}");
            assert!(place == 0 || super::end(place - 1) < nanos, "{nanos} is not in an earlier one");
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn a_quantile_is_at_most_three_per_cent_too_long() {
        let mut delays = Delays::new();
        assert_eq!(delays.quantile(0.5), Duration::ZERO);
        (1..=1000).for_each(|millis| delays.note(millis * 1_000_000));
        for (share, due) in [(0.001, 1.0), (0.5, 500.0), (0.9, 900.0), (0.99, 990.0), (1.0, 1000.0)] {
            let is = delays.quantile(share).as_secs_f64() * 1e3;
            assert!(is >= due && is <= due * 1.04, "{share}: {is}");
        }
        let mut both = Delays::new();
        both.note(5_000_000_000);
        both.add(&delays);
        assert_eq!((both.count(), both.longest()), (1001, Duration::from_secs(5)));
        let shares = both.shares(&[Duration::from_millis(500), Duration::from_secs(4)]);
        assert!((shares[0] - 0.5).abs() < 0.04 && shares[1] > 0.99, "{shares:?}");
    }
}
