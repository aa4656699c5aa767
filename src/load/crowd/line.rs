//! One line of a crowd: its socket, what is still to be said on it, and how far its answer has been read.

use std::io::{self, Write};
use std::net::Shutdown;

use mio::net::TcpStream;

use crate::load::reader::Reader;

/// A line.
pub struct Line {
    /// Its socket.
    pub stream: TcpStream,
    /// What comes down it.
    pub reader: Reader,
    /// What is still to be sent; empty once the line is asked for.
    request: Vec<u8>,
    /// The id that its greeting named.
    pub greeting: Box<[u8]>,
    /// Whose delays its own are counted with.
    pub group: usize,
    /// Whether it is read.
    pub state: State,
}

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is read.
    Open,
    /// It reads nothing.
    Stuck,
    /// It was cut, and may come back.
    Closed,
}

impl Line {
    /// A line that is asked for by this request, as soon as its socket is connected.
    pub fn new(stream: TcpStream, request: Vec<u8>, group: usize) -> Line {
        let (reader, greeting, state) = (Reader::new(), Box::default(), State::Open);
        Line { stream, reader, request, greeting, group, state }
    }

    /// It is asked for anew, on another connection.
    pub fn renew(&mut self, stream: TcpStream, request: Vec<u8>) {
        (self.stream, self.request, self.reader, self.state) = (stream, request, Reader::new(), State::Open);
    }

    /// Says something more, with what is still to be sent. What does not go now goes when the line is writable.
    pub fn say(&mut self, words: &mut Vec<u8>) {
        self.request.append(words);
        // An error is one of reading as well, and told there.
        let _ = self.send();
    }

    /// What is due after a ping.
    pub fn reply(&mut self) {
        let mut replies = std::mem::take(self.reader.replies());
        if !replies.is_empty() {
            self.say(&mut replies);
        }
    }

    /// Sends what is still to be sent, as much of it as goes.
    pub fn send(&mut self) -> io::Result<()> {
        if self.request.is_empty() {
            return Ok(());
        }
        match self.stream.write(&self.request) {
            Ok(sent) => drop(self.request.drain(..sent)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Cuts it.
    pub fn cut(&mut self, state: State) {
        // The server may have been faster.
        let _ = self.stream.shutdown(Shutdown::Both);
        self.state = state;
    }
}
