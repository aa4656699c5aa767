//! How what is heard looks to people.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::cli::console::{Console, harmless};
use crate::wire::EventName;
use crate::wire::sse::Received;

/// A message, as far as it is shown.
#[derive(Deserialize)]
struct Message {
    room: String,
    at: String,
    by: Option<By>,
    body: Option<String>,
    data: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct By {
    name: String,
}

/// Is it something that somebody said, under whatever type, and not one of the server's own events?
pub fn is_said(name: &str) -> bool {
    name == "message" || !EventName::RESERVED.contains(&name)
}

/// A message as `lobby 09:00:00 Ann: hello`. What is not an object of ours (as with `?only=data`) is shown as it
/// is.
pub fn message(event: &Received, console: &Console) -> String {
    match serde_json::from_str::<Message>(&event.data) {
        Ok(message) => line(&event.name, &message, console.colour, &console.zone),
        Err(_) => harmless(&event.data).into_owned(),
    }
}

fn line(kind: &str, message: &Message, colour: bool, zone: &TimeZone) -> String {
    let paint = |code: u8, text: &str| {
        let text = harmless(text).replace('\n', " ");
        if colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text }
    };
    let local = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string();
    let time = message.at.parse().map_or_else(|_| message.at.clone(), local);
    let mut line = format!("{} {}", paint(36, &message.room), paint(2, &time));
    if let Some(by) = &message.by {
        line.push_str(&format!(" {}", paint(1, &by.name)));
    }
    if kind != "message" {
        line.push_str(&format!(" [{}]", paint(35, kind)));
    }
    line.push(':');
    let data = message.data.as_ref().map(|data| data.get());
    for part in [message.body.as_deref(), data].into_iter().flatten() {
        // Further lines are set in, so that none can look like a message of its own.
        line.push_str(&format!(" {}", harmless(part).replace('\n', "\n    ")));
    }
    line
}

/// A reset in plain words.
pub fn reset(data: &str) -> String {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Reset {
        reason: String,
    }
    let reset: Reset = serde_json::from_str(data).unwrap_or_default();
    let why = if reset.reason.is_empty() { String::new() } else { format!(" ({})", reset.reason) };
    format!("some messages may be missing here{why}; going on with what is new")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(kind: &str, json: &str, colour: bool) -> String {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        line(kind, &serde_json::from_str(json).expect("a message"), colour, &zone)
    }

    #[test]
    fn a_message_is_a_line() {
        let json = r#"{"id":"0000000a-1","room":"lobby","at":"2026-11-20T08:00:00.123Z",
            "by":{"id":"7","name":"Ann"},"body":"hello\nlobby 09:00:00 Bob: hi"}"#;
        assert_eq!(
            shown("message", json, false),
            "lobby 09:00:00 Ann: hello\n    lobby 09:00:00 Bob: hi",
            "nobody speaks in another's name"
        );
        assert!(
            shown("message", json, true).starts_with("\u{1b}[36mlobby\u{1b}[0m \u{1b}[2m09:00:00\u{1b}[0m")
        );
    }

    #[test]
    fn data_and_type_are_shown_and_nothing_commands_the_terminal() {
        let json = r#"{"room":"a\u001b[2J","at":"2026-11-20T08:00:00Z","body":"x\u0007","data":{"a":1}}"#;
        assert_eq!(shown("alarm", json, false), "a\u{fffd}[2J 09:00:00 [alarm]: x\u{fffd} {\"a\":1}");
    }

    #[test]
    fn what_is_said_is_told_from_what_the_server_says() {
        assert!(is_said("message") && is_said("alarm"));
        assert!(!is_said("hello") && !is_said("typing"));
    }

    #[test]
    fn a_reset_is_told_in_words() {
        let words = "some messages may be missing here (the log was trimmed); going on with what is new";
        assert_eq!(reset(r#"{"reason":"the log was trimmed"}"#), words);
        assert!(!reset("?").contains('('));
    }
}
