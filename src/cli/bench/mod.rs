//! `openline bench`: how fast a server tells many lines, and what they cost it. Every line is checked.

mod own;
mod report;

use std::fs;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::progress::Progress;
use super::{Console, Exit, Failure};
use crate::load::{self, Carrier, Dialect, Figures, Plan, What};
use own::Own;

/// What to measure, and on whom.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// The server, such as http://127.0.0.1:3000 [default: one that is started for this, and ended]
    url: Option<String>,
    /// What to measure
    #[arg(long, value_enum, default_value_t = What::Listen)]
    what: What,
    /// How many lines are open
    #[arg(long, value_name = "N", default_value_t = 1000)]
    lines: usize,
    /// How many rooms there are
    #[arg(long, value_name = "N", default_value_t = 1)]
    rooms: usize,
    /// How many of the rooms each line hears
    #[arg(long, value_name = "N", default_value_t = 1)]
    rooms_per_line: usize,
    /// How many post
    #[arg(long, value_name = "N", default_value_t = 1)]
    posters: usize,
    /// How many posts each of them has under way at a time
    #[arg(long, value_name = "N", default_value_t = 1)]
    in_flight: usize,
    /// Posts a second in all [default: each as soon as the one before it is acknowledged]
    #[arg(long, value_name = "N")]
    rate: Option<f64>,
    /// How many seconds are measured
    #[arg(long, value_name = "S", default_value_t = 5.0)]
    seconds: f64,
    /// How many seconds are posted before that
    #[arg(long, value_name = "S", default_value_t = 1.0)]
    warm_up: f64,
    /// How many seconds nothing happens before memory is looked at
    #[arg(long, value_name = "S", default_value_t = 1.0)]
    rest: f64,
    /// How many seconds nothing happens before a burst, and after it
    #[arg(long, value_name = "S", default_value_t = 45.0)]
    calm: f64,
    /// How many bytes a message has, at least 39
    #[arg(long, value_name = "N", default_value_t = 128)]
    bytes: usize,
    /// What carries events
    #[arg(long, value_enum, default_value_t = Carrier::Sse)]
    transport: Carrier,
    /// How many lines read nothing after their greeting, in per cent
    #[arg(long, value_name = "PERCENT", default_value = "0", value_parser = percent)]
    stuck: f64,
    /// How many messages are missed in a storm, or replayed [default: 100 in a storm, 10000 for a replay]
    #[arg(long, value_name = "N")]
    messages: Option<u64>,
    /// How many newcomers fetch a replay, one after the other; their median counts
    #[arg(long, value_name = "N", default_value_t = 9)]
    newcomers: usize,
    /// How many seconds without any message mean that no more will come
    #[arg(long, value_name = "S", default_value_t = 10.0)]
    patience: f64,
    /// The server's process ids, for its processor time and memory [default: known of one that is started]
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pids: Vec<u32>,
    /// How to speak to a server that is not ours: a file of JSON, as bench/README.md describes
    #[arg(long, value_name = "FILE")]
    dialect: Option<PathBuf>,
    /// Where the server that is started keeps its data: a folder, or memory
    #[arg(long, value_name = "DIR", default_value = "memory", conflicts_with = "url")]
    data: PathBuf,
    /// What the rooms' names begin with [default: something new]
    #[arg(long, value_name = "NAME")]
    room: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

fn percent(text: &str) -> Result<f64, String> {
    let share = text.trim_end_matches('%').parse().map_err(|_| "a number, such as 1 or 0.5%".to_owned())?;
    if (0.0..=100.0).contains(&share) { Ok(share) } else { Err("0 to 100 per cent".to_owned()) }
}

impl BenchArgs {
    fn plan(&self, own: Option<&Own>) -> Result<Plan, Failure> {
        let usage = |what: String| Failure::said(Exit::Usage, what);
        let time = |seconds: f64| {
            Duration::try_from_secs_f64(seconds)
                .map_err(|_| usage(format!("{seconds} is not a time in seconds")))
        };
        let url = own.map(Own::url).or(self.url.as_deref()).unwrap_or_default().to_owned();
        let pids = own.map(|own| vec![own.pid()]).unwrap_or_default();
        let is_storm = self.what == What::Storm;
        Ok(Plan {
            what: self.what,
            url,
            is_ours: self.dialect.is_none(),
            dialect: self.dialect()?,
            carrier: self.transport,
            room: self.room.clone().unwrap_or_else(|| format!("bench-{:x}", load::now() / 1_000_000)),
            // One line listens to what newcomers are to fetch.
            lines: if self.what == What::Replay { 1 } else { self.lines },
            rooms: self.rooms,
            rooms_per_line: self.rooms_per_line,
            posters: self.posters,
            in_flight: self.in_flight,
            rate: self.rate,
            time: time(self.seconds)?,
            warm_up: time(self.warm_up)?,
            rest: time(self.rest)?,
            calm: time(self.calm)?,
            bytes: self.bytes,
            stuck_of: if self.stuck > 0.0 { (100.0 / self.stuck).round() as usize } else { 0 },
            messages: self.messages.unwrap_or(if is_storm { 100 } else { 10_000 }),
            newcomers: self.newcomers,
            pids: if self.pids.is_empty() { pids } else { self.pids.clone() },
            patience: time(self.patience)?,
        })
    }

    fn dialect(&self) -> Result<Dialect, Failure> {
        let Some(path) = &self.dialect else { return Ok(Dialect::ours(self.transport)) };
        let failed = |error: &dyn std::fmt::Display| {
            Failure::said(Exit::Usage, format!("{}: {error}", path.display()))
        };
        let text = fs::read_to_string(path).map_err(|error| failed(&error))?;
        serde_json::from_str(&text).map_err(|error| failed(&error))
    }
}

/// Measures, and prints what it came to. It is a failure if any line heard wrong.
pub fn run(args: &BenchArgs, console: &mut Console) -> Result<(), Failure> {
    let own = match &args.url {
        Some(_) => None,
        None => Some(Own::start(&args.data)?),
    };
    let plan = args.plan(own.as_ref())?;
    plan.check().map_err(|error| Failure::new(Exit::Usage, error))?;
    let figures = {
        let mut progress = Progress::new(&mut console.notes, io::stderr().is_terminal());
        load::measure(&plan, &mut |what, done, of| progress.show(what, done, of))
    };
    let figures = figures.map_err(|error| explain(error, own.is_some()))?;
    if args.json {
        let text = serde_json::to_string(&figures).map_err(|error| Failure::new(Exit::Other, error))?;
        console.line(&text)?;
    } else {
        console.line(report::text(&plan, &figures).trim_end())?;
    }
    judged(&figures)
}

fn judged(figures: &Figures) -> Result<(), Failure> {
    match figures.wrong.first() {
        None => Ok(()),
        Some(first) => {
            Err(Failure::said(Exit::Other, format!("the server did not keep its promise: {first}")))
        }
    }
}

/// What went wrong, and what to set if it was a bound of the server.
fn explain(error: anyhow::Error, is_own: bool) -> Failure {
    let refused = ["too-many", "too many", "Too many", "429", "rate"];
    let words = format!("{error:#}");
    if !is_own && refused.iter().any(|part| words.contains(part)) {
        return Failure::new(
            Exit::Refused,
            error.context(
                "the server bounds what one address may do; start it with OPENLINE_LIMITS_LINES_PER_ADDRESS=0 \
                 OPENLINE_LIMITS_CONNECTIONS_PER_ADDRESS=0 OPENLINE_LIMITS_POSTS_PER_SECOND=0",
            ),
        );
    }
    Failure::new(Exit::Other, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_may_have_its_sign() {
        assert_eq!([percent("1"), percent("0.5%")], [Ok(1.0), Ok(0.5)]);
        assert!(percent("x").is_err() && percent("101").is_err() && percent("-1").is_err());
    }

    #[test]
    fn a_bound_of_the_server_is_explained() {
        let failure = explain(anyhow::anyhow!("line 7 was cut: its end: Too many lines"), false);
        assert!(failure.text().contains("OPENLINE_LIMITS_LINES_PER_ADDRESS=0"), "{}", failure.text());
        let failure = explain(anyhow::anyhow!("a part of the load has ended"), false);
        assert_eq!((failure.exit, failure.text().as_str()), (Exit::Other, "a part of the load has ended"));
    }

    #[test]
    fn what_was_heard_wrong_fails() {
        assert!(judged(&Figures::default()).is_ok());
        let wrong = Figures { wrong: vec!["deliveries lost: 1".to_owned()], ..Figures::default() };
        assert_eq!(judged(&wrong).expect_err("wrong").exit, Exit::Other);
    }
}
