//! One connection of a floor: its socket, and what could not be written at once.

use std::collections::VecDeque;
use std::io::{self, IoSlice, Write};

use bytes::{Buf, Bytes};
use mio::net::TcpStream;

use super::audiences::Place;

/// A connection that is behind by more pieces than this is cut.
const MOST_PIECES: usize = 4096;

/// A connection.
pub struct Connection {
    /// Its socket.
    pub stream: TcpStream,
    /// Its place among those that hear the same, once it listens.
    pub listens: Option<Place>,
    /// The beginning of a request whose end has not come.
    pub partial: Vec<u8>,
    owed: VecDeque<Bytes>,
}

impl Connection {
    /// A new one.
    pub fn new(stream: TcpStream) -> Connection {
        Connection { stream, listens: None, partial: Vec::new(), owed: VecDeque::new() }
    }

    /// Sends it these bytes, now or as soon as the socket takes them; an error means that it is gone.
    pub fn give(&mut self, bytes: &Bytes) -> io::Result<()> {
        if !self.owed.is_empty() {
            return self.owe(bytes.clone());
        }
        let written = accepted((&self.stream).write(bytes))?;
        if written < bytes.len() { self.owe(bytes.slice(written..)) } else { Ok(()) }
    }

    /// Sends it several pieces in one go.
    pub fn give_all(&mut self, pieces: Vec<Bytes>) -> io::Result<()> {
        self.owed.extend(pieces);
        self.settle()
    }

    /// Goes on with what is owed.
    pub fn settle(&mut self) -> io::Result<()> {
        while !self.owed.is_empty() {
            let slices: Vec<IoSlice> = self.owed.iter().take(64).map(|piece| IoSlice::new(piece)).collect();
            let mut written = accepted((&self.stream).write_vectored(&slices))?;
            if written == 0 {
                break;
            }
            while let Some(piece) = self.owed.front_mut().filter(|_| written > 0) {
                let taken = written.min(piece.len());
                piece.advance(taken);
                written -= taken;
                if piece.is_empty() {
                    self.owed.pop_front();
                }
            }
        }
        Ok(())
    }

    fn owe(&mut self, bytes: Bytes) -> io::Result<()> {
        if self.owed.len() >= MOST_PIECES {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        self.owed.push_back(bytes);
        Ok(())
    }
}

/// How much was taken; a full socket takes nothing.
fn accepted(written: io::Result<usize>) -> io::Result<usize> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
        written => written,
    }
}
