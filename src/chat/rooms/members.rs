//! Who is in a room: to join and leave, to bring somebody in, take them out, and keep them out.

use serde::{Deserialize, Serialize};

use super::Visit;
use crate::chat::rights::{Deed, may};
use crate::chat::schema::{self, MemberDocument, MineDocument, Newcomers, Place, ReadDocument, kind};
use crate::chat::{Chat, Person, Refusal, RoomName, Speaker};
use crate::engine::{
    Audience, Check, Commit, Direction, EngineError, KeyRange, NewEntry, Number, Outcome, Put,
};

/// How often a change is begun again because somebody else was quicker.
const MOST_ATTEMPTS: usize = 8;
/// How many rooms one person can be in.
const MOST_ROOMS: usize = 1000;
/// The longest reason of a ban, in characters.
const MOST_REASON_CHARACTERS: usize = 200;

/// How somebody's place in a room changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// They came by themselves.
    Joined,
    /// They went by themselves.
    Left,
    /// Somebody brought them in.
    Added,
    /// Somebody took them out.
    Removed,
    /// Somebody keeps them out.
    Banned,
    /// They may come again.
    Unbanned,
    /// They keep the room now, or no longer.
    Role,
}

/// What an entry says of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MemberFacts {
    /// How it changed.
    pub change: Change,
    /// Who did it, if not they themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// Somebody who is in a room.
#[derive(Debug, Clone)]
pub struct Inside {
    /// Who.
    pub person: Person,
    /// What they are to the room.
    pub place: Place,
}

/// What is to become of somebody's place.
struct Wish {
    change: Change,
    place: Option<Place>,
    reason: String,
}

impl Chat {
    /// Comes into a room, or makes it by that; who is in it already stays as they are.
    pub async fn join(&self, speaker: &Speaker, name: &RoomName) -> Result<Visit, Refusal> {
        for _ in 0..MOST_ATTEMPTS {
            let visit = self.visit(speaker, name).await?;
            if visit.is_inside() {
                return Ok(visit);
            }
            if !visit.room.exists() {
                self.make_named(speaker, name).await?;
                continue;
            }
            self.allow(&visit, Deed::Join)?;
            let person = visit.person_id()?.to_owned();
            let wish = Wish { change: Change::Joined, place: Some(Place::Member), reason: String::new() };
            if self.place(&visit, name, &person, wish).await? {
                return self.visit(speaker, name).await;
            }
        }
        Err(Refusal::Busy)
    }

    /// Goes out of a room.
    pub async fn leave(&self, speaker: &Speaker, name: &RoomName) -> Result<(), Refusal> {
        self.change_place(speaker, name, None, Deed::Leave, |_| {
            Some(Wish { change: Change::Left, place: None, reason: String::new() })
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
        let current = self.visit(speaker, name).await?.room.member(person);
        let is_inside = current.as_ref().is_some_and(super::Member::is_inside);
        let makes_keeper = place == Some(Place::Keeper);
        let deed = if is_inside || makes_keeper { Deed::Settle } else { Deed::Add };
        let deed = if is_inside && place.is_none() { Deed::Hear } else { deed };
        self.change_place(speaker, name, Some(person), deed, |before| {
            let place =
                place.unwrap_or(before.filter(|place| *place != Place::Banned).unwrap_or(Place::Member));
            let change = match before {
                Some(before) if before == place => return None,
                Some(Place::Member | Place::Keeper) => Change::Role,
                Some(Place::Banned) | None => Change::Added,
            };
            Some(Wish { change, place: Some(place), reason: String::new() })
        })
        .await
    }

    /// Takes somebody out of a room.
    pub async fn remove(&self, speaker: &Speaker, name: &RoomName, person: &str) -> Result<(), Refusal> {
        self.change_place(speaker, name, Some(person), Deed::Remove, |before| {
            let is_inside = matches!(before, Some(Place::Member | Place::Keeper));
            is_inside.then_some(Wish { change: Change::Removed, place: None, reason: String::new() })
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
        self.change_place(speaker, name, Some(person), Deed::Ban, |_| {
            Some(Wish { change: Change::Banned, place: Some(Place::Banned), reason: reason.clone() })
        })
        .await
    }

    /// Lets somebody come again who was banned.
    pub async fn unban(&self, speaker: &Speaker, name: &RoomName, person: &str) -> Result<(), Refusal> {
        self.change_place(speaker, name, Some(person), Deed::Ban, |before| {
            let is_banned = before == Some(Place::Banned);
            is_banned.then_some(Wish { change: Change::Unbanned, place: None, reason: String::new() })
        })
        .await
    }

    /// The people in a room, by name.
    pub async fn people_in(&self, visit: &Visit) -> Result<Vec<Inside>, EngineError> {
        let inside = visit.room.inside();
        let ids: Vec<_> = inside.iter().map(|(id, _)| crate::chat::PersonId(id.to_string())).collect();
        let places: std::collections::HashMap<_, _> =
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
        let ids: Vec<_> =
            visit.room.banned().iter().map(|id| crate::chat::PersonId(id.to_string())).collect();
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

    /// Takes a person out of every room that they are in, as when their account is deleted.
    pub(in crate::chat) async fn leave_everything(&self, person: &str) -> Result<(), Refusal> {
        for room in self.rooms_of(person).await? {
            let mut commit = Commit::new();
            commit.deletes.push(schema::member(&room, person));
            commit.deletes.push(schema::my_room(person, &room));
            commit.deletes.push(schema::read_mark(&room, person));
            commit.entry = Some(self.member_entry(&room, person, Change::Left, None));
            self.told(commit).await?;
        }
        Ok(())
    }

    /// The ids of the rooms that a person is in.
    pub async fn rooms_of(&self, person: &str) -> Result<Vec<String>, EngineError> {
        let range = KeyRange::under(&schema::mine(person));
        let page = self.engine.scan(range, MOST_ROOMS + 1, Direction::Forward).await?;
        Ok(page.into_iter().filter_map(|(key, _)| key.last_part().map(str::to_owned)).collect())
    }

    /// What somebody listens to who follows their own rooms: these, and what concerns themselves.
    pub async fn own_audiences(&self, speaker: &Speaker) -> Result<Vec<Audience>, Refusal> {
        let Some(person) = self.present(speaker).await? else { return Ok(Vec::new()) };
        let mut audiences = vec![schema::person_audience(&person.id.0)];
        for room in self.rooms_of(&person.id.0).await? {
            if self.rights_need(&room) {
                // They are asked of rooms that are remembered.
                self.room_of_id(&room).await?;
            }
            audiences.push(schema::room_audience(&room));
        }
        Ok(audiences)
    }

    /// Changes the place of somebody (or one's own), if one may.
    async fn change_place(
        &self,
        speaker: &Speaker,
        name: &RoomName,
        person: Option<&str>,
        deed: Deed,
        wish: impl Fn(Option<Place>) -> Option<Wish>,
    ) -> Result<(), Refusal> {
        for _ in 0..MOST_ATTEMPTS {
            let visit = self.visit(speaker, name).await?;
            let own = visit.person_id()?;
            let person = person.unwrap_or(own);
            let them = self.person_named(Some(person)).await?.filter(|them| !them.gone);
            let before = visit.room.member(person).map(|member| member.place);
            if them.is_none() && before.is_none() {
                return Err(Refusal::NoSuchPerson);
            }
            let their_role = them.map_or(schema::Role::Stranger, |them| them.role);
            may(&self.policy, visit.case().over(their_role, before), deed)?;
            let Some(wish) = wish(before) else { return Ok(()) };
            let person = person.to_owned();
            if self.place(&visit, name, &person, wish).await? {
                return Ok(());
            }
        }
        Err(Refusal::Busy)
    }

    /// Puts somebody in a place; `false` if somebody else was quicker to change it.
    async fn place(&self, visit: &Visit, name: &RoomName, person: &str, wish: Wish) -> Result<bool, Refusal> {
        let (room, own) = (&visit.room.id, visit.person_id()?);
        let by = (own != person).then(|| own.to_owned());
        let before = visit.room.member(person);
        let mut commit = Commit::new();
        self.commit_in(&mut commit, name, visit);
        let (place, mine) = (schema::member(room, person), schema::my_room(person, room));
        if own != person {
            commit.checks.push(match &before {
                Some(member) => Check::At(place.clone(), member.version),
                None => Check::Absent(place.clone()),
            });
        }
        match wish.place {
            Some(to) => {
                let was_inside = before.as_ref().filter(|member| member.is_inside());
                let after = match (was_inside, visit.document.history) {
                    (Some(member), _) => Some(member.after),
                    (None, Newcomers::All) => Some(Number(0)),
                    (None, Newcomers::Joined) => None,
                };
                let at = was_inside.map_or(self.clock.now(), |member| member.at);
                let document = MemberDocument { place: to, at, after, by: by.clone(), reason: wish.reason };
                commit.puts.push(put(place, &document));
            }
            None => commit.deletes.push(place),
        }
        if matches!(wish.place, Some(Place::Member | Place::Keeper)) {
            if before.as_ref().is_none_or(|member| !member.is_inside()) {
                if self.rooms_of(person).await?.len() >= MOST_ROOMS {
                    return Err(Refusal::TooManyRooms);
                }
                self.welcome(&mut commit, room, person).await?;
            }
        } else {
            commit.deletes.push(mine);
            commit.deletes.push(schema::read_mark(room, person));
        }
        commit.entry = Some(self.member_entry(room, person, wish.change, by));
        if self.told(commit).await? == Outcome::Conflict {
            self.look_again(name).await?;
            return Ok(false);
        }
        Ok(true)
    }

    /// Adds to a commit, as its entry, that somebody comes into a room by the link of somebody else. `false` if
    /// they are in it already.
    pub(in crate::chat) async fn bring_in(
        &self,
        commit: &mut Commit,
        room: &str,
        person: &str,
        by: Option<&str>,
    ) -> Result<bool, Refusal> {
        let room = self.room_of_id(room).await?;
        let Some(version) = room.version() else { return Err(Refusal::BadLink) };
        let place = schema::member(&room.id, person);
        commit.checks.push(Check::At(schema::room(&room.id), version));
        match room.member(person) {
            Some(member) if member.is_inside() => return Ok(false),
            Some(_) => return Err(Refusal::Banned),
            None => commit.checks.push(Check::Absent(place.clone())),
        }
        if self.rooms_of(person).await?.len() >= MOST_ROOMS {
            return Err(Refusal::TooManyRooms);
        }
        let after = (room.document().history == Newcomers::All).then_some(Number(0));
        let by = by.map(str::to_owned);
        let (at, reason) = (self.clock.now(), String::new());
        let document = MemberDocument { place: Place::Member, at, after, by: by.clone(), reason };
        commit.puts.push(put(place, &document));
        self.welcome(commit, &room.id, person).await?;
        commit.entry = Some(self.member_entry(&room.id, person, Change::Joined, by));
        Ok(true)
    }

    /// Adds to a commit that a room is among somebody's own, and that they have read what was said so far.
    pub(super) async fn welcome(&self, commit: &mut Commit, room: &str, person: &str) -> Result<(), Refusal> {
        let at = self.clock.now();
        let head = self.engine.epochs().await?.head();
        let mine = MineDocument { at, level: schema::Level::default() };
        commit.puts.push(put(schema::my_room(person, room), &mine));
        commit.puts.push(put(schema::read_mark(room, person), &ReadDocument { upto: head, at }));
        Ok(())
    }

    fn member_entry(&self, room: &str, person: &str, change: Change, by: Option<String>) -> NewEntry {
        let mut audiences = vec![schema::person_audience(person)];
        // A public room's people come and go all day: only the one concerned is told.
        if schema::is_hidden(room) {
            audiences.insert(0, schema::room_audience(room));
        }
        NewEntry {
            audiences,
            kind: kind::MEMBER.to_owned(),
            document: schema::member(room, person).into(),
            facts: Some(schema::to_json(&MemberFacts { change, by })),
            at: self.clock.now(),
        }
    }
}

fn put(key: crate::engine::Key, document: &impl Serialize) -> Put {
    Put { key: key.into(), json: schema::to_json(document), expires: None }
}
