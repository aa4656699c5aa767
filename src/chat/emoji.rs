//! Emoji: one sequence of characters that is drawn as one picture (Unicode, UTS #51). Pure.

use std::iter::Peekable;
use std::str::Chars;

use unicode_properties::{EmojiStatus, UnicodeEmoji};

/// The longest emoji, in bytes. (The flag of Wales has 28, a family of four 25.)
const MOST_BYTES: usize = 64;

const JOINER: char = '\u{200d}';
const AS_PICTURE: char = '\u{fe0f}';
const KEYCAP: char = '\u{20e3}';

/// One emoji, as everybody writes it: with the mark that asks for a picture where Unicode wants it, and only there.
/// `None` if it is something else, or more than one.
pub(super) fn one_emoji(text: &str) -> Option<String> {
    let mut emoji = String::with_capacity(text.len() + 3);
    let mut rest = text.chars().peekable();
    if text.len() > MOST_BYTES {
        return None;
    }
    if is_region(*rest.peek()?) {
        emoji.extend(rest.by_ref().take(2).filter(|region| is_region(*region)));
        return (rest.next().is_none() && emoji.chars().count() == 2).then_some(emoji);
    }
    loop {
        picture(&mut rest, &mut emoji)?;
        match rest.next() {
            None => return Some(emoji),
            Some(JOINER) => emoji.push(JOINER),
            Some(_) => return None,
        }
    }
}

/// One picture of a sequence.
fn picture(rest: &mut Peekable<Chars>, emoji: &mut String) -> Option<()> {
    let first = rest.next()?;
    let is_key = first.is_ascii_digit() || matches!(first, '#' | '*');
    if !is_key && !is_picture(first) {
        return None;
    }
    emoji.push(first);
    let marked = rest.next_if_eq(&AS_PICTURE).is_some();
    if is_key {
        rest.next_if_eq(&KEYCAP)?;
        emoji.extend([AS_PICTURE, KEYCAP]);
        return Some(());
    }
    if let Some(tone) = rest.next_if(|next| is_tone(*next)) {
        emoji.push(tone);
        return Some(());
    }
    if (marked || first != '\u{1f3f4}') && !is_picture_by_itself(first) {
        emoji.push(AS_PICTURE);
    }
    // Flags of parts of countries: a black flag, and letters that cannot be seen.
    while let Some(tag) =
        rest.next_if(|next| first == '\u{1f3f4}' && matches!(next, '\u{e0020}'..='\u{e007f}'))
    {
        emoji.push(tag);
    }
    Some(())
}

fn is_region(character: char) -> bool {
    matches!(character, '\u{1f1e6}'..='\u{1f1ff}')
}

fn is_tone(character: char) -> bool {
    matches!(character, '\u{1f3fb}'..='\u{1f3ff}')
}

fn is_picture(character: char) -> bool {
    !character.is_ascii() && !is_region(character) && character.is_emoji_char()
}

/// Whether it is drawn as a picture without being asked to.
fn is_picture_by_itself(character: char) -> bool {
    matches!(
        character.emoji_status(),
        EmojiStatus::EmojiPresentation
            | EmojiStatus::EmojiPresentationAndModifierBase
            | EmojiStatus::EmojiPresentationAndEmojiComponent
            | EmojiStatus::EmojiPresentationAndModifierAndEmojiComponent
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_kind_of_emoji_is_one() {
        for emoji in [
            "😀",
            "👍",
            "👍🏽",
            "❤️",
            "✌🏿",
            "🇫🇷",
            "1️⃣",
            "#️⃣",
            "👨‍👩‍👧‍👦",
            "🏳️‍🌈",
            "❤️‍🔥",
            "👁️‍🗨️",
            "🫨",
            "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
            "🧑🏻‍🚀",
            "🏴󠁧󠁢󠁷󠁬󠁳󠁿",
            "🏴‍☠️",
            "🦊",
            "🏴",
        ] {
            assert_eq!(one_emoji(emoji).as_deref(), Some(emoji), "{emoji}");
        }
    }

    #[test]
    fn one_emoji_has_one_spelling() {
        for (written, emoji) in
            [("❤", "❤️"), ("😀\u{fe0f}", "😀"), ("1\u{20e3}", "1️⃣"), ("❤‍🔥", "❤️‍🔥"), ("☎", "☎️")]
        {
            assert_eq!(one_emoji(written).as_deref(), Some(emoji), "{written}");
        }
    }

    #[test]
    fn what_is_not_one_emoji_is_none() {
        for text in [
            "",
            "a",
            "1",
            "#",
            ":)",
            "😀😀",
            "👍a",
            " 👍",
            "\u{200d}",
            "👍\u{200d}",
            "🇫",
            "🇫🇷🇩🇪",
            "\u{fe0f}",
            "é",
            "<b>",
            "林",
        ] {
            assert_eq!(one_emoji(text), None, "{text:?}");
        }
        assert_eq!(one_emoji(&["👨"; 20].join("\u{200d}")), None);
    }

    proptest! {
        #[test]
        fn an_emoji_is_its_own_spelling(text in "[👍🏽❤\u{fe0f}\u{200d}🇫🇷1#\u{20e3}a🏴\u{e0067}\u{e007f}]{0,6}") {
            if let Some(emoji) = one_emoji(&text) {
                prop_assert_eq!(one_emoji(&emoji), Some(emoji.clone()));
                prop_assert!(emoji.len() <= MOST_BYTES + 16);
            }
        }
    }
}
