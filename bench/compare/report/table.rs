//! The figures as Markdown: a table for each scenario, and who is left out of it and why.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::figures::{self, Rounds, Spread};
use crate::rows::Row;
use crate::scenarios::Scenario;
use crate::servers::{self, Contender, Server};

/// What is told of one scenario; nothing if it was not measured.
pub fn section(rows: &[Row], scenario: &Scenario) -> Option<String> {
    rows.iter().find(|row| row.scenario == scenario.name)?;
    let figures = figures::of(scenario);
    let floor = scenario.floor.map(|kind| format!("{} of floor-{}", figures[0].title, kind.name()));
    let mut text = format!("## {}\n\n`{}`\n\n| |", scenario.title, scenario.name);
    figures.iter().for_each(|figure| text += &format!(" {} |", figure.title));
    text += if floor.is_some() { " × the floor |" } else { "" };
    text += " |\n|---|";
    figures.iter().for_each(|_| text += "---:|");
    text += if floor.is_some() { "---:|---|\n" } else { "---|\n" };
    let (mut notes, mut left_out) = (String::new(), BTreeMap::<&str, Vec<String>>::new());
    for contender in servers::everybody() {
        let name = contender.name();
        let rounds = Rounds::of(rows, scenario.name, &name);
        if let Some(reason) = contender.cannot(scenario).filter(|reason| !reason.is_empty()) {
            left_out.entry(reason).or_default().push(name.clone());
        }
        if rounds.count() == 0 {
            continue;
        }
        let _ = write!(text, "| {name} |");
        for figure in figures {
            let _ = write!(text, " {} |", rounds.spread(*figure).map_or_else(String::new, shown));
        }
        if let Some(kind) = scenario.floor {
            let floor = Contender { server: Server::Floor(kind), carrier: contender.carrier };
            let floor = Rounds::of(rows, scenario.name, &floor.name());
            let ratio = rounds.ratio(&floor, figures[0]);
            let _ = write!(text, " {} |", ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}")));
        }
        match rounds.wrong() {
            None => text += " |\n",
            Some((wrong, first)) => {
                let _ = writeln!(text, " **wrong in {wrong} of {}** |", rounds.count());
                let _ = writeln!(notes, "- {name}: {first}");
            }
        }
    }
    if let Some(floor) = floor {
        let _ = writeln!(notes, "\n× the floor: how many times the {floor} by the same transport.");
    }
    for (reason, names) in left_out {
        let _ = writeln!(notes, "\nLeft out: {}: {reason}.", names.join(", "));
    }
    Some(format!("{text}\n{}\n", notes.trim_end()).replace("\n\n\n", "\n\n"))
}

/// The median, and the range behind it.
fn shown(spread: Spread) -> String {
    let Spread { median, least, most } = spread;
    if least == most {
        return number(median);
    }
    format!("{} ({}–{})", number(median), number(least), number(most))
}

/// With three digits that count.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
