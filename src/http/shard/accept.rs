//! Coming in: accepts connections and reads what each says first. Who asks for a line has it at once, on this very
//! thread; everybody else is passed on.

use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Token};

use super::entry::{Entry, Listening, Silent};
use super::work::Work;
use super::{Newcomer, Reception, Socket};

/// How many connections are accepted before those that are open have their turn.
const ACCEPTS: usize = 64;
/// The same while there is something to hear: whoever is here goes before whoever comes, and a line costs as much to open
/// as several deliveries.
pub(super) const FEW_ACCEPTS: usize = 16;
/// How long to wait when the system has nothing to spare for another connection.
const BREATHER: Duration = Duration::from_millis(100);

/// What is said on a connection that is one too many.
const TURNED_AWAY: &[u8] =
    b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

impl Work {
    /// Watches a listener from now on.
    pub fn listen(
        &mut self,
        listener: std::net::TcpListener,
        reception: Arc<dyn Reception>,
    ) -> io::Result<()> {
        let mut listener = TcpListener::from_std(listener);
        let place = self.entries.vacant_entry();
        let token = place.key();
        self.poll.registry().register(&mut listener, Token(token), Interest::READABLE)?;
        place.insert(Entry::Listening(Box::new(Listening { listener, reception, again: None })));
        self.listeners.push(token);
        Ok(())
    }

    /// Looks at listeners at which somebody may still wait; how soon the next look is due.
    pub fn look_again(&mut self) -> Option<Duration> {
        let now = Instant::now();
        let mut soonest: Option<Duration> = None;
        for token in self.listeners.clone() {
            let Some(Entry::Listening(listening)) = self.entries.get_mut(token) else { continue };
            let next = match listening.again {
                Some(again) if again <= now => self.accept(token),
                Some(again) => Some(again - now),
                None => None,
            };
            soonest = [soonest, next].into_iter().flatten().min();
        }
        soonest
    }

    /// Accepts those who wait; how soon to do so again, if there may be more.
    fn accept(&mut self, token: usize) -> Option<Duration> {
        let most = if self.turns.is_empty() { ACCEPTS } else { FEW_ACCEPTS };
        for _ in 0..most {
            let Some(Entry::Listening(listening)) = self.entries.get_mut(token) else { break };
            listening.again = None;
            match listening.listener.accept() {
                Ok((stream, peer)) => {
                    let reception = Arc::clone(&listening.reception);
                    self.greet(stream, peer, reception);
                }
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock => return None,
                    // One connection that failed is nobody's trouble.
                    ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted => {}
                    _ => {
                        tracing::warn!(%error, "no connection can be accepted just now");
                        listening.again = Some(Instant::now() + BREATHER);
                        return Some(BREATHER);
                    }
                },
            }
        }
        if let Some(Entry::Listening(listening)) = self.entries.get_mut(token) {
            listening.again = Some(Instant::now());
        }
        Some(Duration::ZERO)
    }

    /// Somebody has come.
    fn greet(&mut self, mut stream: TcpStream, peer: SocketAddr, reception: Arc<dyn Reception>) {
        let Some(share) = reception.admit(peer) else {
            tracing::debug!(%peer, "an address has too many connections");
            // Whoever cannot be told is closed all the same.
            let _ = stream.write(TURNED_AWAY);
            return;
        };
        let mut socket = Socket::new(stream, share);
        match socket.read(&mut self.scratch) {
            Ok(Some(0)) | Err(_) => {}
            Ok(Some(read)) => self.hear(socket, read, peer, &reception),
            Ok(None) => {
                socket.end_after(reception.patience());
                let place = self.entries.vacant_entry();
                let token = place.key();
                match socket.register(self.poll.registry(), token) {
                    Ok(()) => {
                        place.insert(Entry::Silent(Box::new(Silent { socket, peer, reception })));
                        self.timed.insert(token);
                    }
                    Err(error) => tracing::warn!(%error, "a connection could not be watched"),
                }
            }
        }
    }

    /// Somebody who was silent may have said something.
    pub fn listen_to(&mut self, token: usize) {
        let Some(Entry::Silent(silent)) = self.entries.get_mut(token) else { return };
        let read = match silent.socket.read(&mut self.scratch) {
            Ok(None) => return,
            Ok(Some(read)) => read,
            Err(_) => 0,
        };
        self.timed.remove(&token);
        let Some(Entry::Silent(silent)) = self.entries.try_remove(token) else { return };
        let Silent { mut socket, peer, reception } = *silent;
        socket.deregister(self.poll.registry());
        socket.end_never();
        if read > 0 {
            self.hear(socket, read, peer, &reception);
        }
    }

    /// The first words of a connection are in the scratch.
    fn hear(&mut self, mut socket: Socket, read: usize, peer: SocketAddr, reception: &Arc<dyn Reception>) {
        let words = &self.scratch[..read];
        match reception.line(words, peer) {
            Some(asked) => {
                socket.put_back(&words[asked.length..]);
                self.open(socket, asked.head, asked.protocol);
            }
            None => {
                let early = words.to_vec();
                let (stream, share) = socket.into_parts();
                reception.pass_on(Newcomer { stream: stream.into(), early: early.into(), peer, share });
            }
        }
    }
}
