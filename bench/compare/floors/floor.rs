//! The loop of a floor: accept, read, answer, send.

use std::collections::HashMap;
use std::io::{self, Read};
use std::net::TcpListener;

use anyhow::Result;
use bytes::Bytes;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use openline::load::Carrier;

use super::Kind;
use super::connection::{Connection, Place};
use super::request::{self, Request};
use super::said::Said;
use super::words::{self, Event};

const LISTENER: Token = Token(usize::MAX);

/// A floor.
pub struct Floor {
    kind: Kind,
    poll: Poll,
    listener: mio::net::TcpListener,
    connections: Vec<Option<Connection>>,
    /// Places in `connections` that are free.
    free: Vec<usize>,
    audiences: Vec<Audience>,
    /// Which audience hears these rooms by this carrier.
    by_rooms: HashMap<(Vec<String>, Carrier), usize>,
    rooms: HashMap<String, Room>,
    /// The audiences for which something waits.
    waiting: Vec<usize>,
    /// The number of what was said last.
    last: u64,
    /// All reads go through it, so an idle connection has no buffer.
    buffer: Vec<u8>,
}

/// Lines that hear the same.
struct Audience {
    carrier: Carrier,
    /// Their places in `connections`.
    lines: Vec<usize>,
    /// What goes out at the next pass.
    waits: Vec<u8>,
}

#[derive(Default)]
struct Room {
    audiences: Vec<usize>,
    said: Said,
}

impl Floor {
    /// A floor that takes its connections from here.
    pub fn new(listener: TcpListener, kind: Kind) -> Result<Floor> {
        let poll = Poll::new()?;
        let mut listener = mio::net::TcpListener::from_std(listener);
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        Ok(Floor {
            kind,
            poll,
            listener,
            connections: Vec::new(),
            free: Vec::new(),
            audiences: Vec::new(),
            by_rooms: HashMap::new(),
            rooms: HashMap::new(),
            waiting: Vec::new(),
            last: 0,
            buffer: vec![0; 64 * 1024],
        })
    }

    /// Serves until the process ends.
    pub fn run(mut self) -> Result<()> {
        let mut events = Events::with_capacity(1024);
        loop {
            match self.poll.poll(&mut events, None) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error.into()),
                _ => {}
            }
            for event in &events {
                match event.token() {
                    LISTENER => self.accept()?,
                    Token(place) if event.is_readable() => self.read(place, event.is_read_closed()),
                    Token(place) => self.settle(place),
                }
            }
            self.pass();
        }
    }

    fn accept(&mut self) -> Result<()> {
        loop {
            let mut stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                Err(error) => return Err(error.into()),
            };
            stream.set_nodelay(true)?;
            let place = self.free.pop().unwrap_or(self.connections.len());
            // Edge-triggered, so waiting for room to write as well costs nothing while there is room.
            let interest = Interest::READABLE | Interest::WRITABLE;
            self.poll.registry().register(&mut stream, Token(place), interest)?;
            let connection = Some(Connection::new(stream));
            match self.connections.get_mut(place) {
                Some(free) => *free = connection,
                None => self.connections.push(connection),
            }
        }
    }

    /// Reads all that a connection has, and does what it asks. A read that does not fill the buffer was the
    /// last, but for the end of what comes.
    fn read(&mut self, place: usize, is_closed: bool) {
        let mut is_more = true;
        while is_more {
            let Some(connection) = self.connections.get_mut(place).and_then(Option::as_mut) else { return };
            match connection.stream.read(&mut self.buffer) {
                Ok(0) => return self.end(place),
                // What a line says after its request is read and left aside.
                Ok(_) if connection.listens.is_some() => {}
                Ok(read) => {
                    is_more = is_closed || read == self.buffer.len();
                    connection.partial.extend_from_slice(&self.buffer[..read]);
                    self.ask(place);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return self.settle(place),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return self.end(place),
            }
        }
    }

    /// Does what was asked in full.
    fn ask(&mut self, place: usize) {
        while let Some(connection) = self.connections.get_mut(place).and_then(Option::as_mut) {
            let Some((request, taken)) = request::first(&connection.partial) else { return };
            connection.partial.drain(..taken);
            match request {
                Request::Listen { rooms, carrier, key, after } => {
                    connection.partial = Vec::new();
                    self.listen(place, rooms, carrier, &key, after);
                }
                Request::Post { room, body } => self.post(place, room, &body),
                Request::Other => self.give(place, &words::refused()),
            }
        }
    }

    fn listen(&mut self, place: usize, rooms: Vec<String>, carrier: Carrier, key: &str, after: Option<u64>) {
        let mut pieces =
            vec![Bytes::from(words::greeting(carrier, key, after.unwrap_or(self.last), self.last))];
        // A line of several rooms is not replayed to: their order would have to be merged.
        if let (Kind::Replay, Some(after), [room]) = (self.kind, after, rooms.as_slice()) {
            let said = self.rooms.entry(room.clone()).or_default().said.after(after, carrier);
            pieces.extend(words::replayed(carrier, said));
        }
        // What waits was said before this line came.
        self.pass();
        let audience = self.audience(rooms, carrier);
        let lines = &mut self.audiences[audience].lines;
        lines.push(place);
        let at = lines.len() - 1;
        if let Some(connection) = &mut self.connections[place] {
            connection.listens = Some(Place { audience, at });
            if connection.give_all(pieces).is_err() {
                self.end(place);
            }
        }
    }

    fn audience(&mut self, rooms: Vec<String>, carrier: Carrier) -> usize {
        if let Some(&known) = self.by_rooms.get(&(rooms.clone(), carrier)) {
            return known;
        }
        let audience = self.audiences.len();
        self.audiences.push(Audience { carrier, lines: Vec::new(), waits: Vec::new() });
        for room in &rooms {
            self.rooms.entry(room.clone()).or_default().audiences.push(audience);
        }
        self.by_rooms.insert((rooms, carrier), audience);
        audience
    }

    fn post(&mut self, place: usize, room: String, body: &[u8]) {
        self.last += 1;
        let event = Event::message(self.last, &room, body);
        self.give(place, &Bytes::from(words::created(self.last, &room, body)));
        let room = self.rooms.entry(room).or_default();
        if self.kind == Kind::Replay {
            room.said.keep(self.last, &event);
        }
        for &audience in &room.audiences {
            let Audience { carrier, waits, .. } = &mut self.audiences[audience];
            if waits.is_empty() {
                self.waiting.push(audience);
            }
            waits.extend(event.live(*carrier));
        }
        if self.kind == Kind::Send {
            self.pass();
        }
    }

    /// Passes over the lines for which something waits: one `send` for each.
    fn pass(&mut self) {
        let mut gone = Vec::new();
        for audience in self.waiting.drain(..) {
            let Audience { lines, waits, .. } = &mut self.audiences[audience];
            let bytes = Bytes::from(std::mem::take(waits));
            for &line in &*lines {
                if let Some(connection) = &mut self.connections[line]
                    && connection.give(&bytes).is_err()
                {
                    gone.push(line);
                }
            }
        }
        gone.into_iter().for_each(|line| self.end(line));
    }

    fn give(&mut self, place: usize, bytes: &Bytes) {
        let gone = self.connections[place].as_mut().is_some_and(|connection| connection.give(bytes).is_err());
        if gone {
            self.end(place);
        }
    }

    fn settle(&mut self, place: usize) {
        let connection = self.connections.get_mut(place).and_then(Option::as_mut);
        if connection.is_some_and(|connection| connection.settle().is_err()) {
            self.end(place);
        }
    }

    fn end(&mut self, place: usize) {
        let Some(mut connection) = self.connections.get_mut(place).and_then(Option::take) else { return };
        self.free.push(place);
        deregister(&self.poll, &mut connection.stream);
        let Some(Place { audience, at }) = connection.listens else { return };
        let lines = &mut self.audiences[audience].lines;
        lines.swap_remove(at);
        let moved = lines.get(at).and_then(|line| self.connections[*line].as_mut());
        if let Some(Place { at: moved, .. }) = moved.and_then(|moved| moved.listens.as_mut()) {
            *moved = at;
        }
    }
}

/// Closing would do it as well; a failure only means that it is done.
fn deregister(poll: &Poll, stream: &mut TcpStream) {
    let _ = poll.registry().deregister(stream);
}
