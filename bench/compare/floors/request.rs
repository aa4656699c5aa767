//! What is asked of a floor: to listen, or to hand on what is posted. Read as cheaply as can be: the floor
//! believes whoever asks.

use openline::load::Carrier;

/// A whole request.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// To hear these rooms.
    Listen {
        /// The rooms.
        rooms: Vec<String>,
        /// How.
        carrier: Carrier,
        /// What the answer to a WebSocket handshake is made of.
        key: String,
        /// The number after which to go on, if not from now.
        after: Option<u64>,
    },
    /// To say this in a room.
    Post {
        /// The room.
        room: String,
        /// What is said.
        body: Vec<u8>,
    },
    /// Something that a floor does not do.
    Other,
}

/// The first request in these bytes and how many of them it takes; nothing if there is more to come.
pub fn first(bytes: &[u8]) -> Option<(Request, usize)> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&bytes[..head]).unwrap_or_default();
    let mut lines = text.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (mut length, mut carrier, mut key, mut after) = (0, None, String::new(), None);
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap_or(0),
            "accept" if value.contains("event-stream") => carrier = Some(Carrier::Sse),
            "sec-websocket-key" => (carrier, key) = (Some(Carrier::WebSocket), value.to_owned()),
            "last-event-id" => after = number(value),
            _ => {}
        }
    }
    let (start, end) = (head + 4, head + 4 + length);
    let body = bytes.get(start..end)?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let room = path.strip_prefix("/rooms/").map(str::to_owned);
    let request = match (method, carrier, room) {
        ("POST", _, Some(room)) => Request::Post { room, body: body.to_vec() },
        ("GET", Some(carrier), room) => {
            let fields = || query.split('&').filter_map(|field| field.split_once('='));
            let named = fields().filter(|(name, _)| *name == "room").map(|(_, room)| room.to_owned());
            let since = fields().find(|(name, _)| *name == "since").map(|(_, since)| since);
            let after = after
                .or_else(|| since.and_then(|since| if since == "all" { Some(0) } else { number(since) }));
            Request::Listen { rooms: room.into_iter().chain(named).collect(), carrier, key, after }
        }
        _ => Request::Other,
    };
    Some((request, end))
}

/// The number in an id such as `5f3a-1027`.
fn number(id: &str) -> Option<u64> {
    id.rsplit('-').next()?.parse().ok()
}
