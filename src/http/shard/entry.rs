//! What a thread watches: listeners, connections that have said nothing yet, and lines.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use mio::net::TcpListener;

use super::{Protocol, Reception, Socket};
use crate::hub::{Memo, Seat};

/// What is watched under a token.
pub enum Entry {
    Listening(Box<Listening>),
    Silent(Box<Silent>),
    Line(Box<Connection>),
}

impl Entry {
    /// Its socket, if it is a connection.
    pub fn socket(&mut self) -> Option<&mut Socket> {
        match self {
            Entry::Listening(_) => None,
            Entry::Silent(silent) => Some(&mut silent.socket),
            Entry::Line(line) => Some(&mut line.socket),
        }
    }
}

/// A listener, and who decides about those who come to it.
pub struct Listening {
    pub listener: TcpListener,
    pub reception: Arc<dyn Reception>,
    /// When it is looked again, if it is not sure that nobody waits.
    pub again: Option<Instant>,
}

/// A connection that has not said anything yet.
pub struct Silent {
    pub socket: Socket,
    pub peer: SocketAddr,
    pub reception: Arc<dyn Reception>,
}

/// One connection that is a line.
pub struct Connection {
    pub socket: Socket,
    pub protocol: Box<dyn Protocol>,
    pub seat: Arc<Seat>,
    /// Calls the seat.
    waker: Waker,
}

impl Connection {
    /// A line that has sat down.
    pub fn new(socket: Socket, protocol: Box<dyn Protocol>, seat: Arc<Seat>) -> Self {
        let waker = Waker::from(Arc::clone(&seat));
        Connection { socket, protocol, seat, waker }
    }

    /// Reads and writes all that it can now.
    pub fn turn(&mut self, memo: &mut Memo) -> Poll<io::Result<()>> {
        self.protocol.turn(&mut self.socket, &mut Context::from_waker(&self.waker), memo)
    }
}
