//! A room as a WebSocket (RFC 6455): the handshake. `session` carries frames, `command` does what
//! clients ask.

mod command;
mod session;
mod verb;

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, Version};

use super::Doors;
use super::ask::Ask;
use super::problem::{Code, Problem};
use super::stream::{self, Target};
use super::takeover;
use super::words::Language;
use crate::wire::{Transport, websocket};
use command::Commands;
use session::Session;

/// Answers a handshake, and leaves the connection to a session of its own.
pub async fn open(
    doors: &Arc<Doors>,
    parts: &Parts,
    target: &Target,
    ask: &Ask,
) -> Result<Response, Problem> {
    let accept = match accept_header(parts) {
        Ok(accept) => accept,
        Err(problem) => {
            let mut refusal = problem.into_response();
            refusal.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
            return Ok(refusal);
        }
    };
    let (opened, asker) = stream::open(doors, parts, target, ask, Transport::WebSocket).await?;
    let commands = Commands::new(Arc::clone(doors), &asker, target.clone(), Language::of(&parts.headers));
    let most = doors.limits.body_bytes;
    let upgrade = [
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::CONNECTION, HeaderValue::from_static("Upgrade")),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    let session = Session::new(most, opened, commands, ask.only);
    Ok(takeover::answer(StatusCode::SWITCHING_PROTOCOLS, upgrade, session))
}

/// The proof that the handshake was understood (RFC 6455, section 4.2.2).
fn accept_header(parts: &Parts) -> Result<HeaderValue, Problem> {
    let refused = |why: &str| Problem::about(Code::BadHandshake, why);
    let headers: &HeaderMap = &parts.headers;
    if parts.version != Version::HTTP_11 {
        return Err(refused("HTTP/1.1"));
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err(refused("Sec-WebSocket-Version"));
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).and_then(|key| key.to_str().ok());
    let is_key = |key: &&str| STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == 16);
    let key = key.filter(is_key).ok_or_else(|| refused("Sec-WebSocket-Key"))?;
    HeaderValue::try_from(websocket::accept_key(key)).map_err(|_| refused("Sec-WebSocket-Key"))
}
