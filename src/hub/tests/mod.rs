//! The hub over a real (memory) engine, without sockets: what a line hears, from wherever it begins.

mod follower;
mod lines;
mod memo;
mod pace;
mod pasts;
mod presence;
mod queue;
mod rings;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::time::{Instant, timeout};

use std::collections::HashSet;

use super::alone::Alone;
use super::*;
use crate::engine::Key;
use crate::engine::{Clock, Commit, Hearing, Memory, NewEntry, NumberedKey, Outcome, Put};
use crate::wire::{Format, MessageObject, Only, Transport};

const NDJSON: Format = Format { transport: Transport::Ndjson, only: Only::Event };

fn event(id: Option<Id>, room: &str, body: String) -> Event {
    Event::message(&MessageObject { id, room: room.to_owned(), body: Some(body), ..MessageObject::default() })
}

/// What was said in "a" under a number reads differently now.
fn changing(number: Number, words: &'static str) -> Commit {
    let key = Key::new("message").part("a").number(number);
    let put = Put { key: key.clone().into(), json: Bytes::from_static(words.as_bytes()), expires: None };
    Commit { puts: vec![put], ..about(key) }
}

/// It is gone.
fn deleting(number: Number) -> Commit {
    let key = Key::new("message").part("a").number(number);
    Commit { deletes: vec![key.clone()], ..about(key) }
}

/// Tells of a change of a document in "a".
fn about(document: Key) -> Commit {
    let entry = NewEntry {
        audiences: vec![Audience::new("a")],
        kind: "change".to_owned(),
        document: document.into(),
        facts: None,
        at: 1_000,
    };
    Commit { entry: Some(entry), ..Commit::new() }
}

/// A house with one engine and one hub.
struct House {
    engine: Arc<Memory>,
    hub: Hub,
    closed: Arc<Mutex<HashSet<Audience>>>,
    has_ended: Arc<AtomicBool>,
    tasks: Mutex<Tasks>,
}

/// Rooms that may not be heard any more. While it is asked of `signing out`, the listener is signed out.
struct Closable {
    closed: Arc<Mutex<HashSet<Audience>>>,
    has_ended: Arc<AtomicBool>,
}

impl Rights for Closable {
    fn may_hear(&self, _: &Listener, audience: &Audience, _: Number) -> bool {
        self.has_ended.fetch_or(*audience == Audience::new("signing out"), Ordering::Release);
        !self.closed.lock().unwrap().contains(audience)
    }

    fn is_open(&self, audience: &Audience) -> bool {
        *audience == Audience::new("open")
    }
}

/// Shows the document's bytes as the body of a message; documents that are gone show nothing.
struct Reading(Arc<Memory>);

#[async_trait]
impl Renderer for Reading {
    async fn render(&self, entries: &[(Id, Entry, Option<Document>)]) -> Result<Vec<Rendering>, EngineError> {
        let mut rendered = Vec::new();
        for (id, entry, at_hand) in entries {
            let stored = match at_hand {
                Some(document) => Some(document.clone()),
                None => self.0.get(std::slice::from_ref(&entry.document)).await?.pop().flatten(),
            };
            rendered.push(rendering(*id, entry, stored));
        }
        Ok(rendered)
    }

    fn signal(&self, payload: &Bytes) -> Option<Signal> {
        let word = String::from_utf8(payload.to_vec()).ok()?;
        Some(Signal::new(Audience::new("a"), None, event(None, "a", word)))
    }

    async fn gathered(&self) -> Vec<Signal> {
        Vec::new()
    }

    fn reached(&self, _: Number) {}

    fn begin_again(&self) {}

    fn here(&self, _: &Audience, here: &Here) -> Option<Event> {
        Some(Event::own("here", None, &here.count))
    }
}

fn rendering(id: Id, entry: &Entry, stored: Option<Document>) -> Rendering {
    let room = entry.audiences.first().map(|name| name.0.to_string()).unwrap_or_default();
    let body = stored.map(|document| String::from_utf8_lossy(&document.json).into_owned());
    Rendering {
        client: entry.facts.as_ref().map(|facts| String::from_utf8_lossy(facts).into()),
        event: body.map(|body| event(Some(id), &room, body)),
        erases: if entry.kind == "change" { Erases::Document } else { Erases::Nothing },
        ..Rendering::default()
    }
}

impl House {
    async fn with_ring(ring_bytes: usize) -> Self {
        House::with(ring_bytes, 4096).await
    }

    async fn with(ring_bytes: usize, batch_bytes: usize) -> Self {
        House::on(Arc::new(Memory::new(Clock::manual(1_000))), ring_bytes, batch_bytes).await
    }

    /// Another node on the same engine.
    async fn beside(&self) -> Self {
        House::on(Arc::clone(&self.engine), 1 << 20, 4096).await
    }

    async fn on(engine: Arc<Memory>, ring_bytes: usize, batch_bytes: usize) -> Self {
        let closed = Arc::<Mutex<HashSet<Audience>>>::default();
        let options = Options {
            ring_bytes,
            signals: 16,
            signals_per_second: 100,
            heartbeat: Duration::from_secs(5),
            retry: Duration::from_secs(2),
            batch_bytes,
        };
        let renderer = Arc::new(Reading(Arc::clone(&engine)));
        let has_ended = Arc::<AtomicBool>::default();
        let rights = Arc::new(Closable { closed: Arc::clone(&closed), has_ended: Arc::clone(&has_ended) });
        let hub = Hub::new(Arc::clone(&engine) as _, renderer, rights, options).await.unwrap();
        let tasks = hub.start();
        House { engine, hub, closed, has_ended, tasks: Mutex::new(tasks) }
    }

    async fn new() -> Self {
        House::with_ring(1 << 20).await
    }

    /// The engine loses what came after a number, and the hub hears of it.
    fn go_back(&self, upto: u64) {
        let epochs = self.engine.go_back(Number(upto)).unwrap();
        self.hub.shared.begin_epoch(epochs, Number(upto));
        // This engine does not tell its followers: a new one begins where the log ends now.
        *self.tasks.lock().unwrap() = self.hub.start();
    }

    /// A start after a number.
    fn after(&self, number: u64) -> Start {
        Start::After(self.hub.id(Number(number)))
    }

    async fn say(&self, room: &str, body: &str) -> Number {
        self.say_as(room, body, None).await
    }

    async fn say_as(&self, room: &str, body: &str, client: Option<&str>) -> Number {
        let place = NumberedKey::WithNumber(Key::new("message").part(room));
        let mut commit = Commit::new();
        let json = Bytes::copy_from_slice(body.as_bytes());
        commit.puts.push(Put { key: place.clone(), json, expires: None });
        commit.entry = Some(NewEntry {
            audiences: vec![Audience::new(room)],
            kind: "message".to_owned(),
            document: place,
            facts: client.map(|client| Bytes::copy_from_slice(client.as_bytes())),
            at: 1_000,
        });
        self.commit(commit).await
    }

    async fn commit(&self, commit: Commit) -> Number {
        match self.engine.commit(commit.into()).await.unwrap() {
            Outcome::Done { id: Some(id) } => id.number,
            other => panic!("{other:?}"),
        }
    }

    /// Waits until this node has heard a number.
    async fn heard(&self, number: Number) {
        let has_heard = async {
            while self.hub.head().number < number {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(10), has_heard).await.unwrap();
    }

    fn line(&self, rooms: &[&str], start: Start) -> Alone {
        Alone::new(self.hub.join(Join {
            listener: Listener {
                person: None,
                has_ended: Some(Arc::clone(&self.has_ended)),
                client: "me".into(),
                may_return: true,
            },
            format: NDJSON,
            echo: false,
            hearing: match rooms {
                ["*"] => Hearing::Everything,
                rooms => Hearing::Of(rooms.iter().map(|name| Audience::new(name)).collect()),
            },
            follows: false,
            start,
            reset: None,
        }))
    }
}

/// The next words on a line, as JSON objects; empty if it has ended.
async fn next(line: &mut Alone) -> Vec<serde_json::Value> {
    let bytes = timeout(Duration::from_secs(10), line.next()).await.expect("a line that goes on");
    let text = String::from_utf8(bytes.unwrap_or_default().to_vec()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What is said on a line until so many messages have come; hello, here and heartbeats left out.
async fn bodies(line: &mut Alone, count: usize) -> Vec<String> {
    let mut bodies = Vec::new();
    let deadline = Instant::now() + Duration::from_secs(20);
    while bodies.len() < count {
        let words = next(line).await;
        assert!(Instant::now() < deadline, "only {bodies:?} came");
        assert!(!words.is_empty(), "the line ended after {bodies:?}");
        for word in words {
            if let Some(reason) = word.pointer("/reset/reason") {
                bodies.push(format!("reset: {}", reason.as_str().unwrap()));
            } else if let Some(body) = word.pointer("/message/body") {
                bodies.push(body.as_str().unwrap().to_owned());
            }
        }
    }
    bodies
}
