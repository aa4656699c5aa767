//! The raw data: a line of JSON for each measurement, written as soon as it is made, so that a run that is
//! broken off has not been for nothing.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One measurement.
#[derive(Clone, Serialize, Deserialize)]
pub struct Row {
    /// Of what: a scenario's name.
    pub scenario: String,
    /// Of whom: a contender's name.
    pub contender: String,
    /// In which round, from 1.
    pub round: u32,
    /// What the load generator found; nothing if it failed.
    pub found: Option<Value>,
    /// Why it failed, if it did.
    pub failed: Option<String>,
}

/// Where the results are.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("bench/results")
}

fn path() -> PathBuf {
    folder().join("peers.jsonl")
}

/// Opens the raw data, to add to what is there or to begin anew.
pub fn open(adds: bool) -> Result<File> {
    fs::create_dir_all(folder())?;
    let options = File::options().create(true).write(true).append(adds).truncate(!adds).to_owned();
    options.open(path()).context("the raw data cannot be written")
}

/// Adds a measurement.
pub fn add(file: &mut File, row: &Row) -> Result<()> {
    writeln!(file, "{}", serde_json::to_string(row)?)?;
    Ok(())
}

/// All that was measured.
pub fn read() -> Result<Vec<Row>> {
    let text = fs::read_to_string(path()).context("there are no raw data yet")?;
    text.lines().map(|line| serde_json::from_str(line).context("a row of the raw data")).collect()
}
