//! How a line begins: where it stands, what it listens to, and its first words.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::BytesMut;
use serde::Serialize;

use super::super::ahead::Kind;
use super::super::cursor::Cursor;
use super::super::presence::Here;
use super::super::replay::Past;
use super::super::rooms::Rooms;
use super::super::seat::Seat;
use super::super::shared::{Shared, State};
use super::super::{Listener, SIGNAL, now};
use super::{Behind, Line, jittered};
use crate::engine::{Audience, Hearing, Id};
use crate::wire::{Event, Format, Transport, sse};

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

#[derive(Serialize)]
struct Hello<'a> {
    connection: String,
    client: &'a str,
    head: String,
}

impl Line {
    pub(in crate::hub) fn open(shared: &Arc<Shared>, join: Join) -> Self {
        let Join { listener, format, echo, hearing, follows, start, reset } = join;
        let (mut audiences, everything) = match hearing {
            Hearing::Everything => (Vec::new(), true),
            Hearing::Of(audiences) => (audiences, false),
        };
        audiences.sort_unstable();
        audiences.dedup();
        let rights = &shared.rights;
        let may_be_told = |name: &&Audience| rights.may_hear(&listener, name, SIGNAL);
        let told: Vec<Audience> = audiences.iter().filter(may_be_told).cloned().collect();

        let mut guard = shared.write();
        let state = &mut *guard;
        let head = state.epochs.id(state.ring.head());
        let (begins, behind) = match start {
            Start::Live => (Some(head), None),
            Start::After(id) => (Some(id), None),
            Start::Past(past) => (None, Some(Behind::new(shared, state.generation, Kind::Given, past))),
        };
        // The log may have gone back since somebody was told to begin there.
        let is_known = begins.is_none_or(|id| state.epochs.admits(id));
        let rooms = state.lists.of(&audiences, |name| rights.is_open(name));
        let here = state.enter(&rooms, &listener, told);
        let mut line = Line {
            seat: None,
            follows: listener.person.clone().filter(|_| follows),
            format,
            cursor: Cursor {
                at: begins.map(|id| id.number).unwrap_or_default(),
                rooms,
                everything,
                not_from: (!echo).then(|| Arc::clone(&listener.client)),
            },
            listener,
            signals_seen: state.signals.end(),
            generation: is_known.then_some(state.generation),
            epoch: begins.unwrap_or(head).epoch,
            behind,
            ready: VecDeque::new(),
            ending: None,
            is_beat_due: false,
            is_level: false,
            shared: Arc::clone(shared),
        };
        drop(guard);
        shared.presence_stirs.notify_one();
        line.greet(begins, head, &here);
        if let Some(reason) = reset {
            line.say_reset(begins, reason);
        }
        line
    }

    /// The first words: when to come back if the line breaks, where this stream begins, and who listens just now.
    /// Later changes of that come as signals.
    fn greet(&mut self, begins: Option<Id>, head: Id, here: &[(Audience, Here)]) {
        let mut words = BytesMut::with_capacity(512);
        if self.format.transport == Transport::Sse {
            words.extend_from_slice(&sse::retry(jittered(self.shared.options.retry)));
        }
        let connection = format!("{:016x}", crate::engine::any_number());
        let hello = Hello { connection, client: &self.listener.client, head: head.to_string() };
        words.extend_from_slice(&Event::own("hello", begins, &hello).encode(self.format));
        for (audience, here) in here {
            if let Some(event) = self.shared.renderer.here(audience, here) {
                words.extend_from_slice(&event.encode(self.format));
            }
        }
        self.hand(words.freeze());
    }

    /// From now on the line is polled by the thread that this seat is on, when it finds it in its run queue. To be
    /// called once, before it is polled for the first time.
    pub fn sit_down(&mut self, seat: Arc<Seat>) {
        let mut guard = self.shared.write();
        let state = &mut *guard;
        state.lines.seat(&seat);
        if self.cursor.everything {
            state.everything.seat(&seat);
        }
        for audience in self.cursor.rooms.names() {
            state.listen(audience, &seat);
        }
        drop(guard);
        self.seat = Some(seat);
    }
}

impl State {
    /// A listener is in these rooms. Tells who is in those of `told`, them too.
    fn enter(&mut self, rooms: &Rooms, listener: &Listener, told: Vec<Audience>) -> Vec<(Audience, Here)> {
        let who = listener.who();
        rooms.names().for_each(|audience| self.presence.enter(audience, &who));
        let now = now();
        let greet = |audience| {
            let here = self.presence.greet(&audience, now);
            (audience, here)
        };
        told.into_iter().map(greet).collect()
    }
}
