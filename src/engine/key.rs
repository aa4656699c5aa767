//! Keys: tuples of text, written so that their bytes sort part by part and a person can read them.

use std::fmt;

use super::Number;

/// How many digits a number in a key has: enough for every integer that JavaScript can hold.
const NUMBER_DIGITS: usize = 16;

/// A tuple of parts, such as `message/lobby/0000000000001027`.
///
/// Parts are joined by `/`. Within a part `/`, `%` and control characters are percent-encoded, so
/// no part can reach into the next.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(String);

impl Key {
    /// A key of one part.
    pub fn new(part: &str) -> Self {
        let mut key = Key(String::with_capacity(64));
        key.push(part);
        key
    }

    /// The key with one more part.
    #[must_use]
    pub fn part(mut self, part: &str) -> Self {
        self.0.push('/');
        self.push(part);
        self
    }

    /// The key with a number as its last part, padded so that numbers sort as numbers.
    #[must_use]
    pub fn number(mut self, number: Number) -> Self {
        let mut digits = itoa::Buffer::new();
        let digits = digits.format(number.0);
        self.0.push('/');
        self.0.extend(std::iter::repeat_n('0', NUMBER_DIGITS.saturating_sub(digits.len())));
        self.0.push_str(digits);
        self
    }

    /// The key below this one whose last part is this number.
    #[must_use]
    pub fn with_number(&self, number: Number) -> Self {
        let mut text = String::with_capacity(self.0.len() + 1 + NUMBER_DIGITS);
        text.push_str(&self.0);
        Key(text).number(number)
    }

    /// The number in the last part, if that is one.
    pub fn last_number(&self) -> Option<Number> {
        let last = self.0.rsplit('/').next()?;
        let is_number = last.len() >= NUMBER_DIGITS && last.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| last.parse().ok().map(Number))?
    }

    /// The last part as it is stored: a part of letters and digits is stored as it is.
    pub fn last_part(&self) -> Option<&str> {
        self.0.rsplit('/').next()
    }

    /// All parts but the last, as they are stored; none of a key of one part.
    pub fn parent(&self) -> Option<&str> {
        self.0.rsplit_once('/').map(|(parent, _)| parent)
    }

    /// The key as it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A key read back from a store.
    pub fn from_stored(stored: String) -> Self {
        Key(stored)
    }

    fn push(&mut self, part: &str) {
        // Nearly all parts are ids and words of our own.
        if part
            .bytes()
            .all(|byte| matches!(byte, b'-' | b'.' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z'))
        {
            self.0.push_str(part);
            return;
        }
        for character in part.chars() {
            if character == '/' || character == '%' || character.is_control() {
                let mut buffer = [0; 4];
                for byte in character.encode_utf8(&mut buffer).bytes() {
                    self.0.push_str(&format!("%{byte:02X}"));
                }
            } else {
                self.0.push(character);
            }
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A range of stored keys: from `start` (included) to `end` (not included), by bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRange {
    /// The first key that may be in it.
    pub start: String,
    /// The first key that is past it.
    pub end: String,
}

impl KeyRange {
    /// Every key that has `prefix` as its first parts and at least one part more.
    pub fn under(prefix: &Key) -> Self {
        // '0' is the character after '/'.
        KeyRange { start: format!("{prefix}/"), end: format!("{prefix}0") }
    }

    /// Those under `prefix` whose next part is a number after `after`, up to and including `upto`.
    pub fn numbers(prefix: &Key, after: Number, upto: Number) -> Self {
        KeyRange { start: prefix.clone().number(after.next()).0, end: prefix.clone().number(upto.next()).0 }
    }

    /// Whether a key lies in the range.
    pub fn contains(&self, key: &Key) -> bool {
        self.start.as_str() <= key.as_str() && key.as_str() < self.end.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_reach_into_each_other() {
        assert_ne!(Key::new("a").part("b/c"), Key::new("a").part("b").part("c"));
        assert_eq!(Key::new("a").part("b/c%\n").as_str(), "a/b%2Fc%25%0A");
    }

    #[test]
    fn numbers_sort_as_numbers_and_read_back() {
        let room = Key::new("message").part("lobby");
        let nine = room.clone().number(Number(9));
        let ten = room.clone().number(Number(10));
        assert!(nine < ten);
        assert_eq!(ten.last_number(), Some(Number(10)));
        assert_eq!(room.last_number(), None);
    }

    #[test]
    fn a_range_under_a_prefix_holds_its_children_only() {
        let range = KeyRange::under(&Key::new("message").part("lobby"));
        assert!(range.contains(&Key::new("message").part("lobby").number(Number(1))));
        assert!(!range.contains(&Key::new("message").part("lobby")));
        assert!(!range.contains(&Key::new("message").part("lobby2").number(Number(1))));
        assert!(!range.contains(&Key::new("message").part("lobby-x").number(Number(1))));
    }

    #[test]
    fn a_range_of_numbers_leaves_out_its_start_and_has_its_end() {
        let prefix = Key::new("message").part("lobby");
        let range = KeyRange::numbers(&prefix, Number(5), Number(7));
        let inside = |n| range.contains(&prefix.clone().number(Number(n)));
        assert_eq!([5, 6, 7, 8].map(inside), [false, true, true, false]);
    }
}
