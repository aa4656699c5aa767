//! The load generator: how much a line costs, how fast many of them are told, and how fast one may speak.
//!
//! It drives the real server from one thread, checks on every line that nothing is lost, repeated or out of
//! order, and writes what it measured to `bench/results/`. See `bench/README.md`.
#![expect(clippy::print_stdout, reason = "a program for the command line")]

mod bare;
mod crowd;
mod delays;
mod posters;
mod reader;
mod report;
mod scenarios;
mod server;

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use delays::Delays;
use posters::Pace;
use report::Figure;
use scenarios::Fan;

fn main() -> Result<()> {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let files = rlimit::increase_nofile_limit(u64::MAX)?;
    anyhow::ensure!(files > 10_500, "10,000 lines need 10,500 files, and this process may have {files}");
    let place = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (turns, second) = if quick { (3, 1) } else { (7, 4) };
    let seconds = Duration::from_secs;
    let mut figures = Vec::new();
    let mut note = |what: &str, is: String, aim: Option<(&str, bool)>| {
        println!("{what}: {is}");
        figures.push(Figure { what: what.to_owned(), is, aim: aim.map(|(aim, met)| (aim.to_owned(), met)) });
    };

    for lines in [1_000, 10_000] {
        let kib = scenarios::idle(place, lines)?;
        let aim = Some(("≤ 12 KiB", kib <= 12.0));
        note(&format!("memory of an idle SSE line, {lines} open"), format!("{kib:.1} KiB"), aim);
    }

    let alone = scenarios::alone(place, turns, seconds(second))?;
    let times = alone.post / alone.bare;
    let bare = format!("a bare write of {} bytes and fdatasync", alone.bytes);
    note(&bare, format!("{:.0} µs", alone.bare), None);
    note("one poster alone, post to 201", format!("{:.0} µs", alone.post), None);
    note("… with --data memory", format!("{:.0} µs", alone.unsynced), None);
    note("… as many times the bare commit", format!("{times:.2}"), Some(("≤ 1.5", times <= 1.5)));

    let durable = scenarios::durable(place, 64, turns, seconds(second))?;
    let part = durable.disk / durable.memory;
    let rate = format!("{:.0} a second", durable.disk);
    note("64 posters, durable", rate, Some(("≥ 5000", durable.disk >= 5000.0)));
    note("… post to 201", quantiles(&durable.delays), None);
    note("… with --data memory", format!("{:.0} a second", durable.memory), None);
    note("… durable as a part of memory", format!("{part:.2}"), Some(("≥ 0.5", part >= 0.5)));

    let time = seconds(if quick { 10 } else { 60 });
    let steady = Pace { connections: 1, every: Some(seconds(1)), bytes: 100, time };
    let steady = scenarios::fan(place, 10_000, steady)?;
    describe(&mut note, "10,000 lines, a message a second", &steady);

    let time = seconds(if quick { 3 } else { 15 });
    let flood = Pace { connections: 4, every: None, bytes: 100, time };
    let flood = scenarios::fan(place, 1_000, flood)?;
    describe(&mut note, "1,000 lines, 4 posters without a pause", &flood);

    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/results");
    fs::create_dir_all(&results)?;
    let curves = [
        ("10,000 lines, a message a second", &steady.heard.delays),
        ("1,000 lines, 4 posters without a pause", &flood.heard.delays),
    ];
    fs::write(results.join("latest.svg"), report::plot(&curves))?;
    let page = format!(
        "# The latest figures\n\n{}{}\n{}\n![How soon events are received](latest.svg)\n",
        machine(),
        if quick { "A quick run: short, and so less sure.\n" } else { "" },
        report::table(&figures),
    );
    fs::write(results.join("latest.md"), &page)?;
    println!("\n{page}");
    Ok(())
}

fn describe(note: &mut impl FnMut(&str, String, Option<(&str, bool)>), name: &str, fan: &Fan) {
    let Fan { posts, heard, took, .. } = fan;
    note(
        name,
        format!("{posts} posts, {} deliveries in {:.1} s", heard.deliveries, took.as_secs_f64()),
        None,
    );
    note("… lost, repeated or out of order", "none".to_owned(), None);
    note("… deliveries", format!("{:.0} a second", fan.rate()), None);
    note("… server CPU a delivery", format!("{:.2} µs", fan.cpu_each()), None);
    note("… post to receipt", quantiles(&heard.delays), None);
}

fn quantiles(delays: &Delays) -> String {
    let millis = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e3);
    let [half, most] = [0.5, 0.99].map(|share| millis(delays.quantile(share)));
    format!("{half} ms median, {most} ms p99, {} ms longest", millis(delays.longest()))
}

/// The machine in a line, since no figure means anything without it.
fn machine() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("an unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?");
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "Openline {version} on {cores} × {model}, Linux {}, load average {load} at the end.\n",
        kernel.trim()
    )
}
