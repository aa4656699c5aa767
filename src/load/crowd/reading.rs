//! What is read on the lines of a crowd, and what is said back.

use std::io::{self, Read};

use mio::event::Event;

use super::Crowd;
use super::line::State;
use crate::load::delays::now;
use crate::load::dialect::Between;
use crate::load::frames;
use crate::load::hearing::found;

impl Crowd {
    /// Does what one line's event asks for.
    pub(super) fn serve(&mut self, event: &Event) {
        let place = event.token().0;
        let Some(line) = self.open.get_mut(place) else { return };
        if event.is_writable()
            && !event.is_error()
            && let Err(error) = line.send()
        {
            return self.was_cut(place, &error.to_string());
        }
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            self.read(place, event.is_read_closed() || event.is_error());
        }
    }

    /// Reads all that one line has; to its very end if it is `closing`.
    fn read(&mut self, place: usize, closing: bool) {
        loop {
            let Some(line) = self.open.get_mut(place).filter(|line| line.state == State::Open) else {
                return;
            };
            let read = match line.stream.read(&mut self.buffer) {
                Ok(0) => return self.was_cut(place, "its end"),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return self.was_cut(place, &error.to_string()),
            };
            if let Err(what) = self.take(place, read) {
                return self.was_cut(place, &what);
            }
            // A read that did not fill the buffer took all there was.
            if read < self.buffer.len() && !closing {
                return;
            }
        }
    }

    /// Takes what one line has just said, which is the beginning of the buffer; why it is over, if it is.
    fn take(&mut self, place: usize, read: usize) -> Result<(), String> {
        let Crowd { open, kit, hearing, buffer, counted, others, .. } = self;
        let line = &mut open[place];
        let (bytes, time, group) = (&buffer[..read], now(), line.group);
        let was_greeted = line.reader.is_greeted();
        let fed = line.reader.feed(kit, bytes, |digits, before| {
            hearing.hear(place, group, digits, time, before);
        });
        if let Some(counted) = counted {
            *others += counted.find_iter(bytes).count() as u64;
        }
        fed?;
        let is_over = line.reader.is_over();
        self.speak(place);
        if !was_greeted {
            self.greet(place);
        }
        if is_over { Err("its end".to_owned()) } else { Ok(()) }
    }

    /// Says what is due after a WebSocket's handshake or a ping; nothing almost always.
    fn speak(&mut self, place: usize) {
        let line = &mut self.open[place];
        if line.reader.take_upgraded() {
            for text in self.lines.dialect.say(&self.lines.names(place)) {
                line.reader.replies().extend(frames::text(&text));
            }
        }
        line.reply();
    }

    /// The line was greeted, if it was now.
    fn greet(&mut self, place: usize) {
        let Crowd { open, hearing, lines, poll, greeted, .. } = self;
        let line = &mut open[place];
        if !line.reader.is_greeted() {
            return;
        }
        *greeted += 1;
        let first = line.reader.take_first();
        if let Some(between) = hearing.id_pattern() {
            // A WebSocket's hello names it otherwise than a message does.
            let hello = Between { after: "\"head\":\"".to_owned(), until: "\"".to_owned() };
            let id = found(&first, between).or_else(|| found(&first, &hello));
            line.greeting = id.unwrap_or_default().into();
        }
        if lines.is_stuck(place) {
            line.state = State::Stuck;
            // Should it fail, its events are passed over.
            let _ = poll.registry().deregister(&mut line.stream);
        }
    }
}
