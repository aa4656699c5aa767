//! A great many lines in one room, on several nodes with one Redis: by hand, since it takes some minutes and
//! most of a machine.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::apart::{Apart, Lines, Report, Wanted};
use super::delays::Delays;
use super::house::{House, Spent};
use super::posters::post_each;
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

/// The lines, and who serves them.
struct Many {
    crowds: Vec<Apart>,
    house: House,
    lines: usize,
    /// The numbers of what was posted.
    posted: Vec<u64>,
    /// What the crowds said last.
    reports: Vec<Report>,
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

    let quiet = many.hear(Wanted { messages: 0, rest: QUIET }, |_| Ok(Vec::new()))?;
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

    let one = Wanted { messages: 1, rest: Duration::ZERO };
    let cost = many.hear(one, |node| Ok(post_each(node, [ROOM.to_owned()], BYTES)?))?;
    let (firsts, lasts) = many.spans(0);
    let mut delays = Delays::new();
    many.reports.iter().for_each(|report| delays.add(&report.tally.delays));
    let [half, most] = [0.5, 0.99].map(|share| delays.quantile(share).as_secs_f64() * 1e3);
    let is = format!(
        "{:.0} ms to the first line, {half:.0} to half of them, {most:.0} to 99 %, {:.0} to the last",
        firsts[0], lasts[0]
    );
    figures.note("one message", is, None);
    many.tell(&mut figures, &cost, 1);

    let all = Wanted { messages: 1 + MORE, rest: REST };
    let cost = many.hear(all, one_a_second)?;
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

fn one_a_second(node: std::net::SocketAddr) -> Result<Vec<u64>> {
    let (began, mut numbers) = (Instant::now(), Vec::new());
    for place in 0..MORE {
        let due = began + Duration::from_secs(place as u64);
        thread::sleep(due.saturating_duration_since(Instant::now()));
        numbers.extend(post_each(node, [ROOM.to_owned()], BYTES)?);
    }
    Ok(numbers)
}

impl Many {
    /// One process of the load for each node.
    fn open(house: House, lines: usize) -> Result<Many> {
        let (nodes, mut first) = (house.nodes.len(), 0);
        let mut crowds = Vec::new();
        for (place, server) in house.addresses().into_iter().enumerate() {
            let lines = lines / nodes + usize::from(place < lines % nodes);
            crowds.push(Apart::start(&Lines { server, path: ROOM.to_owned(), lines, first })?);
            first += lines.div_ceil(PER_ADDRESS);
        }
        let reports = crowds.iter_mut().map(Apart::report).collect::<Result<_>>()?;
        Ok(Many { crowds, house, lines, posted: Vec::new(), reports })
    }

    /// Posts on the first node, and waits until all crowds have heard what is wanted and nothing else.
    fn hear(
        &mut self,
        wanted: Wanted,
        post: impl FnOnce(std::net::SocketAddr) -> Result<Vec<u64>>,
    ) -> Result<Cost> {
        let before = self.house.spent()?;
        let load = |reports: &[Report]| reports.iter().map(|report| report.cpu).sum::<Duration>();
        let load_before = load(&self.reports);
        for crowd in &mut self.crowds {
            crowd.listen(wanted)?;
        }
        self.posted.extend(post(self.house.nodes[0].address)?);
        self.reports = self.crowds.iter_mut().map(Apart::report).collect::<Result<_>>()?;
        let cost = Cost {
            house: self.house.spent()?.since(before),
            load: load(&self.reports).saturating_sub(load_before),
        };
        let mut deliveries = 0;
        for Report { tally, .. } in &self.reports {
            ensure!(tally.wrong.is_empty(), "{:?}", tally.wrong);
            ensure!(tally.numbers == self.posted, "what was heard is not what was posted");
            deliveries += tally.deliveries;
        }
        ensure!(deliveries == (self.lines * self.posted.len()) as u64, "{deliveries} deliveries");
        Ok(cost)
    }

    /// How soon the first and the last of all lines heard each message from this one on, in milliseconds.
    fn spans(&self, from: usize) -> (Vec<f64>, Vec<f64>) {
        let of = |message: usize| {
            let spans = self.reports.iter().map(move |report| report.tally.spans[message]);
            let first = spans.clone().map(|span| span.first).min().unwrap_or(0);
            (first as f64 / 1e3, spans.map(|span| span.last).max().unwrap_or(0) as f64 / 1e3)
        };
        (from..self.posted.len()).map(of).unzip()
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
