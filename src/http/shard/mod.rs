//! The threads that write open lines. A connection that has become a line leaves hyper and its task, and lives
//! as a bare socket on one of a few threads: for what a line is, everything else costs more than the socket.
//!
//! `socket` and `outbox` are one connection's bytes, `work` is a thread's loop, `accept` how it begins. (One
//! of them also hears the log.) What is spoken on the connection is the affair of a [`Protocol`]: an SSE or NDJSON stream, or a
//! WebSocket. Who is let in, and what becomes of those who do not ask for a line, is the affair of a [`Reception`].

mod accept;
mod alarm;
mod entry;
mod outbox;
mod socket;
#[cfg(test)]
mod tests;
mod work;

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::watch;

pub use outbox::Outbox;
pub use socket::Socket;

use super::per_address::Share;
use super::stall::Stalls;
use crate::hub::{Follower, Memo, RunQueue, Seat};
use alarm::Alarm;
use work::Work;

/// How often it is looked whether all lines have ended.
const A_MOMENT: Duration = Duration::from_millis(10);

/// What is spoken on a connection.
pub trait Protocol: Send {
    /// Takes its place on a thread: whatever calls it finds it there. What it writes begins with the head of the
    /// answer.
    fn sit_down(&mut self, seat: Arc<Seat>, head: Bytes);

    /// A heartbeat is due, if there is nothing else to write. Its turn follows.
    fn beat(&mut self);

    /// Reads and writes what can be read and written now; if that is much, some of it, and wakes itself for the rest. Ready
    /// when the connection is over; an error if it broke. Must not block.
    fn turn(&mut self, socket: &mut Socket, cx: &mut Context<'_>, memo: &mut Memo) -> Poll<io::Result<()>>;
}

/// A connection on its way to a shard.
pub struct Arrival {
    /// The socket.
    pub stream: TcpStream,
    /// Bytes of the peer's that have been read already.
    pub early: Bytes,
    /// The head of the answer, which is to be written first.
    pub head: Bytes,
    /// The right of its address to one connection.
    pub share: Share,
    /// What is spoken after that.
    pub protocol: Box<dyn Protocol>,
}

/// Who decides about those who come.
pub trait Reception: Send + Sync {
    /// The right of an address to one connection more, if it may have one.
    fn admit(&self, peer: SocketAddr) -> Option<Share>;

    /// How long somebody may be silent who has come.
    fn patience(&self) -> Duration;

    /// What somebody's first words come to, if they ask for a line and can have it at once. Must not block.
    fn line(&self, words: &[u8], peer: SocketAddr) -> Option<Asked>;

    /// Takes whoever does not: their words are to be read again.
    fn pass_on(&self, newcomer: Newcomer);
}

/// A line that was asked for.
pub struct Asked {
    /// How many bytes the request has.
    pub length: usize,
    /// The head of the answer.
    pub head: Bytes,
    /// What is spoken after it.
    pub protocol: Box<dyn Protocol>,
}

/// A connection that is no line, as far as its first words tell.
pub struct Newcomer {
    /// The socket.
    pub stream: TcpStream,
    /// What was read of it.
    pub early: Bytes,
    /// Who is at the other end.
    pub peer: SocketAddr,
    /// The right of its address to one connection.
    pub share: Share,
}

/// All shards of a server.
pub struct Shards {
    shards: Vec<Arc<Door>>,
    next: AtomicUsize,
    /// Changes when a thread ends.
    alive: watch::Receiver<()>,
}

/// Tells when a thread ends, however it does.
struct Life(watch::Sender<()>);

impl Drop for Life {
    fn drop(&mut self) {
        self.0.send_replace(());
    }
}

/// How others reach a shard's thread.
struct Door {
    queue: Arc<RunQueue>,
    alarm: Arc<Alarm>,
    arrivals: Mutex<Vec<Arrival>>,
    follower: Mutex<Option<Arc<Follower>>>,
    listeners: Mutex<Vec<(TcpListener, Arc<dyn Reception>)>>,
    /// Whether nobody is to be let in any more.
    is_closed: AtomicBool,
    /// Connections that it has, or that are on their way to it.
    connections: AtomicUsize,
}

impl Shards {
    /// Starts so many threads. A peer that takes nothing for `write_timeout` is cut, and counted in `stalls`.
    /// What a protocol spawns runs on `runtime`.
    pub fn start(
        count: usize,
        write_timeout: Duration,
        stalls: &Stalls,
        runtime: &Handle,
    ) -> io::Result<Self> {
        let (life, alive) = watch::channel(());
        let mut shards = Vec::new();
        for number in 0..count.max(1) {
            let poll = mio::Poll::new()?;
            let alarm = Arc::new(Alarm::new(poll.registry())?);
            let bell = Arc::clone(&alarm);
            let queue = RunQueue::new(move || bell.ring());
            let door = Arc::new(Door {
                queue: Arc::new(queue),
                alarm,
                arrivals: Mutex::default(),
                follower: Mutex::default(),
                listeners: Mutex::default(),
                is_closed: AtomicBool::new(false),
                connections: AtomicUsize::new(0),
            });
            let work = Work::new(poll, Arc::clone(&door), write_timeout, stalls.clone());
            let (runtime, life) = (runtime.clone(), Life(life.clone()));
            std::thread::Builder::new().name(format!("lines {number}")).spawn(move || {
                let _life = life;
                let _inside = runtime.enter();
                work.run();
            })?;
            shards.push(door);
        }
        Ok(Shards { shards, next: AtomicUsize::new(0), alive })
    }

    /// Lets in whoever comes to a listener; every thread does.
    pub fn listen(&self, listener: &TcpListener, reception: &Arc<dyn Reception>) -> io::Result<()> {
        listener.set_nonblocking(true)?;
        for door in &self.shards {
            let listening = (listener.try_clone()?, Arc::clone(reception));
            door.listeners.lock().unwrap_or_else(PoisonError::into_inner).push(listening);
            door.alarm.ring();
        }
        Ok(())
    }

    /// Has the follower of the log run on one of the threads.
    pub fn run(&self, follower: Arc<Follower>) {
        // There is always one.
        if let Some(door) = self.shards.first() {
            *door.follower.lock().unwrap_or_else(PoisonError::into_inner) = Some(follower);
            door.alarm.ring();
        }
    }

    /// Lets nobody in any more.
    pub fn close(&self) {
        for door in &self.shards {
            door.is_closed.store(true, Ordering::Release);
            door.alarm.ring();
        }
    }

    /// Gives a connection to one of the threads.
    pub fn take(&self, arrival: Arrival) {
        let next = self.next.fetch_add(1, Ordering::Relaxed) % self.shards.len();
        let door = &self.shards[next];
        door.connections.fetch_add(1, Ordering::AcqRel);
        let was_empty = {
            let mut arrivals = door.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
            arrivals.push(arrival);
            arrivals.len() == 1
        };
        if was_empty {
            door.alarm.ring();
        }
    }

    /// Returns when a thread has ended, which none does while all is well.
    pub async fn ended(&self) {
        // An error means that all have.
        let _ = self.alive.clone().changed().await;
        tracing::error!("a thread that writes lines has ended");
    }

    /// Waits until no connection is left, at most so long. The lines must have been told to end.
    pub async fn finish(&self, grace: Duration) {
        let deadline = Instant::now() + grace;
        while self.open() > 0 {
            if Instant::now() > deadline {
                tracing::warn!(lines = self.open(), "some lines did not end in time");
                return;
            }
            tokio::time::sleep(A_MOMENT).await;
        }
    }

    fn open(&self) -> usize {
        self.shards.iter().map(|door| door.connections.load(Ordering::Acquire)).sum()
    }
}
