//! The raw data: a line of JSON for each measurement, written as soon as it is made, so that a run that is
//! broken off has not been for nothing and can be gone on with.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One measurement.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    /// Of what: a scenario's name.
    pub scenario: String,
    /// Of whom: a contender's name.
    pub contender: String,
    /// In which round, from 1.
    pub round: u32,
    /// The commit from which Openline was built, with a `+` if something was changed since.
    #[serde(default)]
    pub commit: Option<String>,
    /// How many processes wanted a processor just before, as the kernel counts them over a minute.
    #[serde(default)]
    pub load_average: Option<f64>,
    /// What the load generator found; nothing if it failed.
    pub found: Option<Value>,
    /// Why it failed, if it did.
    pub failed: Option<String>,
}

/// Where the results are.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("bench/results")
}

/// The raw data.
pub fn path() -> PathBuf {
    folder().join("peers.jsonl")
}

/// The raw data, to be written to.
pub struct Ledger {
    file: File,
    /// What was measured before, by scenario, contender and round.
    done: HashSet<(String, String, u32)>,
}

impl Ledger {
    /// Opens it, to go on with what is there or to begin anew.
    pub fn open(path: &Path, goes_on: bool) -> Result<Ledger> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut options = File::options();
        let mut file =
            options.create(true).append(true).open(path).context("the raw data cannot be written")?;
        if !goes_on {
            file.set_len(0)?;
        }
        let text = fs::read_to_string(path)?;
        let whole = whole(&text);
        if whole.len() < text.len() {
            file.set_len(whole.len() as u64)?;
        }
        file.flush()?;
        let done = rows(whole)?.into_iter().map(|row| (row.scenario, row.contender, row.round)).collect();
        Ok(Ledger { file, done })
    }

    /// Whether this was measured before.
    pub fn has(&self, scenario: &str, contender: &str, round: u32) -> bool {
        self.done.contains(&(scenario.to_owned(), contender.to_owned(), round))
    }

    /// Adds a measurement.
    pub fn add(&mut self, row: &Row) -> Result<()> {
        // In one piece: whoever breaks off in between leaves all of the line or none.
        self.file.write_all(format!("{}\n", serde_json::to_string(row)?).as_bytes())?;
        Ok(())
    }
}

/// All that was measured.
pub fn read(path: &Path) -> Result<Vec<Row>> {
    rows(whole(&fs::read_to_string(path).context("there are no raw data yet")?))
}

fn rows(text: &str) -> Result<Vec<Row>> {
    text.lines().map(|line| serde_json::from_str(line).context("a row of the raw data")).collect()
}

/// Without the piece of a line at the end that a run which was broken off may have left.
fn whole(text: &str) -> &str {
    &text[..text.rfind('\n').map_or(0, |end| end + 1)]
}
