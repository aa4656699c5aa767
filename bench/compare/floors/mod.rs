//! Floors: servers that do the least that a server could do for the same bytes, to compare with. Each is one
//! thread with one epoll loop, checks nothing and knows nobody; what it says is what Openline says, but for who has
//! come after a line was greeted. The comparison starts itself anew as one of them.

mod audiences;
mod connection;
mod floor;
pub mod log;
mod request;
mod said;
mod table;
pub mod words;

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result};
use floor::Floor;

/// The argument by which the comparison knows that it is to be a floor.
pub const ARGUMENT: &str = "--floor";

/// What a floor does with what is posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One `send` for each line and event, at once.
    Send,
    /// What arrives while it passes over the lines goes out in one `send` for each line at the next pass.
    Join,
    /// The same, and it keeps what was said, to replay it to who comes back.
    Replay,
    /// The same as [`Kind::Join`], but posts that were read in one pass over the sockets are written together, and
    /// answered after one `fdatasync`.
    Sync,
    /// The same, but they are written to a table of SQLite.
    Commit,
}

impl Kind {
    /// Its name on the command line and in the table.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Send => "send",
            Kind::Join => "join",
            Kind::Replay => "replay",
            Kind::Sync => "sync",
            Kind::Commit => "commit",
        }
    }

    fn named(name: &str) -> Option<Kind> {
        let all = [Kind::Send, Kind::Join, Kind::Replay, Kind::Sync, Kind::Commit];
        all.into_iter().find(|kind| kind.name() == name)
    }
}

/// Is this floor on a free port, whose URL is the first line on standard output, until standard input ends:
/// so it never outlives who started it.
pub fn serve(name: &str) -> Result<()> {
    let kind = Kind::named(name).with_context(|| format!("there is no floor {name}"))?;
    rlimit::increase_nofile_limit(u64::MAX)?;
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    socket.bind(&std::net::SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    // As many as the kernel lets wait: ten thousand may come at once.
    socket.listen(i32::from(i16::MAX))?;
    let listener = TcpListener::from(socket);
    listener.set_nonblocking(true)?;
    let mut out = io::stdout();
    writeln!(out, "http://{}", listener.local_addr()?)?;
    out.flush()?;
    std::thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    Floor::new(listener, kind)?.run()
}
