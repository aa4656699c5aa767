//! To make a room: a public one under a name, a private one with some people, or the one of some people.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::settings::{checked_title, checked_topic};
use crate::chat::rights::{Case, Deed, Who, may};
use crate::chat::schema::{
    self, MemberDocument, NameDocument, Newcomers, Place, Role, RoomDocument, RoomKind, kind,
};
use crate::chat::{Chat, Person, PersonId, Refusal, RoomName, Speaker};
use crate::engine::{self, Commit, NewEntry, Number, Outcome};

/// How many people a direct room has at most.
const MOST_IN_DIRECT: usize = 10;
/// How many people can be brought into a private room when it is made.
const MOST_AT_FIRST: usize = 50;

/// A room that somebody wants.
#[derive(Debug, Clone, Default)]
pub struct NewRoom {
    /// What kind.
    pub kind: RoomKind,
    /// A public room's name, or a private room's title.
    pub name: String,
    /// What it is about.
    pub topic: String,
    /// The ids of those who shall be in it besides oneself.
    pub people: Vec<String>,
}

impl Chat {
    /// Makes a room and comes into it; gives its name in URLs, and whether it is new. A direct room of the
    /// same people is the one that there is.
    pub async fn make(&self, speaker: &Speaker, new: NewRoom) -> Result<(RoomName, bool), Refusal> {
        match new.kind {
            RoomKind::Public => {
                let name = RoomName::parse(&new.name).map_err(Refusal::BadRoomName)?;
                if name.is_hidden() {
                    return Err(Refusal::BadRoomName(crate::chat::BadRoomName::LeadingTilde));
                }
                let topic = checked_topic(&new.topic)?;
                let is_new = self.insist(|| self.make_public(speaker, &name, &topic)).await?;
                is_new.then_some((name, true)).ok_or(Refusal::NameTaken)
            }
            RoomKind::Private => self.make_private(speaker, &new).await,
            RoomKind::Direct => self.make_direct(speaker, &new.people).await,
        }
    }

    /// Makes a public room for somebody who comes into it first, unless there is one by now.
    pub(in crate::chat) async fn make_named(
        &self,
        speaker: &Speaker,
        name: &RoomName,
    ) -> Result<(), Refusal> {
        match self.insist(|| self.make_public(speaker, name, "")).await {
            Err(Refusal::NotAllowed(_)) => Err(Refusal::NoSuchRoom),
            made => made.map(|_| ()),
        }
    }

    /// Who makes a room, if they may; it is noted in the commit if it rests on their role that they may. Nothing if
    /// they have another by now.
    async fn maker(
        &self,
        commit: &mut Commit,
        speaker: &Speaker,
        deed: Deed,
    ) -> Result<Option<Person>, Refusal> {
        let person = self.present(speaker).await?;
        let case = Case::of(person.as_ref().map_or(Who::of(Role::Stranger), Who::from));
        may(&self.policy, case, deed)?;
        let person = person.ok_or(Refusal::NotSignedIn)?;
        let is_held = self.hold_roles(commit, case, deed, Some(&person), None).await?;
        Ok(is_held.then_some(person))
    }

    /// Makes a public room; gives whether there was none. Nothing if somebody else changed something meanwhile.
    async fn make_public(
        &self,
        speaker: &Speaker,
        name: &RoomName,
        topic: &str,
    ) -> Result<Option<bool>, Refusal> {
        let mut commit = Commit::new();
        let Some(person) = self.maker(&mut commit, speaker, Deed::Found).await? else { return Ok(None) };
        if self.visit(speaker, name).await?.room.exists() {
            return Ok(Some(false));
        }
        let (id, topic) = (name.as_str(), topic.to_owned());
        let document =
            RoomDocument { name: id.to_owned(), at: self.clock().now(), topic, ..RoomDocument::default() };
        commit.check(&schema::name(id), None);
        commit.put(schema::name(id), &NameDocument { room: id.to_owned() });
        self.found(&mut commit, id, &document, &person, &[(person.id.0.clone(), Place::Keeper)]).await?;
        let is_new = self.commit_and_hear(commit).await? != Outcome::Conflict;
        self.known.forget_name(name);
        Ok(is_new.then_some(true))
    }

    async fn make_private(&self, speaker: &Speaker, new: &NewRoom) -> Result<(RoomName, bool), Refusal> {
        let document = RoomDocument {
            name: checked_title(&new.name)?,
            at: self.clock().now(),
            kind: RoomKind::Private,
            topic: checked_topic(&new.topic)?,
            history: Newcomers::Joined,
            ..RoomDocument::default()
        };
        let id = hidden_id();
        self.insist(|| async {
            let mut commit = Commit::new();
            let Some(person) = self.maker(&mut commit, speaker, Deed::MakePrivate).await? else {
                return Ok(None);
            };
            let mut people = vec![(person.id.0.clone(), Place::Keeper)];
            let others = self.others(&person, &new.people, MOST_AT_FIRST).await?;
            people.extend(others.into_iter().map(|id| (id, Place::Member)));
            self.found(&mut commit, &id, &document, &person, &people).await?;
            Ok((self.commit_and_hear(commit).await? != Outcome::Conflict).then_some(()))
        })
        .await?;
        Ok((hidden_name(&id)?, true))
    }

    async fn make_direct(&self, speaker: &Speaker, people: &[String]) -> Result<(RoomName, bool), Refusal> {
        self.insist(|| async {
            let mut commit = Commit::new();
            let Some(person) = self.maker(&mut commit, speaker, Deed::MakePrivate).await? else {
                return Ok(None);
            };
            let mut people = self.others(&person, people, MOST_IN_DIRECT - 1).await?;
            people.push(person.id.0.clone());
            people.sort_unstable();
            let digest = Sha256::digest(people.join("/"));
            let key = schema::direct(&digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
            if let Some((_, leads)) = self.stored::<NameDocument>(&key).await? {
                return Ok(Some((hidden_name(&leads.room)?, false)));
            }
            let id = hidden_id();
            let document =
                RoomDocument { at: self.clock().now(), kind: RoomKind::Direct, ..RoomDocument::default() };
            let places: Vec<_> = people.iter().map(|id| (id.clone(), Place::Member)).collect();
            commit.check(&key, None);
            commit.put(key, &NameDocument { room: id.clone() });
            self.found(&mut commit, &id, &document, &person, &places).await?;
            let is_done = self.commit_and_hear(commit).await? != Outcome::Conflict;
            Ok(if is_done { Some((hidden_name(&id)?, true)) } else { None })
        })
        .await
    }

    /// Those others who are there, each once; all of them must be.
    async fn others(&self, own: &Person, people: &[String], most: usize) -> Result<Vec<String>, Refusal> {
        let mut others: Vec<_> = people.iter().filter(|id| **id != own.id.0).cloned().collect();
        others.sort_unstable();
        others.dedup();
        if others.len() > most {
            return Err(Refusal::TooManyPeople);
        }
        let ids: Vec<_> = others.iter().cloned().map(PersonId).collect();
        let known = self.people_named(&ids).await?;
        let all_are_here = known.len() == others.len() && known.iter().all(|person| !person.gone);
        all_are_here.then_some(others).ok_or(Refusal::NoSuchPerson)
    }

    /// Adds to a commit what makes a room with these people in it, and tells them.
    async fn found(
        &self,
        commit: &mut Commit,
        id: &str,
        document: &RoomDocument,
        maker: &Person,
        people: &[(String, Place)],
    ) -> Result<(), Refusal> {
        let key = schema::room(id);
        commit.check(&key, None);
        commit.put(key.clone(), document);
        for (person, place) in people {
            let member = MemberDocument {
                place: *place,
                at: document.at,
                after: Some(Number(0)),
                by: None,
                reason: String::new(),
            };
            commit.put(schema::member(id, person), &member);
            self.welcome(commit, id, person, *person != maker.id.0).await?;
        }
        let mut audiences = vec![schema::room_audience(id)];
        audiences.extend(people.iter().map(|(person, _)| schema::person_audience(person)));
        commit.entry = Some(NewEntry {
            audiences,
            kind: kind::ROOM.to_owned(),
            document: key.into(),
            facts: None,
            at: document.at,
        });
        Ok(())
    }
}

/// A hidden room's id that nobody can guess.
fn hidden_id() -> String {
    format!("~{}", URL_SAFE_NO_PAD.encode(engine::random_bytes::<12>()))
}

fn hidden_name(id: &str) -> Result<RoomName, Refusal> {
    RoomName::parse(id).map_err(Refusal::BadRoomName)
}
