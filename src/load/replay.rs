//! A room in which much was said, and newcomers who fetch it.

use std::time::Duration;

use anyhow::Result;

use super::dialect::Resume;
use super::figures::{Replay, median, micros_each, millis};
use super::pace::Pace;
use super::part::{Report, Since, Wish};
use super::run::Run;

/// Measures it, with one line that hears all of it live and so knows what newcomers must hear.
pub fn measure(run: &mut Run<'_>) -> Result<()> {
    run.open()?;
    run.begin_to_speak()?;
    let round = run.round("posting what will be fetched", Pace::count(run.plan.messages))?;
    run.take(&round);
    let messages = run.plan.messages;
    let cpu = run.server.cpu()?;
    let (from_start, fetched) = fetch(run, Since::Beginning)?;
    let by_id = match run.plan.dialect.resume {
        Resume::None => None,
        _ => Some(fetch(run, Since::First)?),
    };
    let cpu = run.server.cpu()?.zip(cpu).map(|(now, before)| now.saturating_sub(before));
    let (heard, _) = run.hear()?;
    run.judge(&heard);
    let all = fetched + by_id.map_or(0, |(_, fetched)| fetched);
    let rate = |count: u64, ms: f64| count as f64 * 1e3 / ms.max(1e-6);
    run.figures.replay = Some(Replay {
        messages,
        from_start_ms: from_start,
        from_start_per_second: rate(messages, from_start),
        by_id_ms: by_id.map(|(ms, _)| ms),
        by_id_per_second: by_id.map(|(ms, _)| rate(messages - 1, ms)),
        server_cpu_us_per_message: cpu.and_then(|cpu| micros_each(cpu, all)),
    });
    Ok(())
}

/// As many newcomers as are asked for, one after the other: the median of their times in milliseconds, and how
/// many messages they fetched in all.
fn fetch(run: &mut Run<'_>, since: Since) -> Result<(f64, u64)> {
    let (mut times, mut fetched) = (Vec::new(), 0);
    let patience = run.plan.patience.max(Duration::from_secs(30));
    for _ in 0..run.plan.newcomers.max(1) {
        for report in run.all_ears(&Wish::Newcomer(since, patience), "newcomers")? {
            if let Report::Replayed(messages, took) = report {
                times.push(millis(took));
                fetched += messages as u64;
            }
        }
    }
    Ok((median(times), fetched))
}
