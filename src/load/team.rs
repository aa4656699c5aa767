//! The parts of the load, as seen by who leads them: some processes with lines, and one that posts.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::part::{ARGUMENT, Report, Role, Wish};
use super::process::Process;

/// How often whoever waits is told how it goes.
const TICK: Duration = Duration::from_millis(100);
/// A part that could have said something for so long, and has not, is stuck.
const PATIENCE: Duration = Duration::from_secs(300);

/// All parts; they end when this is dropped.
pub struct Team {
    parts: Vec<Part>,
    reports: Receiver<(usize, Result<Report>)>,
    sender: mpsc::Sender<(usize, Result<Report>)>,
}

struct Part {
    child: Child,
    wishes: ChildStdin,
    is_ears: bool,
    /// What it has said that nobody has asked for yet.
    said: Option<Report>,
    /// How many of its lines are open.
    opened: usize,
}

impl Team {
    /// Nobody.
    pub fn new() -> Team {
        let (sender, reports) = mpsc::channel();
        Team { parts: Vec::new(), reports, sender }
    }

    /// Starts one more part; says as how manyth.
    pub fn start(&mut self, role: &Role) -> Result<usize> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.arg(ARGUMENT).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let wishes = child.stdin.take().context("its standard input")?;
        let answers = BufReader::new(child.stdout.take().context("its standard output")?);
        let (place, sender) = (self.parts.len(), self.sender.clone());
        let is_ears = matches!(role, Role::Ears(_));
        self.parts.push(Part { child, wishes, is_ears, said: None, opened: 0 });
        thread::spawn(move || {
            for line in answers.lines() {
                let report = line.map_err(Into::into).and_then(|line| Ok(serde_json::from_str(&line)?));
                if sender.send((place, report)).is_err() {
                    return;
                }
            }
            // If nobody waits any more, nobody minds.
            let _ = sender.send((place, Err(anyhow::anyhow!("a part of the load has ended"))));
        });
        let part = &mut self.parts[place];
        writeln!(part.wishes, "{}", serde_json::to_string(role)?)?;
        Ok(place)
    }

    /// The parts with lines.
    pub fn ears(&self) -> Vec<usize> {
        (0..self.parts.len()).filter(|place| self.parts[*place].is_ears).collect()
    }

    /// Tells a part what to do, and does not wait.
    pub fn ask(&mut self, part: usize, wish: &Wish) -> Result<()> {
        let wishes = &mut self.parts[part].wishes;
        writeln!(wishes, "{}", serde_json::to_string(wish)?).context("a part of the load has ended")
    }

    /// Waits until each of these parts has reported; `tick` hears from time to time how many lines are open.
    pub fn gather(&mut self, of: &[usize], tick: &mut dyn FnMut(usize)) -> Result<Vec<Report>> {
        self.gather_after(Duration::ZERO, of, tick)
    }

    /// The same for what takes so long before anybody can report it.
    pub fn gather_after(
        &mut self,
        time: Duration,
        of: &[usize],
        tick: &mut dyn FnMut(usize),
    ) -> Result<Vec<Report>> {
        let patience = time + PATIENCE;
        let mut heard = Instant::now();
        while of.iter().any(|part| self.parts[*part].said.is_none()) {
            match self.reports.recv_timeout(TICK) {
                Ok((_, Ok(Report::Failed(what)))) => bail!(what),
                Ok((part, Ok(Report::Opening(opened)))) => {
                    self.parts[part].opened = opened;
                    heard = Instant::now();
                }
                Ok((part, report)) => self.parts[part].said = Some(report?),
                Err(RecvTimeoutError::Timeout) if heard.elapsed() > patience => {
                    bail!("a part of the load has said nothing for {} s", patience.as_secs());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => bail!("all parts of the load have ended"),
            }
            tick(self.parts.iter().map(|part| part.opened).sum());
        }
        Ok(of.iter().filter_map(|part| self.parts[*part].said.take()).collect())
    }

    /// The processor time that all parts have used so far.
    pub fn cpu(&self) -> Duration {
        let cpu = |part: &Part| Process::of(part.child.id()).cpu().unwrap_or_default();
        self.parts.iter().map(cpu).sum()
    }
}

impl Default for Team {
    fn default() -> Self {
        Team::new()
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        for part in &mut self.parts {
            // It may have ended by itself.
            let _ = part.child.kill();
            let _ = part.child.wait();
        }
    }
}
