//! The figures of one node on SQLite.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::fan::{Fan, fan};
use super::house::House;
use super::posters::Pace;
use super::report::Figures;
use super::scenarios;

/// Measures them, each for so many turns of so many seconds; the two rooms full of lines are for the plot.
pub fn measure(figures: &mut Figures, place: &Path, quick: bool) -> Result<[(String, Fan); 2]> {
    let seconds = Duration::from_secs;
    let (turns, second) = if quick { (3, 1) } else { (7, 4) };
    for lines in [1_000, 10_000] {
        let kib = scenarios::idle(place, lines)?;
        let aim = Some(("≤ 12 KiB", kib <= 12.0));
        figures.note(&format!("memory of an idle SSE line, {lines} open"), format!("{kib:.1} KiB"), aim);
    }

    let alone = scenarios::alone(place, turns, seconds(second))?;
    let times = alone.post / alone.bare;
    let bare = format!("a bare write of {} bytes and fdatasync", alone.bytes);
    figures.note(&bare, format!("{:.0} µs", alone.bare), None);
    figures.note("one poster alone, post to 201", format!("{:.0} µs", alone.post), None);
    figures.note("… with --data memory", format!("{:.0} µs", alone.unsynced), None);
    figures.note("… as many times the bare commit", format!("{times:.2}"), Some(("≤ 1.5", times <= 1.5)));

    let durable = scenarios::durable(place, 64, turns, seconds(second))?;
    let part = durable.disk / durable.memory;
    let rate = format!("{:.0} a second", durable.disk);
    figures.note("64 posters, durable", rate, Some(("≥ 5000", durable.disk >= 5000.0)));
    figures.note("… post to 201", durable.delays.to_string(), None);
    figures.note("… with --data memory", format!("{:.0} a second", durable.memory), None);
    figures.note("… durable as a part of memory", format!("{part:.2}"), Some(("≥ 0.5", part >= 0.5)));

    let time = seconds(if quick { 10 } else { 60 });
    let pace = Pace { connections: 1, every: Some(seconds(1)), bytes: 100, time };
    let steady = full(figures, place, "10,000 lines, a message a second", 10_000, pace)?;
    let time = seconds(if quick { 3 } else { 15 });
    let pace = Pace { connections: 4, every: None, bytes: 100, time };
    let flood = full(figures, place, "1,000 lines, 4 posters without a pause", 1_000, pace)?;
    Ok([steady, flood])
}

/// One room full of lines, on a server of its own.
fn full(figures: &mut Figures, place: &Path, name: &str, lines: usize, pace: Pace) -> Result<(String, Fan)> {
    let fan = fan(&House::on_disk(place)?, "/rooms/bench", lines, pace, Duration::ZERO)?;
    let Fan { posts, heard, took, .. } = &fan;
    let came = format!("{posts} posts, {} deliveries in {:.1} s", heard.deliveries, took.as_secs_f64());
    figures.note(name, came, None);
    figures.note("… lost, repeated or out of order", "none".to_owned(), None);
    figures.note("… deliveries", format!("{:.0} a second", fan.rate()), None);
    figures.note("… server CPU a delivery", format!("{:.2} µs", fan.cpu_each()), None);
    figures.note("… post to receipt", heard.all_delays().to_string(), None);
    Ok((name.to_owned(), fan))
}
