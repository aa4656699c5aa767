//! `openline migrate`: moves everything from one store into another, and says what was moved.

use std::fmt;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use super::progress::Progress;
use super::{Console, Exit, Failure};
use crate::engine::moving::{MoveError, Moved, Progress as SoFar, Source, Step, Target, move_house};
use crate::engine::{BadPlace, Clock, OpenError, RedisPlace, SqliteAtRest};

/// From where to where.
#[derive(Debug, Args)]
pub struct MigrateArgs {
    /// What to move: sqlite:DIR, or where a Redis is, such as redis://host:6379/0. No server may use it
    // Read later: clap would show a value that it cannot read, and there may be a password in it.
    #[arg(long, value_name = "STORE")]
    from: String,
    /// Where to: the same, and empty
    #[arg(long, value_name = "STORE")]
    to: String,
}

/// A store as it is named here.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Store {
    Sqlite(PathBuf),
    Redis(RedisPlace),
}

impl FromStr for Store {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("sqlite:") {
            Some("") => Err("say in which folder: sqlite:DIR".to_owned()),
            Some(folder) => Ok(Store::Sqlite(PathBuf::from(folder))),
            None if text.contains("://") => {
                text.parse().map(Store::Redis).map_err(|error: BadPlace| error.to_string())
            }
            None => Err("write sqlite:DIR, or where a Redis is, such as redis://localhost:6379/0".to_owned()),
        }
    }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Store::Sqlite(folder) => write!(f, "sqlite:{}", folder.display()),
            Store::Redis(place) => place.fmt(f),
        }
    }
}

impl Store {
    async fn source(&self) -> Result<Box<dyn Source>, Failure> {
        match self {
            Store::Sqlite(folder) => Ok(Box::new(SqliteAtRest::source(folder)?)),
            Store::Redis(_) => Err(no_redis()),
        }
    }

    async fn target(&self) -> Result<Box<dyn Target>, Failure> {
        match self {
            Store::Sqlite(folder) => Ok(Box::new(SqliteAtRest::target(folder)?)),
            Store::Redis(_) => Err(no_redis()),
        }
    }
}

fn no_redis() -> Failure {
    Failure::said(Exit::Usage, "this version has no Redis engine yet")
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let exit = if matches!(error, OpenError::InUse(_)) { Exit::InUse } else { Exit::Other };
        Failure::new(exit, error)
    }
}

/// The store that a flag names.
fn store(flag: &str, text: &str) -> Result<Store, Failure> {
    text.parse().map_err(|error| Failure::said(Exit::Usage, format!("{flag}: {error}")))
}

/// Moves everything, compares, and prints what was moved.
pub async fn run(args: &MigrateArgs, console: &mut Console) -> Result<(), Failure> {
    let (from, to) = (store("--from", &args.from)?, store("--to", &args.to)?);
    if from == to {
        return Err(Failure::said(Exit::Usage, format!("{from} is where everything is already")));
    }
    // Whether there is something to move is asked first, so that nothing is made for nothing.
    let source = from.source().await?;
    let target = to.target().await?;
    let mut progress = Progress::new(&mut console.notes, io::stderr().is_terminal());
    let mut tell = |so_far: SoFar| {
        let what = match so_far.step {
            Step::Moving => "moving",
            Step::Comparing => "comparing",
        };
        progress.show(what, so_far.done, so_far.of);
    };
    let now = Clock::system().now();
    let moved = move_house(&*source, &*target, now, &mut tell).await.map_err(|error| match error {
        MoveError::NotEmpty => Failure::said(Exit::Other, format!("{to} is not empty; it was left as it is")),
        error => Failure::new(Exit::Other, error),
    })?;
    drop(progress);
    let Moved { documents, entries, head, checksum } = moved;
    Ok(console.line(&format!(
        "{documents} documents and {entries} log entries moved from {from} to {to}\n\
         the log goes on after number {head}\n\
         sha256 {checksum}, the same when read back"
    ))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_a_folder_or_a_redis() {
        let read = |text: &str| text.parse::<Store>().map(|store| store.to_string());
        assert_eq!(read("sqlite:/var/lib/openline"), Ok("sqlite:/var/lib/openline".to_owned()));
        assert_eq!(read("sqlite:a:b"), Ok("sqlite:a:b".to_owned()));
        assert_eq!(read("rediss://u:secret@h/1"), Ok("rediss://u@h:6379/1".to_owned()));
        for (text, part) in [
            ("sqlite:", "say in which folder"),
            ("/var/lib/openline", "write sqlite:DIR"),
            ("memory", "write sqlite:DIR"),
            ("redis://h:secret", "a port is a number"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.starts_with(part), "{text}: {error}");
        }
    }
}
