//! `/rooms/{room}/people` and `/rooms/{room}/bans`: who is in a room, and who is kept out of it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{Request, StatusCode};
use serde::{Deserialize, Serialize};

use super::ask::{Ask, path_part, room_of_path};
use super::body::{read_body, read_json};
use super::identity::Asker;
use super::presence::presence;
use super::problem::{Code, Problem};
use super::{Doors, json, no_store};
use crate::chat::schema::Place;
use crate::chat::{self, Deed, PersonObject, RoomName, Speaker, time};

/// Oneself, in a path.
const MYSELF: &str = "me";

#[derive(Serialize)]
struct People {
    people: Vec<Inside>,
    #[serde(skip_serializing_if = "Option::is_none")]
    banned: Option<Vec<Banned>>,
}

#[derive(Serialize)]
struct Inside {
    #[serde(flatten)]
    person: PersonObject,
    room_role: Place,
    #[serde(skip_serializing_if = "Option::is_none")]
    presence: Option<chat::State>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<String>,
}

#[derive(Serialize)]
struct Banned {
    person: PersonObject,
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    at: String,
}

/// Who asks, where.
struct Asked {
    speaker: Speaker,
    room: RoomName,
    /// Whom it is about, if anybody.
    person: String,
}

async fn begin(doors: &Doors, parts: &Parts) -> Result<Asked, Problem> {
    let speaker = Asker::of(doors, parts, &Ask::default()).await?.speaker();
    Ok(Asked { speaker, room: room_of_path(&parts.uri)?, person: path_part(&parts.uri, 3)? })
}

fn done() -> Response {
    no_store(StatusCode::NO_CONTENT.into_response())
}

/// `GET /rooms/{room}/people`
pub async fn list(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let Asked { speaker, room, .. } = begin(&doors, &parts).await?;
    let visit = doors.chat.visit(&speaker, &room).await?;
    doors.chat.allow(&visit, Deed::SeeInside)?;
    let people = doors.chat.people_in(&visit).await?;
    let marks = doors.chat.read_marks(&visit).await?;
    let people = people.iter().map(|inside| {
        let id = &inside.person.id.0;
        Inside {
            person: inside.person.object(),
            room_role: inside.place,
            presence: presence(&doors, &visit, id),
            read: marks.get(id).map(ToString::to_string),
        }
    });
    let mut shown = People { people: people.collect(), banned: None };
    if doors.chat.allow(&visit, Deed::Settle).is_ok() {
        let banned = doors.chat.banned_from(&visit).await?.into_iter().map(|(person, document)| Banned {
            person: person.object(),
            reason: document.reason,
            by: document.by,
            at: time(document.at),
        });
        shown.banned = Some(banned.collect());
    }
    Ok(json(&shown))
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Wish {
    role: Option<Place>,
}

/// `PUT /rooms/{room}/people/{person}`: to come in, to bring somebody in, or to let them keep the room.
pub async fn put(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let Asked { speaker, room, person } = begin(&doors, &parts).await?;
    let body = read_body(&parts, body, doors.limits.body_bytes).await?;
    let Wish { role } = if body.is_empty() { Wish::default() } else { read_json(&body)? };
    if role == Some(Place::Banned) {
        return Err(Problem::about(Code::BadJson, "role is member or keeper"));
    }
    if person != MYSELF {
        doors.chat.add(&speaker, &room, &person, role).await?;
        return Ok(done());
    }
    let visit = doors.chat.join(&speaker, &room).await?;
    Ok(json(&doors.chat.card(&visit).await?))
}

/// `DELETE /rooms/{room}/people/{person}`: to go, or to take somebody out.
pub async fn delete(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let Asked { speaker, room, person } = begin(&doors, &parts).await?;
    if person == MYSELF {
        doors.chat.leave(&speaker, &room).await?;
    } else {
        doors.chat.remove(&speaker, &room, &person).await?;
    }
    Ok(done())
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Ban {
    #[serde(default)]
    reason: String,
}

/// `PUT /rooms/{room}/bans/{person}`
pub async fn ban(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let Asked { speaker, room, person } = begin(&doors, &parts).await?;
    let body = read_body(&parts, body, doors.limits.body_bytes).await?;
    let Ban { reason } = if body.is_empty() { Ban::default() } else { read_json(&body)? };
    doors.chat.ban(&speaker, &room, &person, &reason).await?;
    Ok(done())
}

/// `DELETE /rooms/{room}/bans/{person}`
pub async fn unban(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let Asked { speaker, room, person } = begin(&doors, &parts).await?;
    doors.chat.unban(&speaker, &room, &person).await?;
    Ok(done())
}
