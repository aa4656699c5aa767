//! The scripts that run inside Redis, and the names of the keys that they use.

use redis::{Cmd, cmd};

use super::super::{Audience, EpochId, random_bytes};

/// Versions of an epoch begin somewhere below this; Redis counts exactly up to twice as far.
const MOST_SERIAL: u64 = 1 << 52;

/// The keys of one server. All have one hash tag, so they live in one place.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    base: String,
    signals: String,
}

impl Keys {
    pub(super) fn new(prefix: &str, database: u32) -> Self {
        // All databases of a Redis share the names of channels.
        Keys { base: format!("{{{prefix}}}:"), signals: format!("{{{prefix}}}:signals:{database}") }
    }

    pub(super) fn state(&self) -> String {
        self.named("state")
    }

    pub(super) fn log(&self) -> String {
        self.named("log")
    }

    pub(super) fn documents(&self) -> String {
        self.named("documents")
    }

    pub(super) fn names(&self) -> String {
        self.named("names")
    }

    pub(super) fn expiring(&self) -> String {
        self.named("expiring")
    }

    pub(super) fn trimmed(&self) -> String {
        self.named("trimmed")
    }

    /// The numbers of an audience.
    pub(super) fn heard(&self, audience: &Audience) -> String {
        self.named(&format!("heard:{}", audience.0))
    }

    /// The mark of a store that is being moved into.
    pub(super) fn moving(&self) -> String {
        self.named("moving")
    }

    pub(super) fn signals(&self) -> &str {
        &self.signals
    }

    /// One of them, by its name.
    fn named(&self, name: &str) -> String {
        format!("{}{name}", self.base)
    }
}

/// A script, and the hash by which Redis knows it.
pub(super) struct Script {
    inner: redis::Script,
    code: String,
}

impl Script {
    fn new(code: &str) -> Self {
        let code = terse(include_str!("scripts/state.lua")) + &terse(code);
        Script { inner: redis::Script::new(&code), code }
    }

    /// A call of it, to which its arguments are added.
    pub(super) fn call(&self, keys: &Keys) -> Cmd {
        let mut call = cmd("EVALSHA");
        call.arg(self.inner.get_hash()).arg(1).arg(keys.state());
        call
    }

    /// What makes it known to a server.
    pub(super) fn load(&self) -> Cmd {
        let mut load = cmd("SCRIPT");
        load.arg("LOAD").arg(&self.code);
        load
    }
}

/// Without comments and indentation: all scripts go over every new connection, and that may be a slow one.
fn terse(code: &str) -> String {
    let lines = code.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("--"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// All of them.
pub(super) struct Scripts {
    pub(super) open: Script,
    pub(super) commit: Script,
    pub(super) scan: Script,
    pub(super) log: Script,
    pub(super) before: Script,
    pub(super) trim: Script,
    pub(super) move_begin: Script,
    pub(super) move_documents: Script,
    pub(super) move_finish: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Scripts {
            open: Script::new(include_str!("scripts/open.lua")),
            commit: Script::new(include_str!("scripts/commit.lua")),
            scan: Script::new(include_str!("scripts/scan.lua")),
            log: Script::new(include_str!("scripts/log.lua")),
            before: Script::new(include_str!("scripts/before.lua")),
            trim: Script::new(include_str!("scripts/trim.lua")),
            move_begin: Script::new(include_str!("scripts/move_begin.lua")),
            move_documents: Script::new(include_str!("scripts/move_documents.lua")),
            move_finish: Script::new(include_str!("scripts/move_finish.lua")),
        }
    }

    /// Makes all of them known to a server.
    pub(super) fn load(&self) -> redis::Pipeline {
        let mut pipeline = redis::pipe();
        let serving = [&self.open, &self.commit, &self.scan, &self.log, &self.before, &self.trim];
        let moving = [&self.move_begin, &self.move_documents, &self.move_finish];
        for script in serving.into_iter().chain(moving) {
            pipeline.add_command(script.load()).ignore();
        }
        pipeline
    }
}

/// What a new epoch is called, and where its versions begin, if a script finds that one is needed.
pub(super) struct FreshEpoch {
    pub(super) id: String,
    pub(super) serial: u64,
}

pub(super) fn fresh_epoch() -> FreshEpoch {
    FreshEpoch {
        id: EpochId(u32::from_le_bytes(random_bytes())).to_string(),
        serial: u64::from_le_bytes(random_bytes()) % MOST_SERIAL,
    }
}
