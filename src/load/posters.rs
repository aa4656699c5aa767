//! Posters: some connections on one thread, each with one post under way at a time. Each connection is a voice
//! that counts its messages in every room, so that whoever listens knows what comes next.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use serde::{Deserialize, Serialize};

use super::answer;
use super::connect::{Address, Window, connect};
use super::delays::{Delays, nanos, now};
use super::dialect::Dialect;
use super::mark::Mark;
use super::pace::{Course, Pace};
use super::request::Template;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// A wait shorter than this is slept, since polling counts whole milliseconds.
const SHORT: u64 = 1_000_000;

/// Who posts, and where.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Voices {
    /// Each connection is to the next of them.
    pub servers: Vec<SocketAddr>,
    /// How something is said.
    pub dialect: Dialect,
    /// The names of the rooms: each voice posts into one after the other.
    pub rooms: Vec<String>,
    /// How many connections.
    pub connections: usize,
    /// How many bytes a message has, at least as many as its mark.
    pub bytes: usize,
}

impl Voices {
    /// So many connections that post on our own servers, to this one path.
    pub fn on(servers: &[SocketAddr], path: &str, connections: usize, bytes: usize) -> Voices {
        let mut dialect = Dialect::ours(super::Carrier::Sse);
        dialect.post.path = path.to_owned();
        Voices { servers: servers.to_vec(), dialect, rooms: vec![String::new()], connections, bytes }
    }
}

/// What was posted.
#[derive(Clone, Serialize, Deserialize)]
pub struct Posted {
    /// How many messages each room has by now, those of earlier times included.
    pub messages: Vec<u32>,
    /// How many were posted this time.
    pub posts: u64,
    /// From each post to its answer.
    pub delays: Delays,
    /// When the first was due, in nanoseconds since 1970.
    pub first: u64,
    /// When the last was answered.
    pub last: u64,
}

impl Posted {
    /// From the first post to the last answer.
    pub fn took(&self) -> Duration {
        Duration::from_nanos(self.last.saturating_sub(self.first))
    }
}

/// All connections.
pub struct Posters {
    poll: Poll,
    voices: Vec<Voice>,
    templates: Vec<Template>,
    messages: Vec<u32>,
    buffer: Vec<u8>,
}

struct Voice {
    place: usize,
    server: SocketAddr,
    stream: TcpStream,
    /// How many it has posted in each room.
    said: Vec<u32>,
    /// In which room it speaks next.
    room: usize,
    /// What is still to be sent of a post.
    request: Vec<u8>,
    answer: Vec<u8>,
    /// When the post was sent that is under way.
    asked: Option<u64>,
}

impl Posters {
    /// Connects all of them.
    pub fn connect(voices: &Voices) -> io::Result<Posters> {
        let Voices { servers, dialect, rooms, connections, bytes } = voices;
        let poll = Poll::new()?;
        let host = servers[0].to_string();
        let places = servers.iter().cycle().take(*connections).enumerate();
        let voices = places.map(|(place, &server)| {
            let mut voice = Voice {
                place,
                server,
                stream: connect(server, Address::of_voice(place), Window::Usual)?,
                said: vec![0; rooms.len()],
                room: place % rooms.len(),
                request: Vec::new(),
                answer: Vec::new(),
                asked: None,
            };
            voice.register(&poll)?;
            Ok(voice)
        });
        Ok(Posters {
            voices: voices.collect::<io::Result<_>>()?,
            poll,
            templates: rooms.iter().map(|room| dialect.post(&host, room, *bytes)).collect(),
            messages: vec![0; rooms.len()],
            buffer: vec![0; 16 * 1024],
        })
    }

    /// Posts at this pace, until it is over and every post is answered.
    pub fn post(&mut self, pace: Pace) -> io::Result<Posted> {
        // What a server has closed since the last time is connected anew.
        for place in 0..self.voices.len() {
            self.serve(place, false)?;
        }
        let first = now();
        let mut posted = Posted { messages: Vec::new(), posts: 0, delays: Delays::new(), first, last: first };
        let mut course = Course::begin(pace, first);
        let mut idle: Vec<usize> = (0..self.voices.len()).rev().collect();
        let mut events = Events::with_capacity(256);
        loop {
            let time = self.ask_what_is_due(&mut course, &mut idle)?;
            let (is_over, under_way) = (course.is_over(time), self.voices.len() - idle.len());
            if is_over && under_way == 0 {
                posted.messages.clone_from(&self.messages);
                return Ok(posted);
            }
            let wait = if is_over || idle.is_empty() { nanos(PATIENCE) } else { course.wait(time) };
            if under_way == 0 && wait < SHORT {
                thread::sleep(Duration::from_nanos(wait));
                continue;
            }
            self.wait(&mut events, wait, under_way > 0)?;
            for event in &events {
                let place = event.token().0;
                if let Some(asked) = self.serve(place, event.is_writable())? {
                    posted.last = now();
                    posted.posts += 1;
                    posted.delays.note(posted.last.saturating_sub(asked));
                    idle.push(place);
                }
            }
        }
    }

    /// Posts all that is due while somebody is free to; the time by then. What is late is late by its own time,
    /// whoever posts it.
    fn ask_what_is_due(&mut self, course: &mut Course, idle: &mut Vec<usize>) -> io::Result<u64> {
        let mut time = now();
        while let Some(due) = course.due(time) {
            let Some(voice) = idle.pop() else { break };
            self.ask(voice, due, time)?;
            course.next();
            time = now();
        }
        Ok(time)
    }

    /// Waits until something happens, about so many nanoseconds: rounded down, so that the rest of a wait is slept,
    /// if nothing is under way then.
    fn wait(&mut self, events: &mut Events, nanos: u64, is_under_way: bool) -> io::Result<()> {
        let millis = (nanos / SHORT).max(u64::from(is_under_way));
        match self.poll.poll(events, Some(Duration::from_millis(millis))) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        if events.is_empty() && is_under_way { self.check_patience() } else { Ok(()) }
    }

    fn ask(&mut self, place: usize, due: u64, time: u64) -> io::Result<()> {
        let voice = &mut self.voices[place];
        let room = voice.room;
        let mark = Mark { room: room as u16, voice: place as u16, number: voice.said[room], time: due };
        voice.request.extend_from_slice(self.templates[room].fill(mark));
        voice.said[room] += 1;
        voice.room = (room + 1) % self.messages.len();
        voice.asked = Some(time);
        self.messages[room] += 1;
        voice.send()
    }

    /// Sends and reads what there is; if that is the end of an answer, when its post was sent.
    fn serve(&mut self, place: usize, is_writable: bool) -> io::Result<Option<u64>> {
        let Posters { voices, poll, buffer, .. } = self;
        let voice = &mut voices[place];
        if is_writable && !voice.request.is_empty() {
            voice.send()?;
        }
        let at_end = loop {
            match voice.stream.read(buffer) {
                Ok(0) => break true,
                Ok(read) => voice.answer.extend_from_slice(&buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break false,
                Err(error) if error.kind() == io::ErrorKind::NotConnected => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        };
        if voice.asked.is_none() {
            // A server may close what nobody uses.
            return if at_end { voice.reconnect(poll).map(|()| None) } else { Ok(None) };
        }
        let Some(answer) = answer::read(&voice.answer, at_end)? else { return Ok(None) };
        voice.answer.drain(..answer.length);
        let asked = voice.asked.take();
        if answer.closes {
            voice.reconnect(poll)?;
        }
        Ok(asked)
    }

    fn check_patience(&self) -> io::Result<()> {
        let late = now().saturating_sub(nanos(PATIENCE));
        if self.voices.iter().any(|voice| voice.asked.is_some_and(|asked| asked <= late)) {
            let what = format!("a post has had no answer for {} s", PATIENCE.as_secs());
            return Err(io::Error::new(io::ErrorKind::TimedOut, what));
        }
        Ok(())
    }
}

impl Voice {
    fn register(&mut self, poll: &Poll) -> io::Result<()> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        poll.registry().register(&mut self.stream, Token(self.place), interest)
    }

    fn reconnect(&mut self, poll: &Poll) -> io::Result<()> {
        self.stream = connect(self.server, Address::of_voice(self.place), Window::Usual)?;
        self.answer.clear();
        self.register(poll)
    }

    fn send(&mut self) -> io::Result<()> {
        match self.stream.write(&self.request) {
            Ok(sent) => {
                self.request.drain(..sent);
                Ok(())
            }
            // Once it is connected, or has room again, it is writable.
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::NotConnected) => {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

/// Posts on our own servers, to one path, at this pace.
pub fn post(
    servers: &[SocketAddr],
    path: &str,
    connections: usize,
    bytes: usize,
    pace: Pace,
) -> io::Result<Posted> {
    Posters::connect(&Voices::on(servers, path, connections, bytes))?.post(pace)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// Answers one post on each connection, and closes it when it was idle for a moment.
    fn answer_once_each(listener: &TcpListener, connections: usize) {
        for _ in 0..connections {
            let (mut stream, _) = listener.accept().expect("a connection");
            let (mut asked, mut buffer) = (Vec::new(), [0; 1024]);
            while !asked.ends_with(b"x") {
                let read = stream.read(&mut buffer).expect("a post");
                asked.extend_from_slice(&buffer[..read]);
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").expect("it is heard");
            thread::sleep(Duration::from_millis(50));
        }
    }

    #[test]
    fn who_was_idle_for_too_long_connects_anew() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let server = listener.local_addr().expect("its address");
        let answering = thread::spawn(move || answer_once_each(&listener, 3));
        let mut posters = Posters::connect(&Voices::on(&[server], "/", 1, 60)).expect("a server");
        for times in 1..=3 {
            let posted = posters.post(Pace::count(1)).expect("an answer");
            assert_eq!((posted.posts, &posted.messages[..]), (1, &[times][..]));
            thread::sleep(Duration::from_millis(300));
        }
        answering.join().expect("all were answered");
    }
}
