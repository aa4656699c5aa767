//! A bare socket on a shard: non-blocking, with what its readiness was when it was last heard of.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use crate::http::per_address::Share;

/// One connection, as far as it is bytes.
pub struct Socket {
    stream: TcpStream,
    may_read: bool,
    may_write: bool,
    is_watched_for_writing: bool,
    /// Since when the peer takes nothing of what is to be written.
    blocked_since: Option<Instant>,
    /// When it is over, whatever the peer does.
    ends_at: Option<Instant>,
    /// What was read with the request's head.
    early: Option<Box<[u8]>>,
    /// The right of its address to one connection.
    share: Share,
}

impl Socket {
    /// A connected socket.
    pub fn new(stream: TcpStream, share: Share) -> Self {
        Socket {
            stream,
            may_read: true,
            may_write: true,
            is_watched_for_writing: false,
            blocked_since: None,
            ends_at: None,
            early: None,
            share,
        }
    }

    /// The bare socket, and the right to it.
    pub fn into_parts(self) -> (TcpStream, Share) {
        (self.stream, self.share)
    }

    /// These bytes of the peer's have been read already, and are to be read again.
    pub fn put_back(&mut self, early: &[u8]) {
        self.early = (!early.is_empty()).then(|| early.into());
    }

    /// After so long it is over, whatever the peer does.
    pub fn end_after(&mut self, time: Duration) {
        self.ends_at = Some(Instant::now() + time);
    }

    /// It is not over by time alone.
    pub fn end_never(&mut self) {
        self.ends_at = None;
    }

    /// Has it watched under a token: each time that it becomes readable is told once.
    pub fn register(&mut self, registry: &Registry, token: usize) -> io::Result<()> {
        // Whatever is there now is told too.
        self.may_read = false;
        registry.register(&mut self.stream, Token(token), Interest::READABLE)
    }

    /// Has it watched for being writable too, if it is not: which most sockets always are.
    pub fn register_blocked(&mut self, registry: &Registry, token: usize) -> io::Result<()> {
        if !self.may_write && !self.is_watched_for_writing {
            let both = Interest::READABLE | Interest::WRITABLE;
            registry.reregister(&mut self.stream, Token(token), both)?;
            self.is_watched_for_writing = true;
        }
        Ok(())
    }

    /// Has it watched no more.
    pub fn deregister(&mut self, registry: &Registry) {
        // The kernel forgets it anyway when it is closed.
        let _ = registry.deregister(&mut self.stream);
    }

    /// What the system says of it.
    pub fn note(&mut self, event: &Event) {
        self.may_read |= event.is_readable() || event.is_read_closed() || event.is_error();
        self.may_write |= event.is_writable() || event.is_write_closed() || event.is_error();
    }

    /// Whether there may be something to read.
    pub fn may_read(&self) -> bool {
        self.may_read || self.early.is_some()
    }

    /// Whether the peer has taken everything so far.
    pub fn may_write(&self) -> bool {
        self.may_write
    }

    /// Reads what has come: so many bytes, 0 at the end; nothing if nothing is there now.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        if let Some(early) = self.early.take() {
            let (now, later) = early.split_at(early.len().min(buffer.len()));
            buffer[..now.len()].copy_from_slice(now);
            self.early = (!later.is_empty()).then(|| later.into());
            return Ok(Some(now.len()));
        }
        if !self.may_read {
            return Ok(None);
        }
        loop {
            match self.stream.read(buffer) {
                Ok(read) => return Ok(Some(read)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.may_read = false;
                    return Ok(None);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes some of the pieces, if the peer takes them: so many bytes; nothing if it takes none now.
    pub fn write(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<Option<usize>> {
        if !self.may_write {
            return Ok(None);
        }
        loop {
            let written = match pieces {
                [only] => self.stream.write(only),
                several => self.stream.write_vectored(several),
            };
            match written {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => {
                    self.blocked_since = None;
                    return Ok(Some(written));
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.may_write = false;
                    self.blocked_since.get_or_insert_with(Instant::now);
                    return Ok(None);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Ends our side; the peer has so long to end its own. A socket that is dropped with bytes unread is reset,
    /// and its peer may never see why it was closed.
    pub fn hear_out(&mut self, time: Duration) -> io::Result<()> {
        self.end_after(time);
        self.stream.shutdown(Shutdown::Write)
    }

    /// Whether our side has ended.
    pub fn is_closing(&self) -> bool {
        self.ends_at.is_some()
    }

    /// Whether time alone may end it.
    pub fn is_timed(&self) -> bool {
        self.blocked_since.is_some() || self.ends_at.is_some()
    }

    /// Whether the peer has taken nothing for too long.
    pub fn is_stuck(&self, now: Instant, most: Duration) -> bool {
        self.blocked_since.is_some_and(|since| now.saturating_duration_since(since) > most)
    }

    /// Whether its time is over.
    pub fn is_over(&self, now: Instant) -> bool {
        self.ends_at.is_some_and(|end| now >= end)
    }
}
