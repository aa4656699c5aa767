//! The load generator: how much a line costs, how fast many of them are told, and how fast one may speak.
//!
//! It drives the real server from one thread, checks on every line that nothing is lost, repeated or out of
//! order, and writes what it measured to `bench/results/`. See `bench/README.md`.
#![expect(clippy::print_stdout, reason = "a program for the command line")]

mod args;
mod bare;
mod fan;
mod house;
mod kept;
mod many;
mod nodes;
mod posters;
#[path = "../../tests/running/redis.rs"]
mod redis;
mod report;
mod scenarios;
mod server;
mod several;
mod signals;
mod single;

use std::fs;
use std::path::Path;

use anyhow::Result;
use args::Asked;
use openline::load::Delays;
use report::Figures;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == openline::load::ARGUMENT) {
        return openline::load::serve();
    }
    let place = Path::new(env!("CARGO_TARGET_TMPDIR"));
    match Asked::read(&arguments)? {
        Asked::Many { nodes, lines } => tell(&many::run(place, nodes, lines)?),
        Asked::Signals => tell(&signals::run(place)?),
        Asked::All { quick } => all(place, quick),
    }
}

/// Prints what was measured, and writes nothing.
fn tell(figures: &Figures) -> Result<()> {
    println!("\n{}\n{}", machine(), figures.table());
    Ok(())
}

/// Measures everything, and writes it to `bench/results/`.
fn all(place: &Path, quick: bool) -> Result<()> {
    let files = rlimit::increase_nofile_limit(u64::MAX)?;
    anyhow::ensure!(files > 10_500, "10,000 lines need 10,500 files, and this process may have {files}");
    let mut figures = Figures::new();
    let full = single::measure(&mut figures, place, quick)?;
    let mut curves: Vec<(String, Delays)> = full.map(|(name, fan)| (name, fan.heard.all_delays())).into();
    curves.extend(several::measure(&mut figures, place, quick)?);

    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/results");
    fs::create_dir_all(&results)?;
    fs::write(results.join("latest.svg"), report::plot(&curves))?;
    let page = format!(
        "# The latest figures\n\n{}{}\n{}\n![How soon events are received](latest.svg)\n",
        machine(),
        if quick { "A quick run: short, and so less sure.\n" } else { "" },
        figures.table(),
    );
    fs::write(results.join("latest.md"), &page)?;
    println!("\n{page}");
    Ok(())
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
