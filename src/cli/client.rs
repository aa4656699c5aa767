//! What the commands that talk to a server share: where it is, how it is asked, and what its refusals mean.

use std::net::IpAddr;
use std::time::Duration;

use clap::Args;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;

use super::{Exit, Failure};

/// What may stand in a path or a query as it is (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A line or an answer that says nothing for so long is taken for dead. A quiet line carries a sign of life far
/// more often than this.
const SILENCE: Duration = Duration::from_secs(90);

/// Where the server is.
#[derive(Debug, Args)]
pub struct Target {
    /// The server
    #[arg(long, value_name = "URL", env = "OPENLINE_URL", default_value = "http://127.0.0.1:3000")]
    pub(super) url: String,
}

impl Target {
    /// The URL of a room that is named, or given as a URL itself.
    pub fn room(&self, room: &str) -> Result<Url, Failure> {
        if is_url(room) {
            return parse(room);
        }
        parse(&format!("{}/rooms/{}", self.base(), escape(room)))
    }

    /// The URL of one stream of these rooms.
    pub fn stream(&self, rooms: &[String]) -> Result<Url, Failure> {
        if let [room] = rooms {
            return self.room(room);
        }
        if let Some(room) = rooms.iter().find(|room| is_url(room)) {
            let what = format!("`{room}`: of several rooms, each is given by its name");
            return Err(Failure::said(Exit::Usage, what));
        }
        let rooms: Vec<String> = rooms.iter().map(|room| format!("room={}", escape(room))).collect();
        parse(&format!("{}/stream?{}", self.base(), rooms.join("&")))
    }

    fn base(&self) -> &str {
        self.url.trim_end_matches('/')
    }
}

fn is_url(room: &str) -> bool {
    room.starts_with("http://") || room.starts_with("https://")
}

fn escape(text: &str) -> impl std::fmt::Display {
    utf8_percent_encode(text, RESERVED)
}

fn parse(text: &str) -> Result<Url, Failure> {
    let wrong = |what: &str| Failure::said(Exit::Usage, format!("`{text}`: {what}"));
    let url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
    if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err(wrong("not an http or https URL")) }
}

/// An HTTP client for requests to this URL. A proxy from the environment is never asked for what is on this
/// machine: it could not find it.
pub fn client(url: &Url) -> Result<Client, Failure> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let builder = Client::builder()
        .user_agent(concat!("openline/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(SILENCE);
    let builder = if is_here { builder.no_proxy() } else { builder };
    builder.build().map_err(|error| Failure::new(Exit::Other, error))
}

/// A request that got no answer.
pub fn unreachable(error: reqwest::Error) -> Failure {
    let place = error.url().map(Url::to_string).unwrap_or_default();
    let error = anyhow::Error::new(error.without_url()).context(format!("cannot reach {place}"));
    Failure::new(Exit::Unreachable, error)
}

/// A request that did not succeed.
pub struct Missed {
    /// Why.
    pub failure: Failure,
    /// May the same request succeed later?
    pub may_pass: bool,
}

impl Missed {
    /// There was no answer, or not all of it.
    pub fn lost(error: reqwest::Error) -> Self {
        Missed { failure: unreachable(error), may_pass: true }
    }

    /// The answer was not a success.
    pub fn refused(status: StatusCode, body: &str) -> Self {
        let may_pass = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
        Missed { failure: refusal(status, body), may_pass }
    }
}

/// Why a server answered other than well (RFC 9457).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Problem {
    title: Option<String>,
    detail: Option<String>,
}

impl Problem {
    /// The problem in a body, or nothing if it is not one.
    pub fn read(body: &str) -> Self {
        serde_json::from_str(body).unwrap_or_default()
    }

    /// In words; `otherwise` if it has none.
    pub fn words(&self, otherwise: &str) -> String {
        match (&self.title, &self.detail) {
            (Some(title), Some(detail)) => format!("{title}: {detail}"),
            (Some(words), None) | (None, Some(words)) => words.clone(),
            (None, None) => otherwise.to_owned(),
        }
    }
}

/// A status that is not a success, with the body that came along.
fn refusal(status: StatusCode, body: &str) -> Failure {
    let (exit, who) = match status.as_u16() {
        400..=499 => (Exit::Refused, "the server refused"),
        500..=599 => (Exit::Trouble, "the server is in trouble"),
        _ => (Exit::Other, "the answer was not expected"),
    };
    let words = Problem::read(body).words(status.canonical_reason().unwrap_or("no reason given"));
    Failure::said(exit, format!("{who} ({}): {words}", status.as_u16()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target { url: "http://127.0.0.1:3000/".into() }
    }

    #[test]
    fn a_room_is_a_name_or_a_url() {
        let url = |room| target().room(room).expect(room).to_string();
        assert_eq!(url("lobby"), "http://127.0.0.1:3000/rooms/lobby");
        assert_eq!(url("~a/b? 大"), "http://127.0.0.1:3000/rooms/~a%2Fb%3F%20%E5%A4%A7");
        assert_eq!(url("https://a.org/rooms/x?y=1"), "https://a.org/rooms/x?y=1");
        assert_eq!(target().room("https://").expect_err("no host").exit, Exit::Usage);
        let elsewhere = Target { url: "ftp://a.org".into() };
        assert_eq!(elsewhere.room("lobby").expect_err("not the web").exit, Exit::Usage);
    }

    #[test]
    fn several_rooms_are_one_stream() {
        let rooms = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let url = |names| target().stream(&rooms(names)).expect("right").to_string();
        assert_eq!(url(&["a"]), "http://127.0.0.1:3000/rooms/a");
        assert_eq!(url(&["a", "b&c"]), "http://127.0.0.1:3000/stream?room=a&room=b%26c");
        assert!(target().stream(&rooms(&["a", "http://x/rooms/b"])).is_err());
    }

    #[test]
    fn refusals_become_exit_codes_and_words() {
        let failure = |status: u16, body| refusal(StatusCode::from_u16(status).expect("a status"), body);
        let problem = r#"{"title":"Blank","detail":"say something","status":422}"#;
        let refused = failure(422, problem);
        assert_eq!(refused.exit, Exit::Refused);
        assert_eq!(refused.text(), "the server refused (422): Blank: say something");
        assert_eq!(failure(503, "<html>").exit, Exit::Trouble);
        assert_eq!(failure(503, "<html>").text(), "the server is in trouble (503): Service Unavailable");
        assert_eq!(failure(302, "").exit, Exit::Other);
    }
}
