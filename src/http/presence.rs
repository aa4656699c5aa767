//! `PUT /me/presence`: whether one is at it or away; and how those in a room are.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{Request, StatusCode};
use serde::Deserialize;

use super::ask::Ask;
use super::body::{read_body, read_json};
use super::identity::Asker;
use super::problem::Problem;
use super::{Doors, no_store};
use crate::chat::{self, Visit, schema};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    state: chat::State,
}

/// `PUT /me/presence`: to be said again every few minutes by each page, or it expires.
pub async fn put(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, body): (Parts, Body) = request.into_parts();
    let speaker = Asker::of(&doors, &parts, &Ask::default()).await?.speaker();
    let body = read_body(&parts, body, doors.limits.body_bytes).await?;
    let Wish { state } = read_json(&body)?;
    doors.chat.say_presence(&speaker, state, |audience| doors.hub.count(audience) > 0).await?;
    Ok(no_store(StatusCode::NO_CONTENT.into_response()))
}

/// How somebody in a room is; nothing if they are not here, on whatever page and node.
pub fn presence(doors: &Doors, visit: &Visit, person: &str) -> Option<chat::State> {
    let is_here = doors.hub.is_here(&schema::person_audience(person), person)
        || doors.hub.is_here(&visit.audience(), person);
    is_here.then(|| doors.chat.presence_of(person))
}
