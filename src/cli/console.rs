//! Where a command writes: results, notes beside them, and whether a terminal shows them in colour.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use jiff::tz::TimeZone;

/// The two outputs of a command, and how people like to read them.
pub struct Console {
    /// Results: standard output.
    pub out: Box<dyn Write + Send>,
    /// Notes: standard error.
    pub notes: Box<dyn Write + Send>,
    /// May results be coloured?
    pub colour: bool,
    /// In which times are shown.
    pub zone: TimeZone,
}

impl Console {
    /// The real one. Colour only on a terminal, and not against `NO_COLOR` (no-color.org).
    pub fn standard() -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Console {
            out: Box::new(io::stdout()),
            notes: Box::new(io::stderr()),
            colour: io::stdout().is_terminal() && !no_color,
            zone: TimeZone::system(),
        }
    }

    /// Writes one line of results at once.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(format!("{text}\n").as_bytes())?;
        self.out.flush()
    }

    /// Writes one line of notes. If that fails there is nobody to tell.
    pub fn note(&mut self, text: &str) {
        let _ = self.notes.write_all(format!("openline: {}\n", harmless(text)).as_bytes());
    }
}

/// What others wrote, without the characters by which it could command a terminal.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let is_command = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if text.contains(is_command) {
        Cow::Owned(text.replace(is_command, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_commands_the_terminal() {
        assert_eq!(harmless("a\tb\nc"), "a\tb\nc");
        assert_eq!(harmless("\u{1b}[2J\u{9b}31mred\r\u{7}"), "\u{fffd}[2J\u{fffd}31mred\u{fffd}\u{fffd}");
    }
}
