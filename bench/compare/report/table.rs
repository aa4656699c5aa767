//! The figures as Markdown: a table for each scenario, and who is left out of it and why.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::better::{self, Case};
use super::measured::{Rounds, Spread, number};
use crate::figures::{self, Figure};
use crate::rows::Row;
use crate::scenarios::Scenario;
use crate::servers::{self, Contender, Server};

/// What is told of one scenario; nothing if it was not measured.
pub fn section(rows: &[Row], scenario: &Scenario) -> Option<String> {
    let of_it = rows.iter().filter(|row| row.scenario == scenario.name);
    of_it.clone().next()?;
    let commits: Vec<&str> = super::commits(of_it).into_iter().collect();
    let built =
        if commits.is_empty() { String::new() } else { format!(", built from {}", commits.join(" and ")) };
    let figures = figures::of(scenario.what);
    let (cases, mut notes) = (better::cases(rows, scenario), String::new());
    let mut text =
        format!("## {}\n\n`{}`{built}\n\n{}", scenario.title, scenario.name, head(figures, scenario));
    for contender in servers::in_order() {
        let rounds = Rounds::of(rows, scenario.name, &contender.name());
        if rounds.count() > 0 {
            text += &line(rows, scenario, contender, &rounds, &cases);
        }
        if let Some((_, first)) = rounds.wrong() {
            let _ = writeln!(notes, "- {}: {first}", contender.name());
        }
    }
    if let Some((kind, figure)) = scenario.floor {
        let better = if figure.more_is_better { "; more is better" } else { "" };
        let _ = writeln!(
            notes,
            "\n× the floor: how many times the {} of floor-{} by the same transport{better}.",
            figure.title,
            kind.name()
        );
    }
    for (reason, names) in left_out(scenario) {
        let _ = writeln!(notes, "\nLeft out: {}: {reason}.", names.join(", "));
    }
    Some(format!("{text}\n{}\n", notes.trim_end()).replace("\n\n\n", "\n\n"))
}

/// The names of the columns, and the line below them.
fn head(figures: &[Figure], scenario: &Scenario) -> String {
    let floor = scenario.floor.map(|_| "× the floor");
    let titles: Vec<&str> = figures.iter().map(|figure| figure.title).chain(floor).collect();
    format!("| | {} | |\n|---|{}---|\n", titles.join(" | "), "---:|".repeat(titles.len()))
}

/// What one contender reached.
fn line(
    rows: &[Row],
    scenario: &Scenario,
    contender: Contender,
    rounds: &Rounds<'_>,
    cases: &[Case],
) -> String {
    let mut line = format!("| {} |", contender.name());
    for figure in figures::of(scenario.what) {
        let case = cases.iter().find(|case| case.peer == contender && case.figure == *figure);
        let mark = case.map_or_else(String::new, |case| format!("**{}** ", case.mark()));
        let _ = write!(line, " {mark}{} |", rounds.spread(*figure).map_or_else(String::new, shown));
    }
    if let Some((kind, figure)) = scenario.floor {
        let floor = Contender { server: Server::Floor(kind), carrier: contender.carrier };
        let floor = Rounds::of(rows, scenario.name, &floor.name());
        let ratio = rounds.ratio(&floor, figure).filter(|_| contender.server.is_held_against(kind));
        let _ = write!(line, " {} |", ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}")));
    }
    match rounds.wrong() {
        None => line + " |\n",
        Some((wrong, _)) => format!("{line} **wrong in {wrong} of {}** |\n", rounds.count()),
    }
}

/// Who is left out, by the reason why.
fn left_out(scenario: &Scenario) -> BTreeMap<&'static str, Vec<String>> {
    let mut left_out = BTreeMap::<&str, Vec<String>>::new();
    for contender in servers::in_order() {
        if let Some(reason) = contender.cannot(scenario).filter(|reason| !reason.is_empty()) {
            left_out.entry(reason).or_default().push(contender.name());
        }
    }
    left_out
}

/// The median, and the range behind it.
fn shown(spread: Spread) -> String {
    let Spread { median, least, most } = spread;
    if least == most {
        return number(median);
    }
    format!("{} ({}–{})", number(median), number(least), number(most))
}
