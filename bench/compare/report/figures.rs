//! Which figures of a measurement are told, and what several rounds of them come to.

use std::collections::HashMap;

use openline::load::What;
use serde_json::Value;

use crate::rows::Row;
use crate::scenarios::Scenario;

/// A figure that the load generator finds.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    /// What stands above its column.
    pub title: &'static str,
    /// Where it is in what was found (RFC 6901).
    pub at: &'static str,
    /// By what it is multiplied.
    pub times: f64,
}

const fn figure(title: &'static str, at: &'static str) -> Figure {
    Figure { title, at, times: 1.0 }
}

/// The processor time of the server for a delivery.
pub const CPU: Figure = figure("CPU, µs a delivery", "/server_cpu_us_per_delivery");
/// How many deliveries there are in a second.
pub const RATE: Figure = Figure { title: "thousand deliveries/s", at: "/deliveries_per_second", times: 1e-3 };
/// The delay from a post to nearly all receipts.
pub const LATE: Figure = figure("delay p99, ms", "/delay_ms/p99");
/// The resident memory of a line.
pub const MEMORY: Figure = figure("memory, KiB a line", "/rss_kib_per_line");

const LISTEN: &[Figure] = &[
    CPU,
    RATE,
    figure("delay p50, ms", "/delay_ms/p50"),
    LATE,
    figure("CPU of the load, µs", "/load_cpu_us_per_delivery"),
];
const IDLE: &[Figure] = &[MEMORY, figure("of the kernel, KiB a line", "/kernel_kib_per_line")];
const PUBLISH: &[Figure] = &[
    figure("posts/s", "/posts_per_second"),
    figure("CPU, µs a post", "/server_cpu_us_per_post"),
    figure("answer p50, ms", "/ack_ms/p50"),
    figure("answer p99, ms", "/ack_ms/p99"),
];
const STORM: &[Figure] = &[
    figure("CPU, µs a line", "/storm/server_cpu_us_per_line"),
    figure("all caught up, ms", "/storm/caught_up_ms"),
    figure("others' delay p99 before, ms", "/storm/others_delay_ms_before/p99"),
    figure("others' delay p99, ms", "/storm/others_delay_ms/p99"),
];
const REPLAY: &[Figure] = &[
    figure("from the beginning, ms", "/replay/from_start_ms"),
    Figure { title: "thousand messages/s", at: "/replay/from_start_per_second", times: 1e-3 },
    Figure { title: "by id, thousand messages/s", at: "/replay/by_id_per_second", times: 1e-3 },
    figure("CPU, µs a message", "/replay/server_cpu_us_per_message"),
];
const CHAT: &[Figure] = &[
    figure("CPU, % of a core", "/chat/server_cpu_percent"),
    figure("signals asked/s", "/chat/signals_per_second"),
    figure("signals heard/s", "/chat/signals_heard_per_second"),
    figure("delay p50, ms", "/delay_ms/p50"),
    LATE,
    MEMORY,
];

/// What is told of a scenario; the first is held against the floor.
pub fn of(scenario: &Scenario) -> &'static [Figure] {
    match scenario.what {
        What::Listen => LISTEN,
        What::Idle => IDLE,
        What::Publish => PUBLISH,
        What::Storm => STORM,
        What::Replay => REPLAY,
        What::Chat => CHAT,
    }
}

/// What several rounds came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The one in the middle.
    pub median: f64,
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
}

impl Spread {
    /// Of these; nothing if there are none.
    pub fn of(mut values: Vec<f64>) -> Option<Spread> {
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median = if values.len() % 2 == 1 {
            values[middle]
        } else {
            f64::midpoint(values[middle - 1], values[middle])
        };
        Some(Spread { median, least, most })
    }
}

/// All rounds of a contender in a scenario.
pub struct Rounds<'a>(Vec<&'a Row>);

impl<'a> Rounds<'a> {
    /// Picks them from all rows.
    pub fn of(rows: &'a [Row], scenario: &str, contender: &str) -> Rounds<'a> {
        Rounds(rows.iter().filter(|row| row.scenario == scenario && row.contender == contender).collect())
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// What a figure came to.
    pub fn spread(&self, figure: Figure) -> Option<Spread> {
        Spread::of(self.values(figure).map(|(_, value)| value).collect())
    }

    /// How many times another's figure it is: the median of the rounds in which both were measured.
    pub fn ratio(&self, other: &Rounds<'_>, figure: Figure) -> Option<f64> {
        let others: HashMap<usize, f64> = other.values(figure).collect();
        let ratio = |(round, value): (usize, f64)| Some(value / others.get(&round).filter(|it| **it > 0.0)?);
        Some(Spread::of(self.values(figure).filter_map(ratio).collect())?.median)
    }

    /// How many of them failed or had a line that heard wrong, and what was said of the first.
    pub fn wrong(&self) -> Option<(usize, String)> {
        let complaint = |row: &&Row| {
            let wrong = || row.found.as_ref()?["wrong"].as_array()?.first().map(text);
            row.failed.clone().or_else(wrong)
        };
        let mut complaints = self.0.iter().filter_map(complaint);
        let first = complaints.next()?;
        Some((1 + complaints.count(), first))
    }

    /// By the place of the round, since rounds that were added later count from 1 again.
    fn values(&self, figure: Figure) -> impl Iterator<Item = (usize, f64)> {
        self.0.iter().enumerate().filter_map(move |(place, row)| {
            let value = row.found.as_ref()?.pointer(figure.at)?.as_f64()?;
            Some((place, value * figure.times))
        })
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
