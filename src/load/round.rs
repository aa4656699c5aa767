//! One round of posting and listening, and what it came to.

use std::time::Duration;

use anyhow::Result;

use super::delays::Delays;
use super::figures::{Quantiles, micros_each};
use super::hearing::Tally;
use super::pace::Pace;
use super::part::Wish;
use super::posters::Posted;
use super::run::Run;
use super::verdict;

/// What posting and listening came to.
pub struct Round {
    /// What was posted.
    pub posted: Posted,
    /// What each process with lines heard.
    pub heard: Vec<Tally>,
    server_cpu: Option<Duration>,
    server_written: Option<u64>,
    load_cpu: Duration,
}

/// What was used before a round.
#[derive(Debug, Clone, Copy)]
pub struct Before {
    server: Option<Duration>,
    written: Option<u64>,
    load: Duration,
}

impl Run<'_> {
    /// Posts at a pace and waits until all is heard; counts begin anew before.
    pub fn round(&mut self, what: &str, pace: Pace) -> Result<Round> {
        let before = self.begin_round(what)?;
        self.speak(pace)?;
        let posted = self.spoken(what, pace.time)?;
        self.end_round(before, posted)
    }

    /// Counts begin anew.
    pub fn begin_round(&mut self, what: &str) -> Result<Before> {
        self.all_ears(&Wish::Reset, what)?;
        Ok(Before { server: self.server.cpu()?, written: self.server.written(), load: self.team.cpu() })
    }

    /// Waits until all that was posted is heard.
    pub fn end_round(&mut self, before: Before, posted: Posted) -> Result<Round> {
        let (heard, _) = self.hear()?;
        let server_cpu =
            self.server.cpu()?.zip(before.server).map(|(now, before)| now.saturating_sub(before));
        let server_written =
            self.server.written().zip(before.written).map(|(now, before)| now.saturating_sub(before));
        let load_cpu = self.team.cpu().saturating_sub(before.load);
        self.judge(&heard);
        Ok(Round { posted, heard, server_cpu, server_written, load_cpu })
    }

    /// What a round came to is what the run came to.
    pub fn take(&mut self, round: &Round) {
        let Round { posted, heard, server_cpu, server_written, load_cpu } = round;
        let figures = &mut self.figures;
        let deliveries = heard.iter().map(|tally| tally.deliveries).sum::<u64>();
        let mut delays = Delays::new();
        heard.iter().for_each(|tally| delays.add(&tally.all_delays()));
        let last = heard.iter().map(|tally| tally.last).max().unwrap_or(posted.last);
        let took = Duration::from_nanos(last.saturating_sub(posted.first)).as_secs_f64();
        figures.posts = posted.posts;
        figures.posts_per_second = rate(posted.posts, posted.took().as_secs_f64());
        figures.deliveries = deliveries;
        figures.deliveries_per_second = rate(deliveries, took);
        figures.server_cpu_us_per_delivery = server_cpu.and_then(|cpu| micros_each(cpu, deliveries));
        figures.server_cpu_us_per_post = server_cpu.and_then(|cpu| micros_each(cpu, posted.posts));
        figures.server_disk_bytes_per_post =
            server_written.filter(|_| posted.posts > 0).map(|bytes| bytes as f64 / posted.posts as f64);
        figures.load_cpu_us_per_delivery = micros_each(*load_cpu, deliveries);
        figures.delay_ms = Quantiles::of(&delays);
        figures.ack_ms = Quantiles::of(&posted.delays);
    }

    /// Writes down what was wrong, on any line and between the processes.
    pub fn judge(&mut self, heard: &[Tally]) {
        let wrong = verdict::wrong(heard, &self.messages);
        for what in wrong {
            if !self.figures.wrong.contains(&what) {
                self.figures.wrong.push(what);
            }
        }
    }
}

fn rate(count: u64, seconds: f64) -> Option<f64> {
    (count > 0 && seconds > 0.0).then(|| count as f64 / seconds)
}
