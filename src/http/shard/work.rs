//! A shard's thread: waits until something can be done, and gives each connection that has something to do
//! its turn, one after the other.

use std::collections::{BTreeSet, VecDeque};
use std::io::{self, ErrorKind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::Bytes;
use mio::Events;
use slab::Slab;

use super::entry::{Connection, Entry, Silent};
use super::{Arrival, Door, Protocol, Socket};
use crate::http::stall::Stalls;
use crate::hub::{Follower, Memo, Seat, Turn, Turns};

/// How many events are taken from the system at a time.
const EVENTS: usize = 1024;
/// How many connections have their turn before the system is asked again.
const TURNS: usize = 256;
/// How much of what somebody says first is read here; a request for a line is shorter.
const SCRATCH: usize = 8192;
/// How often it is looked for connections whose time is over.
const TICK: Duration = Duration::from_millis(500);

/// What a thread owns.
pub struct Work {
    pub poll: mio::Poll,
    door: Arc<Door>,
    write_timeout: Duration,
    stalls: Stalls,
    pub entries: Slab<Entry>,
    pub listeners: Vec<usize>,
    /// Those who have been accepted, and not been heard yet.
    pub accepted: VecDeque<Silent>,
    /// Those that time alone may end.
    pub timed: BTreeSet<usize>,
    /// For what is read of those who come.
    pub scratch: Vec<u8>,
    ticked: Instant,
    /// Who hears the log, on one of the threads.
    follower: Option<Arc<Follower>>,
    /// Who has yet to have their turn.
    pub turns: Turns,
    /// What the last line took.
    memo: Memo,
}

impl Work {
    /// A thread's work, not yet begun.
    pub fn new(poll: mio::Poll, door: Arc<Door>, write_timeout: Duration, stalls: Stalls) -> Self {
        Work {
            poll,
            door,
            write_timeout,
            stalls,
            entries: Slab::new(),
            listeners: Vec::new(),
            accepted: VecDeque::new(),
            timed: BTreeSet::new(),
            scratch: vec![0; SCRATCH],
            ticked: Instant::now(),
            follower: None,
            turns: Turns::default(),
            memo: Memo::default(),
        }
    }

    /// Works for as long as the process lives.
    pub fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS);
        let mut due = Vec::new();
        self.door.alarm.is_mine();
        loop {
            // Before anybody is let in: how many depends on it.
            self.fetch();
            let again = self.let_in().unwrap_or(TICK);
            let has_more = self.follower.as_ref().is_some_and(|follower| follower.run());
            // Before it is decided whether to sleep: whoever was put into the queue while others had their turn rang
            // then, and does not ring again.
            self.fetch();
            let is_busy = has_more || !self.turns.is_empty();
            self.wait(&mut events, if is_busy { Duration::ZERO } else { again });
            due.clear();
            for event in &events {
                let token = event.token().0;
                if let Some(entry) = self.entries.get_mut(token) {
                    entry.socket().into_iter().for_each(|socket| socket.note(event));
                    due.push(token);
                }
            }
            due.drain(..).for_each(|token| self.look_at(token));
            self.welcome();
            self.fetch();
            self.give_turns();
            if self.ticked.elapsed() > TICK {
                self.tick();
            }
        }
    }

    /// Takes those who have been called, when all who were before have had their turn.
    fn fetch(&mut self) {
        if self.turns.is_empty() {
            self.door.queue.take(&mut self.turns);
        }
    }

    /// Gives some of them their turn.
    fn give_turns(&mut self) {
        for _ in 0..TURNS {
            match self.turns.next(&mut self.memo) {
                Some(Turn::Row(token)) => self.turn(token as usize),
                Some(Turn::Line(token)) => {
                    self.with_line(token, |line| line.seat.begin_turn());
                    self.turn(token as usize);
                }
                Some(Turn::Beat(token)) => {
                    self.with_line(token, |line| line.protocol.beat());
                    self.turn(token as usize);
                }
                None => break,
            }
        }
        self.memo.in_row = false;
        if self.turns.is_empty() {
            self.door.queue.finish(&self.turns, &mut self.memo);
        }
    }

    fn with_line(&mut self, token: u32, tell: impl FnOnce(&mut Connection)) {
        if let Some(Entry::Line(line)) = self.entries.get_mut(token as usize) {
            tell(line);
        }
    }

    fn look_at(&mut self, token: usize) {
        match self.entries.get_mut(token) {
            Some(Entry::Line(_)) => self.turn(token),
            Some(Entry::Silent(_)) => self.listen_to(token),
            // In the next round, when others have had their turn.
            Some(Entry::Listening(listening)) => listening.again = Some(Instant::now()),
            None => {}
        }
    }

    fn wait(&mut self, events: &mut Events, time: Duration) {
        if let Err(error) = self.poll.poll(events, Some(time))
            && error.kind() != ErrorKind::Interrupted
        {
            tracing::error!(%error, "the system does not tell which lines are ready");
            std::thread::sleep(TICK);
        }
    }

    /// Takes in those who have been sent here, and listens where it is told to.
    fn welcome(&mut self) {
        if let Some(follower) = self.door.follower.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let alarm = Arc::clone(&self.door.alarm);
            follower.sit_down(move || alarm.ring());
            self.follower = Some(follower);
        }
        for Arrival { stream, early, head, share, protocol } in taken(&self.door.arrivals) {
            let mut socket = Socket::new(mio::net::TcpStream::from_std(stream), share);
            socket.put_back(&early);
            self.open(socket, head, protocol);
            self.door.connections.fetch_sub(1, Ordering::AcqRel);
        }
        for (listener, reception) in taken(&self.door.listeners) {
            if let Err(error) = self.listen(listener, reception) {
                tracing::error!(%error, "nobody can be let in here");
            }
        }
        if self.door.is_closed.load(Ordering::Acquire) {
            self.accepted.clear();
            self.listeners.drain(..).for_each(|token| drop(self.entries.try_remove(token)));
        }
    }

    /// A connection is a line from now on.
    pub fn open(&mut self, mut socket: Socket, head: Bytes, mut protocol: Box<dyn Protocol>) {
        let place = self.entries.vacant_entry();
        let token = place.key();
        let number = match (socket.register(self.poll.registry(), token), u32::try_from(token)) {
            (Ok(()), Ok(number)) => number,
            (Err(error), _) => return tracing::warn!(%error, "a line could not be watched"),
            (Ok(()), Err(error)) => return tracing::error!(%error, "there are too many lines"),
        };
        let seat = Arc::new(Seat::new(&self.door.queue, number));
        protocol.sit_down(Arc::clone(&seat), head);
        place.insert(Entry::Line(Box::new(Connection::new(socket, protocol, seat))));
        self.door.connections.fetch_add(1, Ordering::AcqRel);
        self.turn(token);
    }

    fn turn(&mut self, token: usize) {
        let Some(Entry::Line(connection)) = self.entries.get_mut(token) else { return };
        match connection.turn(&mut self.memo) {
            Poll::Pending if connection.socket.is_timed() => {
                self.timed.insert(token);
                let watched = connection.socket.register_blocked(self.poll.registry(), token);
                if let Err(error) = watched {
                    self.end(token, Err(error));
                }
            }
            Poll::Pending => {}
            Poll::Ready(ended) => self.end(token, ended),
        }
    }

    fn end(&mut self, token: usize, ended: io::Result<()>) {
        // The system ceases to watch a socket when it is closed.
        let Some(entry) = self.entries.try_remove(token) else { return };
        if let Err(error) = ended {
            // The kernel may have been quicker to cut it (`TCP_USER_TIMEOUT`).
            if error.kind() == ErrorKind::TimedOut {
                self.stalls.count_one();
            }
            tracing::debug!(%error, "a line broke");
        }
        self.timed.remove(&token);
        if matches!(entry, Entry::Line(_)) {
            self.door.connections.fetch_sub(1, Ordering::AcqRel);
        }
    }

    /// Ends those whose time is over.
    fn tick(&mut self) {
        self.ticked = Instant::now();
        let (now, most) = (self.ticked, self.write_timeout);
        for token in self.timed.clone() {
            let Some(socket) = self.entries.get_mut(token).and_then(Entry::socket) else {
                self.timed.remove(&token);
                continue;
            };
            if socket.is_stuck(now, most) {
                self.end(token, Err(ErrorKind::TimedOut.into()));
            } else if socket.is_over(now) {
                self.end(token, Ok(()));
            } else if !socket.is_timed() {
                self.timed.remove(&token);
            }
        }
    }
}

fn taken<T>(list: &Mutex<Vec<T>>) -> Vec<T> {
    std::mem::take(&mut *list.lock().unwrap_or_else(PoisonError::into_inner))
}
