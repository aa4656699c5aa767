//! How many connections post, and how often: the pace of each measurement, for the library's posters.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use openline::load::{self, Posted, Posters, Voices};

/// What is posted before anything is timed, so that the write-ahead log has the size that it keeps: a file that grows is
/// slow to sync, and it grows only in the first seconds of a server's life.
pub const WARM_UP: Pace = Pace { connections: 64, every: None, bytes: 100, time: Duration::from_secs(2) };

/// How they post.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How many connections.
    pub connections: usize,
    /// How long it is from one post of each to its next; none: it posts as soon as it is answered.
    pub every: Option<Duration>,
    /// How many bytes a body has, at least as many as a mark.
    pub bytes: usize,
    /// How long they go on.
    pub time: Duration,
}

impl Pace {
    fn for_all(self) -> load::Pace {
        match self.every {
            Some(every) => load::Pace::steady(self.connections as f64 / every.as_secs_f64(), self.time),
            None => load::Pace::flat_out(self.time),
        }
    }
}

/// Posts into a room, until the time is over and every post is answered.
pub fn post(server: SocketAddr, path: &str, pace: Pace) -> io::Result<Posted> {
    post_to(&[server], path, pace)
}

/// The same, with the connections spread over these servers.
pub fn post_to(servers: &[SocketAddr], path: &str, pace: Pace) -> io::Result<Posted> {
    load::post(servers, path, pace.connections, pace.bytes, pace.for_all())
}

/// Posts once into each of these rooms, one after the other.
pub fn post_each(
    server: SocketAddr,
    paths: impl IntoIterator<Item = String>,
    bytes: usize,
) -> io::Result<Posted> {
    let rooms: Vec<String> = paths.into_iter().collect();
    let posts = rooms.len() as u64;
    let voices = Voices { rooms, ..Voices::on(&[server], "{room}", 1, bytes) };
    Posters::connect(&voices)?.post(load::Pace::count(posts))
}
