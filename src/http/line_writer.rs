//! An SSE or NDJSON stream on a bare socket: writes what the line has, and notices when the peer goes.
//!
//! The body has no length and no chunks: it ends when the connection does (RFC 9112, section 6.3). So every
//! line of a format is sent the very same bytes.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;

use super::lines::Open;
use super::problem::{Code, Problem};
use super::shard::{Outbox, Protocol, Socket};
use super::words::Language;
use crate::hub::{Ending, Memo, Seat};
use crate::wire::{Event, Format};

/// How much is gathered before it is written.
const ENOUGH: usize = 64 * 1024;
/// How long the peer has to end its side when ours has ended.
const LINGER: Duration = Duration::from_secs(1);
/// How much is read at a time, and thrown away, of a peer that has nothing to say here.
const SCRATCH: usize = 512;
/// How often is read, and how often gathered and written, before others have their turn.
const ROUNDS: usize = 4;

/// One stream.
pub struct LineWriter {
    open: Open,
    outbox: Outbox,
    has_ended: bool,
}

impl LineWriter {
    /// Writes out a line that was just opened.
    pub fn new(open: Open) -> Self {
        LineWriter { open, outbox: Outbox::default(), has_ended: false }
    }

    /// Takes what the line has; whether there may be more.
    fn gather(&mut self, cx: &mut Context<'_>, memo: &mut Memo) -> bool {
        while self.outbox.bytes() < ENOUGH {
            match self.open.line.poll_next(cx, memo) {
                Poll::Ready(Some(bytes)) => self.outbox.push(bytes),
                Poll::Ready(None) => {
                    let Open { line, format, language, .. } = &self.open;
                    self.outbox.push(last_words(line.ending(), *format, *language));
                    self.has_ended = true;
                    return false;
                }
                Poll::Pending => return false,
            }
            if self.open.line.is_level() {
                return false;
            }
        }
        true
    }

    /// Throws away what the peer says; whether it has gone.
    fn is_left(socket: &mut Socket) -> io::Result<bool> {
        let mut scratch = [0; SCRATCH];
        for _ in 0..ROUNDS {
            match socket.read(&mut scratch)? {
                Some(0) => return Ok(true),
                Some(_) => {}
                None => break,
            }
        }
        Ok(false)
    }
}

impl Protocol for LineWriter {
    fn sit_down(&mut self, seat: Arc<Seat>, head: Bytes) {
        self.outbox.push(head);
        self.open.line.sit_down(seat);
    }

    fn beat(&mut self) {
        self.open.line.beat();
    }

    fn turn(&mut self, socket: &mut Socket, cx: &mut Context<'_>, memo: &mut Memo) -> Poll<io::Result<()>> {
        if socket.may_read() && Self::is_left(socket)? {
            return Poll::Ready(Ok(()));
        }
        let mut may_be_more = true;
        for _ in 0..ROUNDS {
            may_be_more = may_be_more && socket.may_write() && !self.has_ended;
            if may_be_more {
                let has_more = self.gather(cx, memo);
                may_be_more = self.outbox.write(socket)? && has_more;
            }
        }
        if may_be_more || socket.may_read() {
            cx.waker().wake_by_ref();
        }
        if self.has_ended && self.outbox.write(socket)? && !socket.is_closing() {
            socket.hear_out(LINGER)?;
        }
        Poll::Pending
    }
}

/// Why a line ends, if that is a problem, and the format has words for it.
fn last_words(ending: Ending, format: Format, language: Language) -> Bytes {
    match ending {
        Ending::Unavailable => {
            let problem = Problem::new(Code::StoreUnavailable).to_json(language);
            Event::own("problem", None, &problem).encode(format)
        }
        Ending::Shutdown | Ending::Reset | Ending::SignedOut => Bytes::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::Line;
    use crate::wire::{Only, Transport};

    #[test]
    fn who_cannot_be_told_more_is_told_why_by_its_code_and_in_their_language() {
        let format = Format { transport: Transport::Sse, only: Only::Data };
        let last = last_words(Ending::Unavailable, format, Language::Chinese);
        let text = String::from_utf8(last.to_vec()).unwrap();
        assert!(text.starts_with("event: problem\ndata: {"), "{text}");
        assert!(text.contains("\"code\":\"store-unavailable\"") && text.contains("存储暂时不可用"), "{text}");
        let plain = Format { transport: Transport::Ndjson, only: Only::Data };
        assert!(
            last_words(Ending::Unavailable, plain, Language::English).is_empty(),
            "there is no word for it"
        );
        assert!(last_words(Ending::Shutdown, format, Language::English).is_empty());
    }

    /// What one line is in memory, apart from the names of its rooms: a figure that is easily lost again.
    #[test]
    fn a_line_is_small() {
        let sizes = (size_of::<Line>(), size_of::<LineWriter>(), size_of::<Socket>());
        assert!(sizes.0 <= 384 && sizes.1 <= sizes.0 + 160 && sizes.2 <= 128, "{sizes:?}");
    }
}
