//! The command line: one file a command. What a command prints is its result; everything else (logs, notes,
//! errors) goes to standard error.

mod backoff;
pub mod bench;
mod client;
pub mod completions;
mod console;
mod failure;
pub mod listen;
pub mod logs;
pub mod migrate;
pub mod post;
mod progress;
#[cfg(test)]
mod scripted;
pub mod serve;
pub mod settings;
mod template;
pub mod token;

use clap::{Parser, Subcommand};

pub use client::Target;
pub use console::Console;
pub use failure::{Exit, Failure};

const EXIT_CODES: &str = "\
Exit codes:
  0  all went well (also when whoever reads the output stops reading)
  1  something else went wrong
  2  a wrong argument or setting
  3  the server cannot be reached
  4  the server refused (4xx)
  5  the server is in trouble (5xx)
  6  the port, the data folder or the Redis to move is in use";

/// A chat and push server in one binary: a room is a URL.
///
/// Without a command it serves.
#[derive(Debug, Parser)]
#[command(name = "openline", version, after_help = EXIT_CODES, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::ServeArgs,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server (the default)
    Serve(serve::ServeArgs),
    /// Say something in a room
    Post(post::PostArgs),
    /// Hear what is said in rooms
    Listen(listen::ListenArgs),
    /// Move everything that is kept from one store into another, such as from SQLite to Redis
    Migrate(migrate::MigrateArgs),
    /// Measure how fast a server tells many lines, and what they cost it
    Bench(bench::BenchArgs),
    /// Be a part of the load of `bench`
    #[command(name = crate::load::ARGUMENT, hide = true)]
    LoadPart,
    /// Make a link that lets somebody in whom the server does not know yet
    Token(token::TokenArgs),
    /// Show the settings that would be used, or an example file
    Config(settings::ConfigArgs),
    /// Print the completions for a shell
    Completions(completions::CompletionsArgs),
}

impl Cli {
    /// The command that was given, or `serve`.
    pub fn command(self) -> Command {
        self.command.unwrap_or(Command::Serve(self.serve))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Command {
        Cli::try_parse_from(line.split(' ')).expect(line).command()
    }

    #[test]
    fn the_declarations_agree_with_each_other() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn without_a_command_it_serves() {
        for line in ["openline --listen 127.0.0.1:0 --json", "openline serve --listen 127.0.0.1:0 --json"] {
            let Command::Serve(args) = parse(line) else { panic!("{line}") };
            assert!(args.json);
            assert_eq!(args.settings.given()[0].text, "127.0.0.1:0");
        }
        assert!(Cli::try_parse_from(["openline", "--lan", "post", "lobby"]).is_err());
    }

    #[test]
    fn a_wrong_argument_is_exit_code_2() {
        let error = Cli::try_parse_from(["openline", "--lissen"]).expect_err("unknown");
        assert_eq!(error.exit_code(), i32::from(Exit::Usage.code()));
        assert!(Cli::try_parse_from(["openline", "post", "lobby", "x", "--every", "1"]).is_err());
        assert!(
            Cli::try_parse_from(["openline", "post", "lobby", "x", "--key", "k", "--every", "1s"]).is_err()
        );
    }
}
