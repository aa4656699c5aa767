//! `/metrics`, on a listener of its own: what is counted, for Prometheus. No label grows with rooms
//! or people.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, text};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use super::Doors;
use super::stall::Stalls;
use crate::engine::Health;
use crate::wire::Transport;

/// What the doors count themselves.
#[derive(Clone)]
pub struct Metrics {
    posts: Counter,
    replays: Counter,
    commit_seconds: Histogram,
}

impl Metrics {
    /// Nothing so far.
    pub fn new() -> Self {
        Metrics {
            posts: Counter::default(),
            replays: Counter::default(),
            // 0.1 ms to 1.6 s
            commit_seconds: Histogram::new(exponential_buckets(0.0001, 2.0, 15)),
        }
    }

    /// A message was kept, after so long; or it had been.
    pub fn posted(&self, took: Duration, replayed: bool) {
        if replayed {
            self.replays.inc();
        } else {
            self.posts.inc();
            self.commit_seconds.observe(took.as_secs_f64());
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

struct Exposed {
    registry: Registry,
    doors: Arc<Doors>,
    health: Arc<Mutex<Health>>,
}

/// The router of the metrics' listener.
pub fn router(doors: Arc<Doors>, stalls: Stalls) -> Router {
    let mut registry = Registry::with_prefix("openline");
    let metrics = &doors.metrics;
    registry.register("posts", "Messages kept", metrics.posts.clone());
    registry.register("replays", "Posts repeated under a key that was used", metrics.replays.clone());
    let seconds = metrics.commit_seconds.clone();
    registry.register("commit_seconds", "From a post's decision to its being kept", seconds);
    let health = Arc::<Mutex<Health>>::default();
    let figures = Figures { doors: Arc::clone(&doors), stalls, health: Arc::clone(&health) };
    registry.register_collector(Box::new(figures));
    let exposed = Exposed { registry, doors, health };
    Router::new().route("/metrics", get(expose)).with_state(Arc::new(exposed))
}

async fn expose(State(exposed): State<Arc<Exposed>>) -> Response {
    if let Ok(health) = exposed.doors.chat.engine().health().await {
        *exposed.health.lock().unwrap_or_else(PoisonError::into_inner) = health;
    }
    let mut page = String::new();
    match text::encode(&mut page, &exposed.registry) {
        Ok(()) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], page).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// What others count, read when somebody asks.
struct Figures {
    doors: Arc<Doors>,
    stalls: Stalls,
    health: Arc<Mutex<Health>>,
}

impl std::fmt::Debug for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Figures")
    }
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let hub = self.doors.hub.figures();
        let health = self.health.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (name, help, value) in [
            ("events", "Entries heard from the log", hub.events),
            ("signals", "Signals heard", hub.signals),
            ("signals_dropped", "Signals that were one too many for their room", hub.signals_dropped),
            ("deliveries", "Events handed to a line, once for each line", hub.deliveries),
            ("ring_misses", "Times that a line read on from the log", hub.ring_misses),
            ("resets", "Times that a line was told reset", hub.resets),
            ("log_rewinds", "Times that the log went back behind what this node had heard", hub.rewinds),
            ("log_lost", "Entries that this node had heard and that the log has lost", hub.lost),
            (
                "presence_dropped",
                "People and rooms of other nodes beyond what is counted",
                hub.presence_dropped,
            ),
            ("lines_cut", "Connections cut because their peer took nothing", self.stalls.cut()),
            ("commits", "Commits that the store has made", health.commits),
            ("commit_batches", "Group commits; commits by batches is the batch size", health.batches),
        ] {
            let counter = ConstCounter::new(value);
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
        }
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let big = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        for (name, help, value) in [
            ("log_head", "The last number of the log", big(hub.head.0)),
            ("ring_entries", "Entries in the ring", count(hub.ring_entries)),
            ("other_nodes", "Other nodes that are heard", count(hub.other_nodes)),
            ("wal_bytes", "Bytes in the write-ahead log", big(health.wal_bytes.unwrap_or(0))),
            (
                "unscrubbed",
                "Deletions of which the disk may still have copies",
                big(health.unscrubbed.unwrap_or(0)),
            ),
            ("lines_sse", "Open lines over SSE", count(self.doors.lines.open(Transport::Sse))),
            ("lines_ndjson", "Open lines over NDJSON", count(self.doors.lines.open(Transport::Ndjson))),
            (
                "lines_websocket",
                "Open lines over WebSocket",
                count(self.doors.lines.open(Transport::WebSocket)),
            ),
        ] {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}
