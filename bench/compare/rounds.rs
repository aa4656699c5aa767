//! The run: everybody in turn, in each round, so that whatever else the machine does strikes all of them. Each round has
//! another order, so that nobody always comes after the same one.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::asked::Plan;
use crate::machine;
use crate::rows::{self, Ledger, Row};
use crate::scenarios::Scenario;
use crate::servers::Contender;
use crate::{load, versions};

/// Measures all that is planned, and writes the raw data.
pub fn run(place: &Path, plan: &Plan) -> Result<()> {
    let here = those_who_are_here(plan);
    let mut ledger = if plan.is_check { None } else { Some(Ledger::open(&rows::path(), plan.goes_on)?) };
    let (commit, mut wrong) = (versions::commit(), 0);
    for scenario in &plan.scenarios {
        println!("\n{}: {}", scenario.name, scenario.title);
        for round in 1..=plan.rounds {
            for contender in in_turn(&here, round).filter(|it| it.cannot(scenario).is_none()) {
                let name = contender.name();
                if ledger.as_ref().is_some_and(|ledger| ledger.has(scenario.name, &name, round)) {
                    continue;
                }
                let row = Row {
                    commit: commit.clone(),
                    ..measure(place, contender, scenario, round, plan.seconds)
                };
                println!("  {round} {name:<36} {}", in_short(&row));
                wrong += usize::from(!is_right(&row));
                if let Some(ledger) = &mut ledger {
                    ledger.add(&row)?;
                }
            }
        }
    }
    ensure!(!plan.is_check || wrong == 0, "{wrong} did not hand on each message once and in order");
    Ok(())
}

fn those_who_are_here(plan: &Plan) -> Vec<Contender> {
    let (here, missing): (Vec<Contender>, Vec<Contender>) =
        plan.contenders.iter().copied().partition(|contender| contender.server.lacks().is_none());
    for contender in &missing {
        println!("{} is left out: bench/peers/setup.sh has not been run", contender.name());
    }
    here
}

/// All of them, in the order of a round.
fn in_turn(here: &[Contender], round: u32) -> impl Iterator<Item = Contender> {
    let mut order = here.to_vec();
    order.sort_by_cached_key(|contender| {
        let mut hasher = DefaultHasher::new();
        (round, contender.name()).hash(&mut hasher);
        hasher.finish()
    });
    order.into_iter()
}

/// One measurement of a server that is started for it and ended after it.
fn measure(place: &Path, contender: Contender, scenario: &Scenario, round: u32, seconds: u32) -> Row {
    let load_average = machine::load_average();
    let started = contender.start(place);
    let found = started.and_then(|running| load::run(scenario, contender.carrier, seconds, &running));
    let (found, failed) = match found {
        Ok(found) => (Some(found), None),
        Err(error) => (None, Some(format!("{error:#}"))),
    };
    let (scenario, contender) = (scenario.name.to_owned(), contender.name());
    Row { scenario, contender, round, commit: None, load_average, found, failed }
}

fn is_right(row: &Row) -> bool {
    let Some(found) = &row.found else { return false };
    found["wrong"].as_array().is_none_or(Vec::is_empty) && found["deliveries"].as_u64() != Some(0)
}

/// A row for whoever looks on.
fn in_short(row: &Row) -> String {
    let Some(found) = &row.found else {
        return row.failed.clone().unwrap_or_default();
    };
    const SHOWN: [(&str, &str); 6] = [
        ("deliveries_per_second", "deliveries/s"),
        ("posts_per_second", "posts/s"),
        ("server_cpu_us_per_delivery", "µs a delivery"),
        ("load_cpu_us_per_delivery", "µs of the load"),
        ("rss_kib_per_line", "KiB a line"),
        ("kernel_kib_per_line", "KiB of the kernel"),
    ];
    let number = |value: &Value| value.as_f64().filter(|number| *number > 0.0);
    let shown = SHOWN.iter().filter_map(|(field, unit)| {
        let number = number(&found[*field])?;
        Some(if number < 100.0 { format!("{number:.2} {unit}") } else { format!("{number:.0} {unit}") })
    });
    let wrong = found["wrong"].as_array().and_then(|wrong| Some(format!("WRONG: {}", wrong.first()?)));
    shown.chain(wrong).collect::<Vec<_>>().join(", ")
}
