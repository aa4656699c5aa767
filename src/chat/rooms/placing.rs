//! Somebody's place in a room: what becomes of it, in one commit that tells those who are to hear of it.

use serde::{Deserialize, Serialize};

use super::Visit;
use crate::chat::rights::{Deed, Who};
use crate::chat::schema::{self, MemberDocument, MineDocument, Newcomers, Place, ReadDocument, kind};
use crate::chat::{Chat, Person, Refusal, RoomName};
use crate::engine::{Commit, Entry, KeyRange, NewEntry, Number, Outcome};

/// How many rooms one person can be in.
pub(super) const MOST_ROOMS: usize = 1000;

/// Up to how many rooms others can bring somebody into: some are left for them to choose.
const MOST_BY_OTHERS: usize = MOST_ROOMS * 4 / 5;

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
    /// Whether they have another role on this server by the same commit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rose: bool,
}

impl MemberFacts {
    /// What an entry says.
    pub(in crate::chat) fn of(entry: &Entry) -> Option<Self> {
        serde_json::from_slice(entry.facts.as_deref()?).ok()
    }
}

/// What is to become of somebody's place.
pub(super) struct PlaceWish {
    pub(super) change: Change,
    pub(super) place: Option<Place>,
    pub(super) reason: String,
}

impl PlaceWish {
    /// This change, to this place or to none, for no reason.
    pub(super) fn new(change: Change, place: Option<Place>) -> Self {
        PlaceWish { change, place, reason: String::new() }
    }
}

impl Chat {
    /// Puts somebody else in a place, or the visitor; `false` if somebody was quicker to change something on which
    /// it rests that this may be done.
    pub(super) async fn place(
        &self,
        visit: &Visit,
        name: &RoomName,
        deed: Deed,
        them: Option<&Person>,
        wish: PlaceWish,
    ) -> Result<bool, Refusal> {
        let (room, own) = (&visit.room.id, visit.person_id()?);
        let person = them.map_or(own, |them| &them.id.0);
        let by = (own != person).then(|| own.to_owned());
        let before = visit.room.member(person);
        let mut commit = Commit::new();
        self.commit_in(&mut commit, name, visit);
        let case = visit.case().over_place(before.as_ref().map(|member| member.place));
        let case = them.map_or(case, |them| case.over(Who::from(them)));
        let held = them.filter(|them| !them.gone);
        if !self.hold_roles(&mut commit, case, deed, visit.person.as_ref(), held).await? {
            return Ok(false);
        }
        let (place, mine) = (schema::member(room, person), schema::my_room(person, room));
        if own != person {
            commit.check(&place, before.as_ref().map(|member| member.version));
        }
        let was_inside = before.as_ref().filter(|member| member.is_inside());
        match wish.place {
            Some(to) => {
                let after = match (was_inside, visit.document.history) {
                    (Some(member), _) => Some(member.after),
                    (None, Newcomers::All) => Some(Number(0)),
                    (None, Newcomers::Joined) => None,
                };
                let at = was_inside.map_or(self.clock.now(), |member| member.at);
                let document = MemberDocument { place: to, at, after, by: by.clone(), reason: wish.reason };
                commit.put(place, &document);
            }
            None => commit.deletes.push(place),
        }
        if !matches!(wish.place, Some(Place::Member | Place::Keeper)) {
            commit.deletes.push(mine);
            commit.deletes.push(schema::read_mark(room, person));
        } else if was_inside.is_none() {
            self.welcome(&mut commit, room, person, by.is_some()).await?;
        }
        let facts = MemberFacts { change: wish.change, by, rose: false };
        commit.entry = Some(self.member_entry(room, person, &facts));
        Ok(self.commit_and_hear(commit).await? != Outcome::Conflict)
    }

    /// Adds to a commit, as its entry, that somebody comes into a room by the link of somebody else, by which their
    /// role may be another. `false` if they are in it already.
    pub(in crate::chat) async fn bring_in(
        &self,
        commit: &mut Commit,
        room: &str,
        person: &str,
        by: Option<&str>,
        rose: bool,
    ) -> Result<bool, Refusal> {
        let room = self.room_of_id(room).await?;
        let Some(version) = room.version() else { return Err(Refusal::BadLink) };
        let place = schema::member(&room.id, person);
        commit.check(&schema::room(&room.id), Some(version));
        match room.member(person) {
            Some(member) if member.is_inside() => return Ok(false),
            Some(_) => return Err(Refusal::Banned),
            None => commit.check(&place, None),
        }
        let after = (room.document().history == Newcomers::All).then_some(Number(0));
        let by = by.map(str::to_owned);
        let (at, reason) = (self.clock.now(), String::new());
        let document = MemberDocument { place: Place::Member, at, after, by: by.clone(), reason };
        commit.put(place, &document);
        self.welcome(commit, &room.id, person, false).await?;
        let facts = MemberFacts { change: Change::Joined, by, rose };
        commit.entry = Some(self.member_entry(&room.id, person, &facts));
        Ok(true)
    }

    /// Adds to a commit that a room is among somebody's own, and that they have read what was said so far. Refused
    /// if they are in as many rooms as they can be, or as others can bring them into.
    pub(super) async fn welcome(
        &self,
        commit: &mut Commit,
        room: &str,
        person: &str,
        by_others: bool,
    ) -> Result<(), Refusal> {
        let (most, refusal) = match by_others {
            true => (MOST_BY_OTHERS, Refusal::TheirRooms),
            false => (MOST_ROOMS, Refusal::TooManyRooms),
        };
        if self.some_rooms_of(&KeyRange::under(&schema::mine(person)), most).await?.len() >= most {
            return Err(refusal);
        }
        let at = self.clock.now();
        let head = self.engine.epochs().await?.head();
        commit.put(schema::my_room(person, room), &MineDocument { at, level: schema::Level::default() });
        commit.put(schema::read_mark(room, person), &ReadDocument { upto: head, at });
        Ok(())
    }

    pub(super) fn member_entry(&self, room: &str, person: &str, facts: &MemberFacts) -> NewEntry {
        let mut audiences = vec![schema::person_audience(person)];
        // A public room's people come and go all day: only the one concerned is told.
        if schema::is_hidden(room) {
            audiences.insert(0, schema::room_audience(room));
        }
        NewEntry {
            audiences,
            kind: kind::MEMBER.to_owned(),
            document: schema::member(room, person).into(),
            facts: Some(schema::to_json(facts)),
            at: self.clock.now(),
        }
    }
}
