//! A line: one subscriber's stream of bytes, in one format, from its cursor to the head and on.
//!
//! It is polled by whatever writes it out (an SSE or NDJSON body, a WebSocket), takes all that waits
//! in one go, and holds nothing that grows: a writer that does not come back for more leaves its
//! cursor where it is, falls off the ring, and reads on from the log later.

mod catch_up;
mod following;
mod look;
mod open;
mod place;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use serde::Serialize;

use super::ahead::Kind;
use super::cursor::Cursor;
use super::memo::Memo;
use super::rooms::FROM_THE_BEGINNING;
use super::seat::Seat;
use super::shared::{Shared, State};
use super::{Listener, SIGNAL, now};
use crate::engine::{Audience, EpochId, Id};
use crate::wire::{Event, Format, Only, Transport, sse, websocket};
use catch_up::Behind;

pub use open::{Join, Start};

/// Why a line has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The server is going away; come back later.
    Shutdown,
    /// What was to be heard next is gone, and this format has no other way to say so.
    Reset,
    /// The store does not answer; come back later.
    Unavailable,
    /// Whoever it is has been signed out; to come back is to be told so.
    SignedOut,
}

/// One open line.
pub struct Line {
    shared: Arc<Shared>,
    /// Where it is called from, once it sits on a thread.
    seat: Option<Arc<Seat>>,
    listener: Listener,
    format: Format,
    cursor: Cursor,
    signals_seen: u64,
    /// The epochs that it has looked at; none if it has yet to look where it stands.
    generation: Option<u64>,
    /// The epoch in which the cursor's number was given out.
    epoch: EpochId,
    /// The person that it follows from room to room, if it does.
    follows: Option<Arc<str>>,
    /// What is being read because the ring does not reach back to the cursor.
    behind: Option<Behind>,
    ready: VecDeque<Bytes>,
    ending: Option<Ending>,
    is_beat_due: bool,
    /// Whether the last look found nothing more.
    is_level: bool,
}

#[derive(Serialize)]
struct Place<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// What a look at the hub gave.
enum Step {
    Hand(Bytes),
    Again,
    Wait,
}

impl Line {
    fn say_reset(&mut self, id: Option<Id>, reason: &str) {
        self.shared.counters.resets.fetch_add(1, Ordering::Relaxed);
        if self.format.transport != Transport::Sse && self.format.only != Only::Event {
            self.ending = Some(Ending::Reset);
            return;
        }
        let place = Place { id: id.map(|id| id.to_string()), reason: Some(reason) };
        self.hand(Event::own("reset", id, &place).encode(self.format));
    }

    fn hand(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.ready.push_back(bytes);
        }
    }

    /// Whether the last [`poll_next`](Line::poll_next) took all that there was: the next one need not come
    /// before the line is called.
    pub fn is_level(&self) -> bool {
        self.is_level && self.ready.is_empty()
    }

    /// Why the line has ended, once [`poll_next`](Line::poll_next) has returned `None`.
    pub fn ending(&self) -> Ending {
        self.ending.unwrap_or(Ending::Shutdown)
    }

    /// Whose line it is.
    pub fn listener(&self) -> &Listener {
        &self.listener
    }

    /// What the line listens to.
    pub fn audiences(&self) -> impl Iterator<Item = &Audience> {
        self.cursor.rooms.names()
    }

    /// It is time for a heartbeat, if there is nothing else to say.
    pub fn beat(&mut self) {
        self.is_beat_due = true;
    }

    /// Listens to one audience more, to what is said after an id; and says who listens to it just now.
    pub fn listen(&mut self, audience: Audience, after: Id) {
        // Who listens already keeps their place: what they have yet to hear is not on any page.
        if !self.cursor.rooms.contains(&audience) {
            let may_be_told = self.shared.rights.may_hear(&self.listener, &audience, SIGNAL);
            let mut state = self.shared.write();
            if after != FROM_THE_BEGINNING && !state.epochs.admits(after) {
                // The log has gone back since: the line must look where it stands.
                self.generation = None;
            }
            state.presence.enter(&audience, &self.listener.who());
            let here = may_be_told.then(|| state.presence.greet(&audience, now()));
            if let Some(seat) = &self.seat {
                state.listen(&audience, seat);
            }
            drop(state);
            let here = here.and_then(|here| self.shared.renderer.here(&audience, &here));
            here.into_iter().for_each(|event| self.hand(event.encode(self.format)));
            self.cursor.rooms.hear(audience, after);
        }
        self.shared.presence_stirs.notify_one();
        // What is being read of the log does not have this audience in it: begin again at the cursor.
        self.behind.take_if(|behind| behind.kind == Kind::Log);
        self.is_level = false;
    }

    /// Listens to an audience no more.
    pub fn unlisten(&mut self, audience: &Audience) {
        if self.cursor.rooms.remove(audience) {
            self.shared.write().forget(self.seat.as_deref(), audience, &self.listener);
            self.shared.presence_stirs.notify_one();
        }
    }

    /// The next bytes to write, as many as wait; `None` when the line has ended. `memo` is that of the thread.
    pub fn poll_next(&mut self, cx: &mut Context<'_>, memo: &mut Memo) -> Poll<Option<Bytes>> {
        if let Some(bytes) = self.pop_ready() {
            return Poll::Ready(Some(bytes));
        }
        self.is_level = false;
        if self.ending.is_some() {
            return Poll::Ready(None);
        }
        loop {
            if self.shared.is_closing() {
                return Poll::Ready(self.end(Ending::Shutdown));
            }
            let has_moved = self.behind.is_some() && self.has_moved();
            let step = match &mut self.behind {
                Some(_) if has_moved => self.find_place(),
                Some(behind) => {
                    let next = ready!(behind.past.poll_next_unpin(cx));
                    self.catch_up(next)
                }
                None => self.look(memo),
            };
            // After the look: whatever it found that was said after they were signed out, that is known by now.
            if !self.listener.may_stay() {
                return Poll::Ready(self.end(Ending::SignedOut));
            }
            match step {
                Step::Hand(bytes) => return Poll::Ready(Some(bytes)),
                Step::Again if self.ending.is_some() => return Poll::Ready(self.pop_ready()),
                Step::Again => {
                    if let Some(bytes) = self.pop_ready() {
                        return Poll::Ready(Some(bytes));
                    }
                }
                Step::Wait => return Poll::Pending,
            }
        }
    }

    fn pop_ready(&mut self) -> Option<Bytes> {
        let bytes = self.ready.pop_front()?;
        if self.ready.is_empty() {
            // An idle line keeps no room for what it has handed out.
            self.ready = VecDeque::new();
        }
        Some(bytes)
    }

    /// Ends the line; the last bytes say when to come back, where the format can. Why is left to who knows the
    /// reader's language.
    fn end(&mut self, ending: Ending) -> Option<Bytes> {
        self.ending = Some(ending);
        let says_when = self.format.transport == Transport::Sse;
        says_when.then(|| sse::retry(jittered(self.shared.options.retry)))
    }
}

impl State {
    /// A line listens to an audience.
    fn listen(&mut self, audience: &Audience, seat: &Seat) {
        self.listeners.entry(audience.clone()).or_default().seat(seat);
    }

    fn forget(&mut self, seat: Option<&Seat>, audience: &Audience, listener: &Listener) {
        self.presence.leave(audience, &listener.who(), listener.may_return, super::now());
        let Some(seat) = seat else { return };
        if let Some(listeners) = self.listeners.get_mut(audience) {
            listeners.leave(seat);
            if listeners.is_empty() {
                self.listeners.remove(audience);
            }
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut state = self.shared.write();
        let seat = self.seat.as_deref();
        if let Some(seat) = seat {
            state.lines.leave(seat);
            state.everything.leave(seat);
        }
        for audience in self.cursor.rooms.names() {
            state.forget(seat, audience, &self.listener);
        }
        let is_last = state.lines.is_empty();
        drop(state);
        if is_last {
            // Nobody is left for whom speakers would wait.
            self.shared.heard.notify_waiters();
        }
        self.shared.presence_stirs.notify_one();
    }
}

fn joined(pieces: &[Bytes]) -> Bytes {
    let mut whole = BytesMut::with_capacity(pieces.iter().map(Bytes::len).sum());
    pieces.iter().for_each(|piece| whole.extend_from_slice(piece));
    whole.freeze()
}

/// Says that the line is alive and, since it is caught up, up to where it is done.
fn heartbeat(format: Format, id: Id) -> Bytes {
    match (format.transport, format.only) {
        (Transport::Sse, _) => sse::mark(id),
        (Transport::WebSocket, Only::Data | Only::Json) => websocket::ping(b""),
        _ => Event::own("heartbeat", None, &Place { id: Some(id.to_string()), reason: None }).encode(format),
    }
}

/// Between once and twice a time, so that many who were cut together do not come back together.
pub fn jittered(time: std::time::Duration) -> std::time::Duration {
    let share = (crate::engine::any_number() % 1024) as f64 / 1024.0;
    time.mul_f64(1.0 + share)
}
