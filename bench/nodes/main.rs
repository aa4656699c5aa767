//! Several nodes on one Redis, measured beside one node on SQLite: what a further node costs, and what Redis keeps.
//!
//! The load is that of the library: every line is checked. See `bench/README.md`.
#![expect(clippy::print_stdout, reason = "a program for the command line")]

mod args;
#[path = "../binary.rs"]
mod binary;
mod curves;
mod fan;
mod house;
mod kept;
#[path = "../machine.rs"]
mod machine;
mod many;
#[path = "../plot.rs"]
mod plot;
mod posters;
#[path = "../../tests/running/redis.rs"]
mod redis;
mod report;
mod scenarios;
mod server;
mod several;
mod signals;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use args::Asked;
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
    println!("\n{}\n{}", measured_on(), figures.table());
    Ok(())
}

/// Measures several nodes, and writes it to `bench/results/`.
fn all(place: &Path, quick: bool) -> Result<()> {
    let mut figures = Figures::new();
    let curves = several::measure(&mut figures, place, quick)?;
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/results");
    fs::create_dir_all(&results)?;
    let page = format!(
        "# Several nodes on one Redis\n\n{}\n{}\n{}",
        measured_on(),
        if quick { "A quick run: short, and so less sure.\n" } else { "" },
        figures.table(),
    );
    fs::write(results.join("nodes.svg"), curves::plot(&curves).context("nothing was heard")?)?;
    fs::write(results.join("nodes.md"), format!("{page}\n![How soon events are received](nodes.svg)\n"))?;
    println!("\n{page}");
    Ok(())
}

/// On what it was measured, in a line.
fn measured_on() -> String {
    let load = machine::load_average().unwrap_or(f64::NAN);
    format!(
        "Openline {} on {}, load average {load} at the end.\n",
        env!("CARGO_PKG_VERSION"),
        machine::described()
    )
}
