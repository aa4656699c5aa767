//! What was said in a room, as the bytes of its replay, so that replaying is handing on a slice.

use bytes::Bytes;
use openline::load::Carrier;

use super::words::Event;

/// Everything that was said, once for each carrier.
#[derive(Default)]
pub struct Said {
    sse: Kept,
    websocket: Kept,
}

#[derive(Default)]
struct Kept {
    bytes: Vec<u8>,
    /// Each number, and where its event begins.
    starts: Vec<(u64, usize)>,
    /// The same bytes, shared by all who are sent them; made anew when more was said.
    shared: Option<Bytes>,
}

impl Said {
    /// Keeps an event.
    pub fn keep(&mut self, number: u64, event: &Event) {
        self.sse.keep(number, &event.sse);
        self.websocket.keep(number, &event.websocket);
    }

    /// What was said after this number.
    pub fn after(&mut self, number: u64, carrier: Carrier) -> Bytes {
        match carrier {
            Carrier::Sse => self.sse.after(number),
            Carrier::WebSocket => self.websocket.after(number),
        }
    }
}

impl Kept {
    fn keep(&mut self, number: u64, bytes: &[u8]) {
        self.starts.push((number, self.bytes.len()));
        self.bytes.extend_from_slice(bytes);
        self.shared = None;
    }

    fn after(&mut self, number: u64) -> Bytes {
        let next = self.starts.partition_point(|(start, _)| *start <= number);
        let Some((_, start)) = self.starts.get(next) else { return Bytes::new() };
        let bytes = &self.bytes;
        self.shared.get_or_insert_with(|| Bytes::copy_from_slice(bytes)).slice(start..)
    }
}
