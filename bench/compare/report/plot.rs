//! Plots: a row for each contender, a dot for each median and a line for its range, on a scale on which each
//! step is ten times the last, since the figures differ by a hundred times. Readable on light and on dark.

use std::fmt::Write;

use super::figures::Spread;
use super::table::number;

const WIDTH: f64 = 760.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 40.0;
const TOP: f64 = 66.0;
const ROW: f64 = 22.0;
const FOOT: f64 = 40.0;
/// How many kinds of dots there are colours for.
pub const KINDS: usize = 4;

const STYLE: &str = "\
    text{font:12px system-ui,sans-serif;fill:#24292f}.h{font-weight:600;font-size:14px}.b{fill:#fff}\
    .g{stroke:#d8dee4}.k0{fill:#0b6e4f;stroke:#0b6e4f}.k1{fill:#b5541c;stroke:#b5541c}\
    .k2{fill:#3457a6;stroke:#3457a6}.k3{fill:#a3264d;stroke:#a3264d}.ours{font-weight:600}\
    @media(prefers-color-scheme:dark){text{fill:#e6edf3}.b{fill:#0d1117}.g{stroke:#30363d}\
    .k0{fill:#3fb68b;stroke:#3fb68b}.k1{fill:#f0883e;stroke:#f0883e}\
    .k2{fill:#79a7ff;stroke:#79a7ff}.k3{fill:#ff7b9c;stroke:#ff7b9c}}";

/// A contender, and what it reached: one for each kind of dot, where there is one.
pub struct Reached {
    /// Its name.
    pub name: String,
    /// What it reached.
    pub spreads: Vec<Option<Spread>>,
}

/// A plot of what everybody reached, with a word for each kind of dot; nothing if nobody reached anything.
pub fn dots(title: &str, kinds: &[&str], reached: &[Reached]) -> Option<String> {
    let all = || reached.iter().flat_map(|it| it.spreads.iter().flatten()).filter(|it| it.least > 0.0);
    let least = all().map(|it| it.least).min_by(f64::total_cmp)?.log10().floor();
    let most = all().map(|it| it.most).max_by(f64::total_cmp)?.log10().ceil().max(least + 1.0);
    let x = |value: f64| LEFT + (WIDTH - LEFT - RIGHT) * (value.log10() - least) / (most - least);
    let height = TOP + ROW * reached.len() as f64 + FOOT;
    let foot = height - FOOT;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\
         <title>{title}</title><style>{STYLE}</style>\n\
         <rect class=\"b\" width=\"100%\" height=\"100%\"/>\n<text class=\"h\" x=\"12\" y=\"22\">{title}</text>\n"
    );
    for (kind, word) in kinds.iter().enumerate() {
        let x = LEFT + 180.0 * kind as f64;
        let _ = writeln!(
            svg,
            "<circle class=\"k{kind}\" cx=\"{x}\" cy=\"42\" r=\"4\"/><text x=\"{}\" y=\"46\">{word}</text>",
            x + 9.0
        );
    }
    let mut decade = least;
    while decade <= most {
        let (x, label) = (x(10_f64.powf(decade)), scale(10_f64.powf(decade)));
        let _ = writeln!(
            svg,
            "<path class=\"g\" d=\"M{x:.1} {}V{foot}\"/><text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{label}</text>",
            TOP - 8.0,
            foot + 18.0
        );
        decade += 1.0;
    }
    for (place, Reached { name, spreads }) in reached.iter().enumerate() {
        let y = TOP + ROW * (place as f64 + 0.5);
        let class = if name.starts_with("openline") { " class=\"ours\"" } else { "" };
        let _ = writeln!(
            svg,
            "<text{class} x=\"{}\" y=\"{}\" text-anchor=\"end\">{name}</text>",
            LEFT - 12.0,
            y + 4.0
        );
        for (kind, spread) in spreads.iter().enumerate() {
            let Some(spread) = spread.filter(|spread| spread.least > 0.0) else { continue };
            let [least, median, most] = [spread.least, spread.median, spread.most].map(x);
            let _ = writeln!(
                svg,
                "<g class=\"k{kind}\"><title>{name}, {}: {} ({} to {})</title>\
                 <path d=\"M{least:.1} {y}H{most:.1}\"/><circle cx=\"{median:.1}\" cy=\"{y}\" r=\"4\"/></g>",
                kinds.get(kind).unwrap_or(&""),
                number(spread.median),
                number(spread.least),
                number(spread.most)
            );
        }
    }
    svg.push_str("</svg>\n");
    Some(svg)
}

/// A power of ten, as it stands below the plot.
fn scale(value: f64) -> String {
    if value >= 0.5 { format!("{value:.0}") } else { format!("{value}") }
}
