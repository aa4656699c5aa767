//! `/rooms/{room}/{id}`: one message, to be read, changed and deleted; and the messages that answer it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{Method, Request};
use serde::{Deserialize, Serialize};

use super::ask::Ask;
use super::links::add_link;
use super::negotiate::{self, Form};
use super::problem::Problem;
use super::room::other_method;
use super::wish::{Wished, asker, wished};
use super::{Doors, assets, done, json, path};
use crate::chat;
use crate::engine::Number;
use crate::wire::MessageObject;

/// What may be done with a message.
const METHODS: &str = "GET, HEAD, PATCH, DELETE, OPTIONS";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditWish {
    body: String,
}

/// `/rooms/{room}/{id}`
pub async fn message(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    match *request.method() {
        Method::GET | Method::HEAD => read(&doors, request).await,
        Method::PATCH => {
            let Wished { parts, asker, wish } = wished::<EditWish>(&doors, request).await?;
            let (room, number) = (path::room(&parts.uri)?, path::message(&doors, &parts.uri).await?);
            Ok(json(&doors.chat.edit(&asker.speaker(), &room, number, &wish.body).await?))
        }
        Method::DELETE => {
            let (parts, asker) = asker(&doors, request).await?;
            let (room, number) = (path::room(&parts.uri)?, path::message(&doors, &parts.uri).await?);
            doors.chat.delete(&asker.speaker(), &room, number).await?;
            Ok(done())
        }
        ref other => Ok(other_method(other, METHODS)),
    }
}

async fn read(doors: &Doors, request: Request<Body>) -> Result<Response, Problem> {
    if negotiate::form(request.method(), request.headers(), false) == Some(Form::Html) {
        return Ok(assets::page(request.headers()));
    }
    let (parts, asker) = asker(doors, request).await?;
    let (room, number) = (path::room(&parts.uri)?, path::message(doors, &parts.uri).await?);
    Ok(json(&doors.chat.message(&asker.speaker(), &room, number).await?))
}

#[derive(Serialize)]
struct Replies {
    messages: Vec<MessageObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    newer: Option<String>,
}

/// `GET /rooms/{room}/{id}/replies`: the messages that answer it, the oldest first.
pub async fn replies(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let ask = Ask::parse(request.uri().query().unwrap_or_default())?;
    let (parts, asker) = asker(&doors, request).await?;
    let (speaker, room) = (asker.speaker(), path::room(&parts.uri)?);
    let number = path::message(&doors, &parts.uri).await?;
    let after = match ask.after {
        Some(after) => after.number(&doors.chat).await?,
        None => Number::default(),
    };
    let limit = ask.page_size();
    let chat::Replies { messages, newer } = doors.chat.replies(&speaker, &room, number, after, limit).await?;
    let newer = newer.map(|after| format!("{}?after={after}&limit={limit}", parts.uri.path()));
    let mut response = json(&Replies { messages, newer: newer.clone() });
    newer.iter().for_each(|path| add_link(response.headers_mut(), path, "next", None));
    Ok(response)
}
