//! The doors: HTTP in front of the chat and the hub. One file a resource, one a transport.

pub mod accept;
mod address;
mod again;
mod ask;
mod assets;
mod body;
mod bots;
mod code;
mod device;
mod entrance;
mod head;
mod health;
mod identity;
mod invitations;
mod language;
mod line_writer;
mod lines;
mod links;
mod me;
mod members;
mod message;
pub mod metrics;
mod my_rooms;
mod negotiate;
mod openapi;
mod path;
mod people;
mod per_address;
mod post;
mod presence;
mod problem;
mod rates;
mod reactions;
mod reading;
mod room;
mod rooms;
mod routes;
mod session;
pub mod shard;
pub mod stall;
mod strangers;
mod stream;
mod takeover;
mod typing;
mod websocket;
mod wish;
mod words;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, delete, get, patch, post, put};
use http::header::{self, HeaderValue};
use http::request::Parts;
use http::{Method, StatusCode};
use ipnet::IpNet;
use serde::Serialize;
use tokio_util::task::TaskTracker;

pub use entrance::Entrance;
pub use lines::Lines;
pub use metrics::Metrics;
pub use per_address::PerAddress;
pub use rates::Rates;
pub use routes::{Pages, Routes};
pub use strangers::Welcome;

use crate::chat::{Chat, Draft, RoomName, Speaker};
use crate::hub::Hub;
use crate::wire::{self, MessageObject};
use identity::Asker;
use per_address::Share;
use problem::{Code, Problem};

/// Bounds on what one request may bring.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The largest body of a post, and the largest message of a WebSocket, in bytes.
    pub body_bytes: usize,
    /// How many rooms one line may listen to.
    pub rooms_per_line: usize,
    /// The largest signal, in bytes of what is said.
    pub signal_bytes: usize,
}

/// What every door needs.
pub struct Doors {
    /// The rules.
    pub chat: Arc<Chat>,
    /// The lines.
    pub hub: Hub,
    /// How many lines there are.
    pub lines: Lines,
    /// How fast people are.
    pub rates: Rates,
    /// Who has passwords hashed: it takes long, and only a few are at once.
    pub hashing: PerAddress,
    /// Which hosts and origins are ours.
    pub welcome: Welcome,
    /// Proxies whose word on addresses and schemes is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The URL that people use, if that is known.
    pub public_url: Option<String>,
    /// Bounds.
    pub limits: Limits,
    /// Paths of one's own.
    pub routes: Routes,
    /// A folder of one's own.
    pub pages: Option<Pages>,
    /// What is counted.
    pub metrics: Metrics,
    /// Where commands of WebSockets run.
    pub tasks: TaskTracker,
    /// Set when the server begins to stop.
    pub closing: AtomicBool,
}

impl Doors {
    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// A share of the work of hashing passwords, which somebody gives up when theirs is done: so many who ask for it
    /// from one address do not keep others waiting.
    fn share_of_hashing(&self, asker: &Asker) -> Result<Share, Problem> {
        self.hashing.take(asker.address).ok_or(Problem::for_seconds(Code::TooFast, 1))
    }

    /// Sends a signal, unless it is too large for one.
    async fn signal(
        &self,
        room: &RoomName,
        speaker: &Speaker,
        draft: Draft,
    ) -> Result<MessageObject, Problem> {
        let body = draft.body.as_ref().map_or(0, String::len);
        let data = draft.data.as_ref().map_or(0, |data| data.get().len());
        if body + data > self.limits.signal_bytes {
            return Err(Problem::about(Code::TooLarge, "limits.signal_bytes"));
        }
        Ok(self.chat.signal(room, speaker, draft).await?)
    }

    /// Whether the asker came over TLS, as far as we or a proxy of ours know.
    fn is_secure(&self, parts: &Parts) -> bool {
        let peer = parts.extensions.get::<accept::Peer>().map(|peer| peer.0.ip().to_canonical());
        let by_proxy = peer.is_some_and(|peer| self.trusted_proxies.iter().any(|net| net.contains(&peer)));
        let says_https = parts.headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
        let is_public_https = self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
        is_public_https || (by_proxy && says_https)
    }

    /// How a URL begins by which others reach us: as is configured, or else as the asker does.
    fn origin(&self, parts: &Parts) -> String {
        if let Some(url) = &self.public_url {
            return url.trim_end_matches('/').to_owned();
        }
        let scheme = if self.is_secure(parts) { "https" } else { "http" };
        let in_uri = parts.uri.authority().map(http::uri::Authority::as_str);
        let in_header = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        format!("{scheme}://{}", in_uri.or(in_header).unwrap_or("localhost"))
    }
}

/// The router of all doors.
fn router(doors: Arc<Doors>) -> Router {
    Router::new()
        .route("/rooms", get(rooms::list).post(rooms::make))
        .route("/rooms/{room}", any(room::room))
        .route("/rooms/{room}/about", get(rooms::about).patch(rooms::settle))
        .route("/rooms/{room}/people", get(members::list))
        .route("/rooms/{room}/people/{person}", put(members::put).delete(members::delete))
        .route("/rooms/{room}/bans/{person}", put(members::ban).delete(members::unban))
        .route("/rooms/{room}/me", patch(reading::patch))
        .route("/rooms/{room}/typing", post(typing::post))
        .route("/rooms/{room}/{message}", any(message::message))
        .route("/rooms/{room}/{message}/replies", get(message::replies))
        .route("/rooms/{room}/{message}/reactions/{emoji}", put(reactions::put).delete(reactions::delete))
        .route("/stream", any(room::several))
        .route("/me/rooms", get(my_rooms::get))
        .route("/me/presence", put(presence::put))
        .merge(doors_of_people())
        .route("/openapi.json", get(openapi::get))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .fallback(routes::other)
        .method_not_allowed_fallback(other_method)
        .with_state(doors)
}

/// Who one is, who others are, and how somebody comes in.
fn doors_of_people() -> Router<Arc<Doors>> {
    Router::new()
        .route("/me", get(me::get).put(me::put).delete(me::delete))
        .route("/me/account", put(me::put_account))
        .route("/me/password", put(me::put_password))
        .route("/me/sessions", get(session::list))
        .route("/me/sessions/{id}", delete(session::end))
        .route("/me/link", post(invitations::for_own_device))
        .route("/session", post(session::post).delete(session::delete))
        .route("/links", get(invitations::list).post(invitations::post))
        .route("/links/look", post(invitations::look))
        .route("/links/redeem", post(invitations::redeem))
        .route("/links/{id}", delete(invitations::revoke))
        .route("/join", get(invitations::page))
        .route("/people", get(people::find))
        .route("/people/{id}", get(people::get).patch(people::patch).delete(people::delete))
        .route("/people/{id}/link", post(invitations::for_somebody))
        .route("/bots", post(bots::post))
        .route("/bots/{id}/token", post(bots::renew))
}

/// A method that there is not, or `OPTIONS`. The router adds which ones there are.
async fn other_method(method: Method) -> Response {
    match method {
        Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        _ => Problem::new(Code::MethodNotAllowed).into_response(),
    }
}

/// A JSON answer, ending its line for those who read it in a terminal.
fn json(value: &impl Serialize) -> Response {
    let mut response = Response::new(Body::from(wire::json::write(value, |json| [json, b"\n"].concat())));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    no_store(response)
}

/// The answer where there is nothing to tell.
fn done() -> Response {
    no_store(StatusCode::NO_CONTENT.into_response())
}

/// Marks an answer as one that must not be kept.
fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
