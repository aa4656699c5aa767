//! What a run came to, as one JSON object. Scripts rely on the names; what is not known, or does not belong to
//! what was measured, is null.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::delays::Delays;

/// One run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Figures {
    /// How many lines there were.
    pub lines: usize,
    /// How many rooms.
    pub rooms: usize,
    /// How many messages were posted while it was measured.
    pub posts: u64,
    /// How many were acknowledged a second.
    pub posts_per_second: Option<f64>,
    /// Messages received, over all lines.
    pub deliveries: u64,
    /// How many a second, from the first post to the last receipt.
    pub deliveries_per_second: Option<f64>,
    /// The server's processor time for each delivery, in microseconds.
    pub server_cpu_us_per_delivery: Option<f64>,
    /// The same for each post.
    pub server_cpu_us_per_post: Option<f64>,
    /// What the server gave the system to write to a disk, for each post.
    pub server_disk_bytes_per_post: Option<f64>,
    /// What the load generator itself took for each delivery, its posters included.
    pub load_cpu_us_per_delivery: Option<f64>,
    /// From when a post was due to each receipt.
    pub delay_ms: Option<Quantiles>,
    /// From when a post was sent to its answer.
    pub ack_ms: Option<Quantiles>,
    /// The server's resident memory.
    pub rss_kib: Option<Resident>,
    /// Of it, for each line that was open.
    pub rss_kib_per_line: Option<f64>,
    /// What the kernel keeps for the server's end of each line.
    pub kernel_kib_per_line: Option<f64>,
    /// The server's processor time, in per cent of a core, while nothing happened.
    pub idle_cpu_percent: Option<f64>,
    /// How long it took to open all lines, in milliseconds.
    pub open_ms: Option<f64>,
    /// What a burst left.
    pub burst: Option<Burst>,
    /// A storm of lines that come back.
    pub storm: Option<Storm>,
    /// What newcomers fetched.
    pub replay: Option<Replay>,
    /// An ordinary hour of a chat.
    pub chat: Option<Chat>,
    /// What was wrong; then no figure means anything.
    pub wrong: Vec<String>,
}

/// Some quantiles, in milliseconds.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Quantiles {
    /// The median.
    pub p50: f64,
    /// Nine of ten are within it.
    pub p90: f64,
    /// All but one of a hundred are within it.
    pub p99: f64,
    /// The longest.
    pub max: f64,
}

impl Quantiles {
    /// Those of some times; nothing if there are none.
    pub fn of(delays: &Delays) -> Option<Quantiles> {
        let at = |share| millis(delays.quantile(share));
        let all = Quantiles { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: millis(delays.longest()) };
        (delays.count() > 0).then_some(all)
    }
}

/// Resident memory, in KiB.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Resident {
    /// With one line open, or none.
    pub before: u64,
    /// With all lines open.
    pub after: u64,
    /// After everything was posted and heard.
    pub after_burst: Option<u64>,
}

/// Resident memory before and after a burst, in KiB.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Burst {
    /// With all lines open, some time after the first posts.
    pub before: u64,
    /// When the last message of the burst was heard.
    pub at_end: u64,
    /// As long after it as before it nothing happened.
    pub after: u64,
    /// How many times as much after it as before it.
    pub times: f64,
}

impl Burst {
    /// What was seen; nothing if it is not known.
    pub fn of(before: Option<u64>, at_end: Option<u64>, after: Option<u64>) -> Option<Burst> {
        let (before, at_end, after) = (before.filter(|before| *before > 0)?, at_end?, after?);
        Some(Burst { before, at_end, after, times: after as f64 / before as f64 })
    }
}

/// Lines that come back all at once.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Storm {
    /// How many came back.
    pub lines: usize,
    /// How many messages each had missed.
    pub missed: u64,
    /// From the first connection until all had what they missed, in milliseconds.
    pub caught_up_ms: f64,
    /// The server's processor time from then until then, in milliseconds.
    pub server_cpu_ms: Option<f64>,
    /// The same for each line, in microseconds.
    pub server_cpu_us_per_line: Option<f64>,
    /// The delays of those who stayed, meanwhile; null if nothing was posted meanwhile.
    pub others_delay_ms: Option<Quantiles>,
    /// The same before the storm, at the same rate.
    pub others_delay_ms_before: Option<Quantiles>,
}

/// What newcomers fetched, one after the other: medians.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Replay {
    /// How many messages each fetched.
    pub messages: u64,
    /// How long one took that hears a room from its beginning, in milliseconds.
    pub from_start_ms: f64,
    /// How many messages that is a second.
    pub from_start_per_second: f64,
    /// How long one took that goes on from the id of the first message.
    pub by_id_ms: Option<f64>,
    /// How many messages that is a second.
    pub by_id_per_second: Option<f64>,
    /// The server's processor time for each message replayed, in microseconds.
    pub server_cpu_us_per_message: Option<f64>,
}

/// People who speak, type and read, some of whom are cut and come back.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Chat {
    /// How many had names, typed and read; 0 where nobody can.
    pub people: usize,
    /// The server's processor time for all of it, in per cent of a core.
    pub server_cpu_percent: Option<f64>,
    /// How often somebody typed or read, in a second.
    pub signals_per_second: Option<f64>,
    /// How many signals all lines heard in a second.
    pub signals_heard_per_second: Option<f64>,
    /// From each of these requests to its answer.
    pub signal_ack_ms: Option<Quantiles>,
    /// How many lines were cut and came back.
    pub comebacks: u64,
}

/// In milliseconds.
pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// How much of a time falls on each of so many, in microseconds; nothing if there are none.
pub fn micros_each(time: Duration, count: u64) -> Option<f64> {
    (count > 0).then(|| time.as_secs_f64() * 1e6 / count as f64)
}

/// The middle one; 0 of none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
