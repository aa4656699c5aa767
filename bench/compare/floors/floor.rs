//! The loop of a floor: accept, read, answer, send.

use std::io::{self, Read};
use std::net::TcpListener;
use std::path::Path;

use anyhow::Result;
use bytes::Bytes;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use openline::load::Carrier;

use super::Kind;
use super::audiences::Audiences;
use super::connection::Connection;
use super::log::Log;
use super::request::{self, Request};
use super::table::Table;
use super::words::{self, Event, Greeting};

const LISTENER: Token = Token(usize::MAX);
/// The file of a floor that has one, in the folder in which it was started.
const LOG: &str = "floor.log";
const TABLE: &str = "floor.db";

/// Where posts are written before they are answered.
enum Store {
    Nowhere,
    Log(Log),
    Table(Table),
}

impl Store {
    fn of(kind: Kind) -> Result<Store> {
        Ok(match kind {
            Kind::Send | Kind::Join | Kind::Replay => Store::Nowhere,
            Kind::Sync => Store::Log(Log::create(Path::new(LOG))?),
            Kind::Commit => Store::Table(Table::create(Path::new(TABLE))?),
        })
    }
}

/// A floor.
pub struct Floor {
    kind: Kind,
    poll: Poll,
    listener: mio::net::TcpListener,
    connections: Vec<Option<Connection>>,
    /// Places in `connections` that are free.
    free: Vec<usize>,
    audiences: Audiences,
    /// The number of what was said last.
    last: u64,
    store: Store,
    /// The answers to posts that are not written yet, and to whom.
    unwritten: Vec<(usize, Bytes)>,
    /// All reads go through it, so an idle connection has no buffer.
    buffer: Vec<u8>,
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
            audiences: Audiences::default(),
            last: 0,
            store: Store::of(kind)?,
            unwritten: Vec::new(),
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
            self.commit()?;
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
        // What waits was said before this line came.
        self.pass();
        let Some(connection) = self.connections.get_mut(place).and_then(Option::as_mut) else { return };
        connection.listens = Some(self.audiences.join(place, &rooms, carrier));
        // A line of several rooms is not replayed to: their order would have to be merged.
        let missed = match (self.kind, after, rooms.as_slice()) {
            (Kind::Replay, Some(after), [room]) => self.audiences.missed(room, after, carrier),
            _ => Bytes::new(),
        };
        let rooms = self.audiences.here(rooms);
        let greeting = Greeting { rooms: &rooms, after, head: self.last };
        let mut pieces = vec![greeting.of(carrier, key), missed];
        pieces.retain(|piece| !piece.is_empty());
        if connection.give_all(pieces).is_err() {
            self.end(place);
        }
    }

    fn post(&mut self, place: usize, room: String, body: &[u8]) {
        self.last += 1;
        let answer = words::created(self.last, &room, body);
        let event = Event::message(self.last, &room, body);
        match self.kind {
            Kind::Sync | Kind::Commit => self.unwritten.push((place, answer)),
            Kind::Send | Kind::Join | Kind::Replay => self.give(place, &answer),
        }
        let keep = (self.kind == Kind::Replay).then_some(self.last);
        self.audiences.say(room, &event, keep);
        if self.kind == Kind::Send {
            self.pass();
        }
    }

    /// Writes what was posted since the last time, in one piece, and answers it.
    fn commit(&mut self) -> Result<()> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        match &mut self.store {
            Store::Nowhere => {}
            Store::Log(log) => log.commit(self.unwritten.len())?,
            Store::Table(table) => table.commit(self.unwritten.iter().map(|(_, answer)| answer))?,
        }
        for (place, answer) in std::mem::take(&mut self.unwritten) {
            self.give(place, &answer);
        }
        Ok(())
    }

    /// Passes over the lines for which something waits: one `send` for each.
    fn pass(&mut self) {
        let (connections, mut gone) = (&mut self.connections, Vec::new());
        self.audiences.pass(|line, bytes| {
            if connections[line].as_mut().is_some_and(|connection| connection.give(bytes).is_err()) {
                gone.push(line);
            }
        });
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
        // Whoever has this place next must not be answered for it.
        self.unwritten.retain(|(to, _)| *to != place);
        deregister(&self.poll, &mut connection.stream);
        let Some(its) = connection.listens else { return };
        let moved = self.audiences.leave(its);
        if let Some(moved) = moved.and_then(|line| self.connections[line].as_mut()) {
            moved.listens = Some(its);
        }
    }
}

/// Closing would do it as well; a failure only means that it is done.
fn deregister(poll: &Poll, stream: &mut TcpStream) {
    let _ = poll.registry().deregister(stream);
}
