//! One WebSocket: reads frames, does commands one after the other, and writes what the line has and
//! what the commands answer. One task, with the state kept by hand, so that no half-read frame is
//! ever lost; at rest it holds no buffers.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use futures_util::future::{BoxFuture, FutureExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};

use super::command::{Answer, Commands};
use crate::http::stream::Open;
use crate::hub::Ending;
use crate::wire::Only;
use crate::wire::websocket::{self, Incoming, Reader, Violation};

/// With so many answers, or so many bytes, unwritten, no more commands are read.
const MOST_UNWRITTEN: usize = 16;
const MOST_UNWRITTEN_BYTES: usize = 64 * 1024;
/// How long, and how much, a peer may go on sending after we have closed. A socket that is dropped with
/// bytes unread is reset, and the peer may never see why it was closed.
const LINGER: Duration = Duration::from_secs(1);
const MOST_DRAINED: usize = 1 << 20;

/// Close codes (RFC 6455, section 7.4.1; from 4000 on they are ours).
mod code {
    pub const NORMAL: u16 = 1000;
    pub const GOING_AWAY: u16 = 1001;
    pub const UNSUPPORTED: u16 = 1003;
    pub const REFUSED: u16 = 1008;
    pub const TRY_LATER: u16 = 1013;
    pub const RESET: u16 = 4000;
}

/// A connection that has become a WebSocket.
pub struct Session<I> {
    io: I,
    reader: Reader,
    inbox: BytesMut,
    outbox: VecDeque<Bytes>,
    open: Open,
    commands: Commands,
    only: Only,
    pending: Option<Pending>,
    /// The close frame is in the outbox: write what is there, and go.
    is_closing: bool,
}

/// A command that is being done.
struct Pending {
    answer: BoxFuture<'static, Answer>,
    /// Whether the line waits for it, so that nothing overtakes the page that it is answered with.
    holds_line: bool,
}

/// What happened next.
enum Turn {
    Heard(Incoming),
    Answered(Answer),
    Violated(Violation),
    LineEnded(Ending),
    /// We have closed, and all that was to be written is.
    Closed,
    Gone,
}

impl<I: AsyncRead + AsyncWrite + Unpin> Session<I> {
    /// A session over `io`; `early` are bytes that came right behind the handshake.
    pub fn new(io: I, early: &[u8], most: usize, open: Open, commands: Commands, only: Only) -> Self {
        Session {
            io,
            reader: Reader::new(most),
            inbox: BytesMut::from(early),
            outbox: VecDeque::new(),
            open,
            commands,
            only,
            pending: None,
            is_closing: false,
        }
    }

    /// Runs until either side closes.
    pub async fn run(mut self) {
        loop {
            match poll_fn(|cx| self.turn(cx)).await {
                Turn::Heard(incoming) => self.take(incoming),
                Turn::Answered(answer) => self.give(answer),
                Turn::Violated(violation) => self.close(violation.code, violation.reason),
                Turn::LineEnded(Ending::Shutdown) => {
                    self.finish_command().await;
                    self.close(code::GOING_AWAY, "the server is restarting");
                }
                Turn::LineEnded(Ending::Unavailable) => {
                    self.close(code::TRY_LATER, "the store does not answer");
                }
                Turn::LineEnded(Ending::SignedOut) => {
                    self.close(code::TRY_LATER, "signed out: come in again");
                }
                Turn::LineEnded(Ending::Reset) => self.close(code::RESET, "reset: something was missed"),
                Turn::Closed => return self.linger().await,
                Turn::Gone => return,
            }
        }
    }

    /// What was begun is answered, also when the server stops.
    async fn finish_command(&mut self) {
        if let Some(pending) = self.pending.take() {
            let answer = pending.answer.await;
            self.give(answer);
        }
    }

    /// Ends our side, and hears the other out for a while.
    async fn linger(mut self) {
        let draining = async {
            let (mut chunk, mut drained) = (vec![0; 4096], 0);
            if self.io.shutdown().await.is_err() {
                return;
            }
            while let Ok(1..) = self.io.read(&mut chunk).await.inspect(|read| drained += read) {
                if drained > MOST_DRAINED {
                    return;
                }
            }
        };
        // Whether they closed, sent too much or took too long: it is over.
        let _ = tokio::time::timeout(LINGER, draining).await;
    }

    fn turn(&mut self, cx: &mut Context<'_>) -> Poll<Turn> {
        if let Some(turn) = self.write(cx) {
            return Poll::Ready(turn);
        }
        if let Some(pending) = &mut self.pending
            && let Poll::Ready(answer) = pending.answer.poll_unpin(cx)
        {
            self.pending = None;
            return Poll::Ready(Turn::Answered(answer));
        }
        let unwritten: usize = self.outbox.iter().map(Bytes::len).sum();
        let is_clogged = self.outbox.len() >= MOST_UNWRITTEN || unwritten >= MOST_UNWRITTEN_BYTES;
        let has_time = self.pending.is_none() && !self.is_closing && !is_clogged;
        if has_time { self.read(cx) } else { Poll::Pending }
    }

    /// Writes until there is nothing to write, or the peer takes no more.
    fn write(&mut self, cx: &mut Context<'_>) -> Option<Turn> {
        loop {
            while let Some(bytes) = self.outbox.front_mut() {
                match Pin::new(&mut self.io).poll_write(cx, bytes) {
                    Poll::Ready(Ok(0) | Err(_)) => return Some(Turn::Gone),
                    Poll::Ready(Ok(written)) => bytes.advance(written),
                    Poll::Pending => return None,
                }
                if bytes.is_empty() {
                    self.outbox.pop_front();
                }
            }
            if Pin::new(&mut self.io).poll_flush(cx).is_pending() {
                return None;
            }
            if self.is_closing {
                return Some(Turn::Closed);
            }
            if self.pending.as_ref().is_some_and(|pending| pending.holds_line) {
                return None;
            }
            match self.open.line.poll_next(cx) {
                Poll::Ready(Some(bytes)) => self.outbox.push_back(bytes),
                Poll::Ready(None) => return Some(Turn::LineEnded(self.open.line.ending())),
                Poll::Pending => return None,
            }
        }
    }

    fn read(&mut self, cx: &mut Context<'_>) -> Poll<Turn> {
        loop {
            match self.reader.read(&mut self.inbox) {
                Ok(Some(incoming)) => return Poll::Ready(Turn::Heard(incoming)),
                Ok(None) => {}
                Err(violation) => return Poll::Ready(Turn::Violated(violation)),
            }
            if self.inbox.is_empty() {
                self.inbox = BytesMut::new();
            }
            let mut chunk = [0; 4096];
            let mut buffer = ReadBuf::new(&mut chunk);
            match Pin::new(&mut self.io).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if buffer.filled().is_empty() => return Poll::Ready(Turn::Gone),
                Poll::Ready(Ok(())) => self.inbox.extend_from_slice(buffer.filled()),
                Poll::Ready(Err(_)) => return Poll::Ready(Turn::Gone),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn take(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Text(text) => {
                let (answer, holds_line) = match self.only {
                    Only::Event => self.commands.command(&text),
                    Only::Data | Only::Json => (self.commands.plain(text, self.only), false),
                };
                self.pending = Some(Pending { answer, holds_line });
            }
            Incoming::Binary(_) => self.close(code::UNSUPPORTED, "only text is understood here"),
            Incoming::Ping(payload) => self.outbox.push_back(websocket::pong(&payload)),
            Incoming::Pong(_) => {}
            Incoming::Close { code, .. } => self.close(code.unwrap_or(code::NORMAL), ""),
        }
    }

    fn give(&mut self, answer: Answer) {
        match answer {
            Answer::Nothing => {}
            Answer::Text(text) => self.outbox.push_back(websocket::text(text.as_bytes())),
            Answer::Listen { audience, after, text } => {
                self.open.line.listen(audience, after);
                self.outbox.push_back(websocket::text(text.as_bytes()));
            }
            Answer::Unlisten { audience, text } => {
                self.open.line.unlisten(&audience);
                self.outbox.push_back(websocket::text(text.as_bytes()));
            }
            Answer::Refusal { may_pass, reason } => {
                self.close(if may_pass { code::TRY_LATER } else { code::REFUSED }, &reason);
            }
        }
        let rooms = self.open.line.audiences().count();
        self.commands.note_rooms(rooms);
    }

    fn close(&mut self, code: u16, reason: &str) {
        self.outbox.push_back(websocket::close(code, reason));
        self.is_closing = true;
    }
}
