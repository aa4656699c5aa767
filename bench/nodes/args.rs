//! What is to be measured.

use std::str::FromStr;

use anyhow::{Context, Result, ensure};

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// Measure everything.
    All {
        /// Shorter, and less sure.
        quick: bool,
    },
    /// Measure a great many lines in one room.
    Many {
        /// How many nodes.
        nodes: usize,
        /// How many lines in all.
        lines: usize,
    },
    /// Measure a room in which everybody types and reads.
    Signals,
}

impl Asked {
    /// Reads the arguments; cargo adds `--bench`.
    pub fn read(arguments: &[String]) -> Result<Asked> {
        let known = ["--bench", "--quick", "--signals", "--nodes", "--lines"];
        let is_known = |argument: &&String| known.contains(&argument.as_str());
        let unknown = arguments.iter().filter(|argument| argument.starts_with("--")).find(|it| !is_known(it));
        ensure!(unknown.is_none(), "{unknown:?} is not known; see bench/README.md");
        if arguments.iter().any(|argument| argument == "--signals") {
            return Ok(Asked::Signals);
        }
        match (value(arguments, "--nodes")?, value(arguments, "--lines")?) {
            (None, None) => Ok(Asked::All { quick: arguments.iter().any(|argument| argument == "--quick") }),
            (Some(nodes), Some(lines)) => {
                ensure!(nodes > 0 && lines >= nodes, "there must be a node, and a line on each");
                Ok(Asked::Many { nodes, lines })
            }
            _ => anyhow::bail!("write both, such as --nodes 6 --lines 100000"),
        }
    }
}

/// What stands after an argument.
fn value<T: FromStr>(arguments: &[String], name: &str) -> Result<Option<T>> {
    let Some(place) = arguments.iter().position(|argument| argument == name) else { return Ok(None) };
    let value = arguments.get(place + 1).and_then(|value| value.parse().ok());
    value.map(Some).with_context(|| format!("{name} needs a value"))
}
