//! Which figures of a measurement are told.

use openline::load::What;

/// A figure that the load generator finds.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    /// What stands above its column.
    pub title: &'static str,
    /// Where it is in what was found (RFC 6901).
    pub at: &'static str,
    /// By what it is multiplied.
    times: f64,
    /// Whether more of it is better.
    pub more_is_better: bool,
}

impl PartialEq for Figure {
    fn eq(&self, other: &Figure) -> bool {
        self.at == other.at
    }
}

impl Figure {
    const fn of(title: &'static str, at: &'static str) -> Figure {
        Figure { title, at, times: 1.0, more_is_better: false }
    }

    const fn thousands(title: &'static str, at: &'static str) -> Figure {
        Figure { title, at, times: 1e-3, more_is_better: true }
    }

    /// What it is in what was found, if it is there.
    pub fn value(self, found: &serde_json::Value) -> Option<f64> {
        Some(found.pointer(self.at)?.as_f64()? * self.times)
    }
}

/// The processor time of the server for a delivery.
pub const CPU: Figure = Figure::of("CPU, µs a delivery", "/server_cpu_us_per_delivery");
/// How many deliveries there are in a second.
pub const RATE: Figure = Figure::thousands("thousand deliveries/s", "/deliveries_per_second");
/// The delay from a post to nearly all receipts.
pub const LATE: Figure = Figure::of("delay p99, ms", "/delay_ms/p99");
/// The resident memory of a line.
pub const MEMORY: Figure = Figure::of("memory, KiB a line", "/rss_kib_per_line");
/// From a post to its answer.
pub const ANSWER: Figure = Figure::of("answer p50, ms", "/ack_ms/p50");
/// How many posts are answered in a second.
pub const POSTS: Figure = Figure { times: 1.0, ..Figure::thousands("posts/s", "/posts_per_second") };
/// The processor time of the server for a line that comes back.
pub const COMEBACK: Figure = Figure::of("CPU, µs a line", "/storm/server_cpu_us_per_line");
/// How long a newcomer takes to hear all from the beginning.
pub const FROM_START: Figure = Figure::of("from the beginning, ms", "/replay/from_start_ms");

/// What Openline and its peers are compared by.
pub const COMPARED: [Figure; 4] = [CPU, RATE, LATE, MEMORY];

const LISTEN: &[Figure] = &[
    CPU,
    RATE,
    Figure::of("delay p50, ms", "/delay_ms/p50"),
    LATE,
    Figure::of("CPU of the load, µs", "/load_cpu_us_per_delivery"),
];
const BURST: &[Figure] = &[
    Figure { times: 1.0 / 1024.0, ..Figure::of("before the burst, MiB", "/burst/before") },
    Figure { times: 1.0 / 1024.0, ..Figure::of("at its end, MiB", "/burst/at_end") },
    Figure { times: 1.0 / 1024.0, ..Figure::of("after it, MiB", "/burst/after") },
    Figure::of("after it, times before", "/burst/times"),
    Figure { times: 1.0, ..Figure::thousands("posts in it", "/posts") },
];
const IDLE: &[Figure] = &[MEMORY, Figure::of("of the kernel, KiB a line", "/kernel_kib_per_line")];
const PUBLISH: &[Figure] = &[
    POSTS,
    Figure::of("CPU, µs a post", "/server_cpu_us_per_post"),
    Figure { times: 1.0 / 1024.0, ..Figure::of("to the disk, KiB a post", "/server_disk_bytes_per_post") },
    ANSWER,
    Figure::of("answer p99, ms", "/ack_ms/p99"),
];
const STORM: &[Figure] = &[
    COMEBACK,
    Figure::of("all caught up, ms", "/storm/caught_up_ms"),
    Figure::of("others' delay p99 before, ms", "/storm/others_delay_ms_before/p99"),
    Figure::of("others' delay p99, ms", "/storm/others_delay_ms/p99"),
];
const REPLAY: &[Figure] = &[
    FROM_START,
    Figure::thousands("thousand messages/s", "/replay/from_start_per_second"),
    Figure::thousands("by id, thousand messages/s", "/replay/by_id_per_second"),
    Figure::of("CPU, µs a message", "/replay/server_cpu_us_per_message"),
];
const CHAT: &[Figure] = &[
    Figure::of("CPU, % of a core", "/chat/server_cpu_percent"),
    Figure::of("signals asked/s", "/chat/signals_per_second"),
    Figure::of("signals heard/s", "/chat/signals_heard_per_second"),
    Figure::of("delay p50, ms", "/delay_ms/p50"),
    LATE,
    MEMORY,
];

/// What is told of each kind of measurement.
pub fn of(what: What) -> &'static [Figure] {
    match what {
        What::Listen => LISTEN,
        What::Burst => BURST,
        What::Idle => IDLE,
        What::Publish => PUBLISH,
        What::Storm => STORM,
        What::Replay => REPLAY,
        What::Chat => CHAT,
    }
}
