//! The accept loop: our own, so that limits, time-outs and the order of stopping are in our hands.
//!
//! Plain TCP speaks HTTP/1.1 only (no browser speaks HTTP/2 without TLS). A connection whose peer has
//! not taken a byte of what is to be written for too long is cut, whatever it carries.

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::per_address::{PerAddress, Share};
use super::shard::{Arrival, Protocol, Shards};
use super::stall::{Guarded, Stalls};
use super::takeover;

/// How long to wait when the system has nothing to spare for another connection.
const BREATHER: Duration = Duration::from_millis(100);
/// After how long of silence a peer is asked whether it is there.
const KEEPALIVE: Duration = Duration::from_secs(60);
/// The least that hyper allows as the bound of a head.
const LEAST_HEAD_BYTES: usize = 8192;

/// What is said on a connection that is one too many.
const TURNED_AWAY: &[u8] =
    b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

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
    router: Router,
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
    /// Ready to serve this router. `stalls` is where the connections that were cut are counted; the bound on
    /// the connections of one address does not hold for `proxies`. What becomes a line goes to the `shards`.
    pub fn new(
        router: Router,
        bounds: Bounds,
        stalls: Stalls,
        proxies: Vec<IpNet>,
        shards: Arc<Shards>,
    ) -> Self {
        let by_address = PerAddress::new(bounds.per_address);
        let (tasks, closing) = (TaskTracker::new(), CancellationToken::new());
        Connections { router, bounds, stalls, shards, by_address, proxies, tasks, closing }
    }

    /// Accepts until `closing` is cancelled by [`finish`](Connections::finish).
    pub async fn accept(self: Arc<Self>, listener: TcpListener) {
        let sweeper = self.stalls.sweep(self.bounds.write_timeout);
        let accepting = async {
            loop {
                match listener.accept().await {
                    Ok((stream, peer)) => match self.share(peer) {
                        Some(share) => {
                            self.tasks.spawn(Arc::clone(&self).serve(stream, peer, share));
                        }
                        None => turn_away(&stream, peer),
                    },
                    Err(error) => pause(&error).await,
                }
            }
        };
        tokio::select! {
            () = self.closing.cancelled() => {}
            () = accepting => {}
            () = sweeper => {}
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

    /// The right to one connection more.
    fn share(&self, peer: SocketAddr) -> Option<Share> {
        let address = peer.ip().to_canonical();
        if self.proxies.iter().any(|net| net.contains(&address)) {
            return Some(Share::unbounded());
        }
        self.by_address.take(address)
    }

    async fn serve(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, share: Share) {
        if let Err(error) = tune(&stream, self.bounds.write_timeout) {
            tracing::debug!(%error, %peer, "a connection was gone before it was served");
            return;
        }
        let caught = Arc::<Mutex<Option<Caught>>>::default();
        let service = service_fn(|request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            let (router, caught) = (self.router.clone(), Arc::clone(&caught));
            // In a box of its own, so that the connection can be taken apart.
            Box::pin(async move {
                let mut answer = router.oneshot(request).await.unwrap_or_else(|never| match never {});
                let Some(protocol) = takeover::take(&mut answer) else { return Ok::<_, Infallible>(answer) };
                let head = takeover::head(&answer.into_parts().0);
                *caught.lock().unwrap_or_else(PoisonError::into_inner) = Some(Caught { head, protocol });
                pending().await
            })
        });
        let io = TokioIo::new(Guarded::new(stream, share, &self.stalls));
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
        match ended.await {
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

/// Says why, as far as the socket takes it at once, and closes: nobody waits for an address that has enough.
fn turn_away(stream: &TcpStream, peer: SocketAddr) {
    tracing::debug!(%peer, "an address has too many connections");
    // Whoever cannot be told is closed all the same.
    let _ = stream.try_write(TURNED_AWAY);
}

/// Sends at once, and notices a peer that has vanished.
fn tune(stream: &TcpStream, write_timeout: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(write_timeout))?;
    // A line on which nothing is written has nobody else to notice that its peer is gone.
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE / 4))
}

/// One connection that failed is nobody's trouble; a listener out of files or memory must not spin.
async fn pause(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    if !matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted) {
        tracing::warn!(%error, "no connection can be accepted just now");
        tokio::time::sleep(BREATHER).await;
    }
}
