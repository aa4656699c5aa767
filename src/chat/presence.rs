//! Whether people who are here are at it or away, by the word of their pages. Kept by every node in memory.
//!
//! Each page says it for itself and says it again from time to time; a word that is not repeated expires. A
//! person is away if every page of theirs that has said something is.

use std::collections::{BTreeMap, HashMap};
use std::sync::{MutexGuard, PoisonError};

use super::payload::{Payload, State};
use super::{Chat, Refusal, Speaker, schema};
use crate::engine::{Audience, Millis};

/// How long a word is believed, in milliseconds.
const LASTS: Millis = 10 * 60_000;
/// Of how many pages of a person a word is kept.
const MOST_PAGES: usize = 16;
/// Of how many people words are kept.
const MOST_PEOPLE: usize = 100_000;
/// How many changes may wait to be told, in all rooms.
const MOST_WAITING: usize = 100_000;
/// How many are told to a room in one signal; the others are told a second later.
const MOST_IN_SIGNAL: usize = 100;
/// How often what has expired is let go, in milliseconds.
const SWEEP_EVERY: Millis = 60_000;

impl Chat {
    /// Somebody's page says whether they are at it. Of their rooms those are told that `is_heard`.
    pub async fn say_presence(
        &self,
        speaker: &Speaker,
        state: State,
        is_heard: impl Fn(&Audience) -> bool,
    ) -> Result<(), Refusal> {
        let person = self.present(speaker).await?.ok_or(Refusal::NotSignedIn)?.id.0;
        let mut rooms = self.rooms_of(&person).await?;
        rooms.retain(|room| is_heard(&schema::room_audience(room)));
        let page = speaker.client.as_ref().or(speaker.session.as_ref()).map_or("", |page| page).to_owned();
        self.tell_nodes(&Payload::Presence { person, page, state, rooms }).await?;
        Ok(())
    }

    /// How somebody is, provided that they are here.
    pub fn presence_of(&self, person: &str) -> State {
        self.presence().state(person, self.clock().now())
    }

    /// What pages have said, as this node has heard.
    pub(super) fn presence(&self) -> MutexGuard<'_, States> {
        self.presence.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What pages have said. Pure: it is told the time.
#[derive(Debug, Default)]
pub struct States {
    people: HashMap<String, Vec<Word>>,
    /// What rooms have yet to be told.
    waiting: HashMap<String, BTreeMap<String, State>>,
    waiting_count: usize,
    swept: Millis,
}

/// What one page has said.
#[derive(Debug)]
struct Word {
    page: String,
    state: State,
    until: Millis,
}

/// What a room is to be told.
pub type PresenceNews = (String, Vec<(String, State)>);

impl States {
    /// A page of somebody's says how they are. If that makes a difference, these rooms are to be told.
    pub fn hear(&mut self, person: &str, page: &str, state: State, rooms: &[String], now: Millis) {
        let before = self.state(person, now);
        if self.people.len() >= MOST_PEOPLE && !self.people.contains_key(person) {
            return;
        }
        let words = self.people.entry(person.to_owned()).or_default();
        words.retain(|word| word.until > now && word.page != page);
        if words.len() >= MOST_PAGES {
            words.remove(0);
        }
        words.push(Word { page: page.to_owned(), state, until: now + LASTS });
        let state = self.state(person, now);
        if state != before {
            rooms.iter().for_each(|room| self.wait(room, person, state));
        }
    }

    /// How somebody is, provided that they are here.
    pub fn state(&self, person: &str, now: Millis) -> State {
        let words = self.people.get(person).into_iter().flatten().filter(|word| word.until > now);
        words.map(|word| word.state).min().unwrap_or(State::Online)
    }

    /// What is to be told now, to be asked for once a second.
    pub fn gather(&mut self, now: Millis) -> Vec<PresenceNews> {
        if now - self.swept >= SWEEP_EVERY {
            self.swept = now;
            self.people.retain(|_, words| words.iter().any(|word| word.until > now));
        }
        let mut told = Vec::new();
        self.waiting.retain(|room, people| {
            let mut some = Vec::new();
            while some.len() < MOST_IN_SIGNAL
                && let Some(one) = people.pop_first()
            {
                some.push(one);
            }
            told.push((room.clone(), some));
            !people.is_empty()
        });
        self.waiting_count -= told.iter().map(|(_, people)| people.len()).sum::<usize>();
        told
    }

    fn wait(&mut self, room: &str, person: &str, state: State) {
        if self.waiting_count >= MOST_WAITING {
            return;
        }
        let before = self.waiting.entry(room.to_owned()).or_default().insert(person.to_owned(), state);
        self.waiting_count += usize::from(before.is_none());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use State::{Away, Online};

    fn rooms() -> Vec<String> {
        vec!["a".to_owned()]
    }

    #[test]
    fn who_is_away_on_one_page_and_at_it_on_another_is_online() {
        let mut states = States::default();
        assert_eq!(states.state("ann", 0), Online);
        states.hear("ann", "laptop", Away, &rooms(), 0);
        assert_eq!(states.state("ann", 0), Away);
        states.hear("ann", "phone", Online, &rooms(), 0);
        assert_eq!(states.state("ann", 0), Online);
        states.hear("ann", "phone", Away, &rooms(), 0);
        assert_eq!(states.state("ann", 0), Away);
        assert_eq!(states.state("ann", LASTS), Online, "as far as anybody knows");
    }

    #[test]
    fn rooms_are_told_of_what_makes_a_difference_once() {
        let mut states = States::default();
        states.hear("ann", "laptop", Online, &rooms(), 0);
        assert!(states.gather(0).is_empty(), "as everybody thought");
        states.hear("ann", "laptop", Away, &rooms(), 0);
        states.hear("ben", "phone", Away, &rooms(), 0);
        states.hear("ben", "phone", Online, &rooms(), 0);
        let both = vec![("ann".to_owned(), Away), ("ben".to_owned(), Online)];
        assert_eq!(states.gather(0), [("a".to_owned(), both)]);
        assert!(states.gather(0).is_empty());
    }

    #[test]
    fn a_crowd_that_turns_away_at_once_is_told_in_pieces() {
        let mut states = States::default();
        (0..250).for_each(|n| states.hear(&n.to_string(), "page", Away, &rooms(), 0));
        let told: Vec<usize> =
            (0..4).flat_map(|_| states.gather(0)).map(|(_, people)| people.len()).collect();
        assert_eq!((told, states.waiting_count), (vec![100, 100, 50], 0));
    }

    #[test]
    fn what_is_kept_has_bounds_and_is_let_go() {
        let mut states = States::default();
        (0..100).for_each(|n| states.hear("ann", &n.to_string(), Away, &[], 0));
        assert_eq!(states.people["ann"].len(), MOST_PAGES);
        (0..MOST_PEOPLE + 10).for_each(|n| states.hear(&n.to_string(), "page", Away, &rooms(), 0));
        assert_eq!((states.people.len(), states.waiting_count), (MOST_PEOPLE, MOST_PEOPLE - 1));
        states.gather(LASTS);
        assert!(states.people.is_empty());
    }
}
