//! Coming in: accepts connections and reads what each says first. Who asks for a line has it at once, on this very
//! thread; everybody else is passed on.

use std::io::{self, ErrorKind, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::net::TcpListener;
use mio::{Interest, Token};

use super::entry::{Entry, Listening, Silent};
use super::work::Work;
use super::{Newcomer, Reception, Socket};

/// How many connections are accepted, and how many are heard, before those that are open have their turn.
pub(super) const MANY: usize = 64;
/// How many are heard while there is something to hear for those who are here: they go before whoever comes, and a line costs
/// as much to open as several deliveries. Accepted they are all the same: the system drops whoever finds its backlog full, and
/// they come back seconds later.
pub(super) const FEW: usize = 16;
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

    /// Lets in some of those who wait; how soon the next look is due.
    pub fn let_in(&mut self) -> Option<Duration> {
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
        let most = if self.turns.is_empty() { MANY } else { FEW };
        for _ in 0..most {
            let Some(newcomer) = self.accepted.pop_front() else { break };
            self.greet(newcomer);
        }
        if !self.accepted.is_empty() {
            return Some(Duration::ZERO);
        }
        // Once in a while very many come at once.
        self.accepted.shrink_to(MANY);
        soonest
    }

    /// Accepts those who wait; how soon to do so again, if there may be more.
    fn accept(&mut self, token: usize) -> Option<Duration> {
        let Some(Entry::Listening(listening)) = self.entries.get_mut(token) else { return None };
        listening.again = None;
        for _ in 0..MANY {
            match listening.listener.accept() {
                Ok((mut stream, peer)) => match listening.reception.admit(peer) {
                    Some(share) => self.accepted.push_back(Silent {
                        socket: Socket::new(stream, share),
                        peer,
                        reception: Arc::clone(&listening.reception),
                    }),
                    None => {
                        tracing::debug!(%peer, "an address has too many connections");
                        // Whoever cannot be told is closed all the same.
                        let _ = stream.write(TURNED_AWAY);
                    }
                },
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
        listening.again = Some(Instant::now());
        Some(Duration::ZERO)
    }

    /// Hears what somebody says first who has been accepted, or waits for it.
    fn greet(&mut self, mut newcomer: Silent) {
        match newcomer.socket.read(&mut self.scratch) {
            Ok(Some(0)) | Err(_) => {}
            Ok(Some(read)) => self.hear(newcomer, read),
            Ok(None) => {
                newcomer.socket.end_after(newcomer.reception.patience());
                let place = self.entries.vacant_entry();
                let token = place.key();
                match newcomer.socket.register(self.poll.registry(), token) {
                    Ok(()) => {
                        place.insert(Entry::Silent(Box::new(newcomer)));
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
        let mut silent = *silent;
        silent.socket.deregister(self.poll.registry());
        silent.socket.end_never();
        if read > 0 {
            self.hear(silent, read);
        }
    }

    /// The first words of a connection are in the scratch.
    fn hear(&mut self, newcomer: Silent, read: usize) {
        let Silent { mut socket, peer, reception } = newcomer;
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
