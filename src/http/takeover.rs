//! An answer that is a line: with it the connection leaves hyper, and goes on as a bare socket on a shard.
//!
//! hyper gives a socket back only when it is done with it, or by taking its connection apart. So the answer
//! travels through the router as any other, gets its headers there, and is caught before hyper sees it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use axum::body::Body;
use axum::response::{IntoResponse, IntoResponseParts, Response};
use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{StatusCode, response};

use super::shard::Protocol;

/// What is spoken from now on; in the extensions of the answer, to be taken once.
#[derive(Clone)]
struct Takeover(Arc<Mutex<Option<Box<dyn Protocol>>>>);

/// The answer after which a protocol has the connection.
pub fn answer(
    status: StatusCode,
    headers: impl IntoResponseParts,
    protocol: impl Protocol + 'static,
) -> Response {
    let mut answer = (status, headers, Body::empty()).into_response();
    let protocol: Box<dyn Protocol> = Box::new(protocol);
    answer.extensions_mut().insert(Takeover(Arc::new(Mutex::new(Some(protocol)))));
    answer
}

/// The protocol that an answer has with it, if it is such an answer.
pub fn take(answer: &mut Response) -> Option<Box<dyn Protocol>> {
    let takeover = answer.extensions_mut().remove::<Takeover>()?;
    takeover.0.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// The head of such an answer as it is written (RFC 9112). It has no length: what follows ends with the
/// connection, or is no HTTP at all.
pub fn head(answer: &response::Parts) -> Bytes {
    let mut head = Vec::with_capacity(512);
    let reason = answer.status.canonical_reason().unwrap_or_default();
    for part in ["HTTP/1.1 ", answer.status.as_str(), " ", reason, "\r\n"] {
        head.extend_from_slice(part.as_bytes());
    }
    let mut write = |name: &[u8], value: &HeaderValue| {
        let line: [&[u8]; 4] = [name, b": ", value.as_bytes(), b"\r\n"];
        line.iter().for_each(|part| head.extend_from_slice(part));
    };
    let headers = answer.headers.iter().filter(|(name, _)| *name != header::CONTENT_LENGTH);
    headers.for_each(|(name, value)| write(name.as_str().as_bytes(), value));
    if answer.status != StatusCode::SWITCHING_PROTOCOLS {
        write(b"connection", &HeaderValue::from_static("close"));
    }
    if !answer.headers.contains_key(header::DATE)
        && let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(SystemTime::now()))
    {
        write(b"date", &date);
    }
    head.extend_from_slice(b"\r\n");
    head.into()
}
