//! The Openline that is measured, and that makes the load.

use std::path::PathBuf;

/// The one that is named by `OPENLINE_BENCH_BINARY`, as `make bench` does with the one that is given to others; else the
/// release build.
pub fn openline() -> PathBuf {
    let named = std::env::var_os("OPENLINE_BENCH_BINARY");
    named.map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_openline")), PathBuf::from)
}
