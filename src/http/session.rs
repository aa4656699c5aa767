//! `/session` and `/me/sessions`: to sign in and out, and on which devices one is known.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::Request;
use serde::Serialize;

use super::me::{CredentialsWish, signed_out, welcome};
use super::problem::{Code, Problem};
use super::wish::{Wished, asker, wished};
use super::{Doors, device, done, json, path};
use crate::chat::{Session, time};

/// `POST /session`: signs somebody in. Signing in as somebody else signs the device out first.
pub async fn post(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let Wished { parts, asker, wish } = wished::<CredentialsWish>(&doors, request).await?;
    let device = device::label(&parts.headers);
    let _share = doors.share_of_hashing(&asker)?;
    let (person, token) = doors.chat.sign_in(&wish.into(), asker.network(), &device).await?;
    if let Some(session) = &asker.session {
        doors.chat.end_session(&asker.speaker(), session).await?;
    }
    welcome(&doors, &parts, person, &token).await
}

/// `DELETE /session`: signs this device out.
pub async fn delete(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, asker) = asker(&doors, request).await?;
    let session = asker.session.as_ref().ok_or(Problem::new(Code::NotSignedIn))?;
    doors.chat.end_session(&asker.speaker(), session).await?;
    Ok(signed_out(&doors, &parts))
}

#[derive(Serialize)]
struct Sessions {
    sessions: Vec<SessionObject>,
}

#[derive(Serialize)]
struct SessionObject {
    id: String,
    at: String,
    seen: String,
    device: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    current: bool,
}

/// `GET /me/sessions`: on which devices one is known.
pub async fn list(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (_, asker) = asker(&doors, request).await?;
    let person = asker.person.ok_or(Problem::new(Code::NotSignedIn))?;
    let sessions = doors.chat.sessions(&person.id).await?;
    let shown = sessions.into_iter().map(|Session { id, at, seen, device }| SessionObject {
        current: asker.session.as_deref() == Some(&*id),
        id,
        at: time(at),
        seen: time(seen),
        device,
    });
    Ok(json(&Sessions { sessions: shown.collect() }))
}

/// `DELETE /me/sessions/{id}`: signs one of one's devices out.
pub async fn end(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, asker) = asker(&doors, request).await?;
    if !doors.chat.end_session(&asker.speaker(), &path::session(&parts.uri)?).await? {
        return Err(Problem::new(Code::NoSuchPage));
    }
    Ok(done())
}
