//! Somebody who has given a name, and does things by it.

use serde_json::{Value, json};

use crate::client::{Answer, Line, request, send};
use crate::running::Running;

/// Somebody with a cookie.
pub struct Guest<'a> {
    server: &'a Running,
    pub id: String,
    pub cookie: String,
}

impl<'a> Guest<'a> {
    /// Somebody new under this name.
    pub async fn arrive(server: &'a Running, name: &str) -> Self {
        let wish = request(server, "PUT", "/me").body(json!({ "name": name }).to_string());
        let answer = send(wish).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        Guest { server, id: answer.json()["id"].as_str().unwrap().to_owned(), cookie }
    }

    /// The answer to a call of theirs.
    pub async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        let call = request(self.server, method, path).header("cookie", &self.cookie);
        send(call.header("content-type", "application/json").body(body.to_string())).await
    }

    /// The same, which must go well.
    pub async fn done(&self, method: &str, path: &str, body: Value) -> Value {
        let answer = self.call(method, path, body).await;
        assert!((200..300).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.body);
        if answer.body.is_empty() { Value::Null } else { answer.json() }
    }

    /// What they see under a path.
    pub async fn sees(&self, path: &str) -> Value {
        let call = request(self.server, "GET", path).header("cookie", &self.cookie);
        let answer = send(call).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    /// Says something and gives its id.
    pub async fn says(&self, room: &str, body: &str) -> String {
        let said = self.done("POST", &format!("/rooms/{room}"), json!({ "body": body })).await;
        said["id"].as_str().unwrap().to_owned()
    }

    /// Comes into a room.
    pub async fn joins(&self, room: &str) {
        self.done("PUT", &format!("/rooms/{room}/people/me"), json!({})).await;
    }

    /// A line of theirs, of events as JSON, that has been greeted.
    pub async fn line(&self, path: &str) -> Line {
        let live = if path.contains('?') { format!("{path}&live") } else { format!("{path}?live") };
        let headers = [("cookie", self.cookie.as_str()), ("accept", "application/x-ndjson")];
        let mut line = Line::with(self.server, &live, &headers).await;
        line.object("hello").await;
        line
    }
}
