//! What is asked in a dialect: for a line, and for a post in which only the mark changes.

use std::fmt::Write as _;

use super::dialect::{Carrier, Dialect, Listen, Post, Resume};
use super::mark::{LENGTH, Mark};

impl Dialect {
    /// A request for a line that hears these rooms: from their beginning, or after an id, or from now on.
    pub fn listen(&self, carrier: Carrier, host: &str, rooms: &[String], start: Start<'_>) -> Vec<u8> {
        let Listen { path, path_for_several, path_from_start, headers, .. } = &self.listen;
        let path = path_from_start.as_ref().filter(|_| matches!(start, Start::Beginning)).unwrap_or(path);
        let mut path = match (rooms, path_for_several) {
            ([_, _, ..], Some(path)) => several(path, rooms),
            _ => path.replace("{room}", &rooms.join(",")),
        };
        let mut resume = String::new();
        if let Start::After(id) = start {
            match self.resume {
                Resume::None => {}
                Resume::LastEventId => resume = format!("Last-Event-ID: {id}\r\n"),
                Resume::Since => {
                    let _ = write!(path, "{}since={id}", if path.contains('?') { '&' } else { '?' });
                }
            }
        }
        let mut text = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{resume}");
        for (name, value) in headers {
            let value = value.replace("{room}", rooms.first().map_or("", |room| room));
            let _ = write!(text, "{name}: {value}\r\n");
        }
        if carrier == Carrier::WebSocket {
            // The key of RFC 6455's own example; nobody here mistakes an old answer for a new one.
            text.push_str(
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                 Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
            );
        }
        text.push_str("\r\n");
        text.into_bytes()
    }

    /// What is said after a WebSocket's handshake by a line that hears these rooms.
    pub fn say(&self, rooms: &[String]) -> Vec<String> {
        let each = |text: &String| -> Vec<String> {
            if !text.contains("{room}") {
                return vec![text.clone()];
            }
            rooms.iter().map(|room| text.replace("{room}", room)).collect()
        };
        self.listen.say.iter().flat_map(each).collect()
    }

    /// A post into a room whose message has so many bytes, to be filled in.
    pub fn post(&self, host: &str, room: &str, bytes: usize) -> Template {
        let Post { method, path, headers, body, .. } = &self.post;
        let filler: String = "~".repeat(LENGTH) + " " + &"x".repeat(bytes.saturating_sub(LENGTH + 1));
        let body = body.replace("{room}", room);
        let before = body.find("{body}").unwrap_or(body.len());
        let body = body.replacen("{body}", filler[..bytes.max(LENGTH)].trim_end(), 1);
        let mut text = format!("{method} {} HTTP/1.1\r\nHost: {host}\r\n", path.replace("{room}", room));
        for (name, value) in headers {
            let _ = write!(text, "{name}: {}\r\n", value.replace("{room}", room));
        }
        let _ = write!(text, "Content-Length: {}\r\n\r\n", body.len());
        let at = text.len() + before;
        text.push_str(&body);
        Template { request: text.into_bytes(), at }
    }
}

/// From where a line hears.
#[derive(Debug, Clone, Copy)]
pub enum Start<'a> {
    /// What is said from now on.
    Now,
    /// The first message of the room.
    Beginning,
    /// What comes after this id.
    After(&'a str),
}

/// A request in which only the mark changes.
#[derive(Debug, Clone)]
pub struct Template {
    request: Vec<u8>,
    at: usize,
}

impl Template {
    /// The request with this mark.
    pub fn fill(&mut self, mark: Mark) -> &[u8] {
        if let Some(place) = self.request.get_mut(self.at..self.at + LENGTH) {
            place.copy_from_slice(&mark.write());
        }
        &self.request
    }
}

/// A path that names two rooms, with all of them.
fn several(path: &str, rooms: &[String]) -> String {
    let mut parts = path.splitn(3, "{room}");
    let (start, between, end) =
        (parts.next().unwrap_or_default(), parts.next().unwrap_or(","), parts.next().unwrap_or_default());
    format!("{start}{}{end}", rooms.join(between))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rooms(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn asked(carrier: Carrier, names: &[&str], start: Start<'_>) -> String {
        String::from_utf8(Dialect::ours(carrier).listen(carrier, "h:1", &rooms(names), start)).expect("text")
    }

    #[test]
    fn our_own_lines_are_asked_for_as_they_should_be() {
        let text = asked(Carrier::Sse, &["a"], Start::Now);
        assert_eq!(text, "GET /rooms/a HTTP/1.1\r\nHost: h:1\r\nAccept: text/event-stream\r\n\r\n");
        assert!(asked(Carrier::Sse, &["a"], Start::Beginning).starts_with("GET /rooms/a?since=all HTTP"));
        assert!(
            asked(Carrier::Sse, &["a", "b", "c"], Start::Now)
                .starts_with("GET /stream?room=a&room=b&room=c HTTP")
        );
        assert!(asked(Carrier::Sse, &["a"], Start::After("e-7")).contains("\r\nLast-Event-ID: e-7\r\n"));
        let text = asked(Carrier::WebSocket, &["a"], Start::After("e-7"));
        assert!(text.starts_with("GET /rooms/a?since=e-7 HTTP/1.1\r\n"), "{text}");
        assert!(text.contains("\r\nUpgrade: websocket\r\n") && text.ends_with("\r\n\r\n"), "{text}");
    }

    #[test]
    fn a_post_is_filled_in_place() {
        let mut dialect = Dialect::ours(Carrier::Sse);
        dialect.post.body = "{\"to\":\"{room}\",\"text\":\"{body}\"}".to_owned();
        let mut template = dialect.post("h:1", "a", 60);
        let mark = Mark { room: 0, voice: 1, number: 2, time: 3 };
        let text = String::from_utf8(template.fill(mark).to_vec()).expect("text");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        assert_eq!(body, format!("{{\"to\":\"a\",\"text\":\"{} {}\"}}", mark.text(), "x".repeat(20)));
        assert!(head.starts_with("POST /rooms/a HTTP/1.1\r\nHost: h:1\r\n"), "{head}");
        assert!(head.ends_with(&format!("Content-Length: {}", body.len())), "{head}");
        let mut short = Dialect::ours(Carrier::Sse).post("h:1", "a", 1);
        assert!(short.fill(mark).ends_with(mark.text().as_bytes()), "a message has room for its mark");
    }
}
