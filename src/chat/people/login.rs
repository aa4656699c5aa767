//! Logins: by what somebody signs in. One spelling is stored, so that `Ann` and `ann` are the same.

use unicode_normalization::UnicodeNormalization;

use crate::chat::{Refusal, visible};

/// The shortest and the longest login, in characters.
const FEWEST: usize = 3;
const MOST: usize = 64;
/// What a login may have besides letters and digits.
const MARKS: [char; 4] = ['.', '_', '-', '@'];

/// A login in the one spelling that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Login(String);

impl Login {
    /// Reads a login as it was typed.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        // Before any work on it: nothing that long can be one.
        if text.len() > MOST * 8 {
            return Err(Refusal::BadLogin);
        }
        let login: String =
            unicase::UniCase::new(text.trim().nfkc().collect::<String>()).to_folded_case().nfkc().collect();
        let is_fit = (FEWEST..=MOST).contains(&login.chars().count()) && login.chars().all(is_possible);
        is_fit.then_some(Login(login)).ok_or(Refusal::BadLogin)
    }

    /// The login in its one spelling.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_possible(character: char) -> bool {
    let is_letter = character.is_alphanumeric() && !visible::is_invisible(character);
    is_letter || MARKS.contains(&character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_has_one_spelling() {
        for (typed, stored) in [
            (" Ann.Lee ", "ann.lee"),
            ("ANN@example.org", "ann@example.org"),
            ("林小雨", "林小雨"),
            ("Ｊｏｅ", "joe"),
            ("Straße", "strasse"),
        ] {
            assert_eq!(Login::parse(typed).unwrap().as_str(), stored);
        }
    }

    #[test]
    fn what_cannot_be_a_login_is_refused() {
        let long = "x".repeat(MOST + 1);
        for bad in [
            "",
            "ab",
            "a b c",
            "a/b",
            "ann\n.",
            "a\u{202e}bc",
            "ann\u{3164}",
            "👋👋👋",
            &long,
            &"é".repeat(99_999),
        ] {
            assert_eq!(Login::parse(bad), Err(Refusal::BadLogin), "{bad:?}");
        }
    }
}
