//! `/rooms/{room}/people` and `/rooms/{room}/bans`: who is in a room, and who is kept out of it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::Request;
use serde::{Deserialize, Serialize};

use super::presence::presence;
use super::problem::{Code, Problem};
use super::wish::{Wished, asker, perhaps_wished};
use super::{Doors, done, json, path};
use crate::chat::schema::Place;
use crate::chat::{self, Deed, PersonObject, time};

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

/// `GET /rooms/{room}/people`
pub async fn list(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, asker) = asker(&doors, request).await?;
    let visit = doors.chat.visit(&asker.speaker(), &path::room(&parts.uri)?).await?;
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
struct PlaceWish {
    role: Option<Place>,
}

/// `PUT /rooms/{room}/people/{person}`: to come in, to bring somebody in, or to let them keep the room.
pub async fn put(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let Wished { parts, asker, wish: PlaceWish { role } } = perhaps_wished(&doors, request).await?;
    let (speaker, room, person) = (asker.speaker(), path::room(&parts.uri)?, path::in_room(&parts.uri)?);
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
    let (parts, asker) = asker(&doors, request).await?;
    let (speaker, room, person) = (asker.speaker(), path::room(&parts.uri)?, path::in_room(&parts.uri)?);
    if person == MYSELF {
        doors.chat.leave(&speaker, &room).await?;
    } else {
        doors.chat.remove(&speaker, &room, &person).await?;
    }
    Ok(done())
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct BanWish {
    #[serde(default)]
    reason: String,
}

/// `PUT /rooms/{room}/bans/{person}`
pub async fn ban(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let Wished { parts, asker, wish } = perhaps_wished::<BanWish>(&doors, request).await?;
    let (room, person) = (path::room(&parts.uri)?, path::in_room(&parts.uri)?);
    doors.chat.ban(&asker.speaker(), &room, &person, &wish.reason).await?;
    Ok(done())
}

/// `DELETE /rooms/{room}/bans/{person}`
pub async fn unban(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, asker) = asker(&doors, request).await?;
    let (speaker, room, person) = (asker.speaker(), path::room(&parts.uri)?, path::in_room(&parts.uri)?);
    doors.chat.unban(&speaker, &room, &person).await?;
    Ok(done())
}
