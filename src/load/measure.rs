//! What a plan asks for: each kind of measurement is some steps of a run.

use anyhow::Result;

use super::figures::{Burst, Figures};
use super::plan::Plan;
use super::run::{Run, Show};
use super::what::What;
use super::{chat, replay, storm};

/// Measures what a plan asks for.
pub fn measure(plan: &Plan, show: Show<'_>) -> Result<Figures> {
    plan.check()?;
    let mut run = Run::new(plan, show);
    match plan.what {
        What::Listen => listen(&mut run)?,
        What::Burst => burst(&mut run)?,
        What::Idle => idle(&mut run)?,
        What::Publish => publish(&mut run)?,
        What::Storm => storm::measure(&mut run)?,
        What::Replay => replay::measure(&mut run)?,
        What::Chat => chat::measure(&mut run)?,
    }
    Ok(run.figures)
}

fn listen(run: &mut Run<'_>) -> Result<()> {
    run.open()?;
    run.begin_to_speak()?;
    warm_up(run)?;
    let round = run.round("measuring", run.pace(run.plan.time))?;
    run.take(&round);
    run.wait("resting", run.plan.rest);
    run.look_after_all_was_heard()
}

fn burst(run: &mut Run<'_>) -> Result<()> {
    run.open()?;
    run.begin_to_speak()?;
    warm_up(run)?;
    run.wait("calm before the burst", run.plan.calm);
    let before = run.server.memory()?;
    let round = run.round("a burst", run.pace(run.plan.time))?;
    let at_end = run.server.memory()?;
    run.take(&round);
    run.wait("calm after the burst", run.plan.calm);
    run.figures.burst = Burst::of(before, at_end, run.server.memory()?);
    Ok(())
}

fn idle(run: &mut Run<'_>) -> Result<()> {
    run.open()?;
    let before = run.server.cpu()?;
    run.wait("nothing but lines", run.plan.time);
    let spent = run.server.cpu()?.zip(before).map(|(now, before)| now.saturating_sub(before));
    run.figures.idle_cpu_percent =
        spent.map(|spent| 100.0 * spent.as_secs_f64() / run.plan.time.as_secs_f64().max(1e-9));
    let (heard, _) = run.hear()?;
    run.judge(&heard);
    Ok(())
}

fn publish(run: &mut Run<'_>) -> Result<()> {
    run.figures.lines = 0;
    run.begin_to_speak()?;
    warm_up(run)?;
    let round = run.round("measuring", run.pace(run.plan.time))?;
    run.take(&round);
    Ok(())
}

fn warm_up(run: &mut Run<'_>) -> Result<()> {
    if !run.plan.warm_up.is_zero() {
        run.round("warming up", run.pace(run.plan.warm_up))?;
    }
    Ok(())
}
