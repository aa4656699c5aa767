//! A great many lines in one room, on several nodes with one Redis: by hand, since it takes some minutes and
//! most of a machine.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use openline::load::{Delays, Lines, Pace, Posters, Report, Role, Tally, Team, Voices, Wish};

use super::house::{House, Spent};
use super::report::{Figures, median};

const ROOM: &str = "/rooms/many";
/// How many bytes a message's text has.
const BYTES: usize = 100;
/// How many lines come from one address, at least.
const PER_ADDRESS: usize = 500;
/// The files of a process that are not lines.
const OTHER_FILES: u64 = 500;
/// How long nothing is posted, to see what the lines cost by themselves: two heartbeats.
const QUIET: Duration = Duration::from_secs(30);
/// How long is listened after the last message, since nothing more may come.
const REST: Duration = Duration::from_secs(2);
/// After the one message, so many more, one a second.
const MORE: usize = 10;

/// How long a message may take to be heard by all lines.
const PATIENCE: Duration = Duration::from_secs(120);

/// The lines, and who serves them.
struct Many {
    team: Team,
    house: House,
    lines: usize,
    /// How many messages were posted.
    posted: u32,
    /// What the lines have heard.
    heard: Vec<Tally>,
}

/// The processor time that something took.
struct Cost {
    house: Spent,
    load: Duration,
}

/// Opens so many lines, spread over so many nodes, posts one message and then ten more, one a second, and
/// says what that came to. Every line is checked.
pub fn run(place: &Path, nodes: usize, lines: usize) -> Result<Figures> {
    let files = rlimit::increase_nofile_limit(u64::MAX)?;
    let needed = lines.div_ceil(nodes) as u64 + OTHER_FILES;
    ensure!(files >= needed, "so many lines a node need {needed} files, and a process may have {files}");
    let mut figures = Figures::new();
    let house = House::on_redis(place, nodes)?;
    thread::sleep(REST);
    let (memory, machine, began) = (house.memory()?, available()?, Instant::now());
    let mut many = Many::open(house, lines)?;
    let name = format!("{lines} lines in one room, {nodes} nodes on one Redis: all open within");
    figures.note(&name, format!("{:.1} s", began.elapsed().as_secs_f64()), None);

    let quiet = many.hear(QUIET, || Ok(0))?;
    let (with, gone) = (many.house.memory()?, machine.saturating_sub(available()?));
    let mib = |kib: u64| format!("{:.0} MiB", kib as f64 / 1024.0);
    let grown = with.saturating_sub(memory);
    let each = format!("{}, {:.1} KiB a line", mib(grown), grown as f64 / lines as f64);
    figures.note("… resident memory of all nodes", mib(with), None);
    figures.note("… of which for the lines", each, None);
    figures.note("… memory that the machine has less, for nodes, load and kernel", mib(gone), None);
    let percent = |time: Duration| format!("{:.1} %", 100.0 * time.as_secs_f64() / QUIET.as_secs_f64());
    let [nodes, redis, load] = [quiet.house.nodes, quiet.house.redis, quiet.load].map(percent);
    let quiet = format!("nodes {nodes}, Redis {redis}, load {load}");
    figures.note("nothing but heartbeats, of one core", quiet, None);

    // Not before: a connection on which nothing is asked for so long is closed.
    let mut posters = Posters::connect(&Voices::on(&many.house.addresses()[..1], ROOM, 1, BYTES))?;
    let cost = many.hear(Duration::ZERO, || Ok(posters.post(Pace::count(1))?.posts))?;
    let (firsts, lasts) = many.spans(0);
    let mut delays = Delays::new();
    many.heard.iter().for_each(|tally| delays.add(&tally.all_delays()));
    let [half, most] = [0.5, 0.99].map(|share| delays.quantile(share).as_secs_f64() * 1e3);
    let is = format!(
        "{:.0} ms to the first line, {half:.0} to half of them, {most:.0} to 99 %, {:.0} to the last",
        firsts[0], lasts[0]
    );
    figures.note("one message", is, None);
    many.tell(&mut figures, &cost, 1);

    let more = Pace::steady(1.0, Duration::from_secs(MORE as u64));
    let cost = many.hear(REST, || Ok(posters.post(more)?.posts))?;
    let (firsts, lasts) = many.spans(1);
    let longest = lasts.iter().copied().fold(0.0, f64::max);
    let is = format!(
        "{:.0} ms to the first line, {:.0} to the last, {longest:.0} at the longest",
        median(firsts),
        median(lasts)
    );
    figures.note(&format!("{MORE} more, one a second: medians"), is, None);
    many.tell(&mut figures, &cost, MORE);
    figures.note("lost, repeated or out of order", "none".to_owned(), None);
    Ok(figures)
}

impl Many {
    /// One process of the load for each node.
    fn open(house: House, lines: usize) -> Result<Many> {
        let (nodes, mut first) = (house.nodes.len(), 0);
        let mut many = Many { team: Team::new(), house, lines, posted: 0, heard: Vec::new() };
        for (place, server) in many.house.addresses().into_iter().enumerate() {
            let lines = lines / nodes + usize::from(place < lines % nodes);
            let ears =
                many.team.start(&Role::Ears(Lines { first, spans: true, ..Lines::on(&[server], ROOM) }))?;
            many.team.ask(ears, &Wish::Open(lines))?;
            first += lines.next_multiple_of(PER_ADDRESS);
        }
        let ears = many.team.ears();
        many.team.gather(&ears, &mut |_| {})?;
        Ok(many)
    }

    /// Posts on the first node, waits so long after that, since nothing more may come, and then until all lines
    /// have heard what was posted and nothing else.
    fn hear(&mut self, rest: Duration, post: impl FnOnce() -> Result<u64>) -> Result<Cost> {
        let (before, load_before) = (self.house.spent()?, self.team.cpu());
        self.posted += u32::try_from(post()?)?;
        thread::sleep(rest);
        let ears = self.team.ears();
        for part in &ears {
            self.team.ask(*part, &Wish::Hear(vec![self.posted], PATIENCE))?;
        }
        self.heard.clear();
        for report in self.team.gather(&ears, &mut |_| {})? {
            if let Report::Heard(tally) = report {
                self.heard.push(*tally);
            }
        }
        let cost = Cost {
            house: self.house.spent()?.since(before),
            load: self.team.cpu().saturating_sub(load_before),
        };
        let mut deliveries = 0;
        for tally in &self.heard {
            let wrong = tally.faults.words();
            ensure!(wrong.is_empty(), "{wrong:?}");
            let same = tally.orders == self.heard[0].orders;
            ensure!(
                same && tally.orders[0].messages == self.posted as usize,
                "what was heard is not what was posted"
            );
            deliveries += tally.deliveries;
        }
        ensure!(deliveries == self.lines as u64 * u64::from(self.posted), "{deliveries} deliveries");
        Ok(cost)
    }

    /// How soon the first and the last of all lines heard each message from this one on, in milliseconds.
    fn spans(&self, from: usize) -> (Vec<f64>, Vec<f64>) {
        let of = |message: usize| {
            let spans = self.heard.iter().map(move |tally| tally.spans[message]);
            let first = spans.clone().map(|span| span.first).min().unwrap_or(0);
            (first as f64 / 1e6, spans.map(|span| span.last).max().unwrap_or(0) as f64 / 1e6)
        };
        (from..self.posted as usize).map(of).unzip()
    }

    /// Says what so many messages to all lines took.
    fn tell(&self, figures: &mut Figures, cost: &Cost, messages: usize) {
        let each = |time: Duration| time.as_secs_f64() * 1e6 / (messages * self.lines) as f64;
        let (nodes, load, redis) = (cost.house.nodes, cost.load, cost.house.redis);
        figures.note(
            "… CPU of the nodes",
            format!("{:.2} s, {:.2} µs a delivery", nodes.as_secs_f64(), each(nodes)),
            None,
        );
        figures.note("… CPU of Redis", format!("{:.2} s", redis.as_secs_f64()), None);
        let load = format!("{:.2} s, {:.2} µs a delivery", load.as_secs_f64(), each(load));
        figures.note("… CPU of the load", load, None);
    }
}

/// The memory that the machine has to give, in KiB.
fn available() -> Result<u64> {
    let memory = fs::read_to_string("/proc/meminfo")?;
    let line = memory.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kib.context("MemAvailable in /proc/meminfo")
}
