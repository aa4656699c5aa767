//! The settings as the command line gives them, and `openline config`, which shows what comes of them.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Console, Exit, Failure};
use crate::config::{self, Config, Given};

/// Flags that set what a file or the environment could set too.
#[derive(Debug, Args)]
pub struct SettingsArgs {
    /// The address and port to listen on [default: 127.0.0.1:3000]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Listen on the local network too, so that phones can come in
    #[arg(long)]
    lan: bool,
    /// The folder where everything is kept, or "memory" [default: openline-data]
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// What keeps it: sqlite, or where a Redis is, such as redis://host:6379 [default: sqlite]
    #[arg(long)]
    engine: Option<String>,
    /// The file with the settings [default: openline.toml, if there is one]
    #[arg(long, value_name = "FILE", env = "OPENLINE_CONFIG")]
    config: Option<PathBuf>,
    /// The address and port of a listener for metrics
    #[arg(long, value_name = "ADDRESS")]
    metrics: Option<String>,
    /// How long lines may take to end when the server is stopped [default: 10s]
    #[arg(long, value_name = "TIME")]
    grace: Option<String>,
    /// What is logged: error, warn, info, debug, trace, or a filter [default: info]
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// How it is logged: text or json [default: text]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
}

impl SettingsArgs {
    /// What was given, by its flag.
    pub fn given(&self) -> Vec<Given> {
        let lan = self.lan.then(|| "true".to_owned());
        let flags = [
            ("--listen", "listen", &self.listen),
            ("--lan", "lan", &lan),
            ("--data", "data", &self.data),
            ("--engine", "engine", &self.engine),
            ("--metrics", "metrics", &self.metrics),
            ("--grace", "grace", &self.grace),
            ("--log", "log", &self.log),
            ("--log-format", "log_format", &self.log_format),
        ];
        let given = flags.into_iter().filter_map(|(name, key, text)| {
            Some(Given { name: name.to_owned(), key: key.to_owned(), text: text.clone()? })
        });
        given.collect()
    }

    /// The settings from all the places where they can be made.
    pub fn load(&self) -> Result<Config, Failure> {
        load(self.config.as_deref(), self.given())
    }
}

/// The settings from this file, or the usual one, from the environment and from these flags.
pub(super) fn load(file: Option<&Path>, given: Vec<Given>) -> Result<Config, Failure> {
    let usual = Path::new("openline.toml");
    let file = file.or_else(|| usual.exists().then_some(usual));
    Ok(Config::load(file, environment()?, given)?)
}

/// The variables that are ours.
fn environment() -> Result<Vec<(String, String)>, Failure> {
    let named = std::env::vars_os().filter_map(|(name, text)| Some((name.into_string().ok()?, text)));
    let ours = named.filter(|(name, _)| name.starts_with("OPENLINE_"));
    let texts = ours.map(|(name, text)| match text.into_string() {
        Ok(text) => Ok((name, text)),
        Err(_) => Err(Failure::said(Exit::Usage, format!("{name}: it is not UTF-8"))),
    });
    texts.collect()
}

/// What `openline config` is asked for.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// Print an example file with every key, what it means and its default
    #[arg(long)]
    example: bool,
    /// Print the settings as JSON
    #[arg(long, conflicts_with = "example")]
    json: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

/// Prints the example file, or the settings that `serve` would use.
pub fn run(args: &ConfigArgs, console: &mut Console) -> Result<(), Failure> {
    let text = if args.example {
        config::example()?
    } else {
        let config = args.settings.load()?;
        if args.json {
            serde_json::to_string(&config).map_err(|error| Failure::new(Exit::Other, error))? + "\n"
        } else {
            toml::to_string(&config).map_err(|error| Failure::new(Exit::Other, error))?
        }
    };
    console.out.write_all(text.as_bytes())?;
    Ok(console.out.flush()?)
}
