//! A server of one's own for a measurement: this very program, in a process whose time and memory are its alone.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::cli::{Exit, Failure};

/// What is measured is the server, not how much it lets one address do.
const UNBOUNDED: [(&str, &str); 4] = [
    ("OPENLINE_LIMITS_POSTS_PER_SECOND", "0"),
    ("OPENLINE_LIMITS_LINES_PER_ADDRESS", "0"),
    ("OPENLINE_LIMITS_CONNECTIONS_PER_ADDRESS", "0"),
    ("OPENLINE_LOG", "warn"),
];

/// A server that runs until this is dropped.
pub struct Own {
    child: Child,
    url: String,
}

impl Own {
    /// Starts one that keeps its data in this folder, or nothing if that is `memory`.
    pub fn start(data: &Path) -> Result<Own, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        let ours = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OPENLINE_"));
        for (name, _) in ours {
            command.env_remove(name);
        }
        command.envs(UNBOUNDED).args(["serve", "--listen", "127.0.0.1:0", "--json", "--data"]).arg(data);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut first = String::new();
        if let Some(output) = child.stdout.as_mut() {
            BufReader::new(output).read_line(&mut first)?;
        }
        let mut own = Own { child, url: String::new() };
        let ready: Option<serde_json::Value> = serde_json::from_str(&first).ok();
        match ready.as_ref().and_then(|ready| ready["url"].as_str()) {
            Some(url) => url.clone_into(&mut own.url),
            None => return Err(Failure::said(Exit::Other, "the server to be measured did not start")),
        }
        Ok(own)
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
