//! Signals between nodes: one channel, on a connection that only listens. What is lost is lost.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use redis::aio::PubSub;
use tokio::sync::oneshot;
use tokio::time::{interval, sleep, timeout};

use super::super::follow::Feed;
use super::Shared;
use super::reason::Trouble;

/// How long to wait before a new connection is tried.
const PAUSE: Duration = Duration::from_millis(500);
/// How often the connection is asked whether it is still there.
const PING: Duration = Duration::from_secs(10);

/// Hands what comes over the channel to the feed, until the engine is closed. Returns when it has begun to
/// listen, or has tried in vain.
pub(super) async fn start(shared: Arc<Shared>, feed: Arc<Feed>) {
    let (tried, is_tried) = oneshot::channel();
    tokio::spawn(async move {
        let closed = shared.closed.clone();
        tokio::select! {
            () = closed.cancelled() => {}
            () = listen_for_ever(&shared, &feed, tried) => {}
        }
    });
    let _ = is_tried.await;
}

async fn listen_for_ever(shared: &Shared, feed: &Feed, tried: oneshot::Sender<()>) {
    let mut tried = Some(tried);
    let mut said = String::new();
    loop {
        let channel = subscribe(shared).await;
        tried.take().map(|tried| tried.send(()));
        match channel {
            Ok(channel) => {
                said.clear();
                pass_on(channel, feed, shared).await;
            }
            Err(trouble) if trouble.reason != said => {
                tracing::warn!(reason = trouble.reason, "signals of other nodes cannot be heard");
                said = trouble.reason;
            }
            Err(_) => {}
        }
        sleep(PAUSE).await;
    }
}

async fn subscribe(shared: &Shared) -> Result<PubSub, Trouble> {
    let mut channel = shared.connector.listen().await?;
    channel.subscribe(shared.keys.signals()).await?;
    Ok(channel)
}

/// Returns when the connection is lost, or the primary may be elsewhere.
async fn pass_on(channel: PubSub, feed: &Feed, shared: &Shared) {
    let (mut sink, mut messages) = channel.split();
    let mut pings = interval(PING);
    let era = shared.connector.era();
    loop {
        tokio::select! {
            message = messages.next() => match message {
                Some(message) => _ = feed.signal(Bytes::copy_from_slice(message.get_payload_bytes())),
                None => return,
            },
            _ = pings.tick() => {
                let ping = timeout(shared.connector.timeout, sink.ping::<redis::Value>()).await;
                if !matches!(ping, Ok(Ok(_))) || shared.connector.era() != era {
                    return;
                }
            }
        }
    }
}
