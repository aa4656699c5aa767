//! `GET /me/rooms`: the rooms that one is in, with what one has yet to read.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::Request;
use serde::Serialize;

use super::problem::Problem;
use super::wish::asker;
use super::{Doors, json};
use crate::chat::RoomObject;

#[derive(Serialize)]
struct Rooms {
    rooms: Vec<RoomObject>,
    head: String,
}

/// `GET /me/rooms`
pub async fn get(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (_, asker) = asker(&doors, request).await?;
    let mine = doors.chat.my_rooms(&asker.speaker()).await?;
    Ok(json(&Rooms { rooms: mine.rooms, head: mine.head.to_string() }))
}
