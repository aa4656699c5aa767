//! Peers that do not read: how long each connection has been unable to write, and the end of those
//! for whom that lasts too long. Nothing is kept for such a line but its cursor, so it costs little;
//! it is cut because nobody is there.

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;

use super::per_address::Share;

/// All connections that may stall. Cheap to clone.
#[derive(Clone)]
pub struct Stalls {
    shared: Arc<Shared>,
}

struct Shared {
    began: Instant,
    next: AtomicU64,
    cut: AtomicU64,
    connections: Mutex<HashMap<u64, Arc<Pulse>>>,
}

#[derive(Default)]
struct Pulse {
    /// Milliseconds from `began` since when nothing could be written; 0: not blocked.
    blocked_since: AtomicU64,
    is_cut: AtomicBool,
    waker: AtomicWaker,
}

impl Stalls {
    /// None so far.
    pub fn new() -> Self {
        let shared = Shared {
            began: Instant::now(),
            next: AtomicU64::new(0),
            cut: AtomicU64::new(0),
            connections: Mutex::default(),
        };
        Stalls { shared: Arc::new(shared) }
    }

    /// How many connections have been cut.
    pub fn cut(&self) -> u64 {
        self.shared.cut.load(Ordering::Relaxed)
    }

    /// Counts one that was cut elsewhere for the same reason.
    pub fn count_one(&self) {
        self.shared.cut.fetch_add(1, Ordering::Relaxed);
    }

    /// Looks every second for connections that have been blocked for too long. Never ends.
    pub async fn sweep(&self, most: Duration) {
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        loop {
            ticks.tick().await;
            let now = self.shared.now();
            let connections = self.shared.connections.lock().unwrap_or_else(PoisonError::into_inner);
            for pulse in connections.values() {
                let since = pulse.blocked_since.load(Ordering::Relaxed);
                if since != 0 && u128::from(now.saturating_sub(since)) > most.as_millis() {
                    pulse.is_cut.store(true, Ordering::Release);
                    pulse.waker.wake();
                }
            }
        }
    }
}

impl Default for Stalls {
    fn default() -> Self {
        Self::new()
    }
}

impl Shared {
    /// Milliseconds since the beginning, never 0.
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX).max(1)
    }
}

/// A socket that knows since when it cannot be written.
pub struct Guarded {
    stream: TcpStream,
    /// What was read of it before, and is to be read first.
    early: Bytes,
    watch: Watch,
    /// The right of its address to one connection.
    share: Share,
}

/// A place among those that are looked at every second.
struct Watch {
    pulse: Arc<Pulse>,
    number: u64,
    shared: Arc<Shared>,
}

impl Guarded {
    /// Watches a socket, which holds its address's share for as long as it is open.
    pub fn new(stream: TcpStream, early: Bytes, share: Share, stalls: &Stalls) -> Self {
        let shared = Arc::clone(&stalls.shared);
        let number = shared.next.fetch_add(1, Ordering::Relaxed);
        let pulse = Arc::<Pulse>::default();
        shared.connections.lock().unwrap_or_else(PoisonError::into_inner).insert(number, Arc::clone(&pulse));
        Guarded { stream, early, watch: Watch { pulse, number, shared }, share }
    }

    /// Ends our side, and closes.
    pub async fn end(mut self) {
        // Whoever has gone already need not be told.
        let _ = self.stream.shutdown().await;
    }

    /// The bare socket with its share, watched no more.
    pub fn into_bare(self) -> io::Result<(std::net::TcpStream, Share)> {
        let Guarded { stream, watch, share, .. } = self;
        drop(watch);
        Ok((stream.into_std()?, share))
    }

    /// Notes whether a write went through.
    fn note<T>(&self, cx: &Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        let Watch { pulse, shared, .. } = &self.watch;
        if written.is_ready() {
            pulse.blocked_since.store(0, Ordering::Relaxed);
            return self.note_end(written);
        }
        pulse.waker.register(cx.waker());
        if pulse.is_cut.load(Ordering::Acquire) {
            shared.cut.fetch_add(1, Ordering::Relaxed);
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        if pulse.blocked_since.load(Ordering::Relaxed) == 0 {
            pulse.blocked_since.store(shared.now(), Ordering::Relaxed);
        }
        Poll::Pending
    }

    /// Counts a connection that the kernel cut (`TCP_USER_TIMEOUT`): its clock may be quicker than ours, and
    /// it tells whoever asks first, a reader or a writer, and only once.
    fn note_end<T>(&self, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if let Poll::Ready(Err(error)) = &done
            && error.kind() == io::ErrorKind::TimedOut
        {
            self.watch.shared.cut.fetch_add(1, Ordering::Relaxed);
        }
        done
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.connections.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.number);
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.early.is_empty() {
            let now = self.early.len().min(buffer.remaining());
            buffer.put_slice(&self.early.split_to(now));
            return Poll::Ready(Ok(()));
        }
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.note_end(read)
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.note(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let ended = ready!(Pin::new(&mut self.stream).poll_shutdown(cx));
        Poll::Ready(ended)
    }
}
