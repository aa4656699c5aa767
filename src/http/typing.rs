//! `POST /rooms/{room}/typing`: to sign that one is about to say something.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::Request;

use super::problem::Problem;
use super::wish::asker;
use super::{Doors, done, path};

/// `POST /rooms/{room}/typing`: to be said again every few seconds, as long as it is so.
pub async fn post(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, asker) = asker(&doors, request).await?;
    doors.chat.type_in(&asker.speaker(), &path::room(&parts.uri)?).await?;
    Ok(done())
}
