//! Where a peer is better than Openline, by how much, and what it is worse in.

use std::fmt::Write;

use openline::load::Carrier;

use super::measured::{Rounds, Spread, number};
use crate::figures::{self, COMPARED, Figure};
use crate::rows::Row;
use crate::scenarios::Scenario;
use crate::servers::{self, Contender, Group, Keep, Server};

/// Less of a difference than this is none.
const LEAST: f64 = 1.02;
/// Whom peers are held against.
const OURS: [Keep; 2] = [Keep::Memory, Keep::Sqlite];

/// A figure of a scenario in which a peer is better.
pub struct Case {
    /// Who.
    pub peer: Contender,
    /// In what.
    pub figure: Figure,
    /// What it reached.
    its: Spread,
    /// Than Openline in memory and on SQLite; nothing where it is not better.
    than: [Option<Lead>; 2],
    /// In what it is worse than the first of these that it is better than, and how many times.
    worse: Vec<(Figure, f64)>,
}

/// How much better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lead {
    /// How many times as good, in the median of the rounds.
    pub times: f64,
    /// In so many of the rounds.
    pub better: usize,
    /// Of so many.
    pub rounds: usize,
}

impl Lead {
    /// Whether one is better than another, from how many times the other's figure its own is in each round.
    pub fn of(ratios: &[f64], more_is_better: bool) -> Option<Lead> {
        let times = ratios.iter().map(|ratio| if more_is_better { *ratio } else { 1.0 / ratio });
        let times: Vec<f64> = times.collect();
        let better = times.iter().filter(|times| **times > 1.0).count();
        let median = Spread::of(times)?.median;
        (median >= LEAST).then_some(Lead { times: median, better, rounds: ratios.len() })
    }
}

impl Case {
    /// What marks it in a table.
    pub fn mark(&self) -> &'static str {
        if self.than.iter().all(Option::is_some) { "▲" } else { "△" }
    }
}

/// All cases of a scenario.
pub fn cases(rows: &[Row], scenario: &Scenario) -> Vec<Case> {
    let told = figures::of(scenario.what);
    let peers = servers::in_order().into_iter().filter(|it| it.server.group() == Group::Peer);
    let compared = COMPARED.into_iter().filter(|figure| told.contains(figure));
    peers
        .flat_map(|peer| compared.clone().filter_map(move |figure| case(rows, scenario, peer, figure)))
        .collect()
}

fn case(rows: &[Row], scenario: &Scenario, peer: Contender, figure: Figure) -> Option<Case> {
    let its = Rounds::of(rows, scenario.name, &peer.name());
    let ours = OURS.map(|keep| of_ours(rows, scenario, keep, peer.carrier));
    let than = ours.each_ref().map(|ours| Lead::of(&its.ratios(ours, figure), figure.more_is_better));
    let first = than.iter().position(Option::is_some)?;
    let worse = COMPARED.into_iter().filter_map(|other| {
        let lead = Lead::of(&ours[first].ratios(&its, other), other.more_is_better)?;
        Some((other, lead.times))
    });
    Some(Case { peer, figure, its: its.spread(figure)?, than, worse: worse.collect() })
}

fn of_ours<'a>(rows: &'a [Row], scenario: &Scenario, keep: Keep, carrier: Carrier) -> Rounds<'a> {
    let contender = Contender { server: Server::Openline(keep), carrier };
    Rounds::of(rows, scenario.name, &contender.name())
}

/// All of them in a table, each to be explained by hand.
pub fn section(rows: &[Row], scenarios: &[Scenario]) -> String {
    let mut text = format!(
        "## Where a peer is better\n\nThan Openline in memory (by more than {:.0} %, in the median of the rounds, by the \
         same transport) or on SQLite, in CPU for a delivery, deliveries a second, delay p99 or memory of a line: how \
         many times as good, and in how many of the rounds. Behind it what the same peer is worse in, in the same \
         rounds. Why, is told in [the comparison](../peers/README.md#where-a-peer-is-better).\n\n",
        100.0 * (LEAST - 1.0)
    );
    let mut table = String::new();
    for scenario in scenarios {
        for case in cases(rows, scenario) {
            let _ = writeln!(table, "{}", row(scenario, &case));
        }
    }
    if table.is_empty() {
        return text + "Nowhere.\n";
    }
    text += "| scenario | peer | better in | its | than in memory | than on SQLite | and worse in |\n\
             |---|---|---|---:|---:|---:|---|\n";
    text + &table
}

fn row(scenario: &Scenario, case: &Case) -> String {
    let than = case.than.map(|lead| match lead {
        Some(Lead { times, better, rounds }) => format!("{} × ({better} of {rounds})", number(times)),
        None => "–".to_owned(),
    });
    let worse: Vec<String> =
        case.worse.iter().map(|(figure, times)| format!("{}: {} ×", figure.title, number(*times))).collect();
    let worse = if worse.is_empty() { "**nothing**".to_owned() } else { worse.join("; ") };
    let [memory, sqlite] = than;
    format!(
        "| `{}` | {} {} | {} | {} | {memory} | {sqlite} | {worse} |",
        scenario.name,
        case.mark(),
        case.peer.name(),
        case.figure.title,
        number(case.its.median)
    )
}
