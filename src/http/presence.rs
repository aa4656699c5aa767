//! `PUT /me/presence`: whether one is at it or away; and how those in a room are.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::Request;
use serde::Deserialize;

use super::problem::Problem;
use super::wish::{Wished, wished};
use super::{Doors, done};
use crate::chat::{self, Visit, schema};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PresenceWish {
    state: chat::State,
}

/// `PUT /me/presence`: to be said again every few minutes by each page, or it expires.
pub async fn put(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let Wished { asker, wish, .. } = wished::<PresenceWish>(&doors, request).await?;
    let is_heard = |audience: &_| doors.hub.count(audience) > 0;
    doors.chat.say_presence(&asker.speaker(), wish.state, is_heard).await?;
    Ok(done())
}

/// How somebody in a room is; nothing if they are not here, on whatever page and node.
pub fn presence(doors: &Doors, visit: &Visit, person: &str) -> Option<chat::State> {
    let is_here = doors.hub.is_here(&schema::person_audience(person), person)
        || doors.hub.is_here(&visit.audience(), person);
    is_here.then(|| doors.chat.presence_of(person))
}
