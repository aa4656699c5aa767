//! A visit: somebody in a room, with what they are to it. What they do there is decided and checked by it.

use std::sync::Arc;

use super::{Member, Room};
use crate::chat::rights::{Case, Deed, Who, may};
use crate::chat::schema::{self, NameDocument, Role, RoomDocument, RoomKind, SlowDocument};
use crate::chat::{Chat, Person, Refusal, RoomName, Speaker};
use crate::engine::{Audience, Commit, EngineError, Number};

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
        let who = self.person.as_ref().map_or(Who::of(Role::Stranger), Who::from);
        Case::in_room(who, &self.document, self.member.as_ref().map(|member| member.place))
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
        if let Some(person) = &visit.person {
            let place = schema::member(&visit.room.id, &person.id.0);
            commit.check(&place, visit.member.as_ref().map(|member| member.version));
        }
        let key = schema::room(&visit.room.id);
        commit.check(&key, visit.room.version());
        if !visit.room.exists() {
            let name = schema::name(name.as_str());
            commit.check(&name, None);
            commit.put(key, &RoomDocument { at: self.clock.now(), ..(*visit.document).clone() });
            commit.put(name, &NameDocument { room: visit.room.id.to_string() });
        }
    }

    /// The same, and only while they have the role because of which they may do this, if it is that. `false` if
    /// they have another by now.
    pub(in crate::chat) async fn commit_as(
        &self,
        commit: &mut Commit,
        name: &RoomName,
        visit: &Visit,
        deed: Deed,
    ) -> Result<bool, EngineError> {
        self.commit_in(commit, name, visit);
        self.hold_roles(commit, visit.case(), deed, visit.person.as_ref(), None).await
    }

    /// In slow mode: refuses those who must still wait, and lets a commit note when the next may come.
    pub(in crate::chat) async fn take_time(&self, commit: &mut Commit, visit: &Visit) -> Result<(), Refusal> {
        let slow = visit.document.slow;
        if slow == 0 || self.allow(visit, Deed::Settle).is_ok() {
            return Ok(());
        }
        let key = schema::slow(&visit.room.id, visit.person_id()?);
        let now = self.clock.now();
        if let Some((_, SlowDocument { until })) = self.stored(&key).await? {
            let seconds = u64::try_from((until - now).max(0)).unwrap_or(0).div_ceil(1000).max(1);
            return Err(Refusal::SlowMode { seconds });
        }
        let until = now + i64::from(slow) * 1000;
        commit.check(&key, None);
        commit.put_until(key, &SlowDocument { until }, until);
        Ok(())
    }

    /// The person who speaks, as they are now: what they were when their line was opened may be over.
    pub(in crate::chat) async fn present(&self, speaker: &Speaker) -> Result<Option<Person>, Refusal> {
        let Some(person) = &speaker.person else { return Ok(None) };
        if speaker.session.as_ref().is_some_and(|session| self.listeners.has_ended(session)) {
            return Err(Refusal::NotSignedIn);
        }
        let now = self.person_named(Some(&person.id.0)).await?;
        now.filter(|person| !person.gone).map(Some).ok_or(Refusal::NotSignedIn)
    }
}
