//! What was measured, as tables and plots.

pub mod bars;
pub mod better;
pub mod dots;
pub mod measured;
mod plots;
pub mod table;

use std::collections::BTreeSet;
use std::fs;

use anyhow::Result;

use crate::rows::{self, Row};
use crate::{machine, scenarios, versions};

/// Writes all tables and plots of the raw data that are there.
pub fn write() -> Result<()> {
    let rows = rows::read(&rows::path())?;
    let mut page = format!("# Openline and its peers\n\n{}\n\n{}\n\n", how(&rows), MARKS);
    for plot in plots::all(&rows) {
        let path = rows::folder().join(plot.file);
        match plot.svg {
            Some(svg) => {
                fs::write(path, svg)?;
                page += &format!("![{}]({})\n\n", plot.title, plot.file);
            }
            // What is there is of other data.
            None if path.exists() => fs::remove_file(path)?,
            None => {}
        }
    }
    let sections = scenarios::ALL.iter().filter_map(|scenario| table::section(&rows, scenario));
    page += &sections.collect::<String>();
    page += &better::section(&rows, &scenarios::ALL);
    fs::write(rows::folder().join("peers.md"), format!("{}\n", page.trim_end()))?;
    println!("\nwritten: {}", rows::folder().join("peers.md").display());
    Ok(())
}

const MARKS: &str = "**▲**: better than Openline in memory and on SQLite, **△**: than one of them; all cases stand \
    together in [the last section](#where-a-peer-is-better).";

/// On what, with what, and how often it was measured.
fn how(rows: &[Row]) -> String {
    let rounds = rows.iter().map(|row| row.round).max().unwrap_or(0);
    let days = match commits(rows.iter()).len() {
        0 | 1 => "",
        _ => {
            " Not all tables are of the same day, and the machine was not as fast on each: compare within a table; a \
              floor, which does the same each day, says how fast it was."
        }
    };
    let loads = measured::Spread::of(rows.iter().filter_map(|row| row.load_average).collect());
    let loads = loads.map(|loads| {
        format!(" The load average before each measurement was {:.1} to {:.1}.", loads.least, loads.most)
    });
    format!(
        "On {}: {}.\n\nMedians of up to {rounds} rounds, and the range behind them; in each round everybody had \
         their turn.{days}{} What is measured, and what it is not, is in [the comparison](../peers/README.md).",
        machine::described(),
        versions::described(),
        loads.unwrap_or_default()
    )
}

/// What Openline was built from in these measurements.
fn commits<'a>(rows: impl Iterator<Item = &'a Row>) -> BTreeSet<&'a str> {
    rows.filter_map(|row| row.commit.as_deref()).collect()
}
