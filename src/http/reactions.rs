//! `/rooms/{room}/{id}/reactions/{emoji}`: to react to a message, and to take that back. Both may be repeated.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::Request;

use super::ask::{Ask, path_part};
use super::message::Asked;
use super::problem::Problem;
use super::{Doors, json};

/// `PUT /rooms/{room}/{id}/reactions/{emoji}`
pub async fn put(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    react(&doors, request, true).await
}

/// `DELETE /rooms/{room}/{id}/reactions/{emoji}`
pub async fn delete(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    react(&doors, request, false).await
}

async fn react(doors: &Doors, request: Request<Body>, on: bool) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let Asked { speaker, room, number } = Asked::of(doors, &parts, &Ask::default()).await?;
    let emoji = path_part(&parts.uri, 4)?;
    Ok(json(&doors.chat.react(&speaker, &room, number, &emoji, on).await?))
}
