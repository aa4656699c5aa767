//! One emoji: a face, a heart, a flag, a family. Checked by its form (UTS #51, section 1.4.9), so that emoji
//! which are newer than this program are emoji, too.

use unicode_properties::UnicodeEmoji;

/// The longest emoji, in bytes: families and flags of regions are long.
const MOST_BYTES: usize = 64;

const JOINER: char = '\u{200d}';
const AS_EMOJI: char = '\u{fe0f}';
const KEYCAP: char = '\u{20e3}';
const SKIN_TONES: std::ops::RangeInclusive<char> = '\u{1f3fb}'..='\u{1f3ff}';
const FLAG_LETTERS: std::ops::RangeInclusive<char> = '\u{1f1e6}'..='\u{1f1ff}';
const TAGS: std::ops::RangeInclusive<char> = '\u{e0020}'..='\u{e007e}';
const END_OF_TAGS: char = '\u{e007f}';

/// Whether a text is one emoji and nothing else.
pub(super) fn is_one(text: &str) -> bool {
    if text.is_empty() || text.len() > MOST_BYTES {
        return false;
    }
    let mut letters = text.chars();
    if letters.by_ref().all(|letter| FLAG_LETTERS.contains(&letter)) {
        return text.chars().count() == 2;
    }
    text.split(JOINER).all(is_element)
}

/// What a joiner joins: one character, perhaps with a skin tone, a keycap or tags.
fn is_element(text: &str) -> bool {
    let mut rest = text.chars();
    let Some(first) = rest.next().filter(|first| first.is_emoji_char() && !FLAG_LETTERS.contains(first))
    else {
        return false;
    };
    let rest: Vec<_> = rest.collect();
    match rest.as_slice() {
        // Digits and the like are emoji on a key only.
        [AS_EMOJI, KEYCAP] | [KEYCAP] => first.is_ascii(),
        _ if first.is_ascii() => false,
        [] | [AS_EMOJI] => true,
        [tone] | [tone, AS_EMOJI] if SKIN_TONES.contains(tone) => true,
        [tags @ .., END_OF_TAGS] => !tags.is_empty() && tags.iter().all(|tag| TAGS.contains(tag)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_one;

    #[test]
    fn one_emoji_is_one() {
        for one in ["🦊", "❤", "❤️", "👍🏽", "🇨🇭", "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "1️⃣", "👩🏿‍🚀", "🏳️‍🌈", "☕", "🫨"]
        {
            assert!(is_one(one), "{one}");
        }
        let long = "👩‍".repeat(9) + "👩";
        for other in [
            "",
            "a",
            "1",
            "#",
            "👍👍",
            "👍x",
            "🇨",
            "🇨🇭🇫",
            "👍 ",
            "\u{200d}",
            "❤\u{200d}",
            "\u{fe0f}",
            "安",
            &long,
        ] {
            assert!(!is_one(other), "{other}");
        }
    }
}
