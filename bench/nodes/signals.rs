//! A room full of people who all type and read: what its signals cost, and how that grows with the people.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use openline::load::{Asker, Crowd, Delays, Lines, Mark, now};

use super::house::House;
use super::report::Figures;

const ROOM: &str = "/rooms/full";
/// What is in every signal's event and in no message's.
const SIGNAL: &str = "event: ";
/// What each of them listens to: their rooms, and what concerns themselves.
const LINE: &str = "/stream?mine";
/// How many people are in the room, one measurement after the other.
const PEOPLE: [usize; 3] = [100, 300, 1_000];
/// How often each says that they are typing.
const TYPING: Duration = Duration::from_secs(3);
/// How often each says how far they have read.
const READING: Duration = Duration::from_secs(2);
/// How often one of them says something.
const SPEAKING: Duration = Duration::from_secs(1);
/// How many connections the people share: what they say costs what it costs, but not a connection each.
const CONNECTIONS: usize = 16;
/// How long it goes on before it is measured, and then while it is.
const WARM: Duration = Duration::from_secs(4);
const TIME: Duration = Duration::from_secs(20);

/// What so many people cost.
struct Cost {
    people: usize,
    /// Processor time of the server in a second.
    cpu: Duration,
    /// Signals that lines heard in a second, all together.
    signals: f64,
    /// From each request to its answer.
    delays: Delays,
    /// Entries of the log that were not messages.
    entries: u64,
}

/// Measures them all.
pub fn run(place: &Path) -> Result<Figures> {
    let mut figures = Figures::new();
    let costs = PEOPLE.into_iter().map(|people| measure(place, people)).collect::<Result<Vec<_>>>()?;
    for cost in &costs {
        let name = format!("{} people type and read in one room: CPU of the server", cost.people);
        let percent = 100.0 * cost.cpu.as_secs_f64();
        let each = cost.cpu.as_secs_f64() * 1e6 / cost.people as f64;
        figures.note(&name, format!("{percent:.1} % of a core, {each:.0} µs a second a person"), None);
        let each = cost.signals / cost.people as f64;
        let signals = format!("{:.0} a second, {each:.2} a line", cost.signals);
        figures.note("… signals delivered", signals, None);
        figures.note("… request to answer", cost.delays.to_string(), None);
        let aim = Some(("0", cost.entries == 0));
        figures.note("… entries of the log for what was read", cost.entries.to_string(), aim);
    }
    let each = |cost: &Cost| cost.cpu.as_secs_f64() / cost.people as f64;
    if let (Some(few), Some(many)) = (costs.first(), costs.last()) {
        let times = each(many) / each(few);
        let name = format!("CPU a person, {} people as many times {}", many.people, few.people);
        // Were it the square of the people, this would be 10.
        figures.note(&name, format!("{times:.2}"), Some(("≤ 1.5", times <= 1.5)));
    }
    Ok(figures)
}

fn measure(place: &Path, people: usize) -> Result<Cost> {
    let house = House::on_disk(place)?;
    let server = house.nodes[0].address;
    let cookies = arrive(server, people)?;
    let counted = Some(SIGNAL.to_owned());
    let lines = Lines { cookies: cookies.clone(), counted, ..Lines::on(&[server], LINE) };
    let mut crowd = Crowd::new(lines)?;
    crowd.open(people)?;
    let (is_over, latest) = (AtomicBool::new(false), Mutex::new(String::new()));
    thread::scope(|scope| {
        let speaker = scope.spawn(|| speak(server, &cookies[0], &is_over, &latest));
        let workers: Vec<_> = cookies
            .chunks(people.div_ceil(CONNECTIONS))
            .map(|some| scope.spawn(|| live(server, some, &is_over, &latest)))
            .collect();
        let heard = listen(&mut crowd, &house);
        is_over.store(true, Ordering::Relaxed);
        let mut delays = Delays::new();
        for worker in workers {
            delays.add(&worker.join().map_err(|_| anyhow::anyhow!("a worker panicked"))??);
        }
        let said = speaker.join().map_err(|_| anyhow::anyhow!("the speaker panicked"))??;
        let (cpu, signals) = heard?;
        ensure!(crowd.hear(said.len(), Duration::from_secs(10))?, "not every line heard every message");
        let tally = crowd.tally();
        let wrong = tally.faults.words();
        ensure!(wrong.is_empty(), "{wrong:?}");
        let (first, last) = said.first().zip(said.last()).context("no message")?;
        let entries = last - first + 1 - said.len() as u64;
        Ok(Cost { people, cpu, signals, delays, entries })
    })
}

/// The processor time of the server in a second, and the signals in it.
fn listen(crowd: &mut Crowd, house: &House) -> Result<(Duration, f64)> {
    crowd.hear_for(WARM)?;
    let (spent, signals, began) = (house.spent()?, crowd.tally().others, Instant::now());
    crowd.hear_for(TIME)?;
    let seconds = began.elapsed().as_secs_f64();
    let cpu = house.spent()?.since(spent).nodes.div_f64(seconds);
    Ok((cpu, (crowd.tally().others - signals) as f64 / seconds))
}

/// So many people come, and join the room. Their cookies.
fn arrive(server: SocketAddr, people: usize) -> Result<Vec<String>> {
    let mut asker = Asker::connect(server)?;
    asker.ask("POST", ROOM, "", "{\"body\":\"hello\"}")?.expect(201)?;
    let mut cookies = Vec::with_capacity(people);
    for n in 0..people {
        let answer = asker.ask("PUT", "/me", "", &format!("{{\"name\":\"person {n}\"}}"))?.expect(201)?;
        let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next());
        let cookie = cookie.context("a cookie")?.to_owned();
        asker.ask("PUT", &format!("{ROOM}/people/me"), &cookie, "{}")?;
        cookies.push(cookie);
    }
    Ok(cookies)
}

/// Says something every second; the numbers of it. What was said last is in `latest`.
fn speak(server: SocketAddr, cookie: &str, is_over: &AtomicBool, latest: &Mutex<String>) -> Result<Vec<u64>> {
    let (mut asker, began, mut said) = (Asker::connect(server)?, Instant::now(), Vec::new());
    while !is_over.load(Ordering::Relaxed) {
        let mark = Mark { room: 0, voice: 0, number: u32::try_from(said.len())?, time: now() };
        let body = format!("{{\"body\":\"{} something\"}}", mark.text());
        let answer = asker.ask("POST", ROOM, cookie, &body)?.expect(201)?;
        let message: serde_json::Value = serde_json::from_str(&answer.body)?;
        let id = message["id"].as_str().context("an id")?.to_owned();
        let number = id.rsplit('-').next().and_then(|number| number.parse().ok());
        said.push(number.context("a number in the id")?);
        *latest.lock().unwrap_or_else(PoisonError::into_inner) = id;
        let due = began + SPEAKING * u32::try_from(said.len())?;
        thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    Ok(said)
}

/// Types and reads for some people, on one connection; how soon it was answered.
fn live(
    server: SocketAddr,
    cookies: &[String],
    is_over: &AtomicBool,
    latest: &Mutex<String>,
) -> Result<Delays> {
    let (mut asker, mut delays, began) = (Asker::connect(server)?, Delays::new(), Instant::now());
    let (typing, me) = (format!("{ROOM}/typing"), format!("{ROOM}/me"));
    let mut due = BinaryHeap::new();
    for person in 0..cookies.len() {
        // Spread out, as people are.
        let share = person as f64 / cookies.len() as f64;
        due.push(Reverse((began + TYPING.mul_f64(share), person, true)));
        due.push(Reverse((began + READING.mul_f64(share), person, false)));
    }
    while let Some(Reverse((at, person, types))) = due.pop() {
        thread::sleep(at.saturating_duration_since(Instant::now()));
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let asked = now();
        if types {
            asker.ask("POST", &typing, &cookies[person], "{}")?.expect(204)?;
        } else {
            let id = latest.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if !id.is_empty() {
                asker.ask("PATCH", &me, &cookies[person], &format!("{{\"read\":\"{id}\"}}"))?.expect(200)?;
            }
        }
        delays.note(now().saturating_sub(asked));
        due.push(Reverse((at + if types { TYPING } else { READING }, person, types)));
    }
    Ok(delays)
}
