//! A line: one subscriber's stream of bytes, in one format, from its cursor to the head and on.
//!
//! It is polled by whatever writes it out (an SSE or NDJSON body, a WebSocket), takes all that waits
//! in one go, and holds nothing that grows: a writer that does not come back for more leaves its
//! cursor where it is, falls off the ring, and reads on from the log later.

mod following;
mod look;
mod place;

use std::collections::VecDeque;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use serde::Serialize;

use super::cursor::{Cursor, FROM_THE_BEGINNING};
use super::memo::Memo;
use super::replay::{self, Batch, Lost, Past};
use super::slot::{RunQueue, Seat, Slot};
use super::{Listener, SIGNAL, Shared};
use crate::engine::{Audience, EpochId, Hearing, Id};
use crate::wire::{Event, Format, Only, Transport, sse, websocket};

/// About how long an event is, in bytes.
const USUAL_BYTES: usize = 256;

/// Where a line begins.
pub enum Start {
    /// With what is said from now on.
    Live,
    /// After this id.
    After(Id),
    /// With something that stands before the log, and after it with the log.
    Past(Past),
}

/// What somebody asks for who opens a line.
pub struct Join {
    /// Whose line it is.
    pub listener: Listener,
    /// What it carries.
    pub format: Format,
    /// Whether it hears what its own client says.
    pub echo: bool,
    /// What it listens to.
    pub hearing: Hearing,
    /// Whether it follows its person: what they begin to hear, it hears from then on.
    pub follows: bool,
    /// Where it begins.
    pub start: Start,
    /// Why it cannot begin where it wanted to, if so.
    pub reset: Option<&'static str>,
}

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
    slot: Arc<Slot>,
    number: u64,
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
    /// Whether the last look found nothing more.
    is_level: bool,
}

/// What a line reads before it can go on from the ring.
enum Behind {
    /// What it was given to begin with.
    Given(Past),
    /// The log, for the audiences that the line had when the reading began.
    Log(Past),
}

impl Behind {
    fn past(&mut self) -> &mut Past {
        match self {
            Behind::Given(past) | Behind::Log(past) => past,
        }
    }
}

#[derive(Serialize)]
struct Hello<'a> {
    connection: String,
    client: &'a str,
    head: String,
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
    pub(super) fn open(shared: &Arc<Shared>, join: Join) -> Self {
        let slot = Arc::new(Slot::default());
        let number = shared.next_line.fetch_add(1, Ordering::Relaxed);
        let mut state = shared.write();
        let head = state.ring.head();
        let (begins, behind) = match join.start {
            Start::Live => (Some(state.epochs.id(head)), None),
            Start::After(id) => (Some(id), None),
            Start::Past(past) => (None, Some(Behind::Given(replay::apart(past)))),
        };
        // The log may have gone back since somebody was told to begin there.
        let is_known = begins.is_none_or(|id| state.epochs.admits(id));
        let mut cursor = Cursor::new(begins.map(|id| id.number).unwrap_or_default(), []);
        cursor.not_from = (!join.echo).then(|| Arc::clone(&join.listener.client));
        state.lines.insert(number, Arc::clone(&slot));
        let mut line = Line {
            slot,
            number,
            follows: join.listener.person.clone().filter(|_| join.follows),
            listener: join.listener,
            format: join.format,
            cursor,
            signals_seen: state.signals.end(),
            generation: is_known.then_some(state.generation),
            epoch: begins.unwrap_or(state.epochs.id(head)).epoch,
            behind,
            ready: VecDeque::new(),
            ending: None,
            is_level: false,
            shared: Arc::clone(shared),
        };
        let head = state.epochs.id(head);
        drop(state);
        match join.hearing {
            Hearing::Everything => line.listen_to_everything(),
            Hearing::Of(audiences) => {
                audiences.into_iter().for_each(|name| line.listen(name, FROM_THE_BEGINNING));
            }
        }
        line.greet(begins, head);
        if let Some(reason) = join.reset {
            line.say_reset(begins, reason);
        }
        line
    }

    /// The first words: when to come back if the line breaks, and where this stream begins.
    fn greet(&mut self, begins: Option<Id>, head: Id) {
        if self.format.transport == Transport::Sse {
            self.ready.push_back(sse::retry(jittered(self.shared.options.retry)));
        }
        let connection = format!("{:016x}", crate::engine::any_number());
        let hello = Hello { connection, client: &self.listener.client, head: head.to_string() };
        let event = Event::own("hello", begins, &hello);
        self.hand(event.encode(self.format));
        for audience in self.cursor.rooms.keys().cloned().collect::<Vec<_>>() {
            self.tell_who_is_here(&audience);
        }
    }

    /// Who listens to an audience just now; later changes come as signals.
    fn tell_who_is_here(&mut self, audience: &Audience) {
        if !self.shared.rights.may_hear(&self.listener, audience, SIGNAL) {
            return;
        }
        let here = self.shared.read().presence.here(audience);
        if let Some(event) = self.shared.renderer.here(audience, &here) {
            self.hand(event.encode(self.format));
        }
    }

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

    /// From now on the line is polled by a thread that finds this token in its run queue.
    pub fn sit_down(&self, queue: &Arc<RunQueue>, token: u32) -> Seat {
        self.slot.sit_down(queue, token)
    }

    /// Whether the last [`poll_next`](Line::poll_next) took all that there was: the next one need not come
    /// before the line is woken. Holds only for a line that [sits](Line::sit_down) on a thread.
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
        self.cursor.rooms.keys()
    }

    /// Listens to one audience more, to what is said after an id.
    pub fn listen(&mut self, audience: Audience, after: Id) {
        let mut state = self.shared.write();
        // One name in memory for all who listen.
        let audience = state.listeners.get_key_value(&audience).map_or(audience, |(name, _)| name.clone());
        // Who listens already keeps their place: what they have yet to hear is not on any page.
        if let Entry::Vacant(place) = self.cursor.rooms.entry(audience.clone()) {
            place.insert(after);
            if after != FROM_THE_BEGINNING && !state.epochs.admits(after) {
                // The log has gone back since: the line must look where it stands.
                self.generation = None;
            }
            state.presence.enter(&audience, &self.listener.who());
            state.listeners.entry(audience).or_default().insert(self.number, Arc::clone(&self.slot));
        }
        drop(state);
        self.shared.presence_stirs.notify_one();
        // What is being read of the log does not have this audience in it: begin again at the cursor.
        self.behind.take_if(|behind| matches!(behind, Behind::Log(_)));
        self.slot.wake_now();
    }

    /// Listens to all that is said, wherever this listener may hear it.
    fn listen_to_everything(&mut self) {
        self.cursor.everything = true;
        self.shared.write().everything.insert(self.number, Arc::clone(&self.slot));
    }

    /// Listens to an audience no more.
    pub fn unlisten(&mut self, audience: &Audience) {
        if self.cursor.rooms.remove(audience).is_some() {
            self.shared.write().forget(self.number, audience, &self.listener);
            self.shared.presence_stirs.notify_one();
        }
    }

    /// The next bytes to write, as many as wait; `None` when the line has ended. Lines that are polled one after
    /// the other should share a memo.
    pub fn poll_next(&mut self, cx: &mut Context<'_>, memo: &mut Memo) -> Poll<Option<Bytes>> {
        if let Some(bytes) = self.ready.pop_front() {
            return Poll::Ready(Some(bytes));
        }
        self.is_level = false;
        if self.ending.is_some() {
            return Poll::Ready(None);
        }
        self.slot.register(cx.waker());
        loop {
            if self.shared.is_closing() {
                return Poll::Ready(self.end(Ending::Shutdown));
            }
            if !self.shared.rights.may_stay(&self.listener) {
                return Poll::Ready(self.end(Ending::SignedOut));
            }
            let has_moved = self.behind.is_some() && self.has_moved();
            let step = match &mut self.behind {
                Some(_) if has_moved => self.find_place(),
                Some(behind) => {
                    let next = ready!(behind.past().poll_next_unpin(cx));
                    self.catch_up(next)
                }
                None => self.look(memo),
            };
            match step {
                Step::Hand(bytes) => return Poll::Ready(Some(bytes)),
                Step::Again if self.ending.is_some() => return Poll::Ready(self.ready.pop_front()),
                Step::Again => {
                    if let Some(bytes) = self.ready.pop_front() {
                        return Poll::Ready(Some(bytes));
                    }
                }
                Step::Wait => return Poll::Pending,
            }
        }
    }

    /// Takes the next piece of what stands before the ring.
    fn catch_up(&mut self, next: Option<Result<Batch, Lost>>) -> Step {
        match next {
            Some(Ok(batch)) => {
                let shared = Arc::clone(&self.shared);
                let listener = self.listener.clone();
                let may_hear =
                    |audience: &Audience, number| shared.rights.may_hear(&listener, audience, number);
                let can_read_again = matches!(self.behind, Some(Behind::Log(_)));
                let roughly = (batch.entries.len() * USUAL_BYTES).min(shared.options.batch_bytes);
                let (mut piece, mut upto) = (BytesMut::with_capacity(roughly), batch.upto);
                let mut moved = None;
                for heard in batch.entries.iter().filter(|heard| self.cursor.wants(heard, &may_hear)) {
                    shared.counters.deliveries.fetch_add(1, Ordering::Relaxed);
                    piece.extend_from_slice(&heard.bytes(self.format));
                    if can_read_again && self.is_moved_by(heard) {
                        // What follows is read anew, with what the line hears from here on.
                        (upto, moved) = (heard.number, Some(Arc::clone(heard)));
                        self.behind = None;
                        break;
                    }
                    if piece.len() < shared.options.batch_bytes {
                        continue;
                    }
                    self.ready.push_back(piece.split().freeze());
                    if can_read_again {
                        // The rest is read when it can be written: a line holds one piece, not a page.
                        upto = heard.number;
                        self.behind = None;
                        break;
                    }
                }
                self.hand(piece.freeze());
                self.cursor.at = self.cursor.at.max(upto);
                if let Some(heard) = moved {
                    self.move_with(&heard);
                }
                let state = shared.read();
                if self.generation == Some(state.generation) {
                    self.epoch = state.epochs.id(self.cursor.at).epoch;
                }
                if state.ring.reaches(self.cursor.at) {
                    self.behind = None;
                }
            }
            None => self.behind = None,
            // What stands before the log is of one moment, and that is over.
            Some(Err(Lost::WentBack)) if matches!(self.behind, Some(Behind::Given(_))) => {
                self.begin_at_head(place::WENT_BACK);
            }
            Some(Err(Lost::WentBack)) => self.behind = None,
            Some(Err(Lost::Trimmed)) => self.begin_at_head("the log no longer reaches back so far"),
            Some(Err(Lost::Engine(error))) => {
                tracing::warn!(%error, "a line cannot catch up");
                self.behind = None;
                let last = self.end(Ending::Unavailable);
                self.ready.extend(last);
            }
        }
        Step::Again
    }

    /// Ends the line; the last bytes say when to come back, where the format can. Why is left to who knows the
    /// reader's language.
    fn end(&mut self, ending: Ending) -> Option<Bytes> {
        self.ending = Some(ending);
        let says_when = self.format.transport == Transport::Sse;
        says_when.then(|| sse::retry(jittered(self.shared.options.retry)))
    }
}

impl super::State {
    fn forget(&mut self, line: u64, audience: &Audience, listener: &Listener) {
        self.presence.leave(audience, &listener.who(), listener.may_return, super::now());
        if let Some(lines) = self.listeners.get_mut(audience) {
            lines.remove(&line);
            if lines.is_empty() {
                self.listeners.remove(audience);
            }
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut state = self.shared.write();
        state.lines.remove(&self.number);
        state.everything.remove(&self.number);
        for audience in self.cursor.rooms.keys() {
            state.forget(self.number, audience, &self.listener);
        }
        drop(state);
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
