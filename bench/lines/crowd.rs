//! A crowd: many lines on one room, on one node or spread over several, all read by one thread, each checked.
//!
//! Whoever hears a message first writes its number into the crowd's ledger; everybody else must hear the
//! very next one in the ledger. So a gap, a repetition or a wrong order on any line is seen at once, and
//! what the ledger holds is compared with what the posters were told.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use serde::{Deserialize, Serialize};
use socket2::{Domain, Socket, Type};

use super::delays::{Delays, now};
use super::reader::{Heard, Reader};

/// How many lines are opened before all of them have been greeted.
const WAVE: usize = 200;
/// How many lines come from one address of 127.0.0.0/8.
const PER_ADDRESS: usize = 500;
/// How long a line that was cut waits before it connects again, if its crowd comes back.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a wave may take to be greeted.
const PATIENCE: Duration = Duration::from_secs(60);

/// Many lines.
pub struct Crowd {
    poll: Poll,
    /// Each line is on the next of them.
    servers: Vec<SocketAddr>,
    path: String,
    /// Who each line is, if they have names.
    cookies: Vec<String>,
    /// The first address of 127.1.0.0/16 that its lines come from.
    first: usize,
    /// Whether a line that is cut connects again, with its last id.
    comes_back: bool,
    /// The lines that are to connect again, and when, in order.
    due: VecDeque<(Instant, usize)>,
    lines: Vec<Line>,
    greeted: usize,
    ledger: Vec<Entry>,
    tally: Tally,
    buffer: Vec<u8>,
}

struct Line {
    stream: TcpStream,
    reader: Reader,
    /// How many entries of the ledger it has heard.
    heard: usize,
    is_open: bool,
}

struct Entry {
    number: u64,
    /// When it was posted.
    posted: u64,
    /// How soon it was heard.
    span: Span,
}

/// How soon a message was heard, in microseconds after it was posted.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Span {
    /// By the first line.
    pub first: u64,
    /// By the last line so far.
    pub last: u64,
}

/// What a crowd has heard.
#[derive(Clone, Serialize, Deserialize)]
pub struct Tally {
    /// The numbers of the messages, in the order in which everybody heard them.
    pub numbers: Vec<u64>,
    /// How soon the first and the last line heard each of them.
    pub spans: Vec<Span>,
    /// Messages received, over all lines.
    pub deliveries: u64,
    /// Other events received, over all lines: signals, for the most part.
    pub others: u64,
    /// How many lines were cut and came back.
    pub comebacks: u64,
    /// What was wrong: the first few things, in words.
    pub wrong: Vec<String>,
    /// How long it took from the post to each receipt.
    pub delays: Delays,
    /// The same by the server that the line is on.
    pub by_server: Vec<Delays>,
}

impl Tally {
    fn complain(&mut self, what: impl FnOnce() -> String) {
        if self.wrong.len() < 10 {
            self.wrong.push(what());
        }
    }
}

impl Crowd {
    /// Opens so many lines on a path, the first from the `first` address of 127.1.0.0/16, and waits until
    /// each has been greeted.
    pub fn open(server: SocketAddr, path: &str, lines: usize, first: usize) -> io::Result<Crowd> {
        Crowd::open_on(&[server], path, lines, first)
    }

    /// The same, with the lines spread over these servers. All of them must hear the same in one order.
    pub fn open_on(servers: &[SocketAddr], path: &str, lines: usize, first: usize) -> io::Result<Crowd> {
        Crowd::open_as(servers, path, Vec::new(), lines, first)
    }

    /// The same, with a line for each of these people, who are known by their cookies.
    pub fn open_for(server: SocketAddr, path: &str, cookies: Vec<String>, first: usize) -> io::Result<Crowd> {
        let lines = cookies.len();
        Crowd::open_as(&[server], path, cookies, lines, first)
    }

    fn open_as(
        servers: &[SocketAddr],
        path: &str,
        cookies: Vec<String>,
        lines: usize,
        first: usize,
    ) -> io::Result<Crowd> {
        let tally = Tally {
            numbers: Vec::new(),
            spans: Vec::new(),
            deliveries: 0,
            others: 0,
            comebacks: 0,
            wrong: Vec::new(),
            delays: Delays::new(),
            by_server: vec![Delays::new(); servers.len()],
        };
        let mut crowd = Crowd {
            poll: Poll::new()?,
            servers: servers.to_vec(),
            path: path.to_owned(),
            cookies,
            first,
            comes_back: false,
            due: VecDeque::new(),
            lines: Vec::with_capacity(lines),
            greeted: 0,
            ledger: Vec::new(),
            tally,
            buffer: vec![0; 64 * 1024],
        };
        while crowd.lines.len() < lines {
            for _ in 0..WAVE.min(lines - crowd.lines.len()) {
                let place = crowd.lines.len();
                let stream = crowd.connect(place, &[])?;
                let heard = crowd.ledger.len();
                crowd.lines.push(Line { stream, reader: Reader::new(), heard, is_open: true });
            }
            let wanted = crowd.lines.len();
            if !crowd.read_until(PATIENCE, |crowd| crowd.greeted >= wanted)? {
                let what = format!("only {} of {wanted} lines were greeted", crowd.greeted);
                return Err(io::Error::new(io::ErrorKind::TimedOut, what));
            }
        }
        Ok(crowd)
    }

    /// From now on a line that is cut connects again and goes on from its last id. What it then hears must
    /// be what was due.
    #[allow(dead_code, reason = "the endurance tests kill servers, the measurements do not")]
    pub fn coming_back(mut self) -> Crowd {
        self.comes_back = true;
        self
    }

    /// Connects for one line, which goes on after this id, if it has one.
    fn connect(&self, place: usize, last_id: &[u8]) -> io::Result<TcpStream> {
        let address = self.first + place / PER_ADDRESS;
        let source = Ipv4Addr::new(127, 1, (address / 250) as u8, 1 + (address % 250) as u8);
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((source, 0)).into())?;
        let server = self.servers[place % self.servers.len()];
        socket.connect(&server.into())?;
        let (path, id) = (&self.path, String::from_utf8_lossy(last_id));
        let resume = if id.is_empty() { String::new() } else { format!("Last-Event-ID: {id}\r\n") };
        let cookie =
            self.cookies.get(place).map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default();
        let mut stream = std::net::TcpStream::from(socket);
        let accept = "Accept: text/event-stream";
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {server}\r\n{accept}\r\n{cookie}{resume}\r\n")?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        self.poll.registry().register(&mut stream, Token(place), Interest::READABLE)?;
        Ok(stream)
    }

    /// Connects again for those whose time has come; says when the next is due.
    fn come_back(&mut self) -> Option<Instant> {
        while let Some(&(due, place)) = self.due.front() {
            if due > Instant::now() {
                return Some(due);
            }
            self.due.pop_front();
            match self.connect(place, self.lines[place].reader.last_id()) {
                Ok(stream) => {
                    let line = &mut self.lines[place];
                    line.reader.begin_again();
                    (line.stream, line.is_open) = (stream, true);
                    self.tally.comebacks += 1;
                }
                Err(_) => self.due.push_back((Instant::now() + PAUSE, place)),
            }
        }
        None
    }

    /// Reads until every line has heard so many messages; says whether that came to be in time.
    pub fn hear(&mut self, messages: usize, patience: Duration) -> io::Result<bool> {
        self.read_until(patience, |crowd| {
            // The count is a quick look that spares most of the long ones.
            crowd.tally.deliveries >= (messages * crowd.lines.len()) as u64
                && crowd.lines.iter().all(|line| line.heard >= messages)
        })
    }

    /// Reads whatever comes, for so long.
    pub fn hear_for(&mut self, time: Duration) -> io::Result<()> {
        self.read_until(time, |_| false).map(drop)
    }

    fn read_until(&mut self, patience: Duration, is_done: impl Fn(&Crowd) -> bool) -> io::Result<bool> {
        let end = Instant::now() + patience;
        let mut events = Events::with_capacity(1024);
        while !is_done(self) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            let next = self.come_back().map(|due| due.saturating_duration_since(Instant::now()));
            match self.poll.poll(&mut events, Some(next.map_or(left, |next| next.min(left)))) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            for event in &events {
                self.read(event.token().0);
            }
        }
        Ok(true)
    }

    /// Reads all that one line has.
    fn read(&mut self, place: usize) {
        let Crowd { servers, lines, ledger, tally, greeted, buffer, comes_back, due, .. } = self;
        let Some(line) = lines.get_mut(place).filter(|line| line.is_open) else { return };
        loop {
            let read = match line.stream.read(buffer) {
                Ok(0) => Err("its end".to_owned()),
                Ok(read) => Ok(read),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Err(error.to_string()),
            };
            let read = match read {
                Ok(read) => read,
                Err(what) => {
                    line.is_open = false;
                    if *comes_back {
                        return due.push_back((Instant::now() + PAUSE, place));
                    }
                    return tally.complain(|| format!("line {place} was cut: {what}"));
                }
            };
            let time = now();
            line.reader.feed(&buffer[..read], |heard| match heard {
                Heard::Hello => *greeted += 1,
                Heard::Other => tally.others += 1,
                Heard::Trouble(data) => {
                    tally.complain(|| format!("line {place}: {}", String::from_utf8_lossy(data)));
                }
                Heard::Message(number, data) => {
                    if line.heard == ledger.len() {
                        let posted = posted(data).unwrap_or(time);
                        let span = Span { first: u64::MAX, last: 0 };
                        ledger.push(Entry { number, posted, span });
                        tally.numbers.push(number);
                    }
                    let entry = &mut ledger[line.heard];
                    if entry.number != number {
                        let due = entry.number;
                        tally.complain(|| format!("line {place} heard {number} where {due} was due"));
                    }
                    line.heard += 1;
                    tally.deliveries += 1;
                    let delay = time.saturating_sub(entry.posted);
                    entry.span.first = entry.span.first.min(delay);
                    entry.span.last = entry.span.last.max(delay);
                    tally.by_server[place % servers.len()].note(delay);
                }
            });
        }
    }

    /// What was heard. Lines that are behind the others are counted as wrong.
    pub fn tally(&self) -> Tally {
        let mut tally = self.tally.clone();
        tally.by_server.iter().for_each(|delays| tally.delays.add(delays));
        tally.spans = self.ledger.iter().map(|entry| entry.span).collect();
        let behind = self.lines.iter().filter(|line| line.heard < self.ledger.len()).count();
        if behind > 0 {
            tally.complain(|| format!("{behind} lines have not heard everything"));
        }
        tally
    }
}

/// When a message was posted: the first word of its body.
fn posted(json: &[u8]) -> Option<u64> {
    let body = b"\"body\":\"";
    let at = json.windows(body.len()).position(|window| window == body)? + body.len();
    let digits = json[at..].split(|byte| !byte.is_ascii_digit()).next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}
