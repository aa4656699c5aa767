//! What several rounds of a measurement come to.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::figures::Figure;
use crate::rows::Row;

/// What several rounds came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The one in the middle.
    pub median: f64,
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
}

impl Spread {
    /// Of these; nothing if there are none.
    pub fn of(mut values: Vec<f64>) -> Option<Spread> {
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median = if values.len() % 2 == 1 {
            values[middle]
        } else {
            f64::midpoint(values[middle - 1], values[middle])
        };
        Some(Spread { median, least, most })
    }
}

/// All rounds of a contender in a scenario.
pub struct Rounds<'a>(Vec<&'a Row>);

impl<'a> Rounds<'a> {
    /// Picks them from all rows.
    pub fn of(rows: &'a [Row], scenario: &str, contender: &str) -> Rounds<'a> {
        Rounds(rows.iter().filter(|row| row.scenario == scenario && row.contender == contender).collect())
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// What a figure came to.
    pub fn spread(&self, figure: Figure) -> Option<Spread> {
        Spread::of(self.values(figure).into_values().collect())
    }

    /// How many times another's figure it is, in each round in which both were measured.
    pub fn ratios(&self, other: &Rounds<'_>, figure: Figure) -> Vec<f64> {
        let others = other.values(figure);
        let ratio = |(round, value)| Some(value / others.get(&round).filter(|it| **it > 0.0)?);
        self.values(figure).into_iter().filter_map(ratio).collect()
    }

    /// The median of these ratios.
    pub fn ratio(&self, other: &Rounds<'_>, figure: Figure) -> Option<f64> {
        Some(Spread::of(self.ratios(other, figure))?.median)
    }

    /// How many of them failed or had a line that heard wrong, and what was said of the first.
    pub fn wrong(&self) -> Option<(usize, String)> {
        let complaint = |row: &&Row| {
            let wrong = || row.found.as_ref()?["wrong"].as_array()?.first().map(text);
            row.failed.clone().or_else(wrong)
        };
        let mut complaints = self.0.iter().filter_map(complaint);
        let first = complaints.next()?;
        Some((1 + complaints.count(), first))
    }

    /// By round: only what was measured in the same round is held against each other.
    fn values(&self, figure: Figure) -> BTreeMap<u32, f64> {
        let value = |row: &&Row| Some((row.round, figure.value(row.found.as_ref()?)?));
        self.0.iter().filter_map(value).collect()
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// With three digits that count.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
