//! Posters: some connections, one thread, each connection with one post under way at a time.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::delays::{Delays, now};
use super::reader::number;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How they post.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How many connections.
    pub connections: usize,
    /// How long each waits from one post to the next; none: it posts as soon as it is answered.
    pub every: Option<Duration>,
    /// How many bytes a body has, at least twenty.
    pub bytes: usize,
    /// How long they go on.
    pub time: Duration,
}

/// What they posted.
pub struct Posted {
    /// The numbers that the answers named, in order.
    pub numbers: Vec<u64>,
    /// From a post to its answer.
    pub delays: Delays,
    /// From the first post to the last answer.
    pub took: Duration,
}

struct Poster {
    stream: TcpStream,
    server: SocketAddr,
    answer: Vec<u8>,
    asked: u64,
    /// When the next post is due, if none is under way.
    due: Option<Instant>,
}

/// Posts into a room, until the time is over and every post is answered.
pub fn post(server: SocketAddr, path: &str, pace: Pace) -> io::Result<Posted> {
    post_to(&[server], path, pace)
}

/// The same, with the connections spread over these servers.
pub fn post_to(servers: &[SocketAddr], path: &str, pace: Pace) -> io::Result<Posted> {
    let mut poll = Poll::new()?;
    let mut posters = Vec::new();
    for (place, &server) in servers.iter().cycle().take(pace.connections).enumerate() {
        let stream = std::net::TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        poll.registry().register(&mut stream, Token(place), Interest::READABLE)?;
        posters.push(Poster { stream, server, answer: Vec::new(), asked: 0, due: Some(Instant::now()) });
    }
    let began = Instant::now();
    let mut posted = Posted { numbers: Vec::new(), delays: Delays::new(), took: Duration::ZERO };
    let mut events = Events::with_capacity(256);
    loop {
        let time = Instant::now();
        let is_over = time >= began + pace.time;
        let mut next = time + PATIENCE;
        for poster in &mut posters {
            match poster.due {
                Some(due) if due <= time && !is_over => poster.ask(path, pace.bytes)?,
                Some(due) if !is_over => next = next.min(due),
                _ => {}
            }
        }
        let under_way = posters.iter().filter(|poster| poster.due.is_none()).count();
        if is_over && under_way == 0 {
            break;
        }
        let end = if is_over { next } else { next.min(began + pace.time) };
        match poll.poll(&mut events, Some(end.saturating_duration_since(time))) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        if events.is_empty() && under_way > 0 && time.elapsed() >= PATIENCE {
            return Err(io::ErrorKind::TimedOut.into());
        }
        for event in &events {
            if let Some(number) = posters[event.token().0].read(pace.every)? {
                let poster = &posters[event.token().0];
                posted.delays.note(now().saturating_sub(poster.asked));
                posted.numbers.push(number);
                posted.took = began.elapsed();
            }
        }
    }
    posted.numbers.sort_unstable();
    Ok(posted)
}

/// Posts once into each of these rooms, one after the other; the numbers that the answers named.
pub fn post_each(
    server: SocketAddr,
    paths: impl IntoIterator<Item = String>,
    bytes: usize,
) -> io::Result<Vec<u64>> {
    let mut stream = std::net::TcpStream::connect(server)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut numbers = Vec::new();
    for path in paths {
        stream.write_all(request(server, &path, bytes, now()).as_bytes())?;
        let (mut buffer, mut answer) = ([0; 4096], Vec::new());
        let number = loop {
            match stream.read(&mut buffer)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => answer.extend_from_slice(&buffer[..read]),
            }
            if let Some(number) = answered(&answer)? {
                break number;
            }
        };
        numbers.push(number);
    }
    Ok(numbers)
}

/// A post whose body begins with the time at which it was sent.
fn request(server: SocketAddr, path: &str, bytes: usize, time: u64) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {server}\r\nContent-Type: text/plain\r\nContent-Length: {bytes}\r\n\r\n\
         {:<bytes$.bytes$}",
        format!("{time} {}", "x".repeat(bytes)),
    )
}

impl Poster {
    fn ask(&mut self, path: &str, bytes: usize) -> io::Result<()> {
        self.asked = now();
        self.due = None;
        self.stream.write_all(request(self.server, path, bytes, self.asked).as_bytes())
    }

    /// Reads what has come of the answer; if that is all of it, the number that it names.
    fn read(&mut self, every: Option<Duration>) -> io::Result<Option<u64>> {
        let mut buffer = [0; 4096];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => self.answer.extend_from_slice(&buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let Some(number) = answered(&self.answer)? else { return Ok(None) };
        self.answer.clear();
        self.due = Some(Instant::now() + every.unwrap_or_default());
        Ok(Some(number))
    }
}

/// The number of the message in a whole answer of 201; nothing if there is more to come.
fn answered(answer: &[u8]) -> io::Result<Option<u64>> {
    let bad = || io::Error::other(String::from_utf8_lossy(answer).into_owned());
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&answer[..end]).map_err(|_| bad())?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let length = lines
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, length)| length.parse::<usize>().ok())
        .ok_or_else(bad)?;
    let body = &answer[end + 4..];
    if body.len() < length {
        return Ok(None);
    }
    let id = b"{\"id\":\"";
    let id = body.strip_prefix(id).and_then(|rest| rest.split(|byte| *byte == b'"').next());
    id.filter(|_| status == Some("201")).map(|id| Some(number(id))).ok_or_else(bad)
}
