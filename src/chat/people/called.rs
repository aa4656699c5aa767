//! By what people are found: their names, from each word on.
//!
//! Under `called/…` stands each name as it is compared, and under `also/…` what is left of it from each further word
//! on, or from each letter in scripts without spaces. So those whose name or word begins in some way stand beside
//! each other, however many people there are.

use std::collections::BTreeSet;

use super::{Person, PersonId};
use crate::chat::mention::{folded, is_unspaced};
use crate::chat::rights::{Case, Deed, may};
use crate::chat::schema::{self, CalledDocument};
use crate::chat::{Chat, Refusal, Speaker};
use crate::engine::{Commit, Direction, EngineError, Key, KeyRange};

/// Under how many further words a name stands at most.
const MOST_WORDS: usize = 8;

/// Adds to a commit by which somebody has another name, or none any more, under what they are found.
pub(super) fn rename(commit: &mut Commit, id: &PersonId, before: &str, after: &str) {
    let (before, after) = (keys(before, id), keys(after, id));
    commit.deletes.extend(before.difference(&after).cloned());
    for key in after.difference(&before) {
        commit.put(key.clone(), &CalledDocument {});
    }
}

/// Under which keys somebody is found by a name.
fn keys(name: &str, id: &PersonId) -> BTreeSet<Key> {
    let name = folded(name);
    let mut before = ' ';
    let mut keys = BTreeSet::new();
    for (at, character) in name.char_indices() {
        let begins = !character.is_whitespace() && (before.is_whitespace() || is_unspaced(character));
        if at == 0 {
            keys.insert(schema::called(&name, &id.0));
        } else if begins && keys.len() <= MOST_WORDS {
            keys.insert(schema::also_called(&name[at..], &id.0));
        }
        before = character;
    }
    keys
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
        let mut people = self.called_so(&Key::new("called"), &words, limit).await?;
        if !words.is_empty() && people.len() < limit {
            let also = self.called_so(&Key::new("also"), &words, limit).await?;
            people.extend(also.into_iter().filter(|person| !people.contains(person)).collect::<Vec<_>>());
        }
        people.truncate(limit);
        Ok(people)
    }

    /// People who stand under a key by something that begins so, in its order.
    async fn called_so(&self, under: &Key, words: &str, limit: usize) -> Result<Vec<Person>, EngineError> {
        let range = match words {
            "" => KeyRange::under(under),
            words => {
                let start = under.clone().part(words).to_string();
                KeyRange { end: format!("{start}\u{10ffff}"), start }
            }
        };
        let page = self.engine().scan(range, limit, Direction::Forward).await?;
        // Several words of a name may begin so.
        let ids: BTreeSet<_> = page.iter().filter_map(|(key, _)| key.last_part()).collect();
        let ids: Vec<_> = ids.into_iter().map(|id| PersonId(id.to_owned())).collect();
        let mut people = self.people_named(&ids).await?;
        people.retain(|person| !person.gone);
        people.sort_by_cached_key(|person| folded(&person.name));
        Ok(people)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_each_of_its_words() {
        let found = |name: &str| {
            let keys = keys(name, &PersonId("x".to_owned()));
            keys.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(found("Ann Lee"), ["also/lee/x", "called/ann lee/x"]);
        assert_eq!(found("林小雨"), ["also/小雨/x", "also/雨/x", "called/林小雨/x"]);
        assert_eq!(found("Ann Ann"), ["also/ann/x", "called/ann ann/x"]);
        assert_eq!(found(&"a ".repeat(20)).len(), MOST_WORDS + 1);
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
