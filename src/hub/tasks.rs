//! The hub's tasks: follow the log, follow the signals, and keep the time.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::follower::Follower;
use super::presence::Said;
use super::queue::Round;
use super::shared::Shared;
use super::{Hub, anew, now};
use crate::engine::{EngineError, Tidings};

/// How often it is told who is here, at most.
const AT_MOST_EVERY: Duration = Duration::from_secs(1);

/// How long the lines of this node wait for the others to be told.
const PATIENCE_OF_SIGNALS: Duration = Duration::from_secs(2);

/// The running tasks of a hub; dropping it stops them.
pub struct Tasks(JoinSet<()>);

impl Tasks {
    /// Returns when one of them has ended, which none does while all is well: from then on lines may
    /// hear nothing.
    pub async fn ended(&mut self) {
        let ended = self.0.join_next().await;
        tracing::error!(?ended, "a task of the hub has ended");
    }
}

impl Hub {
    /// Starts to follow the engine. To be called once, before the first line is opened.
    pub fn start(&self) -> Tasks {
        let mut tasks = JoinSet::new();
        tasks.spawn(follow_log(self.clone()));
        self.start_others(&mut tasks);
        Tasks(tasks)
    }

    /// The same, with a [`Follower`] that whoever calls must have run; if it ends, so do the tasks. To be called once.
    pub fn start_apart(&self) -> (Tasks, Arc<Follower>) {
        let (life, ended) = oneshot::channel::<()>();
        let hub = self.clone();
        let follower = Arc::new(Follower::new(async move {
            let _life = life;
            follow_log(hub).await;
        }));
        let _ = self.shared.follower.set(Arc::downgrade(&follower));
        let mut tasks = JoinSet::new();
        tasks.spawn(async {
            // Nothing is ever sent.
            let _ = ended.await;
        });
        self.start_others(&mut tasks);
        (Tasks(tasks), follower)
    }

    /// Starts what keeps the time and hears the signals.
    fn start_others(&self, tasks: &mut JoinSet<()>) {
        // From now on, not from when the task first runs.
        tasks.spawn(follow_signals(self.clone(), self.shared.engine.signals()));
        tasks.spawn(tell_who_is_here(self.clone()));
        tasks.spawn(tell_what_is_gathered(self.clone()));
        tasks.spawn(keep_time(self.clone()));
    }
}

async fn follow_log(hub: Hub) {
    let shared = &hub.shared;
    let mut tidings = shared.engine.follow(hub.head());
    while let Some(heard) = tidings.next().await {
        match heard {
            Ok(Tidings::Entries(entries)) => {
                let (rendered, anew) = anew::render(shared, entries).await;
                shared.publish(rendered, anew);
            }
            Ok(Tidings::Trimmed(upto)) => shared.skip(upto),
            Ok(Tidings::Epochs { epochs, after }) => shared.begin_epoch(epochs, after),
            Err(error) => tracing::warn!(%error, "the log cannot be followed just now"),
        }
        // However much waits: whoever polls this has lines to write, or an answer.
        turn().await;
    }
}

/// Is ready the next time that it is polled, which can be at once. (tokio's own would be ready when tokio's thread is done.)
async fn turn() {
    let mut is_over = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut is_over, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

async fn follow_signals(hub: Hub, mut signals: BoxStream<'static, Bytes>) {
    while let Some(payload) = signals.next().await {
        if Said::is_one(&payload) {
            if let Some(said) = Said::read(&payload) {
                hub.shared.write().presence.hear(said, now());
                hub.shared.presence_stirs.notify_one();
            }
        } else if let Some(signal) = hub.shared.renderer.signal(&payload) {
            hub.shared.publish_signal(signal);
        }
    }
}

/// Tells lines and other nodes who is here, at once when that changes, but never more than once a second.
async fn tell_who_is_here(hub: Hub) {
    let shared = &hub.shared;
    loop {
        let turn = shared.write().presence.turn(now());
        for (audience, here) in turn.here {
            shared.publish_here(audience, &here);
        }
        // What is lost the others miss, and ask for.
        match timeout(PATIENCE_OF_SIGNALS, send(shared, turn.words)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "the other nodes cannot be told who is here"),
            Err(_) => tracing::debug!("the other nodes cannot be told who is here in time"),
        }
        sleep(AT_MOST_EVERY).await;
        let due = turn.due.saturating_duration_since(now());
        // Either will do.
        let _ = timeout(due, shared.presence_stirs.notified()).await;
    }
}

/// Once a second: tells what signals have gathered, such as who is typing.
async fn tell_what_is_gathered(hub: Hub) {
    let shared = &hub.shared;
    let mut ticks = interval(AT_MOST_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let gathered = shared.renderer.gathered().await;
        gathered.into_iter().for_each(|signal| shared.publish_signal(signal));
    }
}

async fn send(shared: &Shared, words: Vec<Said>) -> Result<(), EngineError> {
    for said in words {
        shared.engine.signal(said.write()).await?;
    }
    Ok(())
}

/// Once a second: tells a share of the lines that they are alive.
async fn keep_time(hub: Hub) {
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let period = u32::try_from(hub.shared.options.heartbeat.as_secs().max(1)).unwrap_or(u32::MAX);
    let mut second = 0;
    loop {
        ticks.tick().await;
        second = (second + 1) % period;
        let mut round = Round::default();
        hub.shared.read().lines.beat(&mut round, period, second);
        round.end(0);
    }
}
