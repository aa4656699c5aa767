//! What was measured, as a table for people.

use std::fmt::Write;

/// One figure, and what we want it to be.
struct Figure {
    what: String,
    is: String,
    /// What we aim at, and whether that was reached.
    aim: Option<(String, bool)>,
}

/// The figures so far.
pub struct Figures(Vec<Figure>);

impl Figures {
    /// None so far.
    pub fn new() -> Figures {
        Figures(Vec::new())
    }

    /// Says what was measured and what came out, at once and in the table; with an aim, also whether that was
    /// reached.
    pub fn note(&mut self, what: &str, is: String, aim: Option<(&str, bool)>) {
        println!("{what}: {is}");
        self.0.push(Figure { what: what.to_owned(), is, aim: aim.map(|(aim, met)| (aim.to_owned(), met)) });
    }

    /// All of them as a Markdown table.
    pub fn table(&self) -> String {
        let mut table = String::from("| what | figure | aim | |\n|---|---:|---:|---|\n");
        for Figure { what, is, aim } in &self.0 {
            let (aim, mark) = match aim {
                Some((aim, true)) => (aim.as_str(), "yes"),
                Some((aim, false)) => (aim.as_str(), "**no**"),
                None => ("", ""),
            };
            let _ = writeln!(table, "| {what} | {is} | {aim} | {mark} |");
        }
        table
    }
}

/// The one in the middle; 0 if there is none.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(0.0)
}
