//! `PATCH /rooms/{room}/me`: how far one has read, and what one wants to be told of.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::Request;
use serde::Deserialize;

use super::problem::{Code, Problem};
use super::wish::{Wished, wished};
use super::{Doors, json, path};
use crate::chat::Refusal;
use crate::chat::schema::Level;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MarkWish {
    read: Option<String>,
    level: Option<Level>,
}

/// `PATCH /rooms/{room}/me`: answers how things are then, also if nothing was to be changed.
pub async fn patch(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let Wished { parts, asker, wish } = wished::<MarkWish>(&doors, request).await?;
    let (speaker, room) = (asker.speaker(), path::room(&parts.uri)?);
    if let Some(id) = wish.read {
        let id = id.parse().map_err(|_| Problem::about(Code::NoSuchMessage, "read"))?;
        doors.chat.mark_read(&speaker, &room, id).await?;
    }
    if let Some(level) = wish.level {
        doors.chat.set_level(&speaker, &room, level).await?;
    }
    let visit = doors.chat.visit_inside(&speaker, &room).await?;
    let place = doors.chat.my_place(&visit).await?.ok_or(Refusal::NoSuchRoom)?;
    Ok(json(&place))
}
