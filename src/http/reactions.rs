//! `/rooms/{room}/{id}/reactions/{emoji}`: to react to a message, and to take that back. Both may be repeated.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::Request;

use super::problem::Problem;
use super::wish::asker;
use super::{Doors, json, path};

/// `PUT /rooms/{room}/{id}/reactions/{emoji}`
pub async fn put(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    react(&doors, request, true).await
}

/// `DELETE /rooms/{room}/{id}/reactions/{emoji}`
pub async fn delete(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    react(&doors, request, false).await
}

async fn react(doors: &Doors, request: Request<Body>, on: bool) -> Result<Response, Problem> {
    let (parts, asker) = asker(doors, request).await?;
    let (room, number) = (path::room(&parts.uri)?, path::message(doors, &parts.uri).await?);
    let emoji = path::emoji(&parts.uri)?;
    Ok(json(&doors.chat.react(&asker.speaker(), &room, number, &emoji, on).await?))
}
