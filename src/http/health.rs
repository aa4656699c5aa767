//! `/health/live`: the process answers. `/health/ready`: it can do its work, which the store proves.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

use super::Doors;
use super::json as json_answer;

/// `GET /health/live`
pub async fn live() -> Response {
    json_answer(&json!({ "live": true }))
}

/// `GET /health/ready`
pub async fn ready(State(doors): State<Arc<Doors>>) -> Response {
    let trouble = if doors.is_closing() {
        Some("the server is stopping".to_owned())
    } else {
        doors.chat.engine().health().await.err().map(|error| error.to_string())
    };
    match trouble {
        None => json_answer(&json!({ "ready": true })),
        Some(reason) => {
            let answer = json_answer(&json!({ "ready": false, "reason": reason }));
            (StatusCode::SERVICE_UNAVAILABLE, answer).into_response()
        }
    }
}
