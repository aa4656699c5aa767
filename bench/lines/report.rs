//! What was measured, as a table for people and a small plot.

use std::fmt::Write;
use std::time::Duration;

use openline::load::Delays;

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

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 48.0;
const TOP: f64 = 16.0;
/// What stands below the plot: the times and what they are, and then a line for each curve.
const FOOT: f64 = 64.0;
const LEGEND: f64 = 18.0;
/// The plot runs from 0.1 ms to 10 s, each ten times as wide as the last.
const DECADES: i32 = 5;
const COLOURS: [&str; 6] = ["#0b6e4f", "#b5541c", "#3457a6", "#7a4a8b", "#8a6d00", "#a3264d"];

/// How many of the events had been received after how long: one curve for each.
pub fn plot(curves: &[(String, Delays)]) -> String {
    let x = |decade: f64| LEFT + WIDTH * decade / f64::from(DECADES);
    let y = |share: f64| TOP + HEIGHT * (1.0 - share);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        LEFT + WIDTH + 24.0,
        TOP + HEIGHT + FOOT + LEGEND * curves.len() as f64,
    );
    for (decade, label) in ["0.1 ms", "1 ms", "10 ms", "100 ms", "1 s", "10 s"].iter().enumerate() {
        let x = x(decade as f64);
        let (top, foot) = (y(1.0), y(0.0));
        let _ = writeln!(svg, "<path d=\"M{x} {top}V{foot}\" stroke=\"#ddd\"/>");
        let _ = writeln!(svg, "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{label}</text>", foot + 18.0);
    }
    for percent in [0, 25, 50, 75, 100] {
        let (y, right) = (y(f64::from(percent) / 100.0), LEFT + WIDTH);
        let _ = writeln!(svg, "<path d=\"M{LEFT} {y}H{right}\" stroke=\"#ddd\"/>");
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{percent} %</text>",
            LEFT - 6.0,
            y + 4.0
        );
    }
    let decades: Vec<f64> = (0..=DECADES * 20).map(|step| f64::from(step) / 20.0).collect();
    let times: Vec<Duration> =
        decades.iter().map(|decade| Duration::from_secs_f64(1e-4 * 10_f64.powf(*decade))).collect();
    for (place, (name, delays)) in curves.iter().enumerate() {
        let colour = COLOURS[place % COLOURS.len()];
        let points = decades.iter().zip(delays.shares(&times));
        let line: Vec<String> =
            points.map(|(decade, share)| format!("{:.1},{:.1}", x(*decade), y(share))).collect();
        let line = line.join(" ");
        let _ = writeln!(
            svg,
            "<polyline points=\"{line}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>"
        );
        let y = TOP + HEIGHT + FOOT + LEGEND * place as f64;
        let _ = writeln!(svg, "<text x=\"{}\" y=\"{y}\" fill=\"{colour}\">{name}</text>", LEFT + 10.0);
    }
    let middle = LEFT + WIDTH / 2.0;
    let foot = TOP + HEIGHT + 40.0;
    let _ = writeln!(
        svg,
        "<text x=\"{middle}\" y=\"{foot}\" text-anchor=\"middle\">received within, after the post was sent</text>"
    );
    svg.push_str("</svg>\n");
    svg
}
