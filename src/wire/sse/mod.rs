//! Server-Sent Events (WHATWG HTML, section 9.2): how events are written, and a [`Reader`] for clients.
//!
//! Whatever an author puts into an event, what is written is one event: no text can end it early or
//! begin another.

mod reader;
#[cfg(test)]
pub(super) mod tests;

use std::time::Duration;

use bytes::Bytes;

use super::Id;
pub use reader::{Reader, Received, TooLarge};

/// An event, in one allocation. `name` is left away for plain messages. CR, LF and CRLF in `data` begin
/// a `data:` line each, and so arrive as LF; a line end in `name` is left out.
pub fn event(id: Option<Id>, name: Option<&str>, data: &str) -> Bytes {
    let id = id.map(|id| id.to_string());
    let fields = id.as_ref().map_or(0, |id| id.len() + 5) + name.map_or(0, |name| name.len() + 8);
    let lines: usize = lines(data).map(|line| line.len() + 7).sum();
    let mut text = String::with_capacity(fields + lines + 1);
    if let Some(id) = id {
        field(&mut text, "id", &id);
    }
    if let Some(name) = name {
        text.push_str("event: ");
        text.extend(name.split(['\r', '\n']));
        text.push('\n');
    }
    for line in self::lines(data) {
        field(&mut text, "data", line);
    }
    text.push('\n');
    Bytes::from(text)
}

/// A block of nothing but an id: it moves a client's resume point and dispatches no event.
pub fn mark(id: Id) -> Bytes {
    Bytes::from(format!("id: {id}\n\n"))
}

/// How long a client shall wait before it connects again, in whole milliseconds.
pub fn retry(wait: Duration) -> Bytes {
    Bytes::from(format!("retry: {}\n\n", wait.as_millis()))
}

fn field(text: &mut String, name: &str, value: &str) {
    text.push_str(name);
    text.push_str(": ");
    text.push_str(value);
    text.push('\n');
}

/// The lines of a text as the standard ends them: by CR, LF or CRLF. A text that ends with a line end
/// has one more line, which is empty.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = memchr::memchr2(b'\r', b'\n', text.as_bytes()) else {
            return rest.take();
        };
        let width = if text[end..].starts_with("\r\n") { 2 } else { 1 };
        rest = Some(&text[end + width..]);
        Some(&text[..end])
    })
}
