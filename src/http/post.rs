//! To say something by `POST`.

use std::time::Instant;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{self, HeaderName};
use http::request::Parts;
use http::{HeaderValue, StatusCode};

use super::ask::Ask;
use super::body::{read_body, read_draft};
use super::identity::Asker;
use super::links::message_path;
use super::problem::Problem;
use super::{Doors, json, negotiate, no_store};
use crate::chat::RoomName;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Answers when the message is kept: 201 with it, or 200 if it was sent before under the same key.
/// A signal, which nobody keeps, is 202.
pub async fn post(
    doors: &Doors,
    parts: &Parts,
    body: Body,
    room: &RoomName,
    ask: &Ask,
) -> Result<Response, Problem> {
    let asker = Asker::of(doors, parts, ask).await?;
    let body = read_body(parts, body, doors.limits.body_bytes).await?;
    let mut draft = read_draft(&parts.headers, body, ask).await?;
    if let Some(key) = parts.headers.get(IDEMPOTENCY_KEY) {
        draft.key = Some(key.to_str().unwrap_or("").trim_matches('"').to_owned());
    }
    if !draft.store {
        let signal = Box::pin(doors.signal(room, &asker.speaker(), draft)).await?;
        return Ok((StatusCode::ACCEPTED, json(&signal)).into_response());
    }
    let began = Instant::now();
    let speaker = asker.speaker();
    let said = Box::pin(doors.chat.say(room, &speaker, draft)).await?;
    doors.metrics.posted(began.elapsed(), said.replayed);
    if let Some(id) = said.message.id {
        doors.hub.pace(id.number).await;
    }
    if let Some(back) = back_to_page(parts) {
        return Ok(no_store((StatusCode::SEE_OTHER, [(header::LOCATION, back)]).into_response()));
    }
    let status = if said.replayed { StatusCode::OK } else { StatusCode::CREATED };
    let place = said.message.id.map(|id| message_path(room, id));
    let mut response = (status, json(&said.message)).into_response();
    let place = place.and_then(|place| HeaderValue::try_from(place).ok());
    response.headers_mut().extend(place.map(|place| (header::LOCATION, place)));
    if said.replayed {
        let replayed = HeaderName::from_static("idempotent-replayed");
        response.headers_mut().insert(replayed, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// A plain HTML form, sent without any script, is shown the page that it was on.
fn back_to_page(parts: &Parts) -> Option<HeaderValue> {
    let is_navigation = parts.headers.get(SEC_FETCH_MODE).is_some_and(|mode| mode == "navigate");
    if !is_navigation || !negotiate::names(&parts.headers, "text/html") {
        return None;
    }
    parts.headers.get(header::REFERER).cloned().or(Some(HeaderValue::from_static("/")))
}
