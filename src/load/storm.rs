//! Very many lines are cut, miss something, and come back all at once with their last id.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::delays::Delays;
use super::figures::{Quantiles, Storm, micros_each, millis};
use super::hearing::Tally;
use super::pace::Pace;
use super::part::{Report, Wish};
use super::run::Run;

/// In what is posted while nothing else happens, at least so long.
const QUIET: Duration = Duration::from_secs(2);

/// Measures it. Without a rate nothing is posted while they come back, and so only that is counted.
pub fn measure(run: &mut Run<'_>) -> Result<()> {
    run.open()?;
    run.begin_to_speak()?;
    // So that each line has an id to go on from.
    run.round("warming up", Pace::count(10))?;
    let steady = run.plan.rate.map(|rate| Pace::steady(rate, run.plan.time.max(QUIET)));
    let before = match steady {
        Some(pace) => stayed(&run.round("before the storm", pace)?.heard),
        None => None,
    };

    run.all_ears(&Wish::Cut, "cutting lines")?;
    run.speak(Pace::count(run.plan.messages))?;
    let missed = run.spoken("posting what they miss", Duration::ZERO)?;
    // Those who stay have it all before the storm begins.
    run.wait("resting", run.plan.rest.max(Duration::from_millis(200)));
    run.all_ears(&Wish::Reset, "the storm")?;
    let due = run.messages.clone();
    let (cpu, began) = (run.server.cpu()?, Instant::now());
    let from = super::now();
    if let Some(pace) = steady {
        run.speak(pace)?;
    }
    let mut caught_up = (0, 0);
    for report in run.all_ears(&Wish::ComeBack(due, run.plan.patience), "the storm")? {
        if let Report::CaughtUp(lines, last) = report {
            caught_up = (caught_up.0 + lines, caught_up.1.max(last));
        }
    }
    let cpu = run.server.cpu()?.zip(cpu).map(|(now, before)| now.saturating_sub(before));
    let took = if steady.is_some() {
        began.elapsed()
    } else {
        Duration::from_nanos(caught_up.1.saturating_sub(from))
    };
    if let Some(pace) = steady {
        run.spoken("after the storm", pace.time)?;
    }
    let (heard, _) = run.hear()?;
    run.judge(&heard);
    let should = run.plan.lines - run.plan.lines.div_ceil(10);
    if caught_up.0 < should {
        run.figures.wrong.push(format!("of {should} lines that were cut {} came back", caught_up.0));
    }
    run.figures.deliveries = heard.iter().map(|tally| tally.deliveries).sum();
    run.figures.posts = missed.posts;
    run.figures.storm = Some(Storm {
        lines: caught_up.0,
        missed: missed.posts,
        caught_up_ms: millis(took),
        server_cpu_ms: cpu.map(millis),
        server_cpu_us_per_line: cpu.and_then(|cpu| micros_each(cpu, caught_up.0 as u64)),
        others_delay_ms: steady.and_then(|_| stayed(&heard)),
        others_delay_ms_before: before,
    });
    Ok(())
}

/// The delays of those who stayed.
fn stayed(heard: &[Tally]) -> Option<Quantiles> {
    let mut delays = Delays::new();
    heard.iter().filter_map(|tally| tally.delays.first()).for_each(|its| delays.add(its));
    Quantiles::of(&delays)
}
