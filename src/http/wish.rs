//! What somebody asks for with a JSON object, and who they are.

use axum::body::Body;
use http::Request;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::Doors;
use super::ask::Ask;
use super::body::{read_body, read_json};
use super::identity::Asker;
use super::problem::Problem;

/// Who asks, and what for.
pub struct Wished<T> {
    /// The request's head.
    pub parts: Parts,
    /// Who asks.
    pub asker: Asker,
    /// The object that they sent.
    pub wish: T,
}

/// Reads who asks, and the object that they must have sent.
pub async fn wished<T: DeserializeOwned>(
    doors: &Doors,
    request: Request<Body>,
) -> Result<Wished<T>, Problem> {
    let (parts, body) = request.into_parts();
    let asker = Asker::of(doors, &parts, &Ask::default()).await?;
    let body = read_body(&parts, body, doors.limits.body_bytes).await?;
    Ok(Wished { parts, asker, wish: read_json(&body)? })
}

/// The same where nothing needs to be sent.
pub async fn perhaps_wished<T: DeserializeOwned + Default>(
    doors: &Doors,
    request: Request<Body>,
) -> Result<Wished<T>, Problem> {
    let (parts, body) = request.into_parts();
    let asker = Asker::of(doors, &parts, &Ask::default()).await?;
    let body = read_body(&parts, body, doors.limits.body_bytes).await?;
    let is_empty = body.iter().all(u8::is_ascii_whitespace);
    let wish = if is_empty { T::default() } else { read_json(&body)? };
    Ok(Wished { parts, asker, wish })
}

/// Who asks, of a request whose body says nothing.
pub async fn asker(doors: &Doors, request: Request<Body>) -> Result<(Parts, Asker), Problem> {
    let (parts, _) = request.into_parts();
    let asker = Asker::of(doors, &parts, &Ask::default()).await?;
    Ok((parts, asker))
}
