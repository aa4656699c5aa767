//! `/rooms`: the public rooms, and to make a room of any kind. `/rooms/{room}/about`: what it is, and its settings.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Request, StatusCode, header};
use serde::{Deserialize, Serialize};

use super::ask::{MOST_IN_PAGE, USUAL_PAGE, search_words};
use super::links::{room_path, segment};
use super::problem::{Code, Problem};
use super::wish::{Wished, asker, wished};
use super::{Doors, json, path};
use crate::chat::schema::{Newcomers, Posting, RoomKind};
use crate::chat::{NewRoom, RoomObject, Settings};

#[derive(Serialize)]
struct Directory {
    rooms: Vec<RoomObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    more: Option<String>,
}

/// What a directory is asked for.
#[derive(Default)]
struct Search {
    words: String,
    after: Option<String>,
    limit: usize,
}

impl Search {
    fn parse(query: &str) -> Result<Self, Problem> {
        let mut search = Search { limit: USUAL_PAGE, ..Search::default() };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "q" => search.words = search_words(&value)?,
                "after" => search.after = Some(value.into_owned()),
                "limit" => {
                    let limit = value.parse().ok().filter(|limit| (1..=MOST_IN_PAGE).contains(limit));
                    search.limit =
                        limit.ok_or(Problem::about(Code::BadParameter, format!("limit={value}")))?;
                }
                _ => {}
            }
        }
        Ok(search)
    }
}

/// `GET /rooms`: public rooms by name.
pub async fn list(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, asker) = asker(&doors, request).await?;
    let search = Search::parse(parts.uri.query().unwrap_or_default())?;
    let found =
        doors.chat.directory(&asker.speaker(), &search.words, search.after.as_deref(), search.limit).await?;
    let more = found.more.map(|last| {
        format!("/rooms?q={}&after={}&limit={}", segment(&search.words), segment(&last), search.limit)
    });
    Ok(json(&Directory { rooms: found.rooms, more }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoomWish {
    kind: RoomKind,
    name: Option<String>,
    title: Option<String>,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    people: Vec<String>,
}

/// `POST /rooms`: a new room; or, of some people, the one that they have.
pub async fn make(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let Wished { asker, wish, .. } = wished::<RoomWish>(&doors, request).await?;
    let RoomWish { kind, name, title, topic, people } = wish;
    let speaker = asker.speaker();
    let name = name.or(title).unwrap_or_default();
    let (name, is_new) = doors.chat.make(&speaker, NewRoom { kind, name, topic, people }).await?;
    let visit = doors.chat.visit(&speaker, &name).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = (status, json(&doors.chat.card(&visit).await?)).into_response();
    if let Ok(place) = HeaderValue::try_from(room_path(&name)) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// `GET /rooms/{room}/about`
pub async fn about(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, asker) = asker(&doors, request).await?;
    let visit = doors.chat.visit(&asker.speaker(), &path::room(&parts.uri)?).await?;
    if !visit.room.exists() {
        return Err(Problem::new(Code::NoSuchRoom));
    }
    Ok(json(&doors.chat.card(&visit).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsWish {
    name: Option<String>,
    title: Option<String>,
    topic: Option<String>,
    archived: Option<bool>,
    history: Option<Newcomers>,
    post: Option<Posting>,
    slow: Option<u32>,
}

/// `PATCH /rooms/{room}/about`: other settings.
pub async fn settle(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let Wished { parts, asker, wish } = wished::<SettingsWish>(&doors, request).await?;
    let SettingsWish { name, title, topic, archived, history, post, slow } = wish;
    let settings = Settings { name: name.or(title), topic, archived, history, post, slow };
    let visit = doors.chat.settle(&asker.speaker(), &path::room(&parts.uri)?, &settings).await?;
    Ok(json(&doors.chat.card(&visit).await?))
}
