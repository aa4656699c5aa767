//! Which plots there are.

use super::bars::{self, Panel};
use super::dots::{self, Reached};
use super::measured::Rounds;
use crate::figures::{CPU, Figure, LATE, MEMORY, RATE};
use crate::rows::Row;
use crate::servers::{self, Contender};

/// A plot.
pub struct Plot {
    /// Its file.
    pub file: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// The plot; nothing if there is nothing to show.
    pub svg: Option<String>,
}

/// One figure in some scenarios, with a word for each.
struct Shown {
    file: &'static str,
    title: &'static str,
    figure: Figure,
    scenarios: &'static [(&'static str, &'static str)],
}

const POSTERS: &[(&str, &str)] =
    &[("one-1k", "one poster"), ("four-1k", "four posters"), ("burst-1k", "four × 16 in flight")];

const SHOWN: [Shown; 4] = [
    Shown {
        file: "peers-cpu.svg",
        title: "Processor time of the server for a delivery to one of 1,000 lines, in µs: less is better",
        figure: CPU,
        scenarios: POSTERS,
    },
    Shown {
        file: "peers-rate.svg",
        title: "Deliveries to 1,000 lines, in thousands a second: more is better",
        figure: RATE,
        scenarios: POSTERS,
    },
    Shown {
        file: "peers-delay.svg",
        title: "Post to receipt, 99 of 100 within so many ms, 100 posts a second: less is better",
        figure: LATE,
        scenarios: &[
            ("steady-1k", "1,000 lines"),
            ("stuck-1k", "of which 1 % stuck"),
            ("calm-10k", "10,000, 5 a second"),
        ],
    },
    Shown {
        file: "peers-memory.svg",
        title: "Memory of the server for an idle line, in KiB: less is better",
        figure: MEMORY,
        scenarios: &[
            ("idle-1k", "1,000"),
            ("idle-5k", "5,000"),
            ("idle-10k", "10,000"),
            ("idle-19k", "19,000 lines"),
        ],
    },
];

/// The scenario of the main plot.
const MAIN: &str = "steady-1k";

/// All of them, the main one first.
pub fn all(rows: &[Row]) -> Vec<Plot> {
    let dots = SHOWN.iter().map(|it| Plot { file: it.file, title: it.title, svg: several(it, rows) });
    std::iter::once(main(rows)).chain(dots).collect()
}

/// The plot for whoever reads only one.
fn main(rows: &[Row]) -> Plot {
    let title = "100 events a second to 1,000 open lines: less is better";
    let mut contenders = servers::in_order();
    contenders.retain(|contender| Rounds::of(rows, MAIN, &contender.name()).spread(CPU).is_some());
    contenders.sort_by_key(|contender| contender.carrier as usize);
    let panel = |title, figure| {
        let spread = |contender: &Contender| Rounds::of(rows, MAIN, &contender.name()).spread(figure);
        Panel { title, spreads: contenders.iter().map(spread).collect() }
    };
    let panels =
        [panel("CPU of the server, µs a delivery", CPU), panel("99 of 100 received within, ms", LATE)];
    Plot { file: "peers.svg", title, svg: bars::bars(title, &contenders, &panels) }
}

fn several(shown: &Shown, rows: &[Row]) -> Option<String> {
    let words: Vec<&str> = shown.scenarios.iter().map(|(_, word)| *word).collect();
    let reached = servers::in_order().into_iter().map(|contender| {
        let spread = |scenario: &str| Rounds::of(rows, scenario, &contender.name()).spread(shown.figure);
        let spreads = shown.scenarios.iter().map(|(scenario, _)| spread(scenario)).collect();
        Reached { contender, spreads }
    });
    let reached: Vec<Reached> = reached.filter(|it| it.spreads.iter().any(Option::is_some)).collect();
    dots::dots(shown.title, &words, &reached)
}
