//! A real server for a test: the binary itself, as a child process on a free port of loopback, with a
//! data folder of its own. It owns the child and reaps it however the test ends.
//!
//! Included with `#[path]` by the binaries that need it, each of which uses a part of it.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what cannot be fails the test")]

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

pub mod nginx;
pub mod proxy;
pub mod redis;
pub mod sentinels;

/// How long a server may take to begin or to end before the test gives up. No test waits so long when all
/// is well; a busy machine may need some of it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A running server, or one that was stopped and may be started again on its folder and port.
pub struct Running {
    folder: TempDir,
    address: SocketAddr,
    metrics: Option<String>,
    child: Option<Child>,
}

/// What another server wants that this one has.
#[derive(Clone, Copy)]
pub enum Rival<'a> {
    /// Its data folder.
    Folder,
    /// Its port; the data is kept here.
    Port(&'a Path),
}

/// A server that did not start.
#[derive(Debug)]
pub struct Refused {
    /// Its exit code.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// What a server says when it is ready.
#[derive(serde::Deserialize)]
struct Ready {
    url: String,
    metrics: Option<String>,
}

impl Running {
    /// A server with the default settings.
    pub fn start() -> Self {
        Self::with("")
    }

    /// A server with these settings, as they would stand in `openline.toml`.
    pub fn with(settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("openline.toml"), settings).expect("settings");
        let mut running = Running { folder, address: ([127, 0, 0, 1], 0).into(), metrics: None, child: None };
        running.launch();
        running
    }

    /// A node on the engine at this URL, with these settings besides.
    pub fn on(engine: &str, settings: &str) -> Self {
        Self::with(&format!("engine = \"{engine}\"\n{settings}"))
    }

    /// What becomes of a server with these settings that must not start: how it ended and what it said.
    pub async fn refused(settings: &str) -> Refused {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("openline.toml"), settings).expect("settings");
        let mut command = command(folder.path(), &folder.path().join("data"), ([127, 0, 0, 1], 0).into());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a server");
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process id");
        let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let waiting = tokio::task::spawn_blocking(move || {
            let (mut said, mut complained) = (String::new(), String::new());
            stdout.read_to_string(&mut said).expect("UTF-8");
            stderr.read_to_string(&mut complained).expect("UTF-8");
            Refused { code: child.wait().expect("an end").code(), stdout: said, stderr: complained }
        });
        let limit = tokio::time::sleep(PATIENCE);
        tokio::pin!(waiting, limit);
        tokio::select! {
            refused = &mut waiting => refused.expect("a thread to wait in"),
            () = &mut limit => {
                let _ = kill_process(pid, Signal::KILL);
                panic!("the server neither started nor ended: {:?}", waiting.await);
            }
        }
    }

    /// Starts the server again, on the same folder and port. It must have been stopped or killed.
    pub fn restart(&mut self) {
        assert!(self.child.is_none(), "the server still runs");
        self.launch();
    }

    /// Ends it at once, as a crash would (SIGKILL).
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("to kill the server");
            child.wait().expect("to reap the server");
        }
    }

    /// Asks it to stop (SIGTERM), and does not wait.
    pub fn ask_to_stop(&self) {
        self.signal(Signal::TERM);
    }

    /// Stops its process without ending it (SIGSTOP): it is there, and does nothing.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on after a [`pause`](Self::pause).
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw).expect("a process id");
        kill_process(pid, signal).expect("to signal the server");
    }

    /// Asks it to stop and waits until it has.
    pub async fn stop(&mut self) -> ExitStatus {
        self.ask_to_stop();
        self.ended().await
    }

    /// Waits until it has ended.
    pub async fn ended(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("a running server");
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process id");
        let mut waiting = tokio::task::spawn_blocking(move || child.wait());
        match tokio::time::timeout(PATIENCE, &mut waiting).await {
            Ok(status) => status.expect("a thread to wait in").expect("to reap the server"),
            Err(_) => {
                let _ = kill_process(pid, Signal::KILL);
                let _ = waiting.await;
                panic!("the server did not end\n{}", self.stderr());
            }
        }
    }

    /// Where it is, such as `http://127.0.0.1:4321`, with this path behind it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where its metrics are, if its settings have `metrics = "127.0.0.1:0"`.
    pub fn metrics_url(&self) -> &str {
        self.metrics.as_deref().expect("a server with metrics")
    }

    /// Its metrics without labels, by name.
    pub async fn metrics(&self) -> HashMap<String, f64> {
        let page = reqwest::get(self.metrics_url()).await.expect("metrics").text().await.expect("metrics");
        let pairs = page.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
            let (name, value) = line.rsplit_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        });
        pairs.collect()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("a running server").id()
    }

    /// Where it keeps everything.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// All that it has written to standard error since the beginning, over restarts.
    pub fn stderr(&self) -> String {
        let bytes = fs::read(self.stderr_path()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The link that `openline token owner` prints: whoever redeems it owns this server.
    pub fn owner_link(&self) -> String {
        let made = program(self.folder.path(), &self.data(), self.address, &["token", "owner"]).output();
        let made = made.expect("to run the command");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        String::from_utf8(made.stdout).expect("UTF-8").trim().to_owned()
    }

    /// The code of such a link.
    pub fn owner_code(&self) -> String {
        let link = self.owner_link();
        link.split_once("/join#").expect("a link with a code").1.to_owned()
    }

    /// The command that would start another server with the same settings: on the same folder with a port
    /// of its own, or the other way round.
    pub fn rival(&self, wants: Rival<'_>) -> Command {
        match wants {
            Rival::Folder => command(self.folder.path(), &self.data(), ([127, 0, 0, 1], 0).into()),
            Rival::Port(data) => command(self.folder.path(), data, self.address),
        }
    }

    fn stderr_path(&self) -> PathBuf {
        self.folder.path().join("stderr.log")
    }

    fn launch(&mut self) {
        let stderr = File::options().create(true).append(true).open(self.stderr_path()).expect("a log file");
        let mut command = command(self.folder.path(), &self.data(), self.address);
        let mut child = command.stdout(Stdio::piped()).stderr(stderr).spawn().expect("to start the server");
        let stdout = child.stdout.take().expect("its standard output");
        self.child = Some(child);
        let (say, said) = mpsc::channel();
        thread::spawn(move || {
            let mut lines = BufReader::new(stdout).lines();
            let _ = say.send(lines.next());
            // Read on, so that nothing it may yet say can block it.
            lines.for_each(drop);
        });
        let first = said.recv_timeout(PATIENCE).ok().flatten().and_then(Result::ok);
        let ready: Option<Ready> = first.as_deref().and_then(|line| serde_json::from_str(line).ok());
        let Some(ready) = ready else {
            panic!("the server did not start; it said {first:?}\n{}", self.stderr());
        };
        self.address = ready.url.trim_start_matches("http://").parse().expect("an address");
        self.metrics = ready.metrics;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
        if thread::panicking() {
            eprintln!("--- what the server said ---\n{}", self.stderr());
        }
    }
}

fn command(folder: &Path, data: &Path, address: SocketAddr) -> Command {
    program(folder, data, address, &["serve", "--json"])
}

/// The binary with these words and the settings of a server, and none from the environment.
fn program(folder: &Path, data: &Path, address: SocketAddr, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_openline"));
    let of_ours = |name: &str| name.starts_with("OPENLINE_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(of_ours)) {
        command.env_remove(name);
    }
    let settings = fs::read_to_string(folder.join("openline.toml")).unwrap_or_default();
    if !settings.contains("posts_per_second") {
        // Tests speak faster than people do.
        command.env("OPENLINE_LIMITS_POSTS_PER_SECOND", "0");
    }
    command
        .args(words)
        .args(["--listen", &address.to_string()])
        .arg("--config")
        .arg(folder.join("openline.toml"))
        .arg("--data")
        .arg(data)
        .stdin(Stdio::null());
    command
}
