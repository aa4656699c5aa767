//! A plot of one figure in several scenarios: a row for each contender, a dot for each median and a line for its
//! range.

use std::fmt::Write;

use super::measured::{Spread, number};
use crate::plot::{COLOURS, Card, Scale, WIDTH};
use crate::servers::{Contender, Group};

const LEFT: f64 = 240.0;
const RIGHT: f64 = 40.0;
const TOP: f64 = 76.0;
const ROW: f64 = 22.0;
const FOOT: f64 = 40.0;

/// A contender, and what it reached: one for each scenario, where there is one.
pub struct Reached {
    /// Who.
    pub contender: Contender,
    /// What it reached.
    pub spreads: Vec<Option<Spread>>,
}

/// A plot of what everybody reached, with a word for each scenario; nothing if nobody reached anything.
pub fn dots(title: &str, words: &[&str], reached: &[Reached]) -> Option<String> {
    let all = || reached.iter().flat_map(|it| it.spreads.iter().flatten());
    let scale = Scale::fit(LEFT, WIDTH - RIGHT, all().flat_map(|it| [it.least, it.most]))?;
    let height = TOP + ROW * reached.len() as f64 + FOOT;
    let mut card = Card::new(title, height);
    for (place, (word, colour)) in words.iter().zip(COLOURS).enumerate() {
        let x = LEFT + 150.0 * place as f64;
        card.draw(&format!("<circle cx=\"{x}\" cy=\"52\" r=\"4.5\" fill=\"{colour}\"/>"));
        card.write("", x + 10.0, 56.5, word);
    }
    card.scale(&scale, TOP - 8.0, height - FOOT);
    for (place, Reached { contender, spreads }) in reached.iter().enumerate() {
        let y = TOP + ROW * (place as f64 + 0.5);
        let (class, name) = named(*contender);
        card.write(class, LEFT - 14.0, y + 4.5, &name);
        for ((spread, colour), word) in spreads.iter().zip(COLOURS).zip(words) {
            if let Some(spread) = spread.filter(|spread| spread.least > 0.0) {
                card.draw(&dot(&scale, spread, y, colour, &format!("{name}, {word}")));
            }
        }
    }
    Some(card.done())
}

/// A contender as it stands at the left of a plot.
pub fn named(contender: Contender) -> (&'static str, String) {
    match contender.server.group() {
        Group::Openline => ("strong end", contender.name()),
        Group::Floor => ("soft end", contender.name()),
        Group::Peer => ("end", contender.name()),
    }
}

/// A dot for the median and a line for the range, with both in words for whoever points at it.
fn dot(scale: &Scale, spread: Spread, y: f64, colour: &str, name: &str) -> String {
    let [least, median, most] = [spread.least, spread.median, spread.most].map(|value| scale.x(value));
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<g fill=\"{colour}\" stroke=\"{colour}\"><title>{name}: {} ({} to {})</title>\
         <path d=\"M{least:.1} {y}H{most:.1}\"/><circle cx=\"{median:.1}\" cy=\"{y}\" r=\"4.5\"/></g>",
        number(spread.median),
        number(spread.least),
        number(spread.most)
    );
    svg
}
