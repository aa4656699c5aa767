//! When posts are due. At a rate each has a time of its own, whether or not the one before was answered in time;
//! delays are counted from that time, so a server that holds up its posters does not hide it (what is called
//! coordinated omission).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::delays::nanos;

/// How much is posted, and how fast.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Pace {
    /// Posts a second in all; none: each connection posts as soon as it is answered.
    pub rate: Option<f64>,
    /// How long.
    pub time: Duration,
    /// How many posts, at most.
    pub posts: u64,
}

impl Pace {
    /// As fast as they are answered, for so long.
    pub fn flat_out(time: Duration) -> Pace {
        Pace { rate: None, time, posts: u64::MAX }
    }

    /// So many a second, for so long.
    pub fn steady(rate: f64, time: Duration) -> Pace {
        Pace { rate: Some(rate), time, posts: u64::MAX }
    }

    /// So many in all, as fast as they are answered.
    pub fn count(posts: u64) -> Pace {
        Pace { rate: None, time: Duration::from_secs(600), posts }
    }

    /// How many posts there are at the most.
    pub fn most(self) -> u64 {
        // The last is due before the time is over.
        let in_time = self.rate.map_or(u64::MAX, |rate| (rate * self.time.as_secs_f64()).ceil() as u64);
        in_time.min(self.posts)
    }

    /// When no post is begun any more, whether or not it was due. At a rate that is later than the last is due,
    /// since what a slow server holds up is posted all the same, but not for ever.
    fn end(self) -> Duration {
        const MORE: Duration = Duration::from_secs(30);
        self.time + if self.rate.is_some() { MORE } else { Duration::ZERO }
    }

    /// When a post is due, by its place among all, in nanoseconds after the first; at once if there is no rate.
    fn due(self, post: u64) -> u64 {
        self.rate.map_or(0, |rate| (post as f64 * 1e9 / rate) as u64)
    }
}

/// A pace under way. All times are in nanoseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub struct Course {
    pace: Pace,
    first: u64,
    end: u64,
    /// The place of the next post among all, and how many there are.
    next: u64,
    most: u64,
}

impl Course {
    /// Its first post is due now.
    pub fn begin(pace: Pace, now: u64) -> Course {
        Course { pace, first: now, end: now.saturating_add(nanos(pace.end())), next: 0, most: pace.most() }
    }

    /// When the next post was due, if it is by now: at a rate that may be long ago.
    pub fn due(&self, now: u64) -> Option<u64> {
        let due = self.first + self.pace.due(self.next);
        let is_due = !self.is_over(now) && due <= now;
        is_due.then_some(if self.pace.rate.is_some() { due } else { now })
    }

    /// The next post was begun.
    pub fn next(&mut self) {
        self.next += 1;
    }

    /// Whether no more posts are begun.
    pub fn is_over(&self, now: u64) -> bool {
        self.next >= self.most || now >= self.end
    }

    /// How long it is until the next post is due or none is begun any more.
    pub fn wait(&self, now: u64) -> u64 {
        (self.first + self.pace.due(self.next)).min(self.end).saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_a_rate_every_post_has_its_time() {
        let pace = Pace::steady(100.0, Duration::from_secs(2));
        assert_eq!(pace.most(), 200);
        assert_eq!([pace.due(0), pace.due(1), pace.due(199)], [0, 10_000_000, 1_990_000_000]);
        assert_eq!(Pace::steady(0.5, Duration::from_secs(3)).most(), 2);
        // A day later nothing has been rounded away.
        let late = Pace::steady(333.0, Duration::from_secs(86_400));
        assert_eq!(late.due(333 * 86_400), 86_400_000_000_000);
    }

    #[test]
    fn without_a_rate_only_time_and_count_end_it() {
        let pace = Pace::flat_out(Duration::from_secs(1));
        assert_eq!((pace.most(), pace.due(7)), (u64::MAX, 0));
        assert_eq!(Pace::count(9).most(), 9);
    }
    #[test]
    fn what_is_late_is_late_by_its_own_time() {
        let mut course = Course::begin(Pace::steady(100.0, Duration::from_millis(25)), 1_000);
        assert_eq!((course.due(1_000), course.wait(1_000)), (Some(1_000), 0));
        course.next();
        assert_eq!((course.due(2_000), course.wait(2_000)), (None, 9_999_000));
        // Both that are left, although the time is over.
        assert_eq!(course.due(90_000_000), Some(10_001_000));
        course.next();
        assert_eq!(course.due(90_000_000), Some(20_001_000));
        course.next();
        assert!(course.is_over(90_000_000) && course.due(90_000_000).is_none());
    }

    #[test]
    fn without_a_rate_a_post_is_due_when_somebody_is_free() {
        let course = Course::begin(Pace::flat_out(Duration::from_secs(1)), 1_000);
        assert_eq!((course.due(7_000), course.wait(7_000)), (Some(7_000), 0));
        assert!(course.is_over(1_000_001_000));
    }
}
