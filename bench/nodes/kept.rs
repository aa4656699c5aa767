//! What nodes ask of a Redis when nothing happens, and how much of its memory rooms and messages take.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use openline::load::{Crowd, Lines};

use super::house::{House, Redis};
use super::posters::{Pace, post, post_each};

/// How many rooms are made, and how many are only listened to.
const ROOMS: usize = 1000;
/// How many of them one line listens to.
const PER_LINE: usize = 200;
/// After this a node has told the others what it tells them at its start, and who listens.
const REST: Duration = Duration::from_secs(1);

/// The commands a second that a Redis gets from one node with nothing to do.
pub fn commands(place: &Path, time: Duration) -> Result<f64> {
    let house = House::on_redis(place, 1)?;
    post_each(house.nodes[0].address, ["/rooms/one".to_owned()], 60)?;
    thread::sleep(REST);
    let Some(redis) = &house.redis else { return Ok(0.0) };
    let before = redis.info("total_commands_processed")?;
    thread::sleep(time);
    // The first question is counted in the second's answer.
    let commands = redis.info("total_commands_processed")? - before - 1.0;
    Ok(commands / time.as_secs_f64())
}

/// Bytes of memory in Redis.
pub struct Bytes {
    /// For a room that is only listened to.
    pub heard: f64,
    /// For a room with one message of 60 bytes in it.
    pub room: f64,
    /// For one more message of 60 bytes in a room.
    pub short: f64,
    /// For one more message of 500 bytes in a room.
    pub long: f64,
    /// Of each of these, what is gone after ten to twenty minutes: the token of the commit.
    pub token: f64,
}

/// Measures them, with so much time for each kind of message.
pub fn bytes(place: &Path, time: Duration) -> Result<Bytes> {
    let house = House::on_redis(place, 1)?;
    let node = house.nodes[0].address;
    let Some(redis) = &house.redis else { anyhow::bail!("no Redis") };
    post_each(node, ["/rooms/one".to_owned()], 60)?;

    let mut before = memory(redis)?;
    let mut grown = |parts: usize| -> Result<f64> {
        let now = memory(redis)?;
        Ok((now - std::mem::replace(&mut before, now)) / parts.max(1) as f64)
    };

    let mut crowds = Vec::new();
    for first in (0..ROOMS).step_by(PER_LINE) {
        let rooms: Vec<String> = (first..first + PER_LINE).map(|room| format!("room=heard-{room}")).collect();
        let mut crowd = Crowd::new(Lines::on(&[node], &format!("/stream?{}", rooms.join("&"))))?;
        crowd.open(1)?;
        crowds.push(crowd);
    }
    // Time enough to write something down, if anything were.
    thread::sleep(REST);
    let heard = grown(ROOMS)?;
    post_each(node, (0..ROOMS).map(|room| format!("/rooms/made-{room}")), 60)?;
    let room = grown(ROOMS)?;
    let pace = |bytes| Pace { connections: 64, every: None, bytes, time };
    let short = grown(usize::try_from(post(node, "/rooms/one", pace(60))?.posts)?)?;
    let long = grown(usize::try_from(post(node, "/rooms/one", pace(500))?.posts)?)?;
    Ok(Bytes { heard, room, short, long, token: token(redis)? })
}

/// What all that a Redis keeps takes, in bytes: the exact sum over its keys, without its connections.
fn memory(redis: &Redis) -> Result<f64> {
    const SUM: &str = "local sum = 0
        for _, key in ipairs(redis.call('KEYS', '*')) do
          sum = sum + redis.call('MEMORY', 'USAGE', key, 'SAMPLES', 0)
        end
        return sum";
    Ok(redis.server.cli(&["EVAL", SUM, "0"]).parse()?)
}

/// What one token of a commit takes.
fn token(redis: &Redis) -> Result<f64> {
    const TOKENS: &str = "{openline}:tokens";
    let count: f64 = redis.server.cli(&["HLEN", TOKENS]).parse()?;
    let bytes: f64 = redis.server.cli(&["MEMORY", "USAGE", TOKENS, "SAMPLES", "0"]).parse()?;
    ensure!(count > 0.0, "there are no tokens in {TOKENS}");
    Ok(bytes / count)
}
