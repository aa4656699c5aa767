//! `/rooms/{room}`: the whole of a room under one URL. What comes back depends on how it is asked.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{self, HeaderValue};
use http::request::Parts;
use http::{Method, Request, StatusCode};
use serde::Serialize;

use super::ask::Ask;
use super::identity::Asker;
use super::links::{add_link, room_path};
use super::negotiate::{self, Form};
use super::problem::{Code, Problem};
use super::stream::{Target, stream};
use super::{Doors, assets, json, path, post, websocket};
use crate::chat::{Page, RoomName, RoomObject, Window};
use crate::wire::{MessageObject, Transport};

/// What may be done with a room.
const ROOM_METHODS: &str = "GET, HEAD, POST, OPTIONS";
/// What may be done with what can only be read.
const READ_METHODS: &str = "GET, HEAD, OPTIONS";

/// A page of history as it is sent.
#[derive(Serialize)]
struct History<'a> {
    room: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<RoomObject>,
    head: String,
    messages: &'a [MessageObject],
    #[serde(skip_serializing_if = "Option::is_none")]
    older: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    newer: Option<String>,
}

/// `/rooms/{room}`
pub async fn room(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let room = path::room(request.uri())?;
    let ask = Ask::parse(request.uri().query().unwrap_or_default())?;
    let (parts, body) = request.into_parts();
    serve(&doors, parts, body, &Target::Rooms(vec![room]), &ask).await
}

/// `/stream`: several rooms, or everything, on one line.
pub async fn several(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let mut ask = Ask::parse(request.uri().query().unwrap_or_default())?;
    let rooms = std::mem::take(&mut ask.rooms);
    let target = match (ask.mine, rooms.is_empty()) {
        (true, _) => Target::Mine(rooms),
        (false, true) => Target::Everything,
        (false, false) => Target::Rooms(rooms),
    };
    // What is live has no page; a stream of lines is what anybody can read.
    ask.live = true;
    let (parts, body) = request.into_parts();
    serve(&doors, parts, body, &target, &ask).await
}

/// A room, or several, in the form that was asked for.
pub async fn serve(
    doors: &Arc<Doors>,
    parts: Parts,
    body: Body,
    target: &Target,
    ask: &Ask,
) -> Result<Response, Problem> {
    let only_room = match target {
        Target::Rooms(rooms) if rooms.len() == 1 => rooms.first(),
        _ => None,
    };
    let form = match (&parts.method, only_room) {
        (&Method::GET | &Method::HEAD, _) => negotiate::form(&parts.method, &parts.headers, ask.live),
        // Apart, so that what only reads is not as large.
        (&Method::POST, Some(room)) => return Box::pin(post::post(doors, &parts, body, room, ask)).await,
        (method, Some(_)) => return Ok(other_method(method, ROOM_METHODS)),
        (method, None) => return Ok(other_method(method, READ_METHODS)),
    };
    let mut response = match (form, only_room) {
        (None, _) => return Err(Problem::new(Code::NotAcceptable)),
        (Some(Form::WebSocket), _) => return websocket::open(doors, &parts, target, ask).await,
        (Some(Form::Html), Some(_)) => assets::page(&parts.headers),
        (Some(Form::Json), Some(room)) => history(doors, &parts, room, ask).await?,
        (Some(Form::Sse), _) => stream(doors, &parts, target, ask, Transport::Sse).await?,
        (Some(_), _) => stream(doors, &parts, target, ask, Transport::Ndjson).await?,
    };
    if let Some(room) = only_room {
        add_link(response.headers_mut(), &room_path(room), "canonical", None);
    }
    Ok(response)
}

/// `OPTIONS`, or a method that there is not.
pub fn other_method(method: &Method, allowed: &'static str) -> Response {
    let mut response = match *method {
        Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        _ => Problem::new(Code::MethodNotAllowed).into_response(),
    };
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}

async fn history(doors: &Doors, parts: &Parts, room: &RoomName, ask: &Ask) -> Result<Response, Problem> {
    let speaker = Asker::of(doors, parts, ask).await?.speaker();
    let window = match (ask.before, ask.after, ask.around) {
        (None, None, None) => Window::Newest,
        (Some(before), None, None) => Window::Before(before.number(&doors.chat).await?),
        (None, Some(after), None) => Window::After(after.number(&doors.chat).await?),
        (None, None, Some(around)) => Window::Around(around.number(&doors.chat).await?),
        _ => return Err(Problem::about(Code::BadParameter, "one of before, after and around")),
    };
    let page = doors.chat.history(&speaker, room, window, ask.page_size()).await?;
    let visit = doors.chat.visit(&speaker, room).await?;
    let about = if visit.room.exists() { Some(doors.chat.card(&visit).await?) } else { None };
    let path = room_path(room);
    let limit = ask.limit.map(|limit| format!("&limit={limit}")).unwrap_or_default();
    let Page { messages, head, older, newer } = page;
    let older = older.map(|number| format!("{path}?before={number}{limit}"));
    let newer = newer.map(|number| format!("{path}?after={number}{limit}"));
    let history = History {
        room: &visit.room.id,
        about,
        head: head.to_string(),
        messages: &messages,
        older: older.clone(),
        newer: newer.clone(),
    };
    let mut response = json(&history);
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    add_link(headers, &format!("{path}?since={head}"), "alternate", Some("text/event-stream"));
    older.iter().for_each(|path| add_link(headers, path, "prev", None));
    newer.iter().for_each(|path| add_link(headers, path, "next", None));
    Ok(response)
}
