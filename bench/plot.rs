//! The look of all plots: a white card with explicit colours, so that they can be read on light and on dark alike.

use std::fmt::Write;

/// How wide a card is.
pub const WIDTH: f64 = 800.0;
/// Colours that can be told from each other, and read on white.
pub const COLOURS: [&str; 6] = ["#0b6e4f", "#b5541c", "#3457a6", "#7a4a8b", "#8a6d00", "#a3264d"];
/// Values that are further apart than so many times are shown by tens.
const FAR: f64 = 25.0;
/// Where a title has its foot.
const TITLE: f64 = 30.0;

const STYLE: &str = "text{font:13px system-ui,'Segoe UI',Helvetica,Arial,sans-serif;fill:#24292f}\
    .title{font-weight:600;font-size:15px}.strong{font-weight:600}.soft{fill:#57606a}.end{text-anchor:end}\
    .middle{text-anchor:middle}.grid{stroke:#d8dee4}";

/// A plot that is being drawn.
pub struct Card {
    svg: String,
}

impl Card {
    /// An empty one, so high.
    pub fn new(title: &str, height: f64) -> Card {
        let title = escaped(title);
        let mut card = Card { svg: String::new() };
        card.draw(&format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
             viewBox=\"0 0 {WIDTH} {height}\" role=\"img\"><title>{title}</title><style>{STYLE}</style>"
        ));
        card.draw(&format!(
            "<rect x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"8\" fill=\"#fff\" stroke=\"#d0d7de\"/>",
            WIDTH - 1.0,
            height - 1.0
        ));
        card.draw(&format!("<text class=\"title\" x=\"20\" y=\"{TITLE}\">{title}</text>"));
        card
    }

    /// Draws this.
    pub fn draw(&mut self, svg: &str) {
        self.svg.push_str(svg);
        self.svg.push('\n');
    }

    /// Writes words whose foot is here; `class` is some of the words of the style.
    pub fn write(&mut self, class: &str, x: f64, y: f64, words: &str) {
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        let words = escaped(words);
        let _ = writeln!(self.svg, "<text{class} x=\"{x:.1}\" y=\"{y:.1}\">{words}</text>");
    }

    /// Draws a scale from top to foot: a line for each of its marks, with what it stands for below.
    pub fn scale(&mut self, scale: &Scale, top: f64, foot: f64) {
        for value in scale.marks() {
            let x = scale.x(value);
            self.draw(&format!("<path class=\"grid\" d=\"M{x:.1} {top}V{foot}\"/>"));
            self.write("soft middle", x, foot + 18.0, &plain(value));
        }
    }

    /// The whole plot.
    pub fn done(mut self) -> String {
        self.svg.push_str("</svg>\n");
        self.svg
    }
}

/// Where values are between left and right.
pub struct Scale {
    left: f64,
    right: f64,
    least: f64,
    most: f64,
    /// Whether each mark is ten times the last, instead of more by the same.
    is_by_tens: bool,
}

impl Scale {
    /// One that has room for all of these: from 0, or by tens where they lie further apart. There, a value that is not
    /// more than 0 has no place.
    pub fn fit(left: f64, right: f64, values: impl Iterator<Item = f64>) -> Option<Scale> {
        let values: Vec<f64> = values.filter(|value| *value > 0.0).collect();
        let least = values.iter().copied().min_by(f64::total_cmp)?;
        let most = values.iter().copied().max_by(f64::total_cmp)?;
        if most / least <= FAR {
            let step = step(most);
            return Some(Scale {
                left,
                right,
                least: 0.0,
                most: (most / step).ceil() * step,
                is_by_tens: false,
            });
        }
        let [least, most] = [least.log10().floor(), most.log10().ceil()].map(|tens| 10_f64.powf(tens));
        Some(Scale { left, right, least, most, is_by_tens: true })
    }

    /// Where a value is.
    pub fn x(&self, value: f64) -> f64 {
        let share = if self.is_by_tens {
            (value / self.least).log10() / (self.most / self.least).log10()
        } else {
            value / self.most
        };
        self.left + (self.right - self.left) * share
    }

    /// The values that are marked.
    fn marks(&self) -> Vec<f64> {
        if self.is_by_tens {
            let decades = (self.most / self.least).log10().round() as i32;
            return (0..=decades).map(|decade| self.least * 10_f64.powi(decade)).collect();
        }
        let step = step(self.most);
        let count = (self.most / step).round() as u32;
        (0..=count).map(|mark| step * f64::from(mark)).collect()
    }
}

/// A round number of which at most five make up a length.
fn step(length: f64) -> f64 {
    let ten = 10_f64.powf((length / 5.0).log10().floor());
    let round = [1.0, 2.0, 5.0].into_iter().find(|round| length <= 5.0 * round * ten);
    round.unwrap_or(10.0) * ten
}

/// A marked value as it stands below a plot: short, since the next is not far.
fn plain(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if value >= 100_000.0 {
        return format!("{}k", value / 1000.0);
    }
    let digits = (-value.log10().floor()).clamp(0.0, 6.0) as usize;
    format!("{value:.digits$}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
