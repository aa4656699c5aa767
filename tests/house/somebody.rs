//! Somebody on a server: a device with its cookie, and what it asks for.

use serde_json::{Value, json};

use crate::client::{Answer, Line, request, send};
use crate::running::Running;

/// A device. Without a cookie it is a stranger's.
#[derive(Clone, Default)]
pub struct Somebody {
    pub id: String,
    pub cookie: String,
}

impl Somebody {
    /// Somebody who gives a name.
    pub async fn named(server: &Running, name: &str) -> Self {
        let stranger = Somebody::default();
        let arrived = stranger.put(server, "/me", json!({ "name": name })).await;
        assert_eq!(arrived.status, 201, "{}", arrived.body);
        Somebody::of(&arrived)
    }

    /// The one whom an answer with a cookie has made.
    pub fn of(answer: &Answer) -> Self {
        let set = answer.header("set-cookie");
        let cookie = set.split(';').next().unwrap_or_default().to_owned();
        assert!(cookie.starts_with("openline="), "{set:?}");
        Somebody { id: text(&answer.json()["id"]), cookie }
    }

    /// An owner: made by the command that whoever runs the server has.
    pub async fn owner(server: &Running) -> Self {
        let wish = json!({ "code": server.owner_code(), "name": "Olga", "login": "olga", "password": "olgas password" });
        let redeemed = Somebody::default().post(server, "/links/redeem", wish).await;
        assert_eq!(redeemed.status, 201, "{}", redeemed.body);
        assert_eq!(redeemed.json()["role"], "owner");
        Somebody::of(&redeemed)
    }

    /// Somebody whom a link of this one has given a role.
    pub async fn invites(&self, server: &Running, role: &str, name: &str) -> Self {
        self.invites_as(server, role, json!({ "name": name })).await
    }

    /// The same, who signs in by their name.
    pub async fn invites_with_account(&self, server: &Running, role: &str, name: &str) -> Self {
        let wish = json!({ "name": name, "login": name, "password": "their own password" });
        self.invites_as(server, role, wish).await
    }

    async fn invites_as(&self, server: &Running, role: &str, mut wish: Value) -> Self {
        let link = self.post(server, "/links", json!({ "role": role })).await;
        assert_eq!(link.status, 201, "{}", link.body);
        wish["code"] = link.json()["code"].clone();
        let redeemed = Somebody::default().post(server, "/links/redeem", wish).await;
        assert_eq!(redeemed.status, 201, "{}", redeemed.body);
        Somebody::of(&redeemed)
    }

    /// Asks, with an object or without.
    pub async fn ask(&self, server: &Running, method: &str, path: &str, wish: Option<Value>) -> Answer {
        let mut asked = request(server, method, path);
        if !self.cookie.is_empty() {
            asked = asked.header("cookie", &self.cookie);
        }
        if let Some(wish) = wish {
            asked = asked.header("content-type", "application/json").body(wish.to_string());
        }
        send(asked).await
    }

    pub async fn get(&self, server: &Running, path: &str) -> Answer {
        self.ask(server, "GET", path, None).await
    }

    pub async fn put(&self, server: &Running, path: &str, wish: Value) -> Answer {
        self.ask(server, "PUT", path, Some(wish)).await
    }

    pub async fn post(&self, server: &Running, path: &str, wish: Value) -> Answer {
        self.ask(server, "POST", path, Some(wish)).await
    }

    pub async fn patch(&self, server: &Running, path: &str, wish: Value) -> Answer {
        self.ask(server, "PATCH", path, Some(wish)).await
    }

    pub async fn delete(&self, server: &Running, path: &str) -> Answer {
        self.ask(server, "DELETE", path, None).await
    }

    /// Asks for what must go well, and gives the answer.
    pub async fn done(&self, server: &Running, method: &str, path: &str, wish: Value) -> Value {
        let answer = self.ask(server, method, path, Some(wish)).await;
        assert!((200..300).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.body);
        if answer.body.is_empty() { Value::Null } else { answer.json() }
    }

    /// What they see under a path.
    pub async fn sees(&self, server: &Running, path: &str) -> Value {
        let answer = self.get(server, path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    /// Says something and gives its id.
    pub async fn says(&self, server: &Running, room: &str, body: &str) -> String {
        text(&self.done(server, "POST", &format!("/rooms/{room}"), json!({ "body": body })).await["id"])
    }

    /// Comes into a room.
    pub async fn joins(&self, server: &Running, room: &str) {
        self.done(server, "PUT", &format!("/rooms/{room}/people/me"), json!({})).await;
    }

    /// A line of theirs, of events as JSON, that has been greeted.
    pub async fn line(&self, server: &Running, path: &str) -> Line {
        let live = if path.contains('?') { format!("{path}&live") } else { format!("{path}?live") };
        let headers = [("cookie", self.cookie.as_str()), ("accept", "application/x-ndjson")];
        let mut line = Line::with(server, &live, &headers).await;
        line.object("hello").await;
        line
    }

    /// What `/me` says; nothing for a stranger.
    pub async fn me(&self, server: &Running) -> Option<Value> {
        let me = self.get(server, "/me").await;
        (me.status == 200).then(|| me.json())
    }
}

/// A JSON text.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// That an answer is this problem.
#[track_caller]
pub fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{}", answer.body);
}
