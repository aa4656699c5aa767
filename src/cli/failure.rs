//! How a command can fail, and the exit code that says so.

use std::io;
use std::process::ExitCode;

use crate::config::ConfigError;

/// What an exit code means. Scripts rely on these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Anything without a number of its own.
    Other = 1,
    /// A wrong argument or setting.
    Usage = 2,
    /// The server cannot be reached.
    Unreachable = 3,
    /// The server refused: a 4xx.
    Refused = 4,
    /// The server is in trouble: a 5xx.
    Trouble = 5,
    /// The port or the store is in use.
    InUse = 6,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// Why a command did not do what it should.
#[derive(Debug)]
pub struct Failure {
    /// What kind of failure it is.
    pub exit: Exit,
    error: anyhow::Error,
}

impl Failure {
    /// A failure with its cause.
    pub fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Failure { exit, error: error.into() }
    }

    /// A failure that words say best.
    pub fn said(exit: Exit, what: impl Into<String>) -> Self {
        Failure { exit, error: anyhow::Error::msg(what.into()) }
    }

    /// The causes, outermost first, in one line.
    pub fn text(&self) -> String {
        format!("{:#}", self.error)
    }

    /// Whoever reads our output stopped reading, as `head` does. That is no failure.
    fn is_broken_pipe(&self) -> bool {
        let is_pipe = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
        self.exit == Exit::Other && self.error.downcast_ref::<io::Error>().is_some_and(is_pipe)
    }

    /// The code to exit with, and what to say on standard error.
    pub fn outcome(done: Result<(), Failure>) -> (u8, Option<String>) {
        match done {
            Ok(()) => (0, None),
            Err(failure) if failure.is_broken_pipe() => (0, None),
            Err(failure) => (failure.exit.code(), Some(format!("openline: {}", failure.text()))),
        }
    }

    /// Says what went wrong, if anything did, and turns it into the exit code.
    pub fn report(done: Result<(), Failure>) -> ExitCode {
        let (code, said) = Failure::outcome(done);
        if let Some(said) = said {
            // If even that cannot be written, the code must do.
            let _ = io::Write::write_all(&mut io::stderr(), format!("{said}\n").as_bytes());
        }
        ExitCode::from(code)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::new(Exit::Other, error)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Failure::new(Exit::Usage, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_do_not_change() {
        let all = [Exit::Other, Exit::Usage, Exit::Unreachable, Exit::Refused, Exit::Trouble, Exit::InUse];
        assert_eq!(all.map(Exit::code), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn a_failure_says_all_its_causes() {
        let error = ConfigError { place: "openline.toml:1".into(), what: "wrong".into() };
        let said = Failure::outcome(Err(error.into()));
        assert_eq!(said, (2, Some("openline: openline.toml:1: wrong".into())));
    }

    #[test]
    fn a_broken_pipe_is_success() {
        assert_eq!(Failure::outcome(Err(io::Error::from(io::ErrorKind::BrokenPipe).into())), (0, None));
        assert_eq!(Failure::outcome(Err(io::Error::from(io::ErrorKind::NotFound).into())).0, 1);
        assert_eq!(Failure::outcome(Ok(())), (0, None));
    }
}
