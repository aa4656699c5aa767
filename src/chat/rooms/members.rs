//! Who is in a room: to join and leave, to bring somebody in, take them out, and keep them out.

use std::collections::HashMap;

use super::Visit;
use super::placing::{Change, PlaceWish};
use crate::chat::rights::{Deed, Who, may};
use crate::chat::schema::{self, MemberDocument, Place};
use crate::chat::{Chat, Person, PersonId, Refusal, RoomName, Speaker};
use crate::engine::EngineError;

/// The longest reason of a ban, in characters.
const MOST_REASON_CHARACTERS: usize = 200;

/// Somebody who is in a room.
#[derive(Debug, Clone)]
pub struct Inside {
    /// Who.
    pub person: Person,
    /// What they are to the room.
    pub place: Place,
}

impl Chat {
    /// Comes into a room, or makes it by that; who is in it already stays as they are.
    pub async fn join(&self, speaker: &Speaker, name: &RoomName) -> Result<Visit, Refusal> {
        self.insist_in(speaker, name, |visit| async move {
            if visit.is_inside() {
                return Ok(Some(visit));
            }
            if !visit.room.exists() {
                self.make_named(speaker, name).await?;
                return Ok(None);
            }
            self.allow(&visit, Deed::Join)?;
            let wish = PlaceWish::new(Change::Joined, Some(Place::Member));
            if !self.place(&visit, name, Deed::Join, None, wish).await? {
                return Ok(None);
            }
            Ok(Some(self.visit(speaker, name).await?))
        })
        .await
    }

    /// Goes out of a room.
    pub async fn leave(&self, speaker: &Speaker, name: &RoomName) -> Result<(), Refusal> {
        self.insist_in(speaker, name, |visit| async move {
            self.allow(&visit, Deed::Leave)?;
            let wish = PlaceWish::new(Change::Left, None);
            Ok(self.place(&visit, name, Deed::Leave, None, wish).await?.then_some(()))
        })
        .await
    }

    /// Brings somebody into a room, with a place in it; or gives who is in it another place.
    pub async fn add(
        &self,
        speaker: &Speaker,
        name: &RoomName,
        person: &str,
        place: Option<Place>,
    ) -> Result<(), Refusal> {
        self.change_place(speaker, name, person, |before| {
            let inside = before.filter(|place| *place != Place::Banned);
            let to = place.or(inside).unwrap_or(Place::Member);
            let deed = match inside {
                Some(before) if before == to => Deed::Hear,
                None if to != Place::Keeper => Deed::Add,
                _ => Deed::Settle,
            };
            let change = if inside.is_some() { Change::Role } else { Change::Added };
            (deed, (before != Some(to)).then(|| PlaceWish::new(change, Some(to))))
        })
        .await
    }

    /// Takes somebody out of a room.
    pub async fn remove(&self, speaker: &Speaker, name: &RoomName, person: &str) -> Result<(), Refusal> {
        self.change_place(speaker, name, person, |before| {
            let is_inside = matches!(before, Some(Place::Member | Place::Keeper));
            (Deed::Remove, is_inside.then(|| PlaceWish::new(Change::Removed, None)))
        })
        .await
    }

    /// Keeps somebody out of a room.
    pub async fn ban(
        &self,
        speaker: &Speaker,
        name: &RoomName,
        person: &str,
        reason: &str,
    ) -> Result<(), Refusal> {
        let reason: String = reason.trim().chars().take(MOST_REASON_CHARACTERS).collect();
        self.change_place(speaker, name, person, |_| {
            let wish = PlaceWish::new(Change::Banned, Some(Place::Banned));
            (Deed::Ban, Some(PlaceWish { reason: reason.clone(), ..wish }))
        })
        .await
    }

    /// Lets somebody come again who was banned.
    pub async fn unban(&self, speaker: &Speaker, name: &RoomName, person: &str) -> Result<(), Refusal> {
        self.change_place(speaker, name, person, |before| {
            let is_banned = before == Some(Place::Banned);
            (Deed::Ban, is_banned.then(|| PlaceWish::new(Change::Unbanned, None)))
        })
        .await
    }

    /// The people in a room, by name.
    pub async fn people_in(&self, visit: &Visit) -> Result<Vec<Inside>, EngineError> {
        let inside = visit.room.inside();
        let ids: Vec<_> = inside.iter().map(|(id, _)| PersonId(id.to_string())).collect();
        let places: HashMap<_, _> =
            inside.into_iter().map(|(id, member)| (id.to_string(), member.place)).collect();
        let mut people: Vec<_> = self
            .people_named(&ids)
            .await?
            .into_iter()
            .filter_map(|person| Some(Inside { place: *places.get(&person.id.0)?, person }))
            .collect();
        people.sort_by_cached_key(|inside| inside.person.name.to_lowercase());
        Ok(people)
    }

    /// Those who are banned from a room, with who did it and why.
    pub async fn banned_from(&self, visit: &Visit) -> Result<Vec<(Person, MemberDocument)>, EngineError> {
        let ids: Vec<_> = visit.room.banned().iter().map(|id| PersonId(id.to_string())).collect();
        let people = self.people_named(&ids).await?;
        let keys: Vec<_> = people.iter().map(|person| schema::member(&visit.room.id, &person.id.0)).collect();
        let mut banned = Vec::new();
        for ((person, key), stored) in people.into_iter().zip(&keys).zip(self.engine.get(&keys).await?) {
            if let Some(stored) = stored {
                banned.push((person, schema::read(key, &stored)?));
            }
        }
        Ok(banned)
    }

    /// Changes the place of somebody, if one may. What is to be done, and so what right it takes, is decided by the
    /// place that they have then.
    async fn change_place(
        &self,
        speaker: &Speaker,
        name: &RoomName,
        person: &str,
        wish: impl Fn(Option<Place>) -> (Deed, Option<PlaceWish>),
    ) -> Result<(), Refusal> {
        let wish = &wish;
        self.insist_in(speaker, name, |visit| async move {
            visit.person_id()?;
            let them = self.person_named(Some(person)).await?.filter(|them| !them.gone);
            let before = visit.room.member(person).map(|member| member.place);
            if them.is_none() && before.is_none() {
                return Err(Refusal::NoSuchPerson);
            }
            let them = them.unwrap_or_else(|| Person::unknown(person));
            let (deed, wish) = wish(before);
            let case = visit.case().over(Who::from(&them)).over_place(before);
            may(&self.policy, case, deed)?;
            let Some(wish) = wish else { return Ok(Some(())) };
            Ok(self.place(&visit, name, deed, Some(&them), wish).await?.then_some(()))
        })
        .await
    }
}
