//! What every request passes on its way to a door, and every answer on its way back: strangers are turned away,
//! problems get their words, answers their general headers, and the log its line.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, Request};
use tower::ServiceExt;

use super::language::Language;
use super::problem::{Code, Problem};
use super::{Doors, problem};

/// Where requests come in.
#[derive(Clone)]
pub struct Entrance {
    router: Router,
    /// Whose rules hold here; none for those who may see everything.
    doors: Option<Arc<Doors>>,
}

impl Entrance {
    /// The way to these doors, for everybody.
    pub fn to(doors: &Arc<Doors>) -> Self {
        Entrance { router: super::router(Arc::clone(doors)), doors: Some(Arc::clone(doors)) }
    }

    /// The way to something that only those who may see everything can reach.
    pub fn unguarded(router: Router) -> Self {
        Entrance { router, doors: None }
    }

    /// Serves a connection. What is said on it is heard when its answer has been written: who waits for an answer comes
    /// before those who listen.
    pub async fn along<T>(&self, serving: Pin<&mut impl Future<Output = T>>) -> T {
        match &self.doors {
            Some(doors) => doors.hub.along(serving).await,
            None => serving.await,
        }
    }

    /// The answer to a request.
    pub async fn answer(self, request: Request<Body>) -> Response {
        let Entrance { router, doors } = self;
        let Some(doors) = doors else { return route(router, request).await };
        let began = Instant::now();
        let shown = tracing::enabled!(tracing::Level::DEBUG)
            .then(|| (request.method().clone(), request.uri().path().to_owned()));
        let language = Language::of(request.headers());
        let origin = request.headers().get(header::ORIGIN).cloned();
        let answer = match doors.welcome.check(request.method(), request.uri(), request.headers()) {
            Err(stranger) => stranger.into_response(),
            Ok(()) => route(router, request).await,
        };
        let mut answer = problem::translate(answer, language);
        doors.welcome.cors(origin.as_ref(), answer.headers_mut());
        forbid_guessing(answer.headers_mut());
        if let Some((method, path)) = shown {
            let status = answer.status().as_u16();
            tracing::debug!(%method, path, status, micros = began.elapsed().as_micros(), "request");
        }
        answer
    }
}

/// What the door answers; a problem if it panics, which ends this request alone. The panic has said why on standard error.
async fn route(router: Router, request: Request<Body>) -> Response {
    let routed = AssertUnwindSafe(router.oneshot(request)).catch_unwind().await;
    match routed {
        Ok(answered) => answered.unwrap_or_else(|never| match never {}),
        Err(_) => {
            tracing::error!("a request could not be answered");
            Problem::new(Code::Internal).into_response()
        }
    }
}

/// What is said to be text is not to be taken for a script.
fn forbid_guessing(headers: &mut HeaderMap) {
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(HeaderName::from_static("x-content-type-options"), nosniff);
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use http::StatusCode;

    use super::*;

    #[tokio::test]
    async fn whoever_panics_answers_with_a_problem() {
        let panics = || async {
            if true {
                panic!("as this test wants");
            }
        };
        let router = Router::new().route("/", get(panics));
        let answer = route(router.clone(), Request::new(Body::empty())).await;
        assert_eq!(answer.extensions().get::<Problem>(), Some(&Problem::new(Code::Internal)));
        let unguarded = Entrance::unguarded(router).answer(Request::new(Body::empty())).await;
        assert_eq!(unguarded.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
