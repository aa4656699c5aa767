//! What was measured, as tables and plots.

mod figures;
mod plot;
mod table;

use std::fs;

use anyhow::Result;
use figures::{CPU, Figure, LATE, MEMORY, RATE, Rounds};
use plot::Reached;

use crate::machine;
use crate::rows::{self, Row};
use crate::scenarios;
use crate::servers;

/// A plot: its file, what it shows, of which figure, and of which scenarios with a word for each.
struct Plot {
    file: &'static str,
    title: &'static str,
    figure: Figure,
    shows: &'static [(&'static str, &'static str)],
}

const POSTERS: &[(&str, &str)] =
    &[("one-1k", "one poster"), ("four-1k", "four posters"), ("burst-1k", "four × 16 in flight")];

const PLOTS: [Plot; 4] = [
    Plot {
        file: "peers-cpu.svg",
        title: "Processor time of the server for a delivery to one of 1,000 lines, in µs: less is better",
        figure: CPU,
        shows: POSTERS,
    },
    Plot {
        file: "peers-rate.svg",
        title: "Deliveries to 1,000 lines, in thousands a second: more is better",
        figure: RATE,
        shows: POSTERS,
    },
    Plot {
        file: "peers-delay.svg",
        title: "Post to receipt, 99 of 100 within so many ms, 100 posts a second: less is better",
        figure: LATE,
        shows: &[
            ("steady-1k", "1,000 lines"),
            ("stuck-1k", "of which 1 % stuck"),
            ("calm-10k", "10,000, 5 a second"),
        ],
    },
    Plot {
        file: "peers-memory.svg",
        title: "Memory of the server for an idle line, in KiB: less is better",
        figure: MEMORY,
        shows: &[
            ("idle-1k", "1,000"),
            ("idle-5k", "5,000"),
            ("idle-10k", "10,000"),
            ("idle-19k", "19,000 lines"),
        ],
    },
];

/// Writes all tables and plots of the raw data that are there.
pub fn write() -> Result<()> {
    let rows = rows::read()?;
    let rounds = rows.iter().map(|row| row.round).max().unwrap_or(0);
    let mut page = format!(
        "# Openline and its peers\n\n{}Medians of up to {rounds} rounds, and the range behind them; in each round \
         everybody had their turn. What is measured, and what it is not, is in [the comparison](../peers/README.md).\n\n",
        machine::described(),
    );
    for plot in &PLOTS {
        if let Some(svg) = drawn(plot, &rows) {
            fs::write(rows::folder().join(plot.file), svg)?;
            page += &format!("![{}]({})\n\n", plot.title, plot.file);
        }
    }
    let sections = scenarios::ALL.iter().filter_map(|scenario| table::section(&rows, scenario));
    page += &sections.collect::<String>();
    fs::write(rows::folder().join("peers.md"), format!("{}\n", page.trim_end()))?;
    println!("\nwritten: {}", rows::folder().join("peers.md").display());
    Ok(())
}

fn drawn(plot: &Plot, rows: &[Row]) -> Option<String> {
    let kinds: Vec<&str> = plot.shows.iter().map(|(_, word)| *word).take(plot::KINDS).collect();
    let reached = servers::everybody().map(|contender| {
        let spread = |scenario: &str| Rounds::of(rows, scenario, &contender.name()).spread(plot.figure);
        Reached {
            name: contender.name(),
            spreads: plot.shows.iter().map(|(scenario, _)| spread(scenario)).collect(),
        }
    });
    let reached: Vec<Reached> = reached.filter(|it| it.spreads.iter().any(Option::is_some)).collect();
    plot::dots(plot.title, &kinds, &reached)
}
