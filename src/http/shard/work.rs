//! A shard's thread: waits until something can be done, and gives each connection that has something to do
//! its turn, one after the other.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use mio::{Events, Token};
use slab::Slab;

use super::{Arrival, Door, Protocol, Socket};
use crate::http::stall::Stalls;
use crate::hub::{Memo, Seat};

/// Under which token the thread itself is woken.
pub const ALARM: Token = Token(usize::MAX);

/// How many events are taken from the system at a time.
const EVENTS: usize = 1024;
/// How many connections have their turn before the system is asked again.
const TURNS: usize = 256;
/// How often it is looked for connections whose time is over.
const TICK: Duration = Duration::from_millis(500);

/// What a thread owns.
pub struct Work {
    poll: mio::Poll,
    door: Arc<Door>,
    write_timeout: Duration,
    stalls: Stalls,
    connections: Slab<Box<Connection>>,
    /// Those that time alone may end.
    timed: BTreeSet<usize>,
    ticked: Instant,
    /// What the last line took.
    memo: Memo,
}

/// One connection.
struct Connection {
    socket: Socket,
    protocol: Box<dyn Protocol>,
    seat: Seat,
}

impl Connection {
    fn turn(&mut self, memo: &mut Memo) -> Poll<io::Result<()>> {
        self.seat.begin_turn();
        self.protocol.turn(&mut self.socket, &mut Context::from_waker(self.seat.waker()), memo)
    }
}

impl Work {
    /// A thread's work, not yet begun.
    pub fn new(poll: mio::Poll, door: Arc<Door>, write_timeout: Duration, stalls: Stalls) -> Self {
        let (connections, timed, ticked) = (Slab::new(), BTreeSet::new(), Instant::now());
        Work { poll, door, write_timeout, stalls, connections, timed, ticked, memo: Memo::default() }
    }

    /// Works for as long as the process lives.
    pub fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS);
        let (mut due, mut woken) = (Vec::new(), Vec::new());
        loop {
            self.wait(&mut events, woken.is_empty());
            due.clear();
            for event in &events {
                if let Some(connection) = self.connections.get_mut(event.token().0) {
                    connection.socket.note(event);
                    due.push(event.token().0);
                }
            }
            due.drain(..).for_each(|token| self.turn(token));
            self.welcome();
            if woken.is_empty() {
                self.door.queue.take(&mut woken);
                // From the front, in turns.
                woken.reverse();
            }
            let later = woken.len().saturating_sub(TURNS);
            for token in woken.drain(later..).rev() {
                self.turn(token as usize);
            }
            if woken.is_empty() {
                self.memo.clear();
            }
            if self.ticked.elapsed() > TICK {
                self.tick();
            }
        }
    }

    fn wait(&mut self, events: &mut Events, is_idle: bool) {
        let time = if is_idle { TICK } else { Duration::ZERO };
        if let Err(error) = self.poll.poll(events, Some(time))
            && error.kind() != ErrorKind::Interrupted
        {
            tracing::error!(%error, "the system does not tell which lines are ready");
            std::thread::sleep(TICK);
        }
    }

    /// Takes in those who have come.
    fn welcome(&mut self) {
        let arrivals = {
            let mut arrivals = self.door.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *arrivals)
        };
        for arrival in arrivals {
            if let Err(error) = self.seat(arrival) {
                tracing::warn!(%error, "a line could not be watched");
                self.door.connections.fetch_sub(1, Ordering::AcqRel);
            }
        }
    }

    fn seat(&mut self, arrival: Arrival) -> io::Result<()> {
        let Arrival { stream, early, head, share, mut protocol } = arrival;
        let mut socket = Socket::new(stream, &early, share);
        let place = self.connections.vacant_entry();
        let token = place.key();
        socket.register(self.poll.registry(), token)?;
        let number = u32::try_from(token).map_err(|_| io::Error::from(ErrorKind::OutOfMemory))?;
        let seat = protocol.sit_down(&self.door.queue, number, head);
        place.insert(Box::new(Connection { socket, protocol, seat }));
        self.turn(token);
        Ok(())
    }

    fn turn(&mut self, token: usize) {
        let Some(connection) = self.connections.get_mut(token) else { return };
        match connection.turn(&mut self.memo) {
            Poll::Pending if connection.socket.is_timed() => {
                self.timed.insert(token);
            }
            Poll::Pending => {}
            Poll::Ready(ended) => self.end(token, ended),
        }
    }

    fn end(&mut self, token: usize, ended: io::Result<()>) {
        let Some(mut connection) = self.connections.try_remove(token) else { return };
        connection.socket.deregister(self.poll.registry());
        if let Err(error) = ended {
            // The kernel may have been quicker to cut it (`TCP_USER_TIMEOUT`).
            if error.kind() == ErrorKind::TimedOut {
                self.stalls.count_one();
            }
            tracing::debug!(%error, "a line broke");
        }
        drop(connection);
        self.timed.remove(&token);
        self.door.connections.fetch_sub(1, Ordering::AcqRel);
    }

    /// Ends those whose time is over.
    fn tick(&mut self) {
        self.ticked = Instant::now();
        let (now, most) = (self.ticked, self.write_timeout);
        for token in self.timed.clone() {
            let Some(Connection { socket, .. }) = self.connections.get(token).map(Box::as_ref) else {
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
