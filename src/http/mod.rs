//! The doors: HTTP in front of the chat and the hub. One file a resource, one a transport.

pub mod accept;
mod address;
mod ask;
mod assets;
mod body;
mod code;
mod health;
mod identity;
mod language;
mod lines;
mod links;
mod me;
mod members;
pub mod metrics;
mod my_rooms;
mod negotiate;
mod openapi;
mod per_address;
mod post;
mod presence;
mod problem;
mod rates;
mod reading;
mod room;
mod rooms;
mod routes;
pub mod stall;
mod strangers;
mod stream;
mod typing;
mod websocket;
mod words;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{self, any, get, patch, put};
use http::Request;
use http::header::{self, HeaderName, HeaderValue};
use http::request::Parts;
use ipnet::IpNet;
use serde::Serialize;
use tokio_util::task::TaskTracker;

pub use lines::Lines;
pub use metrics::Metrics;
pub use rates::Rates;
pub use routes::{Pages, Routes};
pub use strangers::Welcome;

use crate::chat::{Chat, Draft, RoomName, Speaker};
use crate::hub::Hub;
use crate::wire::MessageObject;
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
    /// Which hosts and origins are ours.
    pub welcome: Welcome,
    /// Proxies whose word on addresses and schemes is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether the URL that people use begins with `https`.
    pub is_public_https: bool,
    /// Bounds.
    pub limits: Limits,
    /// Paths of one's own.
    pub routes: Routes,
    /// A folder of one's own.
    pub pages: Option<Pages>,
    /// What is counted.
    pub metrics: Metrics,
    /// Where WebSockets run, once they have left their connection.
    pub tasks: TaskTracker,
    /// Set when the server begins to stop.
    pub closing: AtomicBool,
}

impl Doors {
    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
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
        self.is_public_https || (by_proxy && says_https)
    }
}

/// The router of all doors.
pub fn router(doors: Arc<Doors>) -> Router {
    Router::new()
        .route("/rooms", get(rooms::list).post(rooms::make))
        .route("/rooms/{room}", any(room::room))
        .route("/rooms/{room}/about", get(rooms::about).patch(rooms::settle))
        .route("/rooms/{room}/people", get(members::list))
        .route("/rooms/{room}/people/{person}", put(members::put).delete(members::delete))
        .route("/rooms/{room}/bans/{person}", put(members::ban).delete(members::unban))
        .route("/rooms/{room}/me", patch(reading::patch))
        .route("/rooms/{room}/typing", routing::post(typing::post))
        .route("/rooms/{room}/{message}", any(room::message))
        .route("/stream", any(room::several))
        .route("/me", get(me::get).put(me::put).options(me::options))
        .route("/me/rooms", get(my_rooms::get))
        .route("/me/presence", put(presence::put))
        .route("/openapi.json", get(openapi::get))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .fallback(routes::other)
        .method_not_allowed_fallback(|| async { Problem::new(Code::MethodNotAllowed) })
        .layer(middleware::from_fn_with_state(Arc::clone(&doors), threshold))
        .with_state(doors)
}

/// What every request passes: strangers are turned away, problems get their words, answers their
/// general headers, and the log its line.
async fn threshold(State(doors): State<Arc<Doors>>, request: Request<Body>, next: Next) -> Response {
    let began = Instant::now();
    let (method, headers) = (request.method().clone(), request.headers().clone());
    let path = request.uri().path().to_owned();
    let answer = match doors.welcome.check(&method, request.uri(), &headers) {
        Err(stranger) => stranger.into_response(),
        Ok(()) => next.run(request).await,
    };
    let mut answer = problem::translate(answer, &headers);
    doors.welcome.cors(&headers, answer.headers_mut());
    let nosniff = HeaderValue::from_static("nosniff");
    answer.headers_mut().insert(HeaderName::from_static("x-content-type-options"), nosniff);
    let status = answer.status().as_u16();
    tracing::debug!(%method, path, status, micros = began.elapsed().as_micros(), "request");
    answer
}

/// A JSON answer, ending its line for those who read it in a terminal.
fn json(value: &impl Serialize) -> Response {
    match serde_json::to_string(value) {
        Ok(text) => no_store(([(header::CONTENT_TYPE, "application/json")], text + "\n").into_response()),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            Problem::new(Code::Internal).into_response()
        }
    }
}

/// Marks an answer as one that must not be kept.
fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
