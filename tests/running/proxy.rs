//! A bad network between two programs: a TCP proxy on threads of its own that passes bytes, passes them
//! slowly, holds them back, or cuts every connection.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what cannot be fails the test")]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How many bytes are passed at a time. A slow network passes each piece after its time.
const PIECE: usize = 1024;

/// What becomes of bytes and connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// All is passed at once.
    Open,
    /// So many bytes a second are passed, each way of each connection.
    Slow(u32),
    /// Connections stand and are taken, and nothing is passed.
    Held,
    /// Connections are closed, and new ones too.
    Cut,
    /// The same, and nobody is listened for any more.
    Gone,
}

/// The way, and all sockets that are open.
struct Gate {
    state: Mutex<(Way, Vec<TcpStream>)>,
    changed: Condvar,
    /// Words that are passed as others of the same length.
    replaced: Mutex<Option<(String, String)>>,
}

/// The proxy. It ends with this, and its connections too.
pub struct Proxy {
    address: SocketAddr,
    target: Arc<Mutex<SocketAddr>>,
    gate: Arc<Gate>,
}

impl Proxy {
    /// One that passes everything to this address.
    pub fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("its address");
        let gate = Arc::new(Gate {
            state: Mutex::new((Way::Open, Vec::new())),
            changed: Condvar::new(),
            replaced: Mutex::new(None),
        });
        let target = Arc::new(Mutex::new(target));
        let proxy = Proxy { address, target: Arc::clone(&target), gate: Arc::clone(&gate) };
        thread::spawn(move || {
            while let Ok((from, _)) = listener.accept() {
                match gate.way() {
                    Way::Gone => break,
                    Way::Cut => {}
                    _ => {
                        let target = *target.lock().unwrap();
                        // Nobody there: whoever came is hung up on.
                        let _ = TcpStream::connect(target).map(|to| gate.join(from, to));
                    }
                }
            }
        });
        proxy
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a node is given as its engine when a Redis is behind this.
    pub fn url(&self) -> String {
        format!("redis://{}/0", self.address)
    }

    /// Passes new connections to another address; those that are open stay where they are.
    pub fn aim(&self, target: SocketAddr) {
        *self.target.lock().unwrap() = target;
    }

    /// Closes every connection, and each new one at once.
    pub fn cut(&self) {
        self.gate.turn(Way::Cut);
    }

    /// Keeps all connections and passes nothing: neither side learns of it. What was sent meanwhile arrives
    /// after [`mend`](Self::mend), as it does when a network comes back.
    pub fn blackhole(&self) {
        self.gate.turn(Way::Held);
    }

    /// Passes so many bytes a second on each connection, each way.
    pub fn slow(&self, bytes_per_second: u32) {
        self.gate.turn(Way::Slow(bytes_per_second));
    }

    /// Passes these words as others of the same length, where they come in one piece.
    pub fn replace(&self, words: &str, others: &str) {
        assert_eq!(words.len(), others.len());
        *self.gate.replaced.lock().unwrap() = Some((words.to_owned(), others.to_owned()));
    }

    /// Passes everything at once, as in the beginning.
    pub fn mend(&self) {
        self.gate.turn(Way::Open);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.gate.turn(Way::Gone);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

impl Gate {
    fn way(&self) -> Way {
        self.state.lock().unwrap().0
    }

    fn turn(&self, way: Way) {
        let mut state = self.state.lock().unwrap();
        state.0 = way;
        if matches!(way, Way::Cut | Way::Gone) {
            // A socket whose other end went first is closed already.
            state.1.drain(..).for_each(|socket| drop(socket.shutdown(Shutdown::Both)));
        }
        self.changed.notify_all();
    }

    /// Passes what two sockets say to each other, until one of them ends.
    fn join(self: &Arc<Self>, from: TcpStream, to: TcpStream) {
        let mut state = self.state.lock().unwrap();
        if matches!(state.0, Way::Cut | Way::Gone) {
            return;
        }
        for (from, to) in [(&from, &to), (&to, &from)] {
            let (gate, from, to) = (Arc::clone(self), from.try_clone().unwrap(), to.try_clone().unwrap());
            // A piece that a network has is on its way: nothing waits for more of it.
            to.set_nodelay(true).unwrap();
            thread::spawn(move || gate.pump(from, to));
        }
        state.1.retain(|socket| socket.peer_addr().is_ok());
        state.1.extend([from, to]);
    }

    fn pump(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut piece = [0; PIECE];
        while let Ok(read @ 1..) = from.read(&mut piece) {
            self.replace(&mut piece[..read]);
            if !self.lets_pass(read) || to.write_all(&piece[..read]).is_err() {
                break;
            }
        }
        // An end is news too: nobody learns of it while everything is held.
        self.lets_pass(0);
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    }

    fn replace(&self, piece: &mut [u8]) {
        let Some((words, others)) = self.replaced.lock().unwrap().clone() else { return };
        if let Some(at) = piece.windows(words.len()).position(|window| window == words.as_bytes()) {
            piece[at..at + words.len()].copy_from_slice(others.as_bytes());
        }
    }

    /// Waits until so many bytes may pass; says whether they ever may.
    fn lets_pass(&self, bytes: usize) -> bool {
        let since = Instant::now();
        let mut state = self.state.lock().unwrap();
        loop {
            let wait = match state.0 {
                Way::Open => return true,
                Way::Cut | Way::Gone => return false,
                Way::Held => None,
                Way::Slow(rate) => {
                    let due = Duration::from_secs_f64(bytes as f64 / f64::from(rate));
                    match due.checked_sub(since.elapsed()) {
                        None | Some(Duration::ZERO) => return true,
                        Some(left) => Some(left),
                    }
                }
            };
            state = match wait {
                None => self.changed.wait(state).unwrap(),
                Some(left) => self.changed.wait_timeout(state, left).unwrap().0,
            };
        }
    }
}
