//! To look people up: by what they bring, and by their ids.

use super::{Person, PersonId, SessionToken};
use crate::chat::rights::{Case, Deed, may};
use crate::chat::schema;
use crate::chat::{Chat, Refusal, Speaker};
use crate::engine::EngineError;

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
        may(self.policy(), Case::of(&asker), Deed::SeePeople)?;
        self.person_named(Some(&id.0)).await?.ok_or(Refusal::NoSuchPerson)
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
