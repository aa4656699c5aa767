//! An ordinary hour of a chat: many people in few rooms, who speak, type and read now and then, and some of whose
//! lines are cut and come back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::dialect::Resume;
use super::figures::{Chat, Quantiles};
use super::pace::Pace;
use super::part::Wish;
use super::people::{self, Place};
use super::round::Round;
use super::run::Run;

/// How often each says something, in seconds, if no rate is given.
const SPEAKING: f64 = 100.0;
/// Of so many lines of each process one is cut every second, and comes back at once.
const CUT_OF: usize = 500;

/// Measures it. On a server that is not ours nobody types or reads; where lines cannot go on, none is cut.
pub fn measure(run: &mut Run<'_>) -> Result<()> {
    let (plan, rooms, is_over) = (run.plan, run.plan.names(), AtomicBool::new(false));
    let people = if plan.is_ours { people::arrive(plan.server()?, &rooms, plan.lines)? } else { Vec::new() };
    let cookies: Vec<String> = people.iter().map(|person| person.cookie.clone()).collect();
    run.open_for(&cookies)?;
    run.begin_to_speak()?;
    let rate = plan.rate.unwrap_or((plan.lines as f64 / SPEAKING).max(1.0));
    run.round("warming up", Pace::steady(rate, plan.warm_up))?;
    let place = Place { server: plan.server()?, rooms: &rooms, is_over: &is_over };
    let (cpu, began) = (run.server.cpu()?, Instant::now());
    let (round, signals) = thread::scope(|scope| {
        let living = (!people.is_empty()).then(|| scope.spawn(|| people::live(&place, &people)));
        let round = hour(run, Pace::steady(rate, plan.time));
        is_over.store(true, Ordering::Relaxed);
        let panicked = |_| anyhow::anyhow!("the people panicked");
        let signals = living.map(|living| living.join().map_err(panicked)?).transpose()?;
        anyhow::Ok((round?, signals))
    })?;
    let spent = run.server.cpu()?.zip(cpu).map(|(now, before)| now.saturating_sub(before));
    let seconds = began.elapsed().as_secs_f64();
    run.take(&round);
    let others: u64 = round.heard.iter().map(|tally| tally.others).sum();
    run.figures.chat = Some(Chat {
        people: people.len(),
        server_cpu_percent: spent.map(|spent| 100.0 * spent.as_secs_f64() / seconds),
        signals_per_second: signals.as_ref().map(|delays| delays.count() as f64 / seconds),
        signals_heard_per_second: signals.as_ref().map(|_| others as f64 / seconds),
        signal_ack_ms: signals.as_ref().and_then(Quantiles::of),
        comebacks: round.heard.iter().map(|tally| tally.comebacks).sum(),
    });
    Ok(())
}

/// Things are said at a pace, and every second some lines are cut.
fn hour(run: &mut Run<'_>, pace: Pace) -> Result<Round> {
    const HOUR: &str = "an hour of a chat";
    let before = run.begin_round(HOUR)?;
    run.speak(pace)?;
    let (began, mut second) = (Instant::now(), 0);
    let cut = (run.plan.lines / CUT_OF).max(1);
    while run.plan.dialect.resume != Resume::None && began.elapsed() + Duration::from_secs(1) < pace.time {
        second += 1;
        run.wait_since(HOUR, began, pace.time, Duration::from_secs(second));
        run.all_ears_since(&Wish::Bounce(cut), HOUR, began, pace.time)?;
    }
    let posted = run.spoken_since(HOUR, began, pace.time)?;
    run.end_round(before, posted)
}
