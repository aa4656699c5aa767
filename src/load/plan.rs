//! What is to be measured, and on whom.

use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::dialect::{Carrier, Dialect};
use super::lines::Lines;
use super::posters::Voices;
use super::what::What;

/// The files of a process that are not lines.
const OTHER_FILES: u64 = 300;
/// The most lines of one process.
const MOST_LINES: u64 = 19_500;

/// What stands in what we tell of those who type, and in no message: by what carries it.
const SIGNAL: [&str; 2] = ["event: typing\n", "{\"typing\":"];

/// One run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What is measured.
    pub what: What,
    /// The server: `http://` and a host and port.
    pub url: String,
    /// Whether it is ours, so that people can have names, type and read.
    pub is_ours: bool,
    /// How it is spoken to.
    pub dialect: Dialect,
    /// What carries events.
    pub carrier: Carrier,
    /// What the names of the rooms begin with. It should be new, so that nobody hears what was said before.
    pub room: String,
    /// How many lines.
    pub lines: usize,
    /// How many rooms.
    pub rooms: usize,
    /// How many of them a line hears.
    pub rooms_per_line: usize,
    /// How many posters.
    pub posters: usize,
    /// How many posts each of them has under way at a time.
    pub in_flight: usize,
    /// Posts a second in all; none: as fast as they are acknowledged.
    pub rate: Option<f64>,
    /// How long is measured.
    pub time: Duration,
    /// How long is posted before that.
    pub warm_up: Duration,
    /// How long nothing happens before memory is looked at.
    pub rest: Duration,
    /// How long nothing happens before a burst and after it, before memory is looked at.
    pub calm: Duration,
    /// How many bytes a message has.
    pub bytes: usize,
    /// Of so many lines one reads nothing after its greeting; 0 for none.
    pub stuck_of: usize,
    /// How many messages are replayed.
    pub messages: u64,
    /// How many newcomers fetch them, one after the other.
    pub newcomers: usize,
    /// The processes of the server, if they are known.
    pub pids: Vec<u32>,
    /// How long is waited for what does not come.
    pub patience: Duration,
}

impl Plan {
    /// What cannot be, said before anything is begun.
    pub fn check(&self) -> Result<()> {
        let Plan { lines, rooms, rooms_per_line, posters, in_flight, .. } = self;
        ensure!(*rooms >= 1 && *rooms <= 65_536, "there are 1 to 65536 rooms");
        ensure!(*rooms_per_line >= 1 && rooms_per_line <= rooms, "a line hears 1 to {rooms} of the rooms");
        ensure!(
            *posters >= 1 && *in_flight >= 1 && posters * in_flight <= 16_384,
            "1 to 16384 posts may be under way"
        );
        ensure!(self.rate.is_none_or(|rate| rate > 0.0), "a rate is more than 0 a second");
        let needs_one = !matches!(self.what, What::Publish | What::Replay);
        ensure!(!needs_one || *lines >= 1, "there is at least one line");
        ensure!(self.what != What::Storm || *lines >= 10, "a storm needs ten lines, of which one stays");
        ensure!(self.what != What::Replay || self.messages >= 2, "two messages at least are replayed");
        let several = self.dialect.listen.path_for_several.is_some() || !self.dialect.listen.say.is_empty();
        ensure!(*rooms_per_line == 1 || several, "this dialect has no path for several rooms");
        Ok(())
    }

    /// Where the server is.
    pub fn server(&self) -> Result<SocketAddr> {
        address(&self.url)
    }

    /// The names of the rooms.
    pub fn names(&self) -> Vec<String> {
        (0..self.rooms).map(|place| format!("{}-{place}", self.room)).collect()
    }

    /// Which lines each process has, where one may have so many files: few processes, of about the same size.
    pub fn ears(&self, files: u64) -> Result<Vec<(Lines, usize)>> {
        let most = files.saturating_sub(OTHER_FILES).min(MOST_LINES);
        ensure!(most > 0, "a process may have only {files} files; raise `ulimit -n`");
        let processes = self.lines.div_ceil(usize::try_from(most)?);
        let server = address(self.dialect.listen.url.as_deref().unwrap_or(&self.url))?;
        let (mut first, mut ears) = (0, Vec::new());
        for place in 0..processes {
            let count = self.lines / processes + usize::from(place < self.lines % processes);
            let lines = Lines {
                servers: vec![server],
                carrier: self.carrier,
                dialect: self.dialect.clone(),
                rooms: self.names(),
                per_line: self.rooms_per_line,
                first,
                stuck_of: self.stuck_of,
                stay_of: if self.what == What::Storm { 10 } else { 0 },
                cookies: Vec::new(),
                counted: (self.what == What::Chat).then(|| SIGNAL[self.carrier as usize].to_owned()),
                spans: false,
                wants_ids: matches!(self.what, What::Storm | What::Replay | What::Chat),
            };
            ears.push((lines, count));
            first += count;
        }
        Ok(ears)
    }

    /// Who posts.
    pub fn voices(&self) -> Result<Voices> {
        Ok(Voices {
            servers: vec![address(self.dialect.post.url.as_deref().unwrap_or(&self.url))?],
            dialect: self.dialect.clone(),
            rooms: self.names(),
            connections: self.posters * self.in_flight,
            bytes: self.bytes,
        })
    }
}

/// Where a URL leads: a host and port, for plain HTTP.
fn address(url: &str) -> Result<SocketAddr> {
    let host = url.strip_prefix("http://").with_context(|| {
        format!("`{url}`: the load generator speaks plain HTTP; write http:// and a host and port")
    })?;
    let host = host.trim_end_matches('/');
    ensure!(!host.contains('/'), "`{url}`: a host and port, without a path");
    let with_port = if host.rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok()) {
        host.to_owned()
    } else {
        format!("{host}:80")
    };
    let mut addresses = with_port.to_socket_addrs().with_context(|| format!("no address of {host}"))?;
    addresses.next().with_context(|| format!("no address of {host}"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn plan() -> Plan {
        Plan {
            what: What::Listen,
            url: "http://127.0.0.1:3000".to_owned(),
            is_ours: true,
            dialect: Dialect::ours(Carrier::Sse),
            carrier: Carrier::Sse,
            room: "bench".to_owned(),
            lines: 10,
            rooms: 1,
            rooms_per_line: 1,
            posters: 1,
            in_flight: 1,
            rate: None,
            time: Duration::from_secs(1),
            warm_up: Duration::ZERO,
            rest: Duration::ZERO,
            calm: Duration::ZERO,
            bytes: 128,
            stuck_of: 0,
            messages: 10,
            newcomers: 1,
            pids: Vec::new(),
            patience: Duration::from_secs(10),
        }
    }

    #[test]
    fn lines_are_spread_over_as_many_processes_as_files_demand() {
        let split = |lines, files| -> Vec<(usize, usize)> {
            let ears = Plan { lines, ..plan() }.ears(files).expect("lines");
            ears.iter().map(|(lines, count)| (lines.first, *count)).collect()
        };
        assert_eq!(split(19_500, 20_000), [(0, 19_500)]);
        assert_eq!(split(19_501, 1_000_000), [(0, 9751), (9751, 9750)]);
        assert_eq!(split(1000, 800), [(0, 500), (500, 500)]);
        assert_eq!(split(0, 20_000), []);
        assert!(Plan { lines: 1, ..plan() }.ears(100).is_err());
    }

    #[test]
    fn what_cannot_be_is_said() {
        assert!(plan().check().is_ok());
        let refused = |plan: Plan| plan.check().expect_err("refused").to_string();
        assert_eq!(refused(Plan { rooms_per_line: 2, ..plan() }), "a line hears 1 to 1 of the rooms");
        assert!(Plan { what: What::Storm, lines: 5, ..plan() }.check().is_err());
        assert!(Plan { posters: 0, ..plan() }.check().is_err());
        assert!(Plan { rate: Some(0.0), ..plan() }.check().is_err());
    }

    #[test]
    fn a_server_is_a_host_and_port() {
        assert_eq!(address("http://127.0.0.1:81/").expect("here").to_string(), "127.0.0.1:81");
        assert_eq!(address("http://127.0.0.1").expect("here").port(), 80);
        assert!(address("https://127.0.0.1").is_err() && address("http://127.0.0.1/x").is_err());
    }
}
