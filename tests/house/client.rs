//! What speaks to the server: plain requests, and lines that are read event by event. Every wait ends with
//! the event itself, or fails the test when patience does.

use std::future::Future;
use std::sync::LazyLock;
use std::time::Duration;

use openline::wire::sse::{Reader, Received};
use reqwest::{Client, Method, RequestBuilder, Response, redirect};
use serde_json::Value;

use crate::described;
use crate::running::{PATIENCE, Running};

/// The largest event that a test expects, in bytes.
const MOST_EVENT_BYTES: usize = 1 << 20;

/// An answer, read whole.
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: String,
}

impl Answer {
    /// A header's values, joined as they could be on the wire.
    pub fn header(&self, name: &str) -> String {
        let values: Vec<_> =
            self.headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("?")).collect();
        values.join(", ")
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    /// The code of the problem that it is.
    pub fn code(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.body);
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// Made once: to make one reads all certificates of the system, which takes as long as several requests. It keeps no
/// connection, which would belong to the runtime of one test.
static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let plain = Client::builder().redirect(redirect::Policy::none()).no_proxy();
    plain.pool_max_idle_per_host(0).build().unwrap()
});

/// A request, not yet sent. It has a connection of its own.
pub fn request(server: &Running, method: &str, path: &str) -> RequestBuilder {
    CLIENT.request(Method::from_bytes(method.as_bytes()).unwrap(), server.url(path))
}

/// Sends a request and reads its answer, which must be one that is described.
pub async fn send(request: RequestBuilder) -> Answer {
    let (client, request) = request.build_split();
    let request = request.expect("a request");
    let (method, path) = (request.method().to_string(), request.url().path().to_owned());
    let answer = async {
        let response = client.execute(request).await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, body: response.text().await.expect("a body") }
    };
    let answer = soon(answer).await;
    described::check(&method, &path, answer.status, &answer.body);
    answer
}

/// `GET` with these headers.
pub async fn get(server: &Running, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers.iter().fold(request(server, "GET", path), |request, (k, v)| request.header(*k, *v));
    send(request).await
}

/// `POST` of a body under a content type.
pub async fn post(server: &Running, path: &str, kind: &str, body: &str) -> Answer {
    send(request(server, "POST", path).header("content-type", kind).body(body.to_owned())).await
}

/// Says something in a room and gives its id.
pub async fn say(server: &Running, room: &str, body: &str) -> String {
    let said = post(server, &format!("/rooms/{room}"), "text/plain", body).await;
    assert_eq!(said.status, 201, "{}", said.body);
    said.json()["id"].as_str().unwrap().to_owned()
}

/// Waits for what must come.
pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("what was waited for has not come")
}

/// Waits until a thing that can only be asked for is so.
pub async fn until<F: Future<Output = bool>>(mut is_so: impl FnMut() -> F) {
    soon(async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

/// An open line over SSE or NDJSON. Dropping it closes its connection.
pub struct Line {
    response: Response,
    sse: Reader,
    text: Vec<u8>,
}

impl Line {
    /// Opens a line over SSE, as an EventSource does.
    pub async fn sse(server: &Running, path: &str, headers: &[(&str, &str)]) -> Self {
        let accept = [("accept", "text/event-stream")];
        Self::open(server, path, headers.iter().chain(&accept)).await
    }

    /// Opens a line over NDJSON, as `curl` does: the path says that it is live.
    pub async fn ndjson(server: &Running, path: &str) -> Self {
        Self::with(server, path, &[]).await
    }

    /// Opens a line with just these headers.
    pub async fn with(server: &Running, path: &str, headers: &[(&str, &str)]) -> Self {
        Self::open(server, path, headers.iter()).await
    }

    async fn open<'a>(
        server: &Running,
        path: &str,
        headers: impl Iterator<Item = &'a (&'a str, &'a str)>,
    ) -> Self {
        let request = headers.fold(request(server, "GET", path), |request, (k, v)| request.header(*k, *v));
        let response = soon(request.send()).await.expect("an answer");
        assert_eq!(response.status(), 200, "{path}");
        Line { response, sse: Reader::new(MOST_EVENT_BYTES), text: Vec::new() }
    }

    /// The answer's header.
    pub fn header(&self, name: &str) -> &str {
        self.response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The bytes that come next; none when the line has ended.
    pub async fn bytes(&mut self) -> Option<bytes::Bytes> {
        soon(self.response.chunk()).await.ok().flatten()
    }

    /// Reads bytes that were taken with [`bytes`](Line::bytes).
    pub fn push(&mut self, bytes: &[u8]) {
        self.sse.push(bytes);
        assert!(self.sse.next().is_none_or(|event| event.is_ok_and(|event| event.name != "message")));
    }

    /// The next event; none when the line has ended.
    pub async fn event(&mut self) -> Option<Received> {
        loop {
            if let Some(event) = self.sse.next() {
                return Some(event.expect("an event of a size that can be"));
            }
            let bytes = self.bytes().await?;
            self.sse.push(&bytes);
        }
    }

    /// The next event with one of these names; others are passed over.
    pub async fn named(&mut self, name: &str) -> Received {
        loop {
            let event = self.event().await.expect("the line to go on");
            if event.name == name {
                return event;
            }
        }
    }

    /// The next so many messages.
    pub async fn messages(&mut self, count: usize) -> Vec<Said> {
        let mut said = Vec::with_capacity(count);
        while said.len() < count {
            said.push(Said::of(&self.named("message").await));
        }
        said
    }

    /// The bodies of the next so many messages.
    pub async fn bodies(&mut self, count: usize) -> Vec<String> {
        self.messages(count).await.into_iter().map(|said| said.body).collect()
    }

    /// Waits until the line is open, and gives what it was greeted with.
    pub async fn hello(&mut self) -> Received {
        let hello = self.event().await.expect("a greeting");
        assert_eq!(hello.name, "hello", "{hello:?}");
        hello
    }

    /// The id to resume from.
    pub fn last_id(&self) -> &str {
        self.sse.last_id()
    }

    /// How long the server last asked to wait before coming back.
    pub fn retry(&self) -> Option<Duration> {
        self.sse.retry()
    }

    /// The next line of text; none when there is no more.
    pub async fn text_line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.text.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.text.drain(..=end).collect();
                return Some(String::from_utf8(line).expect("UTF-8").trim_end_matches('\n').to_owned());
            }
            let bytes = self.bytes().await?;
            self.text.extend_from_slice(&bytes);
        }
    }

    /// The next object that is under this name.
    pub async fn object(&mut self, name: &str) -> Value {
        loop {
            let line = self.text_line().await.expect("the line to go on");
            let mut object: Value = serde_json::from_str(&line).expect("JSON");
            if let Some(found) = object.get_mut(name) {
                return found.take();
            }
        }
    }
}

/// What a message says, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    pub number: u64,
    pub body: String,
}

impl Said {
    /// The message in an event, whose id it must bear.
    pub fn of(event: &Received) -> Self {
        let message: Value = serde_json::from_str(&event.data).expect("JSON");
        assert_eq!(message["id"], event.id.as_str(), "the event's id is the message's");
        Said { number: number(&event.id), body: message["body"].as_str().unwrap_or_default().to_owned() }
    }
}

/// The number in an id.
pub fn number(id: &str) -> u64 {
    id.rsplit_once('-')
        .and_then(|(_, number)| number.parse().ok())
        .unwrap_or_else(|| panic!("{id:?} is no id"))
}
