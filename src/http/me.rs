//! `/me`: to give a name, and to ask under which one is known here.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, Request, StatusCode, header};
use serde::{Deserialize, Serialize};

use super::ask::Ask;
use super::body::{read_body, read_json};
use super::identity::{Asker, set_cookie};
use super::problem::Problem;
use super::room::other_method;
use super::{Doors, json, no_store};
use crate::chat::Person;

#[derive(Serialize)]
struct Me {
    id: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    name: String,
}

impl From<Person> for Me {
    fn from(person: Person) -> Self {
        Me { id: person.id.0, name: person.name }
    }
}

/// `GET /me`: who is known by the cookie, or 204.
pub async fn get(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let asker = Asker::of(&doors, &parts, &Ask::default()).await?;
    Ok(match asker.person {
        Some(person) => json(&Me::from(person)),
        // No error: every newcomer asks.
        None => no_store(StatusCode::NO_CONTENT.into_response()),
    })
}

/// `OPTIONS /me`
pub async fn options() -> Response {
    other_method(&Method::OPTIONS, "GET, HEAD, PUT, OPTIONS")
}

/// `PUT /me`: a new name, for somebody who is known or for somebody new.
pub async fn put(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let asker = Asker::of(&doors, &parts, &Ask::default()).await?;
    let body = read_body(&parts, body, doors.limits.body_bytes).await?;
    let Wish { name } = read_json(&body)?;
    if let Some(person) = asker.person {
        let person = doors.chat.rename(&person.id, &name).await?;
        return Ok(json(&Me::from(person)));
    }
    let (person, token) = doors.chat.arrive(&name).await?;
    let mut response = (StatusCode::CREATED, json(&Me::from(person))).into_response();
    let cookie = set_cookie(&token, doors.is_secure(&parts));
    response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/me"));
    Ok(response)
}
