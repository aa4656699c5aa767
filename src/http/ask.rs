//! What a request's URL asks for: the parameters that streams, history and posts share.

use std::time::Duration;

use jiff::Timestamp;

use super::problem::{Code, Problem};
use super::words;
use crate::chat::{BadRoomName, Chat, RoomName};
use crate::engine::{Id, Millis, Number, Standing};
use crate::wire::Only;

/// How many messages a page of history has when nobody says.
pub const USUAL_PAGE: usize = 50;
/// How many messages a page of history has at most.
pub const MOST_IN_PAGE: usize = 500;
/// The longest way back, in seconds.
const CENTURY: u64 = 100 * 366 * 86_400;
/// How much is searched for at most, in characters.
const MOST_SEARCHED: usize = 200;
/// The longest name of a client, in bytes.
const MOST_CLIENT_BYTES: usize = 64;

/// Where somebody wants to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// After an id.
    Id(Id),
    /// After a number.
    Number(Number),
    /// With what was said so long ago and later.
    Ago(Duration),
    /// With what was said at this time and later.
    Time(Millis),
    /// With the first message.
    All,
    /// With what comes next.
    Nothing,
    /// It cannot be read: from another server, most likely.
    Garbled,
}

impl Since {
    /// Reads what stood in `?since=` or `Last-Event-ID`.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        if let Ok(id) = text.parse() {
            return Since::Id(id);
        }
        match text {
            "all" => return Since::All,
            "none" => return Since::Nothing,
            _ => {}
        }
        if text.len() <= 16 && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map_or(Since::Garbled, |number| Since::Number(Number(number)));
        }
        duration(text)
            .map(Since::Ago)
            .or_else(|| text.parse::<Timestamp>().ok().map(|time| Since::Time(time.as_millisecond())))
            .unwrap_or(Since::Garbled)
    }

    /// The number of a message that is named by its id or by its number.
    pub async fn number(self, chat: &Chat) -> Result<Number, Problem> {
        match self {
            Since::Number(number) => Ok(number),
            Since::Id(id) => match chat.engine().epochs().await?.standing(id) {
                Standing::Known(number) | Standing::Undone(number) => Ok(number),
                Standing::Foreign => Err(Problem::new(Code::BadCursor)),
            },
            _ => Err(Problem::new(Code::BadCursor)),
        }
    }
}

/// `90s`, `15m`, `2h`, `7d`.
fn duration(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let count: u32 = text.strip_suffix(unit)?.parse().ok()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return None,
    };
    Some(u64::from(count) * seconds).filter(|seconds| *seconds <= CENTURY).map(Duration::from_secs)
}

/// The parameters of a URL.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// `room=`, as often as wanted: the rooms of `/stream`.
    pub rooms: Vec<RoomName>,
    /// `mine`: also the rooms that one is in, and what concerns oneself.
    pub mine: bool,
    /// `since=`: where a stream begins.
    pub since: Option<Since>,
    /// `before=`: the page of history that ends before this.
    pub before: Option<Since>,
    /// `after=`: the page of history that begins after this.
    pub after: Option<Since>,
    /// `around=`: the page of history with this in its middle.
    pub around: Option<Since>,
    /// `limit=`: how many messages a page has.
    pub limit: Option<usize>,
    /// `only=`: how much of an event is shown.
    pub only: Only,
    /// `live`: a stream, even if `Accept` does not say so.
    pub live: bool,
    /// `echo=false`: without what this client says itself.
    pub no_echo: bool,
    /// `client=`: who this client is.
    pub client: Option<String>,
    /// `field=`: the name of the field that has the words, in the JSON and the forms of others.
    pub field: Option<String>,
}

impl Ask {
    /// Reads a query; parameters that are not ours are left to whom they belong.
    pub fn parse(query: &str) -> Result<Self, Problem> {
        let mut ask = Ask::default();
        ask.read(query)?;
        Ok(ask)
    }

    /// Reads a query over the defaults that stand here.
    pub fn read(&mut self, query: &str) -> Result<(), Problem> {
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let bad = || Problem::about(Code::BadParameter, format!("{name}={value}"));
            match &*name {
                "room" => self.rooms.push(room_name(&value)?),
                "since" => self.since = Some(Since::parse(&value)),
                "before" => self.before = Some(Since::parse(&value)),
                "after" => self.after = Some(Since::parse(&value)),
                "around" => self.around = Some(Since::parse(&value)),
                "limit" => {
                    let limit = value.parse().ok().filter(|limit| (1..=MOST_IN_PAGE).contains(limit));
                    self.limit = Some(limit.ok_or_else(bad)?);
                }
                "only" => {
                    self.only = match &*value {
                        "data" => Only::Data,
                        "json" => Only::Json,
                        "event" => Only::Event,
                        _ => return Err(bad()),
                    }
                }
                "mine" => self.mine = flag(&value).ok_or_else(bad)?,
                "live" => self.live = flag(&value).ok_or_else(bad)?,
                "echo" => self.no_echo = !flag(&value).ok_or_else(bad)?,
                "client" => self.client = Some(client_name(&value)?),
                "field" => self.field = Some(value.into_owned()),
                _ => {}
            }
        }
        self.rooms.sort_unstable();
        self.rooms.dedup();
        Ok(())
    }

    /// How many messages a page has.
    pub fn page_size(&self) -> usize {
        self.limit.unwrap_or(USUAL_PAGE)
    }
}

fn flag(value: &str) -> Option<bool> {
    match value {
        "" | "true" | "1" | "yes" => Some(true),
        "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

/// The name of a client, in a parameter or a header.
pub fn client_name(text: &str) -> Result<String, Problem> {
    let is_name =
        (1..=MOST_CLIENT_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_name { Ok(text.to_owned()) } else { Err(Problem::new(Code::BadClient)) }
}

/// What is searched for.
pub fn search_words(text: &str) -> Result<String, Problem> {
    let is_bounded = text.chars().nth(MOST_SEARCHED).is_none();
    if is_bounded { Ok(text.to_owned()) } else { Err(Problem::about(Code::BadParameter, "q")) }
}

/// The name of a room in a parameter or a command.
pub fn room_name(text: &str) -> Result<RoomName, Problem> {
    RoomName::parse(text).map_err(|error| match error {
        // Hidden rooms: what does not exist and what is not for you look the same.
        BadRoomName::LeadingTilde => Problem::new(Code::NoSuchRoom),
        error => Problem::because(Code::BadRoom, words::bad_room_name(error)),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::EpochId;

    #[test]
    fn since_is_an_id_a_number_a_duration_a_time_all_or_none() {
        let id = Id { epoch: EpochId(0x5f3a_09c1), number: Number(1027) };
        for (text, expected) in [
            ("5f3a09c1-1027", Since::Id(id)),
            (" 5f3a09c1-1027 ", Since::Id(id)),
            ("1027", Since::Number(Number(1027))),
            ("90s", Since::Ago(Duration::from_secs(90))),
            ("7d", Since::Ago(Duration::from_secs(7 * 86_400))),
            ("2026-11-20T08:00:00Z", Since::Time(1_795_161_600_000)),
            ("all", Since::All),
            ("none", Since::Nothing),
            ("", Since::Garbled),
            ("-5m", Since::Garbled),
            ("999999999999d", Since::Garbled),
            ("99999999999999999999", Since::Garbled),
            ("5f3a09c1-", Since::Garbled),
            ("é", Since::Garbled),
        ] {
            assert_eq!(Since::parse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_query_is_read_over_the_defaults_of_a_route() {
        let mut ask = Ask::parse("only=data&since=all&client=a").unwrap();
        ask.read("since=5m&echo=false&utm_source=x&live").unwrap();
        assert_eq!((ask.only, ask.no_echo, ask.live), (Only::Data, true, true));
        assert_eq!(ask.since, Some(Since::Ago(Duration::from_secs(300))));
        assert_eq!(ask.client.as_deref(), Some("a"));
    }

    #[test]
    fn a_value_that_cannot_be_is_named() {
        for query in [
            "limit=0",
            "limit=501",
            "limit=x",
            "only=body",
            "live=maybe",
            "client=",
            "client=a%20b",
            "room=..",
        ] {
            assert!(Ask::parse(query).is_err(), "{query}");
        }
    }

    proptest! {
        #[test]
        fn any_query_is_read_or_refused(query in ".{0,80}", value in "\\PC{0,20}") {
            let _ = Ask::parse(&query);
            for name in ["room", "since", "before", "limit", "only", "live", "echo", "client", "field"] {
                if let Ok(ask) = Ask::parse(&format!("{name}={value}")) {
                    prop_assert!((1..=MOST_IN_PAGE).contains(&ask.page_size()));
                }
            }
        }

        #[test]
        fn an_id_is_read_as_it_is_written_and_so_is_a_number(epoch: u32, number in 0..10_u64.pow(16)) {
            let id = Id { epoch: EpochId(epoch), number: Number(number) };
            prop_assert_eq!(Since::parse(&id.to_string()), Since::Id(id));
            prop_assert_eq!(Since::parse(&number.to_string()), Since::Number(Number(number)));
        }
    }
}
