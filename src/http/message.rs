//! `/rooms/{room}/{id}`: one message, to be read, changed and deleted; and the messages that answer it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{Method, Request, StatusCode};
use serde::{Deserialize, Serialize};

use super::ask::{Ask, Since, path_part, room_of_path};
use super::body::{read_body, read_json};
use super::identity::Asker;
use super::links::add_link;
use super::negotiate::{self, Form};
use super::problem::Problem;
use super::room::{other_method, place};
use super::{Doors, assets, json, no_store};
use crate::chat::{self, RoomName, Speaker};
use crate::engine::Number;
use crate::wire::MessageObject;

/// What may be done with a message.
const METHODS: &str = "GET, HEAD, PATCH, DELETE, OPTIONS";

/// Which message somebody asks about.
pub struct Asked {
    pub speaker: Speaker,
    pub room: RoomName,
    pub number: Number,
}

impl Asked {
    /// Reads it from `/rooms/{room}/{id}` and what follows.
    pub async fn of(doors: &Doors, parts: &Parts, ask: &Ask) -> Result<Self, Problem> {
        let speaker = Asker::of(doors, parts, ask).await?.speaker();
        let room = room_of_path(&parts.uri)?;
        let number = place(doors, Since::parse(&path_part(&parts.uri, 2)?)).await?;
        Ok(Asked { speaker, room, number })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    body: String,
}

/// `/rooms/{room}/{id}`
pub async fn message(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let method = match parts.method {
        Method::GET | Method::HEAD | Method::PATCH | Method::DELETE => &parts.method,
        ref other => return Ok(other_method(other, METHODS)),
    };
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    if is_read && negotiate::form(method, &parts.headers, false) == Some(Form::Html) {
        return Ok(assets::page(&parts.headers));
    }
    let Asked { speaker, room, number } = Asked::of(&doors, &parts, &Ask::default()).await?;
    match *method {
        Method::PATCH => {
            let body = read_body(&parts, body, doors.limits.body_bytes).await?;
            let Words { body } = read_json(&body)?;
            Ok(json(&doors.chat.edit(&speaker, &room, number, &body).await?))
        }
        Method::DELETE => {
            doors.chat.delete(&speaker, &room, number).await?;
            Ok(no_store(StatusCode::NO_CONTENT.into_response()))
        }
        _ => Ok(json(&doors.chat.message(&speaker, &room, number).await?)),
    }
}

#[derive(Serialize)]
struct Replies {
    messages: Vec<MessageObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    newer: Option<String>,
}

/// `GET /rooms/{room}/{id}/replies`: the messages that answer it, the oldest first.
pub async fn replies(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let ask = Ask::parse(parts.uri.query().unwrap_or_default())?;
    let Asked { speaker, room, number } = Asked::of(&doors, &parts, &ask).await?;
    let after = match ask.after {
        Some(after) => place(&doors, after).await?,
        None => Number::default(),
    };
    let limit = ask.page_size();
    let chat::Replies { messages, newer } = doors.chat.replies(&speaker, &room, number, after, limit).await?;
    let newer = newer.map(|after| format!("{}?after={after}&limit={limit}", parts.uri.path()));
    let mut response = json(&Replies { messages, newer: newer.clone() });
    newer.iter().for_each(|path| add_link(response.headers_mut(), path, "next", None));
    Ok(response)
}
