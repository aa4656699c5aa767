//! Times, counted in buckets that are each 3 % wide, so that a million of them cost nothing to keep.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

const PER_DOUBLING: f64 = 24.0;
const BUCKETS: usize = 24 * 32;

/// Microseconds since 1970: what a poster writes into a message, and what a line compares with.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
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

    /// Something took so many microseconds.
    pub fn note(&mut self, micros: u64) {
        let place = (micros.max(1) as f64).log2() * PER_DOUBLING;
        self.buckets[(place as usize).min(BUCKETS - 1)] += 1;
        self.longest = self.longest.max(micros);
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
        let upper = place.map_or(0.0, |place| ((place + 1) as f64 / PER_DOUBLING).exp2());
        Duration::from_micros((upper as u64).min(self.longest))
    }

    /// The longest.
    pub fn longest(&self) -> Duration {
        Duration::from_micros(self.longest)
    }

    /// The share of them within each of these times.
    pub fn shares(&self, times: &[Duration]) -> Vec<f64> {
        let all = self.count().max(1) as f64;
        let upto = |time: &Duration| {
            let place = ((time.as_micros().max(1) as f64).log2() * PER_DOUBLING) as usize;
            self.buckets.iter().take(place.min(BUCKETS)).sum::<u64>() as f64 / all
        };
        times.iter().map(upto).collect()
    }
}

impl fmt::Display for Delays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e3);
        let [half, most] = [0.5, 0.99].map(|share| millis(self.quantile(share)));
        write!(f, "{half} ms median, {most} ms p99, {} ms longest", millis(self.longest()))
    }
}
