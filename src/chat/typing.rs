//! Who is typing: gathered on each node from everybody's word for it, and told once a second a room.
//!
//! Whoever types says so every few seconds. What lines are told is who all are typing now, so that a lost
//! signal costs nothing; it is told when it changes, again every few seconds, and at last that nobody is.

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};

use serde_json::json;

use super::payload::Payload;
use super::{Chat, PersonId, Refusal, RoomName, Speaker, author, schema};
use crate::engine::{EngineError, Millis};
use crate::hub::Signal;
use crate::wire::{Author, Event};

/// How long somebody is taken to be typing after they have said so, in milliseconds.
const LASTS: Millis = 5_000;
/// Who says it again sooner than this says nothing new, in milliseconds.
const TOO_SOON: Millis = 1_000;
/// After how long lines are told again what has not changed, in milliseconds.
const REPEAT: Millis = 3_000;
/// How many are named.
const MOST_NAMED: usize = 5;
/// How many are counted in a room…
const MOST_IN_ROOM: usize = 1_000;
/// … and in all rooms together.
const MOST: usize = 100_000;

/// Who is typing, room by room. Pure: it is told the time.
#[derive(Debug, Default)]
pub struct Typing {
    rooms: HashMap<String, Typists>,
    count: usize,
}

/// Who is typing in one room.
#[derive(Debug, Default)]
struct Typists {
    people: HashMap<String, Spell>,
    /// What lines were told last, and when.
    told: Option<(Vec<String>, usize, Millis)>,
}

/// Since and until when somebody is typing.
#[derive(Debug, Clone, Copy)]
struct Spell {
    since: Millis,
    until: Millis,
}

impl Chat {
    /// Somebody is typing in a room, and says so every few seconds.
    pub async fn type_in(&self, speaker: &Speaker, name: &RoomName) -> Result<(), Refusal> {
        let visit = self.visit(speaker, name).await?;
        let person = visit.person_id()?;
        self.allow_to_say(&visit)?;
        let room = &*visit.room.id;
        if self.typing().is_news(room, person, self.clock().now()) {
            let payload = Payload::Typing { room: room.to_owned(), person: person.to_owned() };
            self.tell_nodes(&payload).await?;
        }
        Ok(())
    }

    /// Who types, as this node has heard.
    pub(super) fn typing(&self) -> MutexGuard<'_, Typing> {
        self.typing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What rooms are to be told of those who type, with their present names.
    pub(super) async fn gather_typing(&self, now: Millis) -> Result<Vec<Signal>, EngineError> {
        let told = self.typing().gather(now);
        let mut ids: Vec<_> =
            told.iter().flat_map(|told| told.people.iter().cloned()).map(PersonId).collect();
        ids.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        ids.dedup();
        let people = self.people_named(&ids).await?.into_iter();
        let people: HashMap<String, Author> =
            people.map(|person| (person.id.0.clone(), author(person))).collect();
        let signal = |TypingNews { room, people: ids, count }: TypingNews| {
            let by: Vec<_> = ids.iter().filter_map(|id| people.get(id)).collect();
            let event = Event::own("typing", None, &json!({ "room": room, "by": by, "count": count }));
            Signal::gathered(schema::room_audience(&room), event)
        };
        Ok(told.into_iter().map(signal).collect())
    }
}

/// What a room is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypingNews {
    /// The room's id.
    pub room: String,
    /// The ids of those who have been typing the longest, at most five.
    pub people: Vec<String>,
    /// How many are typing.
    pub count: usize,
}

impl Typing {
    /// Whether it is news that somebody is typing, or a repetition that need not be told to anybody.
    pub fn is_news(&self, room: &str, person: &str, now: Millis) -> bool {
        let spell = self.rooms.get(room).and_then(|room| room.people.get(person));
        spell.is_none_or(|spell| spell.until - LASTS + TOO_SOON <= now)
    }

    /// Somebody is typing.
    pub fn hear(&mut self, room: &str, person: &str, now: Millis) {
        if let Some(spell) = self.rooms.get_mut(room).and_then(|room| room.people.get_mut(person)) {
            spell.until = now + LASTS;
            return;
        }
        if self.count >= MOST || self.rooms.get(room).is_some_and(|room| room.people.len() >= MOST_IN_ROOM) {
            return;
        }
        let spell = Spell { since: now, until: now + LASTS };
        self.rooms.entry(room.to_owned()).or_default().people.insert(person.to_owned(), spell);
        self.count += 1;
    }

    /// Somebody said something then, and so is not typing it any more. What was said long ago, and is only
    /// read again, ends nothing.
    pub fn said(&mut self, room: &str, person: &str, at: Millis, now: Millis) {
        if at + LASTS > now
            && let Some(room) = self.rooms.get_mut(room)
        {
            self.count -= usize::from(room.people.remove(person).is_some());
        }
    }

    /// What is to be told now, to be asked for once a second.
    pub fn gather(&mut self, now: Millis) -> Vec<TypingNews> {
        let mut news = Vec::new();
        let count = &mut self.count;
        self.rooms.retain(|room, typists| {
            let before = typists.people.len();
            typists.people.retain(|_, spell| spell.until > now);
            *count -= before - typists.people.len();
            news.extend(typists.news(now).map(|(people, count)| TypingNews {
                room: room.clone(),
                people,
                count,
            }));
            !typists.people.is_empty()
        });
        news
    }
}

impl Typists {
    /// What lines have yet to be told.
    fn news(&mut self, now: Millis) -> Option<(Vec<String>, usize)> {
        let (people, count) = (self.longest(), self.people.len());
        let is_known = match &self.told {
            None => count == 0,
            Some((told, so_many, at)) => (told, *so_many) == (&people, count) && now - at < REPEAT,
        };
        if is_known {
            return None;
        }
        self.told = Some((people.clone(), count, now));
        Some((people, count))
    }

    /// Those who have been typing the longest, by which a crowd's names do not change all the time.
    fn longest(&self) -> Vec<String> {
        let mut people: Vec<_> = self.people.iter().map(|(person, spell)| (spell.since, person)).collect();
        if people.len() > MOST_NAMED {
            people.select_nth_unstable(MOST_NAMED);
            people.truncate(MOST_NAMED);
        }
        people.sort_unstable();
        people.into_iter().map(|(_, person)| person.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(room: &str, people: &[&str], count: usize) -> TypingNews {
        let people = people.iter().map(|&person| person.to_owned()).collect();
        TypingNews { room: room.to_owned(), people, count }
    }

    #[test]
    fn a_room_is_told_who_types_when_that_changes_and_when_nobody_does_any_more() {
        let mut typing = Typing::default();
        assert!(typing.gather(0).is_empty());
        typing.hear("a", "ann", 0);
        typing.hear("a", "ben", 10);
        assert_eq!(typing.gather(1_000), [told("a", &["ann", "ben"], 2)]);
        assert!(typing.gather(2_000).is_empty(), "nothing has changed");
        typing.hear("a", "ben", 3_000);
        assert_eq!(typing.gather(4_000), [told("a", &["ann", "ben"], 2)], "told again after a while");
        assert_eq!(typing.gather(5_000), [told("a", &["ben"], 1)]);
        typing.said("a", "ben", 0, 5_500);
        assert_eq!(typing.count, 1, "that was before");
        typing.said("a", "ben", 5_400, 5_500);
        assert_eq!(typing.gather(6_000), [told("a", &[], 0)]);
        assert!(typing.gather(7_000).is_empty());
        assert_eq!((typing.rooms.len(), typing.count), (0, 0));
    }

    #[test]
    fn who_has_said_it_before_anybody_was_told_was_not_typing() {
        let mut typing = Typing::default();
        typing.hear("a", "ann", 0);
        typing.said("a", "ann", 0, 0);
        assert!(typing.gather(1_000).is_empty());
        assert!(typing.rooms.is_empty());
    }

    #[test]
    fn of_a_crowd_five_are_named_and_as_many_counted_as_are_remembered() {
        let mut typing = Typing::default();
        for n in 0..2_000 {
            typing.hear("a", &format!("{n:04}"), n / 100);
        }
        assert_eq!(typing.gather(1_000), [told("a", &["0000", "0001", "0002", "0003", "0004"], 1_000)]);
        for n in 0..2_000 {
            typing.hear("a", &format!("{n:04}"), 3_000);
        }
        assert!(typing.gather(3_000).is_empty(), "one signal in a while, however many go on typing");
    }

    #[test]
    fn who_types_on_says_nothing_new_for_a_second() {
        let mut typing = Typing::default();
        assert!(typing.is_news("a", "ann", 0));
        typing.hear("a", "ann", 0);
        assert!(!typing.is_news("a", "ann", 999) && typing.is_news("a", "ann", 1_000));
        assert!(typing.is_news("b", "ann", 0));
    }

    #[test]
    fn all_rooms_together_have_a_bound() {
        let mut typing = Typing::default();
        for room in 0..150 {
            (0..1_000).for_each(|n| typing.hear(&room.to_string(), &n.to_string(), 0));
        }
        assert_eq!(typing.count, MOST);
        typing.gather(LASTS);
        assert_eq!((typing.count, typing.rooms.len()), (0, 0));
    }
}
