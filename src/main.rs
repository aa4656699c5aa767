//! The command line: parse, call, exit code.

use std::process::ExitCode;

use clap::Parser;
use openline::cli::{
    Cli, Command, Console, Exit, Failure, bench, completions, listen, logs, migrate, post, serve, settings,
    token,
};
use openline::server::{Server, StartError};

/// An open line is a few small, long-lived blocks; jemalloc keeps thousands of them in a third of the memory
/// that other allocators take, and gives back what a burst needed. That is so for SQLite's as well: what is built in
/// C calls it, too (a feature of the crate, see Cargo.toml).
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    Failure::report(run(Cli::parse().command(), &mut Console::standard()))
}

fn run(command: Command, console: &mut Console) -> Result<(), Failure> {
    match command {
        Command::Serve(args) => {
            tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serve(&args, console))
        }
        Command::Post(args) => one_thread()?.block_on(post::run(&args, console)),
        Command::Listen(args) => one_thread()?.block_on(listen::run(&args, console)),
        Command::Migrate(args) => one_thread()?.block_on(migrate::run(&args, console)),
        Command::Bench(args) => bench::run(&args, console),
        Command::LoadPart => openline::load::serve().map_err(|error| Failure::new(Exit::Other, error)),
        Command::Token(args) => one_thread()?.block_on(token::run(&args, console)),
        Command::Config(args) => settings::run(&args, console),
        Command::Completions(args) => completions::run(&args, console),
    }
}

fn one_thread() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

async fn serve(args: &serve::ServeArgs, console: &mut Console) -> Result<(), Failure> {
    let config = args.settings.load()?;
    logs::init(&config);
    let shutdown = serve::shutdown_signal()?;
    let server = Server::bind(config.clone()).await.map_err(failed)?;
    serve::announce(&config, server.local_addr(), server.metrics_addr(), args.json, console)?;
    if serve::is_watched() {
        let code = server.first_owner_code().await.map_err(|error| Failure::new(Exit::Other, error))?;
        code.iter().for_each(|code| serve::offer_ownership(&config, server.local_addr(), code, console));
    }
    server.run(shutdown).await.map_err(failed)
}

fn failed(error: StartError) -> Failure {
    let exit = if error.is_in_use() { Exit::InUse } else { Exit::Other };
    Failure::new(exit, error)
}
