//! A crowd in a process of its own, since a process may have only so many files: the load generator starts
//! itself anew and speaks with it over pipes, one line of text a question and one line of JSON an answer.

use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::crowd::{Crowd, Tally};
use super::process::Process;

/// The argument by which the load generator knows that it is such a process.
pub const ARGUMENT: &str = "--crowd";
/// How long a message may take to be heard by all lines.
const PATIENCE: Duration = Duration::from_secs(120);

/// Which lines it opens.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Lines {
    /// On which node.
    pub server: SocketAddr,
    /// On which room.
    pub path: String,
    /// How many.
    pub lines: usize,
    /// From which address of 127.1.0.0/16 on.
    pub first: usize,
}

/// What it is to listen for.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Wanted {
    /// Until every line has heard so many messages since it was opened.
    pub messages: usize,
    /// And so long after that, since nothing more may come.
    pub rest: Duration,
}

/// What it answers, once its lines are open and after each time that it has listened.
#[derive(Serialize, Deserialize)]
pub struct Report {
    /// What its lines have heard so far.
    pub tally: Tally,
    /// The processor time that it has used so far.
    pub cpu: Duration,
}

/// The other process. It ends when this is dropped.
pub struct Apart {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Apart {
    /// Starts it. Its first [`report`](Self::report) comes when all lines are open.
    pub fn start(lines: &Lines) -> Result<Apart> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([ARGUMENT, &serde_json::to_string(lines)?]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let questions = process.stdin.take().context("its standard input")?;
        let answers = BufReader::new(process.stdout.take().context("its standard output")?);
        Ok(Apart { process, questions, answers })
    }

    /// Tells it what to listen for, and does not wait.
    pub fn listen(&mut self, wanted: Wanted) -> Result<()> {
        writeln!(self.questions, "{}", serde_json::to_string(&wanted)?)?;
        Ok(())
    }

    /// Waits for its next report.
    pub fn report(&mut self) -> Result<Report> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        serde_json::from_str(&line).context("a crowd has ended")
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What such a process does: it opens its lines, and listens whenever it is told to, until nobody is there to
/// tell it any more.
pub fn serve(lines: &str) -> Result<()> {
    rlimit::increase_nofile_limit(u64::MAX)?;
    let Lines { server, path, lines, first } = serde_json::from_str(lines)?;
    let mut crowd = Crowd::open(server, &path, lines, first)?;
    let process = Process::of(std::process::id());
    let mut out = io::stdout();
    let mut tell = |crowd: &Crowd| -> Result<()> {
        let report = Report { tally: crowd.tally(), cpu: process.cpu()? };
        writeln!(out, "{}", serde_json::to_string(&report)?)?;
        Ok(())
    };
    tell(&crowd)?;
    for question in io::stdin().lines() {
        let Wanted { messages, rest } = serde_json::from_str(&question?)?;
        crowd.hear(messages, PATIENCE)?;
        crowd.hear_for(rest)?;
        tell(&crowd)?;
    }
    Ok(())
}
