//! What is measured. The words are those of the command line, of the raw data and of the tables.

use std::fmt;

use clap::ValueEnum;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// Lines hear what is posted
    Listen,
    /// Lines are open and hear nothing: their memory
    Idle,
    /// Lines hear a burst: what it leaves of memory
    Burst,
    /// Posts, and no lines
    Publish,
    /// Nine of ten lines are cut, miss something, and come back all at once with their last id
    Storm,
    /// Newcomers fetch what was said before they came
    Replay,
    /// People speak, type and read now and then, and some are cut and come back
    Chat,
}

impl What {
    /// Whether what was said before is sent again.
    pub fn is_replay(self) -> bool {
        matches!(self, What::Storm | What::Replay)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_possible_value().map_or(Ok(()), |word| f.pad(word.get_name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_read_by_the_word_that_it_is_written_as() {
        for what in What::value_variants() {
            assert_eq!(What::from_str(&what.to_string(), false).as_ref(), Ok(what));
        }
        assert_eq!(What::Storm.to_string(), "storm");
    }
}
