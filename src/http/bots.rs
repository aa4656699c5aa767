//! `/bots`: people that are programs, and the tokens by which they are known.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{Request, StatusCode};
use serde::Serialize;

use super::me::ProfileWish;
use super::problem::Problem;
use super::wish::{Wished, asker, wished};
use super::{Doors, json, path};
use crate::chat::PersonObject;

#[derive(Serialize)]
struct NewBot {
    person: PersonObject,
    token: String,
}

#[derive(Serialize)]
struct NewToken {
    token: String,
}

/// `POST /bots`: a new bot.
pub async fn post(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let Wished { asker, wish, .. } = wished::<ProfileWish>(&doors, request).await?;
    let (person, token) = doors.chat.make_bot(&asker.speaker(), &wish.into()).await?;
    let bot = NewBot { person: person.object(), token: token.reveal() };
    Ok((StatusCode::CREATED, json(&bot)).into_response())
}

/// `POST /bots/{id}/token`: another token; the one before ends.
pub async fn renew(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, asker) = asker(&doors, request).await?;
    let token = doors.chat.renew_bot(&asker.speaker(), &path::person(&parts.uri)?).await?;
    Ok(json(&NewToken { token: token.reveal() }))
}
