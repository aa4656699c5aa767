//! A visit: somebody in a room, with what they are to it. What they do there is decided and checked by it.

use std::sync::Arc;

use super::{Member, Room};
use crate::chat::rights::{Case, Deed, may};
use crate::chat::schema::{self, NameDocument, RoomDocument, RoomKind, SlowDocument};
use crate::chat::{Chat, Person, Refusal, RoomName, Speaker};
use crate::engine::{Audience, Check, Commit, Number, Put};

/// Somebody in a room.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The room.
    pub room: Arc<Room>,
    /// Who, if they have given a name; as they are now.
    pub person: Option<Person>,
    /// Their place in the room, if it has one for them.
    pub member: Option<Member>,
    /// The room's document.
    pub document: Arc<RoomDocument>,
}

impl Visit {
    /// What rights are asked about.
    pub fn case(&self) -> Case<'_> {
        let role = self.person.as_ref().map_or(schema::Role::Stranger, |person| person.role);
        Case::in_room(role, &self.document, self.member.as_ref().map(|member| member.place))
    }

    /// Whether they are in the room.
    pub fn is_inside(&self) -> bool {
        self.member.as_ref().is_some_and(Member::is_inside)
    }

    /// They may hear what was said after this number.
    pub fn hears_after(&self) -> Number {
        match &self.member {
            Some(member) if self.document.kind != RoomKind::Public => member.after,
            _ => Number(0),
        }
    }

    /// Those who listen to the room.
    pub fn audience(&self) -> Audience {
        self.room.audience()
    }

    /// The person's id, for what takes one.
    pub fn person_id(&self) -> Result<&str, Refusal> {
        self.person.as_ref().map(|person| person.id.0.as_str()).ok_or(Refusal::NotSignedIn)
    }
}

impl Chat {
    /// Somebody in a room. A room that they may not hear is not there.
    pub async fn visit(&self, speaker: &Speaker, name: &RoomName) -> Result<Visit, Refusal> {
        let person = self.present(speaker).await?;
        let room = self.room(name).await?;
        let member = person.as_ref().and_then(|person| room.member(&person.id.0));
        let document = room.document();
        if name.is_hidden() && !room.exists() {
            return Err(Refusal::NoSuchRoom);
        }
        let visit = Visit { room, person, member, document };
        self.allow(&visit, Deed::Hear)?;
        Ok(visit)
    }

    /// Whether they may do this in the room.
    pub fn allow(&self, visit: &Visit, deed: Deed) -> Result<(), Refusal> {
        Ok(may(&self.policy, visit.case(), deed)?)
    }

    /// Whether they may speak in the room, or make it by speaking.
    pub(in crate::chat) fn allow_to_say(&self, visit: &Visit) -> Result<(), Refusal> {
        if !visit.room.exists() && self.allow(visit, Deed::MakePublic).is_err() {
            return Err(Refusal::NoSuchRoom);
        }
        self.allow(visit, Deed::Say)
    }

    /// Adds to a commit what makes it hold only while the room and their place in it are as they were seen;
    /// or makes the room along with it.
    pub(in crate::chat) fn commit_in(&self, commit: &mut Commit, name: &RoomName, visit: &Visit) {
        let key = schema::room(&visit.room.id);
        if let Some(person) = &visit.person {
            let place = schema::member(&visit.room.id, &person.id.0);
            commit.checks.push(match &visit.member {
                Some(member) => Check::At(place, member.version),
                None => Check::Absent(place),
            });
        }
        if let Some(version) = visit.room.version() {
            commit.checks.push(Check::At(key, version));
            return;
        }
        let name_key = schema::name(name.as_str());
        commit.checks.push(Check::Absent(key.clone()));
        commit.checks.push(Check::Absent(name_key.clone()));
        let document = RoomDocument { at: self.clock.now(), ..(*visit.document).clone() };
        let leads = NameDocument { room: visit.room.id.to_string() };
        commit.puts.push(Put { key: key.into(), json: schema::to_json(&document), expires: None });
        commit.puts.push(Put { key: name_key.into(), json: schema::to_json(&leads), expires: None });
    }

    /// In slow mode: refuses those who must still wait, and lets a commit note when the next message may come.
    pub(in crate::chat) async fn take_time(&self, commit: &mut Commit, visit: &Visit) -> Result<(), Refusal> {
        let (slow, Some(person)) = (visit.document.slow, &visit.person) else { return Ok(()) };
        if slow == 0 || self.allow(visit, Deed::Settle).is_ok() {
            return Ok(());
        }
        let key = schema::slow(&visit.room.id, &person.id.0);
        let now = self.clock.now();
        if let Some(stored) = self.engine.get(std::slice::from_ref(&key)).await?.pop().flatten() {
            let until = schema::read::<SlowDocument>(&key, &stored)?.until;
            let seconds = u64::try_from((until - now).max(0)).unwrap_or(0).div_ceil(1000).max(1);
            return Err(Refusal::SlowMode { seconds });
        }
        let until = now + i64::from(slow) * 1000;
        commit.checks.push(Check::Absent(key.clone()));
        let json = schema::to_json(&SlowDocument { until });
        commit.puts.push(Put { key: key.into(), json, expires: Some(until) });
        Ok(())
    }

    /// The person who speaks, as they are now: what they were when their line was opened may be over.
    pub(in crate::chat) async fn present(&self, speaker: &Speaker) -> Result<Option<Person>, Refusal> {
        let Some(person) = &speaker.person else { return Ok(None) };
        if speaker.session.as_ref().is_some_and(|session| self.known.has_ended(session)) {
            return Err(Refusal::NotSignedIn);
        }
        let now = self.person_named(Some(&person.id.0)).await?;
        now.filter(|person| !person.gone).map(Some).ok_or(Refusal::NotSignedIn)
    }
}
