//! `POST /rooms/{room}/typing`: to sign that one is about to say something.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{Request, StatusCode};

use super::ask::{Ask, room_of_path};
use super::identity::Asker;
use super::problem::Problem;
use super::{Doors, no_store};

/// `POST /rooms/{room}/typing`: to be said again every few seconds, as long as it is so.
pub async fn post(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let speaker = Asker::of(&doors, &parts, &Ask::default()).await?.speaker();
    doors.chat.type_in(&speaker, &room_of_path(&parts.uri)?).await?;
    Ok(no_store(StatusCode::NO_CONTENT.into_response()))
}
