//! By what people are found: their names, from each word on.
//!
//! Under `called/…` stands each name as it is compared, and what is left of it from each further word on, or from
//! each letter in scripts without spaces. So those whose name or word begins in some way stand beside each other,
//! however many people there are.

use std::collections::BTreeMap;

use super::{Person, PersonId};
use crate::chat::mention::{folded, is_unspaced};
use crate::chat::rights::{Case, Deed, may};
use crate::chat::schema::{self, CalledDocument};
use crate::chat::{Chat, Refusal, Speaker};
use crate::engine::{Commit, Direction, Key, KeyRange};

/// Under how many beginnings a name stands at most.
const MOST_BEGINNINGS: usize = 8;
/// How many beginnings are read at a time, and at most for one search.
const PIECE: usize = 250;
const MOST_READ: usize = 1_000;

/// Adds to a commit by which somebody has another name, or none any more, under what they are found.
pub(super) fn rename(commit: &mut Commit, id: &PersonId, before: &str, after: &str) {
    let (before, after) = (beginnings(before), beginnings(after));
    let key = |beginning: &str| schema::called(beginning, &id.0);
    commit.deletes.extend(before.keys().filter(|it| !after.contains_key(*it)).map(|it| key(it)));
    for (beginning, whole) in &after {
        if before.get(beginning) != Some(whole) {
            commit.put(key(beginning), &CalledDocument { whole: *whole });
        }
    }
}

/// What a name is found by, and whether that is all of it.
fn beginnings(name: &str) -> BTreeMap<String, bool> {
    let name = folded(name);
    let (mut beginnings, mut before) = (BTreeMap::new(), ' ');
    for (at, character) in name.char_indices() {
        let begins = !character.is_whitespace() && (before.is_whitespace() || is_unspaced(character));
        if begins && beginnings.len() < MOST_BEGINNINGS {
            beginnings.entry(name[at..].to_owned()).or_insert(at == 0);
        }
        before = character;
    }
    beginnings
}

impl Chat {
    /// At most `limit` people whose name, or a word of it, begins so; those first whose name does.
    pub async fn find_people(
        &self,
        speaker: &Speaker,
        words: &str,
        limit: usize,
    ) -> Result<Vec<Person>, Refusal> {
        let asker = self.somebody(speaker).await?;
        may(self.policy(), Case::of(&asker), Deed::SeePeople)?;
        let words = folded(&words.split_whitespace().collect::<Vec<_>>().join(" "));
        let mut range = match words.as_str() {
            "" => KeyRange::under(&Key::new("called")),
            words => {
                let start = Key::new("called").part(words).to_string();
                KeyRange { end: format!("{start}\u{10ffff}"), start }
            }
        };
        let mut ids: Vec<PersonId> = Vec::new();
        for _ in 0..MOST_READ / PIECE {
            let page = self.engine().scan(range.clone(), PIECE, Direction::Forward).await?;
            for (key, stored) in &page {
                // Without words everybody is meant: once, by the whole of their name.
                let is_meant = !words.is_empty() || schema::read::<CalledDocument>(key, stored)?.whole;
                let id = PersonId(key.last_part().unwrap_or_default().to_owned());
                if is_meant && !ids.contains(&id) {
                    ids.push(id);
                }
            }
            match page.last() {
                Some((last, _)) if page.len() == PIECE && ids.len() < limit => {
                    range.start = format!("{last}\0");
                }
                _ => break,
            }
        }
        let mut people = self.people_named(&ids).await?;
        people.retain(|person| !person.gone);
        people.sort_by_cached_key(|person| {
            let name = folded(&person.name);
            (!name.starts_with(&words), name)
        });
        people.truncate(limit);
        Ok(people)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_each_of_its_words() {
        let found = |name| beginnings(name).into_iter().collect::<Vec<_>>();
        let is = |beginning: &str, whole| (beginning.to_owned(), whole);
        assert_eq!(found("Ann Lee"), [is("ann lee", true), is("lee", false)]);
        assert_eq!(found("林小雨"), [is("小雨", false), is("林小雨", true), is("雨", false)]);
        assert_eq!(found("Ann Ann"), [is("ann", false), is("ann ann", true)]);
        assert_eq!(beginnings(&"a ".repeat(20)).len(), MOST_BEGINNINGS);
        assert!(found("").is_empty());
    }

    #[test]
    fn another_name_takes_the_place_of_the_one_before() {
        let (ann, mut commit) = (PersonId("ann".to_owned()), Commit::new());
        rename(&mut commit, &ann, "Ann Lee", "Ann-Marie Lee");
        let puts: Vec<_> = commit.puts.iter().map(|put| put.key.resolve(None).to_string()).collect();
        assert_eq!(puts, ["called/ann-marie lee/ann"]);
        let deletes: Vec<_> = commit.deletes.iter().map(ToString::to_string).collect();
        assert_eq!(deletes, ["called/ann lee/ann"]);
    }
}
