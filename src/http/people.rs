//! `/people`: who is here, and what moderators and owners do with somebody.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::Response;
use http::Request;
use serde::{Deserialize, Serialize};

use super::ask::search_words;
use super::problem::{Code, Problem};
use super::wish::{Wished, asker, wished};
use super::{Doors, done, json, path};
use crate::chat::PersonObject;
use crate::chat::schema::Role;

/// How many people are told at once, if nobody asks otherwise, and at most.
const USUAL: usize = 50;
const MOST: usize = 200;

#[derive(Serialize)]
struct People {
    people: Vec<PersonObject>,
}

#[derive(Default, Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
    limit: Option<usize>,
}

/// `GET /people?q=&limit=`: people whose name, or a word of it, begins so.
pub async fn find(
    State(doors): State<Arc<Doors>>,
    search: Result<Query<Search>, axum::extract::rejection::QueryRejection>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let Query(search) = search.map_err(|_| Problem::about(Code::BadParameter, "limit"))?;
    let (_, asker) = asker(&doors, request).await?;
    let limit = search.limit.unwrap_or(USUAL).clamp(1, MOST);
    let words = search_words(&search.q)?;
    let found = doors.chat.find_people(&asker.speaker(), &words, limit).await?;
    Ok(json(&People { people: found.into_iter().map(|person| person.object()).collect() }))
}

/// `GET /people/{id}`
pub async fn get(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, asker) = asker(&doors, request).await?;
    let person = doors.chat.person(&asker.speaker(), &path::person(&parts.uri)?).await?;
    Ok(json(&person.object()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleWish {
    role: Role,
}

/// `PATCH /people/{id}`: another role.
pub async fn patch(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let Wished { parts, asker, wish } = wished::<RoleWish>(&doors, request).await?;
    let person = doors.chat.promote(&asker.speaker(), &path::person(&parts.uri)?, wish.role).await?;
    Ok(json(&person.object()))
}

/// `DELETE /people/{id}`: their account and person are deleted.
pub async fn delete(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, asker) = asker(&doors, request).await?;
    doors.chat.expel(&asker.speaker(), &path::person(&parts.uri)?).await?;
    Ok(done())
}
