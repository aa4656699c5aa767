//! Mentions: whom a text calls by `@name`, or everybody by `@here`. Linear in the text.
//!
//! A name is compared as people read it: any spelling of it in Unicode (NFKC), in capitals or not. The longest
//! name that fits is meant. What stands in code, in an address of mail or the web, calls nobody.

use std::collections::HashMap;

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;

use super::{Chat, PersonId, Room};
use crate::engine::EngineError;

/// What calls everybody.
const EVERYBODY: &str = "here";
/// How many people a message calls at most.
const MOST_CALLED: usize = 50;

/// Whom a text calls.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Calls<T> {
    /// These people, in the order in which they are named; none twice.
    people: Vec<T>,
    /// Everybody.
    all: bool,
}

impl Chat {
    /// The ids of those in a room whom a text calls, and whether it calls everybody.
    pub(super) async fn named_in(&self, room: &Room, text: &str) -> Result<(Vec<String>, bool), EngineError> {
        if !text.contains('@') && !text.contains('\u{ff20}') {
            return Ok((Vec::new(), false));
        }
        let inside: Vec<_> = room.inside().iter().map(|(id, _)| PersonId(id.to_string())).collect();
        let people = self.people_named(&inside).await?;
        let names = people.iter().enumerate().map(|(place, person)| (place, person.name.clone()));
        let Calls { people: places, all } = calls(text, names);
        Ok((places.into_iter().map(|place| people[place].id.0.clone()).collect(), all))
    }
}

/// Whom a text calls, of people with these names.
fn calls<T: Copy + PartialEq>(text: &str, people: impl IntoIterator<Item = (T, String)>) -> Calls<T> {
    let mut names = Names::default();
    names.add(EVERYBODY, None);
    for (person, name) in people {
        names.add(&folded(&name), Some(person));
    }
    let mut calls = Calls { people: Vec::new(), all: false };
    for prose in prose(text) {
        names.find(&folded(prose), &mut calls);
    }
    calls
}

/// A text as names are compared.
pub(super) fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let text: String = text.nfkc().collect();
    UniCase::unicode(&text).to_folded_case().nfkc().collect()
}

/// Names as a tree of their characters, so that one walk finds the longest.
struct Names<T> {
    nodes: Vec<Node<T>>,
}

struct Node<T> {
    next: HashMap<char, usize>,
    /// Who has the name that ends here; nobody in particular for what calls everybody.
    people: Vec<Option<T>>,
}

impl<T> Default for Node<T> {
    fn default() -> Self {
        Node { next: HashMap::new(), people: Vec::new() }
    }
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Names { nodes: vec![Node::default()] }
    }
}

impl<T: Copy + PartialEq> Names<T> {
    fn add(&mut self, name: &str, person: Option<T>) {
        let mut at = 0;
        for character in name.chars() {
            at = match self.nodes[at].next.get(&character) {
                Some(next) => *next,
                None => {
                    self.nodes.push(Node::default());
                    let new = self.nodes.len() - 1;
                    self.nodes[at].next.insert(character, new);
                    new
                }
            };
        }
        if at > 0 {
            self.nodes[at].people.push(person);
        }
    }

    /// Adds whom a folded piece of prose calls.
    fn find(&self, prose: &str, calls: &mut Calls<T>) {
        let mut before = None;
        let mut rest = prose;
        while let Some(character) = rest.chars().next() {
            if is_web_address(rest, before) {
                rest = rest.trim_start_matches(|character: char| !character.is_whitespace());
                before = None;
                continue;
            }
            rest = &rest[character.len_utf8()..];
            if character == '@' && before.is_none_or(may_stand_before) {
                for person in self.longest(rest) {
                    match person {
                        None => calls.all = true,
                        Some(person)
                            if calls.people.len() >= MOST_CALLED || calls.people.contains(person) => {}
                        Some(person) => calls.people.push(*person),
                    }
                }
            }
            before = Some(character);
        }
    }

    /// Those with the longest name that a text begins with.
    fn longest(&self, text: &str) -> &[Option<T>] {
        let (mut at, mut found): (usize, &[Option<T>]) = (0, &[]);
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let Some(next) = self.nodes[at].next.get(&character) else { break };
            at = *next;
            let ends = characters.peek().is_none_or(|next| !goes_on(character, *next));
            if ends && !self.nodes[at].people.is_empty() {
                found = &self.nodes[at].people;
            }
        }
        found
    }
}

/// Whether a name may begin after `@` behind this: not in an address of mail, nor in a path.
fn may_stand_before(character: char) -> bool {
    let is_of_address = character.is_alphanumeric() && !is_unspaced(character);
    !is_of_address && !matches!(character, '@' | '/' | '\\' | '.' | '_' | '-' | '+' | '%' | '=')
}

/// Whether the word that a name ends in goes on. Some scripts put no space between words.
fn goes_on(last: char, next: char) -> bool {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    is_word(last) && is_word(next) && !is_unspaced(last) && !is_unspaced(next)
}

/// Letters of scripts without spaces: Thai to Khmer, kana, Chinese characters.
pub(super) fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{2e80}'..='\u{312f}' | '\u{31a0}'..='\u{31ff}' | '\u{3400}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether an address such as `https://…` begins here.
fn is_web_address(rest: &str, before: Option<char>) -> bool {
    let begins_word = before.is_none_or(|before| !before.is_ascii_alphanumeric());
    begins_word && ["https://", "http://", "www."].iter().any(|begin| rest.starts_with(begin))
}

/// The parts of a text that are not code, in order.
fn prose(text: &str) -> Vec<&str> {
    let mut prose = Vec::new();
    let (mut paragraph, mut at, mut fence) = (0, 0, None);
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        let marks = fence_of(line);
        match (fence, marks) {
            (None, None) if line.trim().is_empty() => {
                without_code_spans(&text[paragraph..at], &mut prose);
                paragraph = end;
            }
            (None, None) => {}
            (None, Some((mark, length, _))) => {
                without_code_spans(&text[paragraph..at], &mut prose);
                fence = Some((mark, length));
            }
            (Some((mark, length)), found) => {
                paragraph = end;
                if found.is_some_and(|(other, long, bare)| other == mark && long >= length && bare) {
                    fence = None;
                }
            }
        }
        at = end;
    }
    if fence.is_none() {
        without_code_spans(&text[paragraph..], &mut prose);
    }
    prose
}

/// Of a line that begins or ends a block of code: with which marks, how many, and whether nothing else stands
/// there.
fn fence_of(line: &str) -> Option<(char, usize, bool)> {
    let inner = line.trim_start_matches(' ');
    let mark = inner.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
    let rest = inner.trim_start_matches(mark);
    let length = inner.len() - rest.len();
    let is_fence = line.len() - inner.len() <= 3 && length >= 3 && !(mark == '`' && rest.contains('`'));
    is_fence.then_some((mark, length, rest.trim().is_empty()))
}

/// The parts of a paragraph that do not stand between as many backticks before as behind.
fn without_code_spans<'a>(paragraph: &'a str, prose: &mut Vec<&'a str>) {
    let runs = backticks(paragraph);
    // For each run the next that is as long, looked for from the end.
    let (mut next, mut seen) = (vec![None; runs.len()], HashMap::new());
    for (place, (_, length)) in runs.iter().enumerate().rev() {
        next[place] = seen.insert(*length, place);
    }
    let (mut from, mut place) = (0, 0);
    while place < runs.len() {
        if let Some(closing) = next[place] {
            prose.push(&paragraph[from..runs[place].0]);
            from = runs[closing].0 + runs[closing].1;
            place = closing;
        }
        place += 1;
    }
    prose.push(&paragraph[from..]);
}

/// Where backticks stand, and how many together.
fn backticks(text: &str) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (at, _) in text.match_indices('`') {
        match runs.last_mut() {
            Some((start, length)) if *start + *length == at => *length += 1,
            _ => runs.push((at, 1)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    const PEOPLE: [&str; 9] =
        ["Ann", "Ann Lee", "Anna", "林小雨", "林", "Zoë", "Großmann", "O'Neil", "Björn_2"];

    fn called(text: &str) -> Vec<&'static str> {
        let calls = calls(text, PEOPLE.iter().map(|name| (*name, (*name).to_owned())));
        let all = calls.all.then_some("@");
        all.into_iter().chain(calls.people).collect()
    }

    #[test]
    fn names_are_found_wherever_people_write_them() {
        for (text, people) in [
            ("@Ann", &["Ann"][..]),
            ("hello @ann!", &["Ann"]),
            ("(@ANN) and @Anna, @Ann's", &["Ann", "Anna"]),
            ("@Ann Lee was here", &["Ann Lee"]),
            ("@Ann Leery", &["Ann"]),
            ("你好@林小雨你看", &["林小雨"]),
            ("＠林，＠Ａｎｎ", &["林", "Ann"]),
            ("@ZOE\u{308} @grossmann @o'neil @björn_2.", &["Zoë", "Großmann", "O'Neil", "Björn_2"]),
            ("**@Ann** _@Anna_", &["Ann"]),
            ("@here @Ann", &["@", "Ann"]),
            ("@HERE", &["@"]),
            ("line\n@Ann\n> @Anna", &["Ann", "Anna"]),
        ] {
            assert_eq!(called(text), people, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_mention_calls_nobody() {
        for text in [
            "Ann",
            "@Annabel",
            "@hereby",
            "@ Ann",
            "mail ann@ann.example or x.@ann",
            "https://example.org/@ann http://ann@ann/ www.example.org/@ann",
            "/@ann",
            "\\@ann",
            "@@ann",
            "`@ann`",
            "``a ` @ann``",
            "```\n@ann\n```",
            "~~~ text\n@ann\n```\n@ann",
            "   ```rust\n@ann",
        ] {
            assert!(called(text).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn code_ends_where_it_ends() {
        for text in [
            "`code` @ann",
            "` @ann",
            "`` ` @ann",
            "` \n\n @ann `",
            "```\ncode\n```\n@ann",
            "````\n```\n````\n@ann",
            "    ```\n@ann",
            "``` inline ``` @ann",
            "https://example.org @ann",
        ] {
            assert_eq!(called(text), ["Ann"], "{text:?}");
        }
    }

    #[test]
    fn everybody_of_a_name_is_called_but_not_a_crowd() {
        let twins = calls("@ann", [(1, "Ann".to_owned()), (2, "ANN".to_owned())]);
        assert_eq!(twins.people, [1, 2]);
        let crowd = calls("@ann", (0..500).map(|n| (n, "Ann".to_owned())));
        assert_eq!(crowd.people.len(), MOST_CALLED);
    }

    #[test]
    fn a_hostile_text_takes_no_longer_than_another() {
        let people: Vec<_> = (0..1000).map(|n| (n, format!("{}{n}", "a".repeat(36)))).collect();
        let rising: String = (1..700).map(|n| "`".repeat(n) + " ").collect();
        let aaa = "a".repeat(39);
        for piece in ["@", "`", "@aaaa", "` `` ", "~~~\n", "https://@", "@here", &rising, &format!("@{aaa} ")]
        {
            let text = piece.repeat(250_000 / piece.len());
            let begun = Instant::now();
            calls(&text, people.iter().cloned());
            // Some 20 ms; what is quadratic takes minutes.
            assert!(begun.elapsed() < Duration::from_secs(3), "{:.20} took {:?}", piece, begun.elapsed());
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_stumble(text in "[@`~\\n a-c林/:.＠hére]{0,60}", name in "\\PC{1,12}") {
            let calls = calls(&text, [(1, name)]);
            prop_assert!(calls.people.len() <= 1);
        }

        #[test]
        fn a_name_in_prose_is_found_and_in_code_is_not(
            name in "[\\p{L}][\\p{L}\\p{N}' ]{0,20}[\\p{L}]", before in "[a-z ,.!?]{0,20}", after in "[,.!? ][a-z ]{0,20}",
        ) {
            let people = || [(1, name.split_whitespace().collect::<Vec<_>>().join(" "))];
            let name = &people()[0].1;
            prop_assert_eq!(calls(&format!("{before} @{name}{after}"), people()).people, [1]);
            prop_assert_eq!(calls(&format!("{before} `@{name}{after}`"), people()).people, [0; 0]);
            prop_assert_eq!(calls(&format!("{before}\n```\n@{name}{after}\n```"), people()).people, [0; 0]);
        }
    }
}
