//! Connections that are not, or not yet, a line: served by hyper, with limits, time-outs and the order of stopping in our
//! hands. (They are accepted in `shard/accept`.)
//!
//! Plain TCP speaks HTTP/1.1 only (no browser speaks HTTP/2 without TLS). A connection whose peer has
//! not taken a byte of what is to be written for too long is cut, whatever it carries.

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::FutureExt;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::again::again;
use super::entrance::Entrance;
use super::head;
use super::per_address::{PerAddress, Share};
use super::shard::{Arrival, Asked, Newcomer, Protocol, Reception, Shards};
use super::stall::{Guarded, Stalls};
use super::takeover;

/// After how long of silence a peer is asked whether it is there.
const KEEPALIVE: Duration = Duration::from_secs(60);
/// The least that hyper allows as the bound of a head.
const LEAST_HEAD_BYTES: usize = 8192;

/// Who is at the other end of a connection; in the extensions of each of its requests.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// Bounds of a connection.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// The longest head of a request, in bytes.
    pub head_bytes: usize,
    /// How long a head may take to come, and a connection may be idle between requests.
    pub head_timeout: Duration,
    /// How long a peer may refuse to take anything.
    pub write_timeout: Duration,
    /// How many connections one address may have; 0 for no bound.
    pub per_address: usize,
}

/// The connections of one listener.
pub struct Connections {
    entrance: Entrance,
    bounds: Bounds,
    stalls: Stalls,
    shards: Arc<Shards>,
    by_address: PerAddress,
    /// Proxies, which come for many.
    proxies: Vec<IpNet>,
    tasks: TaskTracker,
    closing: CancellationToken,
}

impl Connections {
    /// Ready to let in whoever comes by this entrance. `stalls` is where the connections that were cut are counted; the bound on
    /// the connections of one address does not hold for `proxies`. What becomes a line goes to the `shards`.
    pub fn new(
        entrance: Entrance,
        bounds: Bounds,
        stalls: Stalls,
        proxies: Vec<IpNet>,
        shards: Arc<Shards>,
    ) -> Self {
        let by_address = PerAddress::new(bounds.per_address);
        let (tasks, closing) = (TaskTracker::new(), CancellationToken::new());
        Connections { entrance, bounds, stalls, shards, by_address, proxies, tasks, closing }
    }

    /// Cuts those whose peer takes nothing. Ends when the server does.
    pub async fn watch(self: Arc<Self>) {
        tokio::select! {
            () = self.closing.cancelled() => {}
            () = self.stalls.sweep(self.bounds.write_timeout) => {}
        }
    }

    /// Lets the requests that are under way end, and waits for them, at most so long.
    pub async fn finish(&self, grace: Duration) {
        self.closing.cancel();
        self.tasks.close();
        if tokio::time::timeout(grace, self.tasks.wait()).await.is_err() {
            tracing::warn!(connections = self.tasks.len(), "some connections did not end in time");
        }
    }

    async fn serve(self: Arc<Self>, newcomer: Newcomer) {
        let Newcomer { stream, early, peer, share } = newcomer;
        let stream = match TcpStream::from_std(stream) {
            Ok(stream) => stream,
            Err(error) => return tracing::warn!(%error, "a connection could not be watched"),
        };
        // Its first words are at hand before the runtime knows of the socket. An answer could be ready before it knows
        // that the socket can be written, and hyper does not always wait for that when it is about to close.
        if stream.writable().await.is_err() {
            return;
        }
        let caught = Arc::<Mutex<Option<Caught>>>::default();
        let service = service_fn(|request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            let (entrance, caught) = (self.entrance.clone(), Arc::clone(&caught));
            // In a box of its own, so that the connection can be taken apart.
            Box::pin(async move {
                let mut answer = entrance.answer(request).await;
                let Some(protocol) = takeover::take(&mut answer) else { return Ok::<_, Infallible>(answer) };
                let head = takeover::head(&answer.into_parts().0);
                *caught.lock().unwrap_or_else(PoisonError::into_inner) = Some(Caught { head, protocol });
                pending().await
            })
        });
        let io = TokioIo::new(Guarded::new(stream, early, share, &self.stalls));
        let mut connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.bounds.head_timeout)
            .max_buf_size(self.bounds.head_bytes.max(LEAST_HEAD_BYTES))
            .serve_connection(io, service);
        let mut closing = pin!(self.closing.cancelled());
        let mut is_told = false;
        let ended = poll_fn(|cx| {
            if !is_told && closing.as_mut().poll(cx).is_ready() {
                is_told = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
            let ended = connection.poll_without_shutdown(cx);
            match caught.lock().unwrap_or_else(PoisonError::into_inner).take() {
                Some(caught) => Poll::Ready(Ok(Some(caught))),
                None => ended.map_ok(|()| None),
            }
        });
        let ended = again(self.entrance.along(pin!(ended))).await;
        match ended {
            Ok(Some(caught)) => self.hand_over(connection.into_parts(), caught),
            // What hyper has not done, since it might have had to give the socket back.
            Ok(None) => connection.into_parts().io.into_inner().end().await,
            Err(error) => tracing::debug!(%error, %peer, "a connection ended early"),
        }
    }

    /// The connection has become a line: it leaves hyper for a shard.
    fn hand_over<S>(&self, parts: http1::Parts<TokioIo<Guarded>, S>, caught: Caught) {
        let Caught { head, protocol } = caught;
        match parts.io.into_inner().into_bare() {
            Ok((stream, share)) => {
                self.shards.take(Arrival { stream, early: parts.read_buf, head, share, protocol });
            }
            Err(error) => tracing::warn!(%error, "a line could not be opened"),
        }
    }
}

/// An answer that is a line, on its way out of hyper.
struct Caught {
    head: Bytes,
    protocol: Box<dyn Protocol>,
}

impl Reception for Arc<Connections> {
    fn admit(&self, peer: SocketAddr) -> Option<Share> {
        let address = peer.ip().to_canonical();
        if self.proxies.iter().any(|net| net.contains(&address)) {
            return Some(Share::unbounded());
        }
        self.by_address.take(address)
    }

    fn patience(&self) -> Duration {
        self.bounds.head_timeout
    }

    /// Goes the way of every request, as far as that can be gone without waiting. What has to wait begins again
    /// in a task of its own: to ask for a line changes nothing.
    fn line(&self, words: &[u8], peer: SocketAddr) -> Option<Asked> {
        let (mut request, length) = head::of_a_line(words)?;
        request.extensions_mut().insert(Peer(peer));
        let mut answer = self.entrance.clone().answer(request).now_or_never()?;
        let protocol = takeover::take(&mut answer)?;
        Some(Asked { length, head: takeover::head(&answer.into_parts().0), protocol })
    }

    fn pass_on(&self, newcomer: Newcomer) {
        self.tasks.spawn(Arc::clone(self).serve(newcomer));
    }
}

/// What holds for every connection of a listener, since they inherit it: sends at once, and notices a peer that
/// has vanished.
pub fn tune(listener: &TcpListener, write_timeout: Duration) -> io::Result<()> {
    let socket = SockRef::from(listener);
    socket.set_tcp_nodelay(true)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(write_timeout))?;
    // A line on which nothing is written has nobody else to notice that its peer is gone.
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE / 4))
}
