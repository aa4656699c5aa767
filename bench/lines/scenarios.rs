//! What is measured of one node, one function each.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use openline::load::{Crowd, Delays, Lines};

use super::bare;
use super::posters::{Pace, post};
use super::report::median;
use super::server::{Keep, Server};

const ROOM: &str = "/rooms/bench";
/// A little time in which nothing happens, so that memory is at rest.
const REST: Duration = Duration::from_secs(2);
/// How many bytes a message's text has.
const BYTES: usize = 100;
/// How long one poster alone waits from an answer to its next post.
const BREATH: Duration = Duration::from_millis(5);
/// What is posted before anything is timed, so that the write-ahead log has the size that it keeps: a file
/// that grows is slow to sync, and it grows only in the first seconds of a server's life.
pub const WARM_UP: Pace = Pace { connections: 64, every: None, bytes: BYTES, time: Duration::from_secs(2) };

/// The memory of a server with so many quiet lines, in KiB a line.
pub fn idle(place: &Path, lines: usize) -> Result<f64> {
    let server = Server::start(Keep::Disk, place)?;
    // What the first line needs (the room's own memory, the runtime's) is not counted.
    let mut first = Crowd::new(Lines::on(&[server.address], ROOM))?;
    first.open(1)?;
    first.hear_for(REST)?;
    let before = server.process.memory()?;
    let mut crowd = Crowd::new(Lines { first: 500, ..Lines::on(&[server.address], ROOM) })?;
    crowd.open(lines)?;
    crowd.hear_for(REST)?;
    let grown = server.process.memory()?.saturating_sub(before);
    let wrong = crowd.tally().faults.words();
    ensure!(wrong.is_empty(), "{wrong:?}");
    Ok(grown as f64 / lines as f64)
}

/// Posts acknowledged a second with so many posters and nobody listening: on disk, and in memory.
pub struct Durable {
    /// In SQLite, synced.
    pub disk: f64,
    /// In memory.
    pub memory: f64,
    /// From post to answer, on disk.
    pub delays: Delays,
}

/// Both kinds in turn, so that what else the machine does strikes both; the medians.
pub fn durable(place: &Path, connections: usize, turns: usize, time: Duration) -> Result<Durable> {
    let pace = Pace { connections, every: None, bytes: BYTES, time };
    let (mut disk, mut memory, mut delays) = (Vec::new(), Vec::new(), Delays::new());
    for _ in 0..turns {
        for (keep, rates) in [(Keep::Disk, &mut disk), (Keep::Memory, &mut memory)] {
            let server = Server::start(keep, place)?;
            post(server.address, ROOM, WARM_UP)?;
            let posted = post(server.address, ROOM, pace)?;
            rates.push(posted.posts as f64 / posted.took().as_secs_f64());
            if keep == Keep::Disk {
                delays.add(&posted.delays);
            }
        }
    }
    Ok(Durable { disk: median(disk), memory: median(memory), delays })
}

/// One poster alone, against the least that its commits could cost.
pub struct Alone {
    /// From post to answer, in microseconds: the median.
    pub post: f64,
    /// The same with nothing to sync: what HTTP and the rest cost.
    pub unsynced: f64,
    /// A bare write of as many bytes and `fdatasync`, in microseconds: the median.
    pub bare: f64,
    /// How many bytes a post writes to the disk, and so does the bare write.
    pub bytes: usize,
}

/// All three in turn, none of them so fast that a disk with a limit on what it takes would hold it up; the
/// medians of the medians.
pub fn alone(place: &Path, turns: usize, time: Duration) -> Result<Alone> {
    let pace = Pace { connections: 1, every: Some(BREATH), bytes: BYTES, time };
    let (disk, memory) = (Server::start(Keep::Disk, place)?, Server::start(Keep::Memory, place)?);
    post(disk.address, ROOM, WARM_UP)?;
    thread::sleep(REST);
    let before = disk.process.written()?;
    let posted = usize::try_from(post(disk.address, ROOM, pace)?.posts)?.max(1);
    let bytes = usize::try_from(disk.process.written()?.saturating_sub(before))? / posted;
    let micros = |delays: &Delays| delays.quantile(0.5).as_secs_f64() * 1e6;
    let (mut posts, mut unsynced, mut bares) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..turns {
        posts.push(micros(&post(disk.address, ROOM, pace)?.delays));
        bares.push(micros(&bare::commits(place, bytes, BREATH, time)?));
        unsynced.push(micros(&post(memory.address, ROOM, pace)?.delays));
    }
    Ok(Alone { post: median(posts), unsynced: median(unsynced), bare: median(bares), bytes })
}
