//! A crowd: many lines, all read by one thread that waits until any of them has something to say. No task, no
//! thread and no timer for each, and no allocation for what they hear.

mod coming;
mod line;
mod reading;
mod waiting;

use std::io;
use std::time::Duration;

use coming::Due;
use line::Line;
use memchr::memmem::Finder;
use mio::{Events, Poll, Token, Waker};

use super::dialect::{Between, Resume};
use super::hearing::Hearing;
use super::lines::Lines;
use super::mark::Search;
use super::reader::Kit;

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
    bounced: usize,
    due: Due,
    buffer: Vec<u8>,
}

impl Crowd {
    /// No line yet.
    pub fn new(lines: Lines) -> io::Result<Crowd> {
        let sse = || Between { after: "id: ".to_owned(), until: "\n".to_owned() };
        let wants_ids = lines.wants_ids && lines.dialect.resume != Resume::None;
        let id = wants_ids.then(|| lines.dialect.listen.id.clone().unwrap_or_else(sse));
        let groups = if lines.stay_of > 0 { 2 } else { lines.servers.len() };
        let counted = lines.counted.as_ref().map(|text| Finder::new(text.as_bytes()).into_owned());
        Ok(Crowd {
            kit: Kit { search: Search::new(), greeting: lines.dialect.greeting() },
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            open: Vec::new(),
            greeted: 0,
            hearing: Hearing::new(lines.share(), lines.first, groups, id),
            counted,
            others: 0,
            comebacks: 0,
            comes_back: false,
            bounced: 0,
            due: Due::default(),
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
}
