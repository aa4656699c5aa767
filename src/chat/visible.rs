//! What of a text can be seen. Names, titles and topics have nothing in them by which two could look alike, or by
//! which what stands behind them would read in another order. Pure.

use unicode_properties::UnicodeEmoji;

const JOINER: char = '\u{200d}';
const NON_JOINER: char = '\u{200c}';
const BLACK_FLAG: char = '\u{1f3f4}';

/// A text on one line, with single spaces inside and none around, and without what cannot be seen.
pub(super) fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
    let visible = without_invisible(&spaced);
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether everything in a text either can be seen or changes how it is seen.
pub(super) fn is_all_visible(text: &str) -> bool {
    !text.chars().any(char::is_control) && without_invisible(text).len() == text.len()
}

/// Whether a character shows nothing by itself: Unicode's Default_Ignorable_Code_Point, and the blank of Braille.
pub(super) fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn without_invisible(text: &str) -> String {
    let (mut kept, mut before) = (String::with_capacity(text.len()), None);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if !is_invisible(character) || is_needed(before, character, characters.peek().copied()) {
            kept.push(character);
            before = Some(character);
        }
    }
    kept
}

/// Whether what shows nothing by itself changes what stands around it: emoji of several, and scripts whose letters
/// join or do not.
fn is_needed(before: Option<char>, character: char, after: Option<char>) -> bool {
    let Some(before) = before else { return false };
    match character {
        '\u{fe0e}' | '\u{fe0f}' => is_picture(before) || (after == Some('\u{20e3}') && before.is_ascii()),
        JOINER if is_picture(before) || before == '\u{fe0f}' => after.is_some_and(is_picture),
        JOINER | NON_JOINER => joins(before) && after.is_some_and(joins),
        '\u{e0020}'..='\u{e007f}' => before == BLACK_FLAG || matches!(before, '\u{e0020}'..='\u{e007e}'),
        _ => false,
    }
}

fn is_picture(character: char) -> bool {
    !character.is_ascii() && character.is_emoji_char()
}

/// Letters and marks of scripts in which it can be seen whether two are joined: Arabic to Sinhala, Myanmar, Khmer,
/// Mongolian.
fn joins(character: char) -> bool {
    matches!(character, '\u{600}'..='\u{dff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{18af}')
        && !is_invisible(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_not_kept() {
        for text in [
            "Ann\u{200b}",
            "\u{3164}Ann",
            "An\u{ad}n",
            "Ann\u{200d}",
            "A\u{200d}nn",
            "A\u{200c}nn",
            "A\u{fe0f}nn",
            "\u{202e}Ann",
            "Ann\u{2066}",
            "Ann\u{e0041}",
            "Ann\u{2800}",
            "林\u{200d}小",
        ] {
            assert!(!is_all_visible(text), "{text:?}");
            let line = one_line(text);
            assert!(is_all_visible(&line) && (line == "Ann" || line == "林小"), "{text:?}");
        }
        assert!(!is_all_visible("Ann\n") && one_line(" a \n\t b\u{7} ") == "a b");
        assert_eq!(one_line("\u{3164}\u{200b} \u{2060}"), "");
    }

    #[test]
    fn what_changes_how_others_are_seen_is() {
        for text in
            ["Ann ❤️", "👨‍👩‍👧‍👦", "🏳️‍🌈 club", "1️⃣", "🏴󠁧󠁢󠁷󠁬󠁳󠁿", "می‌خواهم", "क्‍ष", "José", "Anne-Marie O’Neill", "👍🏽"]
        {
            assert!(is_all_visible(text), "{text:?}");
            assert_eq!(one_line(text), text);
        }
    }
}
