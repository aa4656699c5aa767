//! Which lines a crowd has: where they come from, whom they ask, and for what.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::dialect::{Carrier, Dialect};
use super::hearing::Share;

/// Which lines there are, on which servers and rooms.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Lines {
    /// Each line is on the next of them.
    pub servers: Vec<SocketAddr>,
    /// What carries events.
    pub carrier: Carrier,
    /// How lines are opened.
    pub dialect: Dialect,
    /// The names of the rooms.
    pub rooms: Vec<String>,
    /// How many of them a line hears.
    pub per_line: usize,
    /// The place of the first line in the whole run: by it addresses and rooms are chosen.
    pub first: usize,
    /// Of so many lines, the last reads nothing after its greeting; 0 for none.
    pub stuck_of: usize,
    /// Of so many lines, the first stays in a storm, and counts as the first group; 0: groups are servers.
    pub stay_of: usize,
    /// Who each line is, if they have names.
    pub cookies: Vec<String>,
    /// A text whose occurrences are counted, besides messages.
    pub counted: Option<String>,
    /// Whether it is told how soon each message of the first room was heard.
    pub spans: bool,
    /// Whether ids are wanted, to go on from.
    pub wants_ids: bool,
}

impl Lines {
    /// Which rooms each of them hears.
    pub fn share(&self) -> Share {
        Share { rooms: self.rooms.len(), per_line: self.per_line }
    }

    /// Whether one of them, by its place among them, reads nothing after its greeting.
    pub fn is_stuck(&self, place: usize) -> bool {
        self.stuck_of > 0 && (self.first + place + 1).is_multiple_of(self.stuck_of)
    }

    /// The names of the rooms that one of them hears, by its place among them.
    pub fn names(&self, place: usize) -> Vec<String> {
        self.share().of(self.first + place).map(|room| self.rooms[room].clone()).collect()
    }

    /// Lines on our own servers, all of which hear this one path.
    pub fn on(servers: &[SocketAddr], path: &str) -> Lines {
        let mut dialect = Dialect::ours(Carrier::Sse);
        dialect.listen.path = path.to_owned();
        Lines {
            servers: servers.to_vec(),
            carrier: Carrier::Sse,
            dialect,
            rooms: vec![String::new()],
            per_line: 1,
            first: 0,
            stuck_of: 0,
            stay_of: 0,
            cookies: Vec::new(),
            counted: None,
            spans: false,
            wants_ids: false,
        }
    }
}
