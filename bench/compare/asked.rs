//! What the comparison is asked to do.

use std::str::FromStr;

use anyhow::{Context, Result, ensure};

use crate::floors;
use crate::scenarios::{self, Scenario};
use crate::servers::{self, Contender};

/// How often each measurement is repeated, if nothing else is said.
const ROUNDS: u32 = 9;

/// What to do.
#[derive(Debug)]
pub enum Asked {
    /// Be a floor.
    Floor(String),
    /// Write the tables and plots of the raw data that are there.
    Report,
    /// Measure.
    Run(Plan),
}

/// What to measure.
#[derive(Debug)]
pub struct Plan {
    /// What.
    pub scenarios: Vec<Scenario>,
    /// Of whom.
    pub contenders: Vec<Contender>,
    /// How often.
    pub rounds: u32,
    /// For how long each, in seconds.
    pub seconds: u32,
    /// Whether it only checks that everybody hands on each message once and in order; writes nothing.
    pub is_check: bool,
    /// Whether it goes on with the raw data that are there, and leaves out what is in them.
    pub goes_on: bool,
}

impl Asked {
    /// Reads the arguments; cargo adds `--bench`.
    pub fn read(arguments: &[String]) -> Result<Asked> {
        const FLAGS: [&str; 6] = ["--bench", "--quick", "--check", "--report", "--add", "--resume"];
        const VALUES: [&str; 5] = [floors::ARGUMENT, "--only", "--scenario", "--rounds", "--seconds"];
        let is_known = |name: &&String| FLAGS.contains(&name.as_str()) || VALUES.contains(&name.as_str());
        let unknown = arguments.iter().filter(|name| name.starts_with("--")).find(|name| !is_known(name));
        ensure!(unknown.is_none(), "{unknown:?} is not known; see bench/peers/README.md");
        let has = |name: &str| arguments.iter().any(|argument| argument == name);
        if let Some(kind) = value(arguments, floors::ARGUMENT)? {
            return Ok(Asked::Floor(kind));
        }
        if has("--report") {
            return Ok(Asked::Report);
        }
        let (is_check, is_quick) = (has("--check"), has("--quick"));
        let scenarios = match value::<String>(arguments, "--scenario")? {
            _ if is_check => vec![scenarios::CHECK],
            None => scenarios::ALL.to_vec(),
            Some(names) => {
                let known = scenarios::ALL.iter();
                picked(&names, |name| known.clone().filter(|it| it.name == name).copied().collect())?
            }
        };
        let contenders = match value::<String>(arguments, "--only")? {
            None => servers::everybody().collect(),
            Some(names) => picked(&names, |name| {
                let is_meant = |it: &Contender| it.server.name() == name || it.name() == name;
                servers::everybody().filter(is_meant).collect()
            })?,
        };
        let few = is_check || is_quick;
        Ok(Asked::Run(Plan {
            scenarios,
            contenders,
            rounds: value(arguments, "--rounds")?.unwrap_or(if few { 1 } else { ROUNDS }),
            seconds: value(arguments, "--seconds")?.unwrap_or(if few { 1 } else { 3 }),
            is_check,
            goes_on: has("--add") || has("--resume"),
        }))
    }
}

/// What these names, with commas between them, stand for.
fn picked<T>(names: &str, find: impl Fn(&str) -> Vec<T>) -> Result<Vec<T>> {
    let mut all = Vec::new();
    for name in names.split(',') {
        let found = find(name);
        ensure!(!found.is_empty(), "there is no {name}; see bench/peers/README.md");
        all.extend(found);
    }
    Ok(all)
}

/// What stands after an argument.
fn value<T: FromStr>(arguments: &[String], name: &str) -> Result<Option<T>> {
    let Some(place) = arguments.iter().position(|argument| argument == name) else { return Ok(None) };
    let value = arguments.get(place + 1).and_then(|value| value.parse().ok());
    value.map(Some).with_context(|| format!("{name} needs a value"))
}
