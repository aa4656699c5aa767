//! `openline completions`: what a shell needs to complete our command line.

use std::io;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Console, Failure};

/// Which completions.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Prints them.
pub fn run(args: &CompletionsArgs, console: &mut Console) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut <Cli as CommandFactory>::command(), "openline", &mut script);
    console.out.write_all(&script)?;
    Ok(io::Write::flush(&mut console.out)?)
}
