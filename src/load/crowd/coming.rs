//! How the lines of a crowd come and go: they are opened, cut, and connect again.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Interest, Token};

use super::Crowd;
use super::line::{Line, State};
use crate::load::connect::{Address, Window, connect};
use crate::load::request::Start;

/// How many lines are opened at a time before those are greeted, if the dialect does not say.
const WAVE: usize = 200;
/// How long a line that was cut waits before it connects again, if its crowd comes back.
const PAUSE: Duration = Duration::from_millis(200);
/// How long nothing may happen while lines are being opened.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many connect again before the others are listened to.
const AT_ONCE: usize = 32;

/// The lines that are to connect again, and when, in order.
#[derive(Default)]
pub struct Due(VecDeque<(Instant, usize)>);

impl Due {
    /// One does, as soon as it can.
    fn now(&mut self, place: usize) {
        self.0.push_back((Instant::now(), place));
    }

    /// One does after a pause.
    pub fn later(&mut self, place: usize) {
        self.0.push_back((Instant::now() + PAUSE, place));
    }

    /// The first whose time has come, or how long that is yet; nothing if there is none.
    fn next(&mut self) -> Option<Result<usize, Duration>> {
        let &(due, place) = self.0.front()?;
        let left = due.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            return Some(Err(left));
        }
        self.0.pop_front();
        Some(Ok(place))
    }
}

impl Crowd {
    /// Opens so many more lines and waits until each has been greeted.
    pub fn open(&mut self, lines: usize) -> io::Result<()> {
        self.open_and(lines, |_| {})
    }

    /// The same, and tells how many are greeted from time to time.
    pub fn open_and(&mut self, lines: usize, mut tell: impl FnMut(usize)) -> io::Result<()> {
        let wanted = self.open.len() + lines;
        let wave = self.lines.dialect.listen.at_a_time.unwrap_or(WAVE).max(1);
        let (mut seen, mut since) = (self.greeted, Instant::now());
        while self.greeted < wanted {
            while self.open.len() < wanted && self.open.len() < self.greeted + wave {
                self.add(Start::Now)?;
            }
            self.turn(Some(Duration::from_millis(200)))?;
            if self.greeted > seen {
                (seen, since) = (self.greeted, Instant::now());
                tell(seen);
            }
            if let Some(what) = self.hearing.faults().told.first() {
                return Err(io::Error::other(what.clone()));
            }
            if since.elapsed() > PATIENCE {
                let what = format!("only {} of {wanted} lines were greeted", self.greeted);
                return Err(io::Error::new(io::ErrorKind::TimedOut, what));
            }
        }
        Ok(())
    }

    /// Opens one more line, which hears from there on; says where it stands.
    pub fn add(&mut self, start: Start<'_>) -> io::Result<usize> {
        let place = self.open.len();
        let group = match self.lines.stay_of {
            0 => place % self.lines.servers.len(),
            of => usize::from(!(self.lines.first + place).is_multiple_of(of)),
        };
        let (stream, request) = self.connect(place, start)?;
        self.hearing.join(matches!(start, Start::Beginning));
        self.open.push(Line::new(stream, request, group));
        Ok(place)
    }

    /// Connects for one line, without waiting for it; what it then asks.
    fn connect(&self, place: usize, start: Start<'_>) -> io::Result<(TcpStream, Vec<u8>)> {
        let lines = &self.lines;
        let server = lines.servers[place % lines.servers.len()];
        let window = if lines.is_stuck(place) { Window::Least } else { Window::Usual };
        let mut stream = connect(server, Address::of_line(lines.first + place), window)?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut stream, Token(place), interest)?;
        let mut request =
            lines.dialect.listen(lines.carrier, &server.to_string(), &lines.names(place), start);
        if let Some(cookie) = lines.cookies.get(place) {
            let end = request.len() - 2;
            request.splice(end..end, format!("Cookie: {cookie}\r\n").into_bytes());
        }
        Ok((stream, request))
    }

    /// Connects again for those whose time has come; says when the next is due.
    pub(super) fn come_back(&mut self) -> Option<Duration> {
        for _ in 0..AT_ONCE {
            match self.due.next()? {
                Err(left) => return Some(left),
                Ok(place) => match self.reconnect(place) {
                    Ok(()) => self.comebacks += 1,
                    Err(_) => self.due.later(place),
                },
            }
        }
        Some(Duration::ZERO)
    }

    /// Connects a closed line again, to go on where it was.
    fn reconnect(&mut self, place: usize) -> io::Result<()> {
        let id = self.hearing.last_id(place).unwrap_or(&self.open[place].greeting);
        let id = String::from_utf8_lossy(id).into_owned();
        let start = if id.is_empty() { Start::Now } else { Start::After(&id) };
        let (stream, request) = self.connect(place, start)?;
        self.open[place].renew(stream, request);
        Ok(())
    }

    /// All lines that were cut connect again, as soon as they can.
    pub fn all_come_back(&mut self) {
        for (place, _) in self.open.iter().enumerate().filter(|(_, line)| line.state == State::Closed) {
            self.due.now(place);
        }
    }

    /// Cuts all lines of a group; says how many.
    pub fn cut(&mut self, group: usize) -> usize {
        let mut count = 0;
        for line in self.open.iter_mut().filter(|line| line.group == group && line.state == State::Open) {
            line.cut(State::Closed);
            count += 1;
        }
        count
    }

    /// Cuts the next so many lines, which come back at once.
    pub fn bounce(&mut self, lines: usize) {
        for _ in 0..lines.min(self.open.len()) {
            self.bounced = (self.bounced + 1) % self.open.len();
            let line = &mut self.open[self.bounced];
            if line.state == State::Open {
                line.cut(State::Closed);
                self.due.now(self.bounced);
            }
        }
    }

    /// Cuts one line for good: it is not to hear anything any more.
    pub fn dismiss(&mut self, place: usize) {
        self.open[place].cut(State::Stuck);
    }

    /// A line was cut by the server: it connects again if its crowd comes back, or it is a fault.
    pub(super) fn was_cut(&mut self, place: usize, what: &str) {
        let line = &mut self.open[place];
        if line.state != State::Open {
            return;
        }
        line.state = State::Closed;
        if self.comes_back {
            return self.due.later(place);
        }
        let words = if line.reader.is_greeted() { String::new() } else { line.reader.first_words() };
        let colon = if words.is_empty() { "" } else { ": " };
        let place = self.lines.first + place;
        self.hearing.faults().tell(|| format!("line {place} was cut: {what}{colon}{words}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_cut_first_comes_back_first() {
        let mut due = Due::default();
        assert_eq!(due.next(), None);
        due.now(3);
        due.now(1);
        due.later(2);
        assert_eq!([due.next(), due.next()], [Some(Ok(3)), Some(Ok(1))]);
        let left = due.next().expect("one more").expect_err("a pause");
        assert!(left <= PAUSE, "{left:?}");
    }
}
