//! A crowd: many lines, all read by one thread that waits until any of them has something to say. No task, no
//! thread and no timer for each, and no allocation for what they hear.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use memchr::memmem::Finder;
use mio::event::Event;
use mio::{Events, Interest, Poll, Token, Waker};

use super::connect::{Address, connect};
use super::delays::now;
use super::dialect::{Between, Resume, Start};
use super::frames;
use super::hearing::{Hearing, Share, Tally, found};
use super::lines::Lines;
use super::mark::Search;
use super::reader::{Kit, Reader};

/// How many lines are opened at a time before those are greeted, if the dialect does not say.
const WAVE: usize = 200;
/// How long a line that was cut waits before it connects again, if its crowd comes back.
const PAUSE: Duration = Duration::from_millis(200);
/// How long nothing may happen while lines are being opened.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many connect again before the others are listened to.
const AT_ONCE: usize = 32;
/// What wakes the crowd from outside.
const WAKER: Token = Token(usize::MAX);

/// Many lines.
pub struct Crowd {
    lines: Lines,
    kit: Kit,
    poll: Poll,
    events: Events,
    open: Vec<Line>,
    greeted: usize,
    hearing: Hearing,
    counted: Option<Finder<'static>>,
    others: u64,
    comebacks: u64,
    /// Whether a line that is cut connects again, with its last id.
    comes_back: bool,
    /// The last line that was cut in turn.
    next: usize,
    /// The lines that are to connect again, and when, in order.
    due: VecDeque<(Instant, usize)>,
    buffer: Vec<u8>,
}

struct Line {
    stream: mio::net::TcpStream,
    reader: Reader,
    /// What is still to be sent; empty once the line is asked for.
    request: Vec<u8>,
    /// The id that its greeting named.
    greeting: Box<[u8]>,
    group: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// It reads nothing.
    Stuck,
    Closed,
}

impl Crowd {
    /// No line yet.
    pub fn new(lines: Lines) -> io::Result<Crowd> {
        let sse = || Between { after: "id: ".to_owned(), until: "\n".to_owned() };
        let wants_ids = lines.wants_ids && lines.dialect.resume != Resume::None;
        let id = wants_ids.then(|| lines.dialect.listen.id.clone().unwrap_or_else(sse));
        let groups = if lines.stay_of > 0 { 2 } else { lines.servers.len() };
        let share = Share { rooms: lines.rooms.len(), per_line: lines.per_line };
        let counted = lines.counted.as_ref().map(|text| Finder::new(text.as_bytes()).into_owned());
        Ok(Crowd {
            kit: Kit { search: Search::new(), greeting: lines.dialect.greeting() },
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            open: Vec::new(),
            greeted: 0,
            hearing: Hearing::new(share, lines.first, groups, id),
            counted,
            others: 0,
            comebacks: 0,
            comes_back: false,
            next: 0,
            due: VecDeque::new(),
            buffer: vec![0; 128 * 1024],
            lines,
        })
    }

    /// From now on a line that is cut connects again and goes on from its last id. What it then hears must be
    /// what was due.
    pub fn coming_back(mut self) -> Crowd {
        self.comes_back = true;
        self
    }

    /// What ends a [`turn`](Self::turn) from another thread.
    pub fn waker(&self) -> io::Result<Waker> {
        Waker::new(self.poll.registry(), WAKER)
    }

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
        let reader = Reader::new();
        self.open.push(Line { stream, reader, request, greeting: Box::default(), group, state: State::Open });
        Ok(place)
    }

    /// Connects for one line, without waiting for it.
    fn connect(&self, place: usize, start: Start<'_>) -> io::Result<(mio::net::TcpStream, Vec<u8>)> {
        let Lines { servers, dialect, rooms, carrier, first, per_line, cookies, .. } = &self.lines;
        let server = servers[place % servers.len()];
        let mut stream = connect(server, Address::of_line(first + place))?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut stream, Token(place), interest)?;
        let share = Share { rooms: rooms.len(), per_line: *per_line };
        let names: Vec<String> = share.of(first + place).map(|room| rooms[room].clone()).collect();
        let mut request = dialect.listen(*carrier, &server.to_string(), &names, start);
        if let Some(cookie) = cookies.get(place) {
            let end = request.len() - 2;
            request.splice(end..end, format!("Cookie: {cookie}\r\n").into_bytes());
        }
        Ok((stream, request))
    }

    /// Connects again for those whose time has come; says when the next is due.
    fn come_back(&mut self) -> Option<Duration> {
        for _ in 0..AT_ONCE {
            let &(due, place) = self.due.front()?;
            let left = due.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                return Some(left);
            }
            self.due.pop_front();
            match self.reconnect(place) {
                Ok(()) => self.comebacks += 1,
                Err(_) => self.due.push_back((Instant::now() + PAUSE, place)),
            }
        }
        Some(Duration::ZERO)
    }

    /// All lines that were cut connect again, as soon as they can.
    pub fn all_come_back(&mut self) {
        let closed = self.open.iter().enumerate().filter(|(_, line)| line.state == State::Closed);
        let now = Instant::now();
        self.due.extend(closed.map(|(place, _)| (now, place)));
    }

    /// Connects a closed line again, to go on where it was.
    fn reconnect(&mut self, place: usize) -> io::Result<()> {
        let id = self.hearing.last_id(place).unwrap_or(&self.open[place].greeting);
        let id = String::from_utf8_lossy(id).into_owned();
        let start = if id.is_empty() { Start::Now } else { Start::After(&id) };
        let (stream, request) = self.connect(place, start)?;
        let line = &mut self.open[place];
        (line.stream, line.request, line.state) = (stream, request, State::Open);
        line.reader = Reader::new();
        Ok(())
    }

    /// Cuts all lines of a group; says how many.
    pub fn cut(&mut self, group: usize) -> usize {
        let mut count = 0;
        for line in self.open.iter_mut().filter(|line| line.group == group && line.state == State::Open) {
            // The server may have been faster.
            let _ = line.stream.shutdown(Shutdown::Both);
            line.state = State::Closed;
            count += 1;
        }
        count
    }

    /// Cuts the next so many lines, which come back at once.
    pub fn bounce(&mut self, lines: usize) {
        for _ in 0..lines.min(self.open.len()) {
            self.next = (self.next + 1) % self.open.len();
            let line = &mut self.open[self.next];
            if line.state == State::Open {
                // The server may have been faster.
                let _ = line.stream.shutdown(Shutdown::Both);
                line.state = State::Closed;
                self.due.push_back((Instant::now(), self.next));
            }
        }
    }

    /// Cuts one line for good: it is not to hear anything any more.
    pub fn dismiss(&mut self, place: usize) {
        let line = &mut self.open[place];
        let _ = line.stream.shutdown(Shutdown::Both);
        line.state = State::Stuck;
    }

    /// Waits until something happens, at most so long, and does what it asks for.
    pub fn turn(&mut self, patience: Option<Duration>) -> io::Result<()> {
        let next = self.come_back();
        let patience = match (patience, next) {
            (Some(patience), Some(next)) => Some(patience.min(next)),
            (patience, next) => patience.or(next),
        };
        let mut events = std::mem::replace(&mut self.events, Events::with_capacity(0));
        let polled = self.poll.poll(&mut events, patience);
        if polled.is_ok() {
            for event in events.iter().filter(|event| event.token() != WAKER) {
                self.serve(event);
            }
        }
        self.events = events;
        match polled {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
            _ => Ok(()),
        }
    }

    /// Does what one line's event asks for.
    fn serve(&mut self, event: &Event) {
        let place = event.token().0;
        let Some(line) = self.open.get_mut(place) else { return };
        if !line.request.is_empty() && event.is_writable() && !event.is_error() {
            match line.stream.write(&line.request) {
                Ok(sent) => drop(line.request.drain(..sent)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return self.was_cut(place, &error.to_string()),
            }
        }
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            self.read(place, event.is_read_closed() || event.is_error());
        }
    }

    /// Reads all that one line has; to its very end if it is `closing`.
    fn read(&mut self, place: usize, closing: bool) {
        loop {
            let Crowd { open, kit, hearing, buffer, counted, others, .. } = self;
            let Some(line) = open.get_mut(place).filter(|line| line.state == State::Open) else { return };
            let read = match line.stream.read(buffer) {
                Ok(0) => return self.was_cut(place, "its end"),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return self.was_cut(place, &error.to_string()),
            };
            let (time, group, was_greeted) = (now(), line.group, line.reader.is_greeted());
            let fed = line.reader.feed(kit, &buffer[..read], |digits, before| {
                hearing.hear(place, group, digits, time, before);
            });
            if let Some(counted) = counted {
                *others += counted.find_iter(&buffer[..read]).count() as u64;
            }
            let is_full = read == buffer.len();
            let is_over = line.reader.is_over();
            if let Err(what) = fed {
                return self.was_cut(place, &what);
            }
            self.speak(place);
            if !was_greeted {
                self.greet(place);
            }
            if is_over {
                return self.was_cut(place, "its end");
            }
            // A read that did not fill the buffer took all there was.
            if !is_full && !closing {
                return;
            }
        }
    }

    /// Says what is due after a WebSocket's handshake or a ping; nothing almost always.
    fn speak(&mut self, place: usize) {
        let line = &mut self.open[place];
        if line.reader.take_upgraded() {
            let Lines { rooms, per_line, first, dialect, .. } = &self.lines;
            let share = Share { rooms: rooms.len(), per_line: *per_line };
            let names: Vec<String> = share.of(first + place).map(|room| rooms[room].clone()).collect();
            for text in dialect.say(&names) {
                line.reader.replies().extend(frames::text(&text));
            }
        }
        if !line.reader.replies().is_empty() {
            line.request.append(line.reader.replies());
            // What does not go now goes when the line is writable.
            if let Ok(sent) = line.stream.write(&line.request) {
                line.request.drain(..sent);
            }
        }
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
        if (lines.first + place + 1).is_multiple_of(lines.stuck_of.max(1)) && lines.stuck_of > 0 {
            line.state = State::Stuck;
            // Should it fail, its events are passed over.
            let _ = poll.registry().deregister(&mut line.stream);
        }
    }

    fn was_cut(&mut self, place: usize, what: &str) {
        let line = &mut self.open[place];
        if line.state != State::Open {
            return;
        }
        line.state = State::Closed;
        if self.comes_back {
            return self.due.push_back((Instant::now() + PAUSE, place));
        }
        let words = if line.reader.is_greeted() { String::new() } else { line.reader.first_words() };
        let colon = if words.is_empty() { "" } else { ": " };
        let place = self.lines.first + place;
        self.hearing.faults().tell(|| format!("line {place} was cut: {what}{colon}{words}"));
    }

    /// How many deliveries are still due, if each room has so many messages.
    pub fn due(&self, messages: &[u32]) -> u64 {
        self.hearing.due(messages, |place| self.open[place].state != State::Stuck)
    }

    /// Reads until every line has heard so many messages of each of its rooms; says whether that came to be in
    /// time.
    pub fn hear(&mut self, messages: usize, patience: Duration) -> io::Result<bool> {
        let end = Instant::now() + patience;
        let wanted = vec![u32::try_from(messages).unwrap_or(u32::MAX); self.lines.rooms.len()];
        self.hear_all(&wanted, |_| end)
    }

    /// Reads until every line has heard so many messages of each room, or until nothing new has been heard for
    /// so long.
    pub fn hear_out(&mut self, messages: &[u32], patience: Duration) -> io::Result<bool> {
        self.hear_all(messages, |last| last + patience)
    }

    fn hear_all(&mut self, messages: &[u32], end: impl Fn(Instant) -> Instant) -> io::Result<bool> {
        let mut last = Instant::now();
        loop {
            let due = self.due(messages);
            if due == 0 {
                return Ok(true);
            }
            // The count is a quick look that spares most of the long ones.
            let enough = self.hearing.deliveries() + due;
            while self.hearing.deliveries() < enough {
                let (heard, left) =
                    (self.hearing.deliveries(), end(last).saturating_duration_since(Instant::now()));
                if left.is_zero() {
                    return Ok(false);
                }
                self.turn(Some(left))?;
                if self.hearing.deliveries() > heard {
                    last = Instant::now();
                }
            }
        }
    }

    /// Reads whatever comes, for so long.
    pub fn hear_for(&mut self, time: Duration) -> io::Result<()> {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            self.turn(Some(left))?;
        }
    }

    /// Counts and times begin anew; what was heard stays heard.
    pub fn reset(&mut self) {
        self.hearing.reset();
        (self.others, self.comebacks) = (0, 0);
    }

    /// What is known of what the lines have heard.
    pub fn hearing(&mut self) -> &mut Hearing {
        &mut self.hearing
    }

    /// How many greetings there were.
    pub fn greeted(&self) -> usize {
        self.greeted
    }

    /// What was heard. Lines that are behind the others are counted as wrong.
    pub fn tally(&self) -> Tally {
        let tally = self.hearing.tally(self.lines.spans);
        let messages: Vec<u32> = tally.orders.iter().map(|order| order.messages as u32).collect();
        self.complete(tally, &messages)
    }

    /// The same, where each room has so many messages.
    pub fn tally_of(&self, messages: &[u32]) -> Tally {
        self.complete(self.hearing.tally(self.lines.spans), messages)
    }

    fn complete(&self, mut tally: Tally, messages: &[u32]) -> Tally {
        let stuck = self.open.iter().filter(|line| line.state == State::Stuck).count();
        (tally.others, tally.comebacks) = (self.others, self.comebacks);
        tally.lines = self.open.len() - stuck;
        let due = self.due(messages);
        if due > 0 {
            tally.faults.lost += due;
            tally.faults.tell(|| format!("{due} deliveries have not come"));
        }
        tally
    }
}
