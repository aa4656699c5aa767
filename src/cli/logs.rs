//! Logs go to standard error, as lines for people or as JSON.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// Begins to log. To be called once, before anything is logged.
pub fn init(config: &Config) {
    // The settings were checked, so the filter is right; a wrong part would only be left out.
    let filter = EnvFilter::builder().parse_lossy(&config.log);
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let set = match config.log_format {
        LogFormat::Text => logs.with_ansi(io::stderr().is_terminal() && !no_color).try_init(),
        LogFormat::Json => logs.json().flatten_event(true).try_init(),
    };
    // It fails only if a subscriber is there already, and then that one logs.
    drop(set);
}
