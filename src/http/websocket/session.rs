//! One WebSocket on a bare socket: reads frames, has commands done one after the other, and writes what the
//! line has and what the commands answer. The state is kept by hand, so that no half-read frame is ever lost;
//! at rest it holds no buffers.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::FutureExt;
use tokio::task::JoinHandle;

use super::command::{Answer, Commands};
use crate::http::lines::Open;
use crate::http::shard::{Outbox, Protocol, Socket};
use crate::http::words;
use crate::hub::{Ending, Memo, Seat};
use crate::wire::Only;
use crate::wire::websocket::{self, Incoming, Reader, Violation};

/// With so many answers, or so many bytes, unwritten, no more commands are read.
const MOST_UNWRITTEN: usize = 16;
const MOST_UNWRITTEN_BYTES: usize = 64 * 1024;
/// How many things happen, how many pieces are read and how many written, before others have their turn.
const MOST_AT_ONCE: usize = 16;
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
pub struct Session {
    reader: Reader,
    inbox: BytesMut,
    outbox: Outbox,
    open: Open,
    commands: Commands,
    only: Only,
    pending: Option<Pending>,
    stage: Stage,
}

/// A command that is being done, by a task of its own.
struct Pending {
    answer: JoinHandle<Answer>,
    /// Whether the line waits for it, so that nothing overtakes the page that it is answered with.
    holds_line: bool,
}

/// How far a session has come.
enum Stage {
    Open,
    /// The line has ended; a command that was begun is yet to be answered.
    Ending(Ending),
    /// The close frame is in the outbox: write what is there, and go.
    Closing,
    /// All is written; so much has come since.
    HearingOut(usize),
}

/// What happened next.
enum Event {
    Heard(Incoming),
    Answered(Answer),
    Violated(Violation),
    LineEnded(Ending),
}

impl Session {
    /// A session whose messages may be so long.
    pub fn new(most: usize, open: Open, commands: Commands, only: Only) -> Self {
        Session {
            reader: Reader::new(most),
            inbox: BytesMut::new(),
            outbox: Outbox::default(),
            open,
            commands,
            only,
            pending: None,
            stage: Stage::Open,
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Heard(incoming) => self.take(incoming),
            Event::Answered(answer) => self.give(answer),
            Event::Violated(violation) => self.close(violation.code, violation.reason),
            // What was begun is answered, also when the server stops.
            Event::LineEnded(ending) if self.pending.is_some() => self.stage = Stage::Ending(ending),
            Event::LineEnded(ending) => self.end(ending),
        }
    }

    fn end(&mut self, ending: Ending) {
        let code = match ending {
            Ending::Shutdown => code::GOING_AWAY,
            Ending::Unavailable | Ending::SignedOut => code::TRY_LATER,
            Ending::Reset => code::RESET,
        };
        self.close(code, words::ending(ending).said_in(self.open.language));
    }

    /// What happens next, once all that can be written is.
    fn next(
        &mut self,
        socket: &mut Socket,
        cx: &mut Context<'_>,
        memo: &mut Memo,
    ) -> io::Result<Poll<Event>> {
        if let Some(ending) = self.write(socket, cx, memo)? {
            return Ok(Poll::Ready(Event::LineEnded(ending)));
        }
        if let Some(pending) = &mut self.pending
            && let Poll::Ready(answer) = pending.answer.poll_unpin(cx)
        {
            self.pending = None;
            return answer.map(|answer| Poll::Ready(Event::Answered(answer))).map_err(io::Error::other);
        }
        if let Stage::Ending(ending) = self.stage
            && self.pending.is_none()
        {
            return Ok(Poll::Ready(Event::LineEnded(ending)));
        }
        let is_clogged =
            self.outbox.pieces() >= MOST_UNWRITTEN || self.outbox.bytes() >= MOST_UNWRITTEN_BYTES;
        let has_time = self.pending.is_none() && matches!(self.stage, Stage::Open) && !is_clogged;
        if has_time { self.read(socket, cx) } else { Ok(Poll::Pending) }
    }

    /// Writes until there is nothing to write, or the peer takes no more, or the line has ended, or it was enough for now.
    fn write(
        &mut self,
        socket: &mut Socket,
        cx: &mut Context<'_>,
        memo: &mut Memo,
    ) -> io::Result<Option<Ending>> {
        let mut is_level = false;
        for _ in 0..MOST_AT_ONCE {
            if !self.outbox.write(socket)? {
                return Ok(None);
            }
            let is_held = self.pending.as_ref().is_some_and(|pending| pending.holds_line);
            if is_level || is_held || !matches!(self.stage, Stage::Open) {
                return Ok(None);
            }
            match self.open.line.poll_next(cx, memo) {
                Poll::Ready(Some(bytes)) => self.outbox.push(bytes),
                Poll::Ready(None) => return Ok(Some(self.open.line.ending())),
                Poll::Pending => return Ok(None),
            }
            is_level = self.open.line.is_level();
        }
        cx.waker().wake_by_ref();
        Ok(None)
    }

    fn read(&mut self, socket: &mut Socket, cx: &mut Context<'_>) -> io::Result<Poll<Event>> {
        for _ in 0..MOST_AT_ONCE {
            match self.reader.read(&mut self.inbox) {
                Ok(Some(incoming)) => return Ok(Poll::Ready(Event::Heard(incoming))),
                Ok(None) => {}
                Err(violation) => return Ok(Poll::Ready(Event::Violated(violation))),
            }
            if self.inbox.is_empty() {
                self.inbox = BytesMut::new();
            }
            if !socket.may_read() {
                return Ok(Poll::Pending);
            }
            let mut chunk = [0; 4096];
            match socket.read(&mut chunk)? {
                None => return Ok(Poll::Pending),
                Some(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Some(read) => self.inbox.extend_from_slice(&chunk[..read]),
            }
        }
        cx.waker().wake_by_ref();
        Ok(Poll::Pending)
    }

    /// Our side has ended: hears the other out. Ready when it has ended too, or says too much.
    fn hear_out(mut drained: usize, socket: &mut Socket) -> (usize, Poll<()>) {
        let mut chunk = [0; 4096];
        loop {
            match socket.read(&mut chunk) {
                Ok(None) => return (drained, Poll::Pending),
                Ok(Some(read @ 1..)) if drained + read <= MOST_DRAINED => drained += read,
                _ => return (drained, Poll::Ready(())),
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
                let answer = self.commands.begin(answer);
                self.pending = Some(Pending { answer, holds_line });
            }
            Incoming::Binary(_) => {
                self.close(code::UNSUPPORTED, words::ONLY_TEXT.said_in(self.open.language));
            }
            Incoming::Ping(payload) => self.outbox.push(websocket::pong(&payload)),
            Incoming::Pong(_) => {}
            Incoming::Close { code, .. } => self.close(code.unwrap_or(code::NORMAL), ""),
        }
    }

    fn give(&mut self, answer: Answer) {
        match answer {
            Answer::Nothing => {}
            Answer::Text(text) => self.outbox.push(websocket::text(text.as_bytes())),
            Answer::Listen { audience, after, text } => {
                self.open.line.listen(audience, after);
                self.outbox.push(websocket::text(text.as_bytes()));
            }
            Answer::Unlisten { audience, text } => {
                self.open.line.unlisten(&audience);
                self.outbox.push(websocket::text(text.as_bytes()));
            }
            Answer::Refusal { may_pass, reason } => {
                self.close(if may_pass { code::TRY_LATER } else { code::REFUSED }, &reason);
            }
        }
        let rooms = self.open.line.audiences().count();
        self.commands.note_rooms(rooms);
    }

    fn close(&mut self, code: u16, reason: &str) {
        self.outbox.push(websocket::close(code, reason));
        self.stage = Stage::Closing;
    }
}

impl Protocol for Session {
    fn sit_down(&mut self, seat: Arc<Seat>, head: Bytes) {
        self.outbox.push(head);
        self.open.line.sit_down(seat);
    }

    fn beat(&mut self) {
        self.open.line.beat();
    }

    fn turn(&mut self, socket: &mut Socket, cx: &mut Context<'_>, memo: &mut Memo) -> Poll<io::Result<()>> {
        let mut happened = 0;
        while !matches!(self.stage, Stage::HearingOut(_)) {
            if happened == MOST_AT_ONCE {
                // Whoever sends small frames without a pause has the thread no longer than others.
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            happened += 1;
            match self.next(socket, cx, memo)? {
                Poll::Ready(event) => self.happen(event),
                Poll::Pending if matches!(self.stage, Stage::Closing) && self.outbox.is_empty() => {
                    self.stage = Stage::HearingOut(0);
                    socket.hear_out(LINGER)?;
                }
                Poll::Pending => return Poll::Pending,
            }
        }
        let Stage::HearingOut(drained) = &mut self.stage else { return Poll::Pending };
        let (so_far, is_over) = Self::hear_out(*drained, socket);
        *drained = so_far;
        is_over.map(Ok)
    }
}
