//! The plot for whoever reads only one: figures of one scenario side by side, a row for each contender, a bar for each
//! median and a line for its range.

use super::dots::named;
use super::measured::{Spread, number};
use crate::plot::{Card, Scale, WIDTH};
use crate::servers::{Contender, Group};

/// The longest name of a usual comparison is `openline-memory/websocket`.
const LEFT: f64 = 230.0;
const RIGHT: f64 = 24.0;
const BETWEEN: f64 = 30.0;
/// Room for a number behind the longest bar.
const BEHIND: f64 = 44.0;
const TOP: f64 = 94.0;
const ROW: f64 = 22.0;
const BAR: f64 = 13.0;
/// Between the rows of one carrier and those of the next.
const GAP: f64 = 12.0;
const FOOT: f64 = 40.0;

/// A figure, and what stands above it.
pub struct Panel<'a> {
    /// What it is.
    pub title: &'a str,
    /// What everybody reached.
    pub spreads: Vec<Option<Spread>>,
}

/// A plot of these figures of these contenders; nothing if one of them has nothing to show.
pub fn bars(title: &str, contenders: &[Contender], panels: &[Panel<'_>]) -> Option<String> {
    let rows = places(contenders);
    let foot = rows.last()? + ROW;
    let mut card = Card::new(title, foot + FOOT);
    legend(&mut card);
    for (contender, y) in contenders.iter().zip(&rows) {
        let (class, name) = named(*contender);
        card.write(class, LEFT - 14.0, y + 4.5, &name);
    }
    let count = panels.len() as f64;
    let width = (WIDTH - LEFT - RIGHT - BETWEEN * (count - 1.0)) / count;
    for (place, panel) in panels.iter().enumerate() {
        let left = LEFT + (width + BETWEEN) * place as f64;
        let most = panel.spreads.iter().flatten().flat_map(|spread| [spread.median, spread.most]);
        let scale = Scale::fit(left, left + width - BEHIND, most)?;
        card.write("strong", left, TOP - 16.0, panel.title);
        card.scale(&scale, TOP - 6.0, foot - ROW / 2.0);
        for ((contender, y), spread) in contenders.iter().zip(&rows).zip(&panel.spreads) {
            if let Some(spread) = spread {
                bar(&mut card, &scale, left, *y, *spread, colour(*contender));
            }
        }
    }
    Some(card.done())
}

/// The middle of each row.
fn places(contenders: &[Contender]) -> Vec<f64> {
    let (mut y, mut last) = (TOP + ROW / 2.0, None);
    let place = |contender: &Contender| {
        if last.is_some_and(|last| last != contender.carrier) {
            y += GAP;
        }
        last = Some(contender.carrier);
        y += ROW;
        y - ROW
    };
    contenders.iter().map(place).collect()
}

fn colour(contender: Contender) -> &'static str {
    match contender.server.group() {
        Group::Openline => "#0b6e4f",
        Group::Floor => "#afb8c1",
        Group::Peer => "#5b7fc7",
    }
}

fn legend(card: &mut Card) {
    let kinds =
        [("#0b6e4f", "Openline"), ("#afb8c1", "a floor: the least a server could do"), ("#5b7fc7", "a peer")];
    for ((colour, word), x) in kinds.into_iter().zip([20.0, 110.0, 370.0]) {
        card.draw(&format!(
            "<rect x=\"{x}\" y=\"44\" width=\"12\" height=\"12\" rx=\"2\" fill=\"{colour}\"/>"
        ));
        card.write("soft", x + 18.0, 55.0, word);
    }
}

/// A bar to the median, a thin line over the range, and the median in digits.
fn bar(card: &mut Card, scale: &Scale, left: f64, y: f64, spread: Spread, colour: &str) {
    let [least, median, most] =
        [spread.least, spread.median, spread.most].map(|value| scale.x(value).max(left));
    let (top, width) = (y - BAR / 2.0, (median - left).max(1.0));
    card.draw(&format!(
        "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{BAR}\" rx=\"2\" fill=\"{colour}\"/>"
    ));
    card.draw(&format!(
        "<path d=\"M{least:.1} {y:.1}H{most:.1}\" stroke=\"#24292f\" stroke-opacity=\"0.55\"/>"
    ));
    card.write("", median.max(most) + 6.0, y + 4.5, &number(spread.median));
}
