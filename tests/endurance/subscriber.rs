//! A subscriber that comes back: it opens a line, hears until the line breaks, and goes on from the last
//! id that it has seen, as often as need be.

use std::time::Duration;

use futures_util::StreamExt;
use openline::wire::sse::Reader;
use reqwest::Client;
use serde_json::Value;
use tokio_tungstenite::connect_async;

use super::room::Message;

/// What is said last in a room, so that a subscriber knows when to stop.
pub const THE_END: &str = "the end";
/// How long to wait before another try, when there is no server just now.
pub const PAUSE: Duration = Duration::from_millis(5);

/// What its line is.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Sse,
    Ndjson,
    WebSocket,
}

/// What it has heard, and all that it should not have.
#[derive(Debug)]
pub struct Subscriber {
    pub kind: Kind,
    pub heard: Vec<Message>,
    /// Whatever was neither a message nor expected.
    pub surprises: Vec<String>,
    /// How many lines it has opened.
    pub lines: u32,
}

impl Subscriber {
    /// Hears a room from its beginning to [`THE_END`].
    pub async fn listen(kind: Kind, server: String, room: &'static str) -> Subscriber {
        let mut subscriber = Subscriber { kind, heard: Vec::new(), surprises: Vec::new(), lines: 0 };
        while subscriber.heard.last().is_none_or(|last| last.body != THE_END) {
            let line = format!("{server}/rooms/{room}");
            let since = subscriber.heard.last().map_or("all".to_owned(), |last| last.id.clone());
            let opened = match kind {
                Kind::Sse => subscriber.sse(&line).await,
                Kind::Ndjson => subscriber.ndjson(&format!("{line}?live&since={since}")).await,
                Kind::WebSocket => subscriber.websocket(&format!("{line}?since={since}")).await,
            };
            match opened {
                Some(()) => subscriber.lines += 1,
                None => tokio::time::sleep(PAUSE).await,
            }
        }
        subscriber
    }

    /// As a browser's `EventSource` does it: the same URL each time, and `Last-Event-ID`.
    async fn sse(&mut self, room: &str) -> Option<()> {
        let mut request =
            Client::new().get(format!("{room}?since=all")).header("accept", "text/event-stream");
        if let Some(last) = self.heard.last() {
            request = request.header("last-event-id", &last.id);
        }
        let mut stream = request.send().await.ok()?.bytes_stream();
        let mut reader = Reader::new(1 << 20);
        while let Some(Ok(bytes)) = stream.next().await {
            reader.push(&bytes);
            for event in reader.by_ref() {
                let event = event.expect("an event of ordinary size");
                self.hear(&event.name, &event.data);
            }
            if self.is_done() {
                break;
            }
        }
        Some(())
    }

    async fn ndjson(&mut self, line: &str) -> Option<()> {
        let mut stream = Client::new().get(line).send().await.ok()?.bytes_stream();
        let mut text = Vec::new();
        while let Some(Ok(bytes)) = stream.next().await {
            text.extend_from_slice(&bytes);
            while let Some(end) = text.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = text.drain(..=end).collect();
                self.hear_object(&line);
            }
            if self.is_done() {
                break;
            }
        }
        Some(())
    }

    async fn websocket(&mut self, line: &str) -> Option<()> {
        let (mut socket, _) = connect_async(line.replacen("http", "ws", 1)).await.ok()?;
        while let Some(Ok(message)) = socket.next().await {
            if message.is_text() {
                self.hear_object(&message.into_data());
            }
            if self.is_done() {
                break;
            }
        }
        Some(())
    }

    /// One object under its event's name.
    fn hear_object(&mut self, json: &[u8]) {
        let object: Value = serde_json::from_slice(json).expect("JSON");
        for (name, value) in object.as_object().expect("an object") {
            self.hear(name, &value.to_string());
        }
    }

    fn hear(&mut self, name: &str, json: &str) {
        match name {
            "message" => match serde_json::from_str(json) {
                Ok(message) => self.heard.push(message),
                // What is not kept has no id.
                Err(_) => self.surprises.push(format!("a signal: {json}")),
            },
            "hello" | "here" | "heartbeat" => {}
            _ => self.surprises.push(format!("{name}: {json}")),
        }
    }

    fn is_done(&self) -> bool {
        self.heard.last().is_some_and(|last| last.body == THE_END)
    }
}
