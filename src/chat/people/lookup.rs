//! To find people: by what they bring, by their ids, and by a part of their name.

use super::{Person, PersonId, SessionToken};
use crate::chat::rights::{Case, Deed, may};
use crate::chat::schema;
use crate::chat::{Chat, Refusal, Speaker};
use crate::engine::{Direction, EngineError, Key, KeyRange};

/// How many people are looked through at a time, and at most, for a part of a name.
const PIECE: usize = 500;
const MOST_LOOKED_THROUGH: usize = 20_000;

impl Chat {
    /// Who is known by a token, if anybody.
    pub async fn known_by(&self, token: &SessionToken) -> Result<Option<Person>, EngineError> {
        if !self.is_session(token).await? {
            return Ok(None);
        }
        let person = self.person_named(Some(&token.person().0)).await?;
        Ok(person.filter(|person| !person.gone))
    }

    /// Somebody, for who may see people. Who is gone is still somebody, without a name.
    pub async fn person(&self, speaker: &Speaker, id: &PersonId) -> Result<Person, Refusal> {
        let asker = self.somebody(speaker).await?;
        may(self.policy(), Case::of(asker.role), Deed::SeePeople)?;
        self.person_named(Some(&id.0)).await?.ok_or(Refusal::NoSuchPerson)
    }

    /// At most `limit` people whose name has these words in it, by name.
    pub async fn find_people(
        &self,
        speaker: &Speaker,
        words: &str,
        limit: usize,
    ) -> Result<Vec<Person>, Refusal> {
        let asker = self.somebody(speaker).await?;
        may(self.policy(), Case::of(asker.role), Deed::SeePeople)?;
        let words = words.trim().to_lowercase();
        let mut found = Vec::new();
        let mut range = KeyRange::under(&Key::new("person"));
        for _ in 0..MOST_LOOKED_THROUGH / PIECE {
            let page = self.engine().scan(range.clone(), PIECE, Direction::Forward).await?;
            for (key, stored) in &page {
                let id = PersonId(key.last_part().unwrap_or_default().to_owned());
                let person = Person::of(id, schema::read(key, stored)?);
                let name = person.name.to_lowercase();
                if !person.gone && name.contains(&words) {
                    found.push((!name.starts_with(&words), name, person));
                }
            }
            // Whose name begins so comes first.
            found.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
            found.truncate(limit);
            match page.last() {
                Some((last, _)) if page.len() == PIECE => range.start = format!("{last}\0"),
                _ => break,
            }
        }
        Ok(found.into_iter().map(|(_, _, person)| person).collect())
    }

    /// The person with an id, if there is one.
    pub(in crate::chat) async fn person_named(
        &self,
        id: Option<&str>,
    ) -> Result<Option<Person>, EngineError> {
        let Some(id) = id else { return Ok(None) };
        let found = self.people_named(&[PersonId(id.to_owned())]).await?;
        Ok(found.into_iter().next())
    }

    /// The people with these ids, without those who are not known.
    pub(in crate::chat) async fn people_named(&self, ids: &[PersonId]) -> Result<Vec<Person>, EngineError> {
        let (mut people, mut unknown) = (Vec::with_capacity(ids.len()), Vec::new());
        for id in ids {
            match self.people.get(id) {
                Some(person) => people.push(person),
                None => unknown.push(id.clone()),
            }
        }
        if unknown.is_empty() {
            return Ok(people);
        }
        let changes = self.people.changes();
        let keys: Vec<_> = unknown.iter().map(|id| schema::person(&id.0)).collect();
        for ((id, key), stored) in unknown.into_iter().zip(&keys).zip(self.engine().get(&keys).await?) {
            let Some(stored) = stored else { continue };
            let person = Person::of(id, schema::read(key, &stored)?);
            self.people.remember(&person, changes);
            people.push(person);
        }
        Ok(people)
    }
}
