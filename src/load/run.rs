//! A run under way: parts are started, lines opened, things posted, and all of it is heard.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::figures::{Figures, Resident, millis};
use super::hearing::Tally;
use super::pace::Pace;
use super::part::{Report, Role, Wish};
use super::plan::Plan;
use super::posters::Posted;
use super::process::{Processes, kernel_memory};
use super::team::Team;

/// Is told what goes on: what, how much of it is done, of how much.
pub type Show<'a> = &'a mut dyn FnMut(&str, u64, u64);

/// A run under way.
pub struct Run<'a> {
    /// What is asked for.
    pub plan: &'a Plan,
    /// Who does it.
    pub team: Team,
    voice: Option<usize>,
    /// Whom it is done to.
    pub server: Processes,
    show: Show<'a>,
    /// What it came to so far.
    pub figures: Figures,
    /// How many messages each room has.
    pub messages: Vec<u32>,
}

impl<'a> Run<'a> {
    /// Nothing is started yet.
    pub fn new(plan: &'a Plan, show: Show<'a>) -> Self {
        Run {
            plan,
            team: Team::new(),
            voice: None,
            server: Processes::of(&plan.pids),
            show,
            figures: Figures { lines: plan.lines, rooms: plan.rooms, ..Figures::default() },
            messages: vec![0; plan.rooms],
        }
    }

    /// The pace that is asked for, for so long.
    pub fn pace(&self, time: Duration) -> Pace {
        Pace { rate: self.plan.rate, ..Pace::flat_out(time) }
    }

    /// Opens all lines, and looks at the memory before and after.
    pub fn open(&mut self) -> Result<()> {
        self.open_for(&[])
    }

    /// The same, with a line for each of these people, who are known by their cookies.
    pub fn open_for(&mut self, cookies: &[String]) -> Result<()> {
        let mut ears = self.plan.ears(rlimit::increase_nofile_limit(u64::MAX)?)?;
        for (lines, count) in &mut ears {
            lines.cookies = cookies.iter().skip(lines.first).take(*count).cloned().collect();
        }
        for (lines, _) in &ears {
            self.team.start(&Role::Ears(lines.clone()))?;
        }
        let parts = self.team.ears();
        // What the first line needs (its room's own memory, the server's buffers) is no other line's.
        self.team.ask(parts[0], &Wish::Open(1))?;
        self.team.gather(&parts[..1], &mut |_| {})?;
        thread::sleep(self.plan.rest);
        let (before, kernel) = (self.server.memory()?, kernel_memory().ok());
        let began = Instant::now();
        for (place, (part, (_, count))) in parts.iter().zip(&ears).enumerate() {
            self.team.ask(*part, &Wish::Open(count - usize::from(place == 0)))?;
        }
        let all = self.plan.lines as u64;
        let Run { team, show, .. } = self;
        team.gather(&parts, &mut |open| show("opening lines", open as u64, all))?;
        self.figures.open_ms = Some(millis(began.elapsed()));
        self.wait("resting", self.plan.rest);
        let more = self.plan.lines.saturating_sub(1);
        let each = |grown: u64| (more > 0).then(|| grown as f64 / more as f64);
        if let Some((before, after)) = before.zip(self.server.memory()?) {
            self.figures.rss_kib = Some(Resident { before, after, after_burst: None });
            self.figures.rss_kib_per_line = each(after.saturating_sub(before));
            // Both ends of each line are on this machine.
            let grown = kernel.zip(kernel_memory().ok()).map(|(before, now)| now.saturating_sub(before));
            self.figures.kernel_kib_per_line = grown.and_then(|grown| each(grown / 2));
        }
        Ok(())
    }

    /// Connects those who post.
    pub fn begin_to_speak(&mut self) -> Result<()> {
        self.voice = Some(self.team.start(&Role::Voices(self.plan.voices()?))?);
        Ok(())
    }

    /// Asks for posts, and does not wait.
    pub fn speak(&mut self, pace: Pace) -> Result<()> {
        match self.voice {
            Some(voice) => self.team.ask(voice, &Wish::Post(pace)),
            None => anyhow::bail!("nobody is there to post"),
        }
    }

    /// Waits until all of it is posted and answered.
    pub fn spoken(&mut self, what: &str, time: Duration) -> Result<Posted> {
        self.spoken_since(what, Instant::now(), time)
    }

    /// The same of what began then, and takes so long in all.
    pub fn spoken_since(&mut self, what: &str, began: Instant, all: Duration) -> Result<Posted> {
        let left = all.saturating_sub(began.elapsed());
        let Run { team, show, voice, .. } = self;
        let mut tick = |_| show_time(show, what, began, all);
        let parts: Vec<usize> = voice.iter().copied().collect();
        match team.gather_after(left, &parts, &mut tick)?.pop() {
            Some(Report::Posted(posted)) => {
                self.messages.clone_from(&posted.messages);
                Ok(*posted)
            }
            _ => anyhow::bail!("the posters have not said what they posted"),
        }
    }

    /// Waits until all lines have heard what there is; how long that took.
    pub fn hear(&mut self) -> Result<(Vec<Tally>, Duration)> {
        let began = Instant::now();
        let wish = Wish::Hear(self.messages.clone(), self.plan.patience);
        let mut heard = Vec::new();
        for report in self.all_ears(&wish, "hearing the rest")? {
            if let Report::Heard(tally) = report {
                heard.push(*tally);
            }
        }
        Ok((heard, began.elapsed()))
    }

    /// Tells all parts with lines what to do, and waits until it is done.
    pub fn all_ears(&mut self, wish: &Wish, what: &str) -> Result<Vec<Report>> {
        self.tell_ears(wish, &mut |show| show(what, 0, 0))
    }

    /// The same in the midst of what began then, and takes so long in all.
    pub fn all_ears_since(&mut self, wish: &Wish, what: &str, began: Instant, all: Duration) -> Result<()> {
        self.tell_ears(wish, &mut |show| show_time(show, what, began, all)).map(drop)
    }

    fn tell_ears(&mut self, wish: &Wish, tick: &mut dyn FnMut(Show<'_>)) -> Result<Vec<Report>> {
        let ears = self.team.ears();
        for part in &ears {
            self.team.ask(*part, wish)?;
        }
        let Run { team, show, .. } = self;
        team.gather(&ears, &mut |_| tick(show))
    }

    /// Looks at the memory once more.
    pub fn look_after_all_was_heard(&mut self) -> Result<()> {
        let now = self.server.memory()?;
        if let Some(resident) = &mut self.figures.rss_kib {
            resident.after_burst = now;
        }
        Ok(())
    }

    /// Waits while nothing happens.
    pub fn wait(&mut self, what: &str, time: Duration) {
        self.wait_since(what, Instant::now(), time, time);
    }

    /// Waits for a while from when something began, that takes so long in all.
    pub fn wait_since(&mut self, what: &str, began: Instant, all: Duration, time: Duration) {
        while began.elapsed() < time {
            show_time(self.show, what, began, all);
            thread::sleep(time.saturating_sub(began.elapsed()).min(Duration::from_millis(100)));
        }
    }
}

/// Shows how much has gone by of what began then, and takes so long in all.
fn show_time(show: Show<'_>, what: &str, began: Instant, all: Duration) {
    show(what, began.elapsed().min(all).as_millis() as u64, all.as_millis() as u64);
}
