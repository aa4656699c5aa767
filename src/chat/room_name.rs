//! Names of rooms in URLs: a public room's name, in whichever spelling, or the id of a hidden room.

use std::fmt;

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::visible;

/// The most code points in a name.
const MOST_CHARACTERS: usize = 64;
/// The most bytes in a name, in UTF-8.
const MOST_BYTES: usize = 200;

/// The random characters in the id of a hidden room.
const HIDDEN_CHARACTERS: usize = 16;

/// The name of a public room in its canonical spelling: NFKC and case folding (Unicode, UAX #15 and
/// section 3.13) until neither changes anything; or the id of a hidden room, `~` and 16 characters of base64url.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoomName(String);

/// Why a text cannot be the name of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRoomName {
    /// Nothing there.
    #[error("a room's name has at least one character")]
    Empty,
    /// More than 64 code points or 200 bytes.
    #[error("a room's name has at most 64 characters and 200 bytes")]
    TooLong,
    /// Only dots, which browsers and proxies take for folders.
    #[error("a room's name is not made of dots only")]
    OnlyDots,
    /// `~` begins the ids of private rooms.
    #[error("a room's name does not begin with ~, and this is not the id of a hidden room")]
    LeadingTilde,
    /// Something that is not a letter, mark, digit or one of `- _ . ~`, or that cannot be seen.
    #[error("a room's name has letters, digits and - _ . ~ only")]
    BadCharacter,
}

impl RoomName {
    /// Reads a name in any spelling.
    pub fn parse(text: &str) -> Result<Self, BadRoomName> {
        // Folding can shorten a text but no spelling of a possible name is longer than this.
        if text.len() > 4 * MOST_BYTES {
            return Err(BadRoomName::TooLong);
        }
        if let Some(id) = text.strip_prefix('~') {
            let is_id = id.len() == HIDDEN_CHARACTERS
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
            return is_id.then(|| RoomName(text.to_owned())).ok_or(BadRoomName::LeadingTilde);
        }
        let name = fold(text);
        if name.is_empty() {
            return Err(BadRoomName::Empty);
        }
        if !name.chars().all(is_possible) {
            return Err(BadRoomName::BadCharacter);
        }
        if name.len() > MOST_BYTES || name.chars().count() > MOST_CHARACTERS {
            return Err(BadRoomName::TooLong);
        }
        if name.bytes().all(|byte| byte == b'.') {
            return Err(BadRoomName::OnlyDots);
        }
        if name.starts_with('~') {
            return Err(BadRoomName::LeadingTilde);
        }
        Ok(RoomName(name))
    }

    /// Whether it is the id of a room that only some can find.
    pub fn is_hidden(&self) -> bool {
        self.0.starts_with('~')
    }

    /// The canonical spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn fold(text: &str) -> String {
    // Most names: each character stands for itself, and folding is lower case.
    if text.is_ascii() { text.to_ascii_lowercase() } else { fold_any(text) }
}

fn fold_any(text: &str) -> String {
    let mut name: String = text.nfkc().collect();
    // Folding can undo the normal form, and the other way round; a few rounds settle every text.
    for _ in 0..4 {
        let folded: String = UniCase::unicode(&name).to_folded_case().nfkc().collect();
        if folded == name {
            break;
        }
        name = folded;
    }
    name
}

fn is_possible(character: char) -> bool {
    let is_mark = matches!(character, '-' | '_' | '.' | '~');
    is_mark || if character.is_ascii() { character.is_ascii_alphanumeric() } else { is_word(character) }
}

/// Whether it is a letter, mark or digit that can be seen.
fn is_word(character: char) -> bool {
    let group = character.general_category_group();
    let is_word = matches!(group, GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark)
        || character.general_category() == unicode_properties::GeneralCategory::DecimalNumber;
    is_word && !visible::is_invisible(character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &str) -> Result<String, BadRoomName> {
        RoomName::parse(text).map(|name| name.0)
    }

    #[test]
    fn every_spelling_leads_to_one_name() {
        for text in ["Straße", "STRASSE", "straſſe", "ｓｔｒａｓｓｅ"] {
            assert_eq!(name(text).as_deref(), Ok("strasse"), "{text}");
        }
        assert_eq!(name("聊天室").as_deref(), Ok("聊天室"));
        assert_eq!(name("cafe\u{301}"), name("CAFÉ"));
        assert_eq!(name("v1.2_a-b~c").as_deref(), Ok("v1.2_a-b~c"));
    }

    #[test]
    fn the_id_of_a_hidden_room_is_taken_as_it_is() {
        assert_eq!(name("~AbCdEf_12345-678").as_deref(), Ok("~AbCdEf_12345-678"));
        assert!(RoomName::parse("~AbCdEf_12345-678").unwrap().is_hidden());
        for text in ["~", "~AbCdEf_12345-67", "~AbCdEf_12345-6789", "~AbCdEf_12345/678"] {
            assert_eq!(name(text), Err(BadRoomName::LeadingTilde), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_a_name_is_refused() {
        let long = "a".repeat(65);
        let bytes = "漢".repeat(67);
        for (text, why) in [
            ("", BadRoomName::Empty),
            (".", BadRoomName::OnlyDots),
            ("..", BadRoomName::OnlyDots),
            ("~abc", BadRoomName::LeadingTilde),
            ("a/b", BadRoomName::BadCharacter),
            ("a b", BadRoomName::BadCharacter),
            ("a\u{202e}b", BadRoomName::BadCharacter),
            ("a\u{0}b", BadRoomName::BadCharacter),
            ("a\u{3164}", BadRoomName::BadCharacter),
            ("a%2fb", BadRoomName::BadCharacter),
            ("💬", BadRoomName::BadCharacter),
            (&long, BadRoomName::TooLong),
            (&bytes, BadRoomName::TooLong),
        ] {
            assert_eq!(name(text), Err(why), "{text:?}");
        }
    }

    #[test]
    fn what_is_short_for_ascii_comes_to_the_same_for_every_character_of_it() {
        for character in (0..0x80_u8).map(char::from) {
            let is_mark = "-_.~".contains(character);
            assert_eq!(is_possible(character), is_mark || is_word(character), "{character:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_short_for_ascii_comes_to_the_same(text in "[\\x00-\\x7f]{0,40}") {
            prop_assert_eq!(fold(&text), fold_any(&text));
        }

        #[test]
        fn a_canonical_name_is_its_own_canonical_name(text in "\\PC{1,40}") {
            if let Ok(once) = name(&text) {
                prop_assert_eq!(name(&once), Ok(once));
            }
        }
    }
}
