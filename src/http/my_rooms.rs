//! `GET /me/rooms`: the rooms that one is in, with what one has yet to read.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::Request;
use serde::Serialize;

use super::ask::Ask;
use super::identity::Asker;
use super::problem::Problem;
use super::{Doors, json};
use crate::chat::RoomObject;

#[derive(Serialize)]
struct Rooms {
    rooms: Vec<RoomObject>,
    head: String,
}

/// `GET /me/rooms`
pub async fn get(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let speaker = Asker::of(&doors, &parts, &Ask::default()).await?.speaker();
    let mine = doors.chat.my_rooms(&speaker).await?;
    Ok(json(&Rooms { rooms: mine.rooms, head: mine.head.to_string() }))
}
