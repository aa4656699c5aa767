//! What is to be written on one connection, in order. At rest it holds no memory of its own.

use std::collections::VecDeque;
use std::io::{self, IoSlice};

use bytes::{Buf, Bytes};

use super::socket::Socket;

/// How many pieces leave in one write.
const PIECES: usize = 16;

/// Bytes on their way to a socket. The pieces are shared with whoever else is sent the same.
#[derive(Default)]
pub struct Outbox {
    /// The first piece, apart: as a rule there is no other.
    first: Bytes,
    rest: VecDeque<Bytes>,
}

impl Outbox {
    /// Adds a piece.
    pub fn push(&mut self, bytes: Bytes) {
        if self.first.is_empty() && self.rest.is_empty() {
            self.first = bytes;
        } else if !bytes.is_empty() {
            self.rest.push_back(bytes);
        }
    }

    /// Whether all is written.
    pub fn is_empty(&self) -> bool {
        self.first.is_empty() && self.rest.is_empty()
    }

    /// How many pieces wait.
    pub fn pieces(&self) -> usize {
        usize::from(!self.first.is_empty()) + self.rest.len()
    }

    /// How many bytes wait.
    pub fn bytes(&self) -> usize {
        self.first.len() + self.rest.iter().map(Bytes::len).sum::<usize>()
    }

    /// Writes as much as the peer takes; whether that was all.
    pub fn write(&mut self, socket: &mut Socket) -> io::Result<bool> {
        while !self.is_empty() {
            let written = if self.rest.is_empty() {
                socket.write(&[IoSlice::new(&self.first)])?
            } else {
                let mut slices = [IoSlice::new(&[]); PIECES];
                let pieces = std::iter::once(&self.first).chain(&self.rest);
                let count =
                    slices.iter_mut().zip(pieces).map(|(slice, piece)| *slice = IoSlice::new(piece)).count();
                socket.write(&slices[..count])?
            };
            match written {
                Some(written) => self.advance(written),
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    fn advance(&mut self, mut written: usize) {
        loop {
            let step = written.min(self.first.len());
            self.first.advance(step);
            written -= step;
            if !self.first.is_empty() {
                return;
            }
            match self.rest.pop_front() {
                Some(next) => self.first = next,
                None => {
                    // Drops the buffers of what was the last, too.
                    *self = Outbox::default();
                    return;
                }
            }
        }
    }
}
