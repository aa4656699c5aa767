//! The comparison: Openline, the floors and the peers under the same load, in turns, on the same machine.
//!
//! The load is `openline bench`; see `bench/peers/README.md`.
#![expect(clippy::print_stdout, reason = "a program for the command line")]

mod asked;
#[path = "../binary.rs"]
mod binary;
mod figures;
mod floors;
mod load;
#[path = "../machine.rs"]
mod machine;
#[path = "../plot.rs"]
mod plot;
mod report;
mod rounds;
mod rows;
mod scenarios;
mod servers;
mod tree;
mod versions;

use std::path::Path;

use anyhow::Result;
use asked::Asked;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match Asked::read(&arguments)? {
        Asked::Floor(kind) => floors::serve(&kind),
        Asked::Report => report::write(),
        Asked::Run(plan) => {
            rounds::run(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers"), &plan)?;
            if plan.is_check { Ok(()) } else { report::write() }
        }
    }
}
