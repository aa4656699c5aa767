//! How far something long has come: a bar on a terminal, elsewhere a line every few seconds.

use std::io::Write;
use std::time::{Duration, Instant};

/// How often a bar is drawn.
const DRAWN: Duration = Duration::from_millis(100);
/// How often a line is written.
const SAID: Duration = Duration::from_secs(5);
/// How many characters a bar has.
const WIDTH: u64 = 30;

/// What is shown of something that goes on. Nothing is shown of what is over at once.
pub struct Progress<'a> {
    to: &'a mut (dyn Write + Send),
    is_terminal: bool,
    shown: Instant,
    has_bar: bool,
}

impl<'a> Progress<'a> {
    /// Shown there, from now on.
    pub fn new(to: &'a mut (dyn Write + Send), is_terminal: bool) -> Self {
        Progress { to, is_terminal, shown: Instant::now(), has_bar: false }
    }

    /// Shows that so much of something is done, if it is time to.
    pub fn show(&mut self, what: &str, done: u64, of: u64) {
        let every = if self.is_terminal { DRAWN } else { SAID };
        if self.shown.elapsed() < every {
            return;
        }
        self.shown = Instant::now();
        let text = text(what, done, of, self.is_terminal);
        // Nobody needs it so much that its failure should end anything.
        let _ = if self.is_terminal {
            self.has_bar = true;
            write!(self.to, "\r\u{1b}[K{text}").and_then(|()| self.to.flush())
        } else {
            writeln!(self.to, "openline: {text}")
        };
    }
}

impl Drop for Progress<'_> {
    /// A bar leaves nothing behind.
    fn drop(&mut self) {
        if self.has_bar {
            let _ = write!(self.to, "\r\u{1b}[K").and_then(|()| self.to.flush());
        }
    }
}

fn text(what: &str, done: u64, of: u64, with_bar: bool) -> String {
    if of == 0 {
        // Nobody knows how much there is.
        return what.to_owned();
    }
    let part = |whole: u64| done.saturating_mul(whole).checked_div(of).unwrap_or(0).min(whole);
    let percent = part(100);
    if !with_bar {
        return format!("{what}: {done} of {of} ({percent} %)");
    }
    let bar: String = (0..WIDTH).map(|place| if place < part(WIDTH) { '█' } else { '░' }).collect();
    format!("{what} {bar} {percent:>3} %  {done} of {of}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_or_a_bar_says_how_far_it_is() {
        assert_eq!(text("moving", 1, 3, false), "moving: 1 of 3 (33 %)");
        assert_eq!(text("moving", 0, 0, false), "moving");
        assert_eq!(text("moving", 0, 0, true), "moving");
        let half = format!("moving {}{}  50 %  5 of 10", "█".repeat(15), "░".repeat(15));
        assert_eq!(text("moving", 5, 10, true), half);
        assert!(text("moving", 9, 3, true).contains("100 %"), "never more than all");
        assert!(text("moving", u64::MAX, u64::MAX, true).contains('█'));
    }

    #[test]
    fn a_bar_is_drawn_over_itself_and_goes_away() {
        let mut written = Vec::new();
        let mut progress = Progress::new(&mut written, true);
        progress.show("moving", 1, 2);
        progress.shown -= DRAWN;
        progress.show("moving", 2, 2);
        progress.show("moving", 2, 2);
        drop(progress);
        let written = String::from_utf8(written).expect("text");
        assert_eq!(written.matches("100 %").count(), 1, "not more often than an eye sees: {written:?}");
        assert!(written.starts_with("\r\u{1b}[Kmoving █") && written.ends_with("\r\u{1b}[K"), "{written:?}");
        let mut written = Vec::new();
        let mut progress = Progress::new(&mut written, false);
        progress.shown -= SAID;
        progress.show("moving", 1, 2);
        drop(progress);
        assert_eq!(written, b"openline: moving: 1 of 2 (50 %)\n");
    }
}
