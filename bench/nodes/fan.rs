//! A room full of lines, and what is posted there.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use openline::load::{Crowd, Lines, Tally};

use super::house::{House, Spent};
use super::posters::{Pace, post_to};

/// How long everything that was posted may take to be heard by all.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a room full of lines came to.
pub struct Fan {
    /// Messages posted.
    pub posts: usize,
    /// What the lines heard.
    pub heard: Tally,
    /// How long it went on.
    pub took: Duration,
    /// The processor time for it.
    pub spent: Spent,
}

impl Fan {
    /// Events received a second, over all lines.
    pub fn rate(&self) -> f64 {
        self.heard.deliveries as f64 / self.took.as_secs_f64()
    }

    /// The processor time of the nodes for each of them, in microseconds.
    pub fn cpu_each(&self) -> f64 {
        self.spent.nodes.as_secs_f64() * 1e6 / self.heard.deliveries.max(1) as f64
    }
}

/// So many lines, spread over the nodes, hear what is posted at a pace by posters who are spread too. They
/// have `rest` between the last greeting and the first post.
pub fn fan(house: &House, room: &str, lines: usize, pace: Pace, rest: Duration) -> Result<Fan> {
    let nodes = house.addresses();
    let mut crowd = Crowd::new(Lines::on(&nodes, room))?;
    crowd.open(lines)?;
    crowd.hear_for(rest)?;
    let before = house.spent()?;
    let began = Instant::now();
    let path = room.to_owned();
    let posting = thread::spawn(move || post_to(&nodes, &path, pace));
    while !posting.is_finished() {
        crowd.hear_for(Duration::from_millis(100))?;
    }
    let posted = posting.join().map_err(|_| anyhow::anyhow!("the posters panicked"))?;
    let posted = posted.context("a post failed")?;
    let all = crowd.hear(usize::try_from(posted.posts)?, PATIENCE)?;
    let (took, spent) = (began.elapsed(), house.spent()?.since(before));
    let heard = crowd.tally();
    let wrong = heard.faults.words();
    ensure!(wrong.is_empty(), "{wrong:?}");
    let posts = usize::try_from(posted.posts)?;
    ensure!(all && heard.orders[0].messages == posts, "what was heard is not what was posted");
    Ok(Fan { posts, heard, took, spent })
}
