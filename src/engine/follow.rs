//! Following a log that lives in this process: new entries from a channel, older ones from the log.
//!
//! The channel is joined before the log is read, so what is committed meanwhile is in one or the
//! other, and the cursor drops what is in both.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::{Document, EngineError, Entry, Hearing, LogPage, Number, Tidings};

/// How many batches of entries a follower may be behind before it reads them from the log.
pub(super) const MAX_BATCHES: usize = 256;

/// How many signals a receiver may be behind before it loses the oldest.
const MAX_SIGNALS: usize = 1024;

/// How many entries a follower that catches up reads at a time.
const PAGE: usize = 512;

/// How long a follower waits after the log could not be read.
const PAUSE: Duration = Duration::from_millis(500);

/// Entries that were committed together, in order.
pub(super) type Batch = Arc<Vec<(Entry, Option<Document>)>>;

/// Where a follower reads what it did not hear.
#[async_trait]
pub(super) trait LogReader: Send + Sync + 'static {
    /// As [`Engine::log`](super::Engine::log).
    async fn read_log(&self, hearing: &Hearing, after: Number, limit: usize) -> Result<LogPage, EngineError>;
}

/// The channels of one engine: batches of entries, and signals. Closed by taking the senders away.
#[derive(Debug)]
pub(super) struct Feed(Mutex<Option<Senders>>);

#[derive(Debug)]
struct Senders {
    batches: broadcast::Sender<Batch>,
    signals: broadcast::Sender<Bytes>,
}

impl Feed {
    pub(super) fn new() -> Self {
        let (batches, _) = broadcast::channel(MAX_BATCHES);
        let (signals, _) = broadcast::channel(MAX_SIGNALS);
        Feed(Mutex::new(Some(Senders { batches, signals })))
    }

    /// Tells the followers of entries that are now in the log. Must be called in their order.
    pub(super) fn publish(&self, entries: Vec<(Entry, Option<Document>)>) {
        if entries.is_empty() {
            return;
        }
        // An error only says that nobody follows.
        let _ = self.with(|senders| senders.batches.send(Arc::new(entries)));
    }

    /// Hands a signal to all who receive signals; `false` if the engine is closed.
    pub(super) fn signal(&self, payload: Bytes) -> bool {
        self.with(|senders| senders.signals.send(payload)).is_some()
    }

    /// The signals from now on.
    pub(super) fn signals(&self) -> BoxStream<'static, Bytes> {
        let Some(signals) = self.with(|senders| senders.signals.subscribe()) else {
            return stream::empty().boxed();
        };
        stream::unfold(signals, |mut signals| async {
            loop {
                match signals.recv().await {
                    Ok(payload) => return Some((payload, signals)),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                }
            }
        })
        .boxed()
    }

    /// The entries after a number, read from `log` where the channel does not have them.
    pub(super) fn follow(
        &self,
        log: impl LogReader,
        after: Number,
    ) -> BoxStream<'static, Result<Tidings, EngineError>> {
        let Some(batches) = self.with(|senders| senders.batches.subscribe()) else {
            return stream::empty().boxed();
        };
        let follower = Follower { log, batches, cursor: after, state: State::Behind };
        stream::unfold(follower, |mut follower| async { Some((follower.next().await?, follower)) }).boxed()
    }

    /// Ends every stream once it has handed out what it has.
    pub(super) fn close(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn with<T>(&self, use_it: impl FnOnce(&Senders) -> T) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(use_it)
    }
}

struct Follower<L> {
    log: L,
    batches: broadcast::Receiver<Batch>,
    cursor: Number,
    state: State,
}

/// Where the next entries come from.
enum State {
    /// From the log.
    Behind,
    /// From the log, after a pause: it could not be read.
    Waiting,
    /// From the channel.
    Live,
}

impl<L: LogReader> Follower<L> {
    async fn next(&mut self) -> Option<Result<Tidings, EngineError>> {
        loop {
            let tidings = match self.state {
                State::Live => self.hear().await?,
                State::Behind => self.catch_up().await?,
                State::Waiting => {
                    tokio::time::sleep(PAUSE).await;
                    self.state = State::Behind;
                    None
                }
            };
            if tidings.is_some() {
                return tidings;
            }
        }
    }

    /// What waits in the channel, without what was read already. The outer `None` ends the stream.
    async fn hear(&mut self) -> Option<Option<Result<Tidings, EngineError>>> {
        let mut entries = match self.batches.recv().await {
            Ok(batch) => self.new_in(batch),
            Err(RecvError::Lagged(_)) => {
                self.state = State::Behind;
                return Some(None);
            }
            Err(RecvError::Closed) => return None,
        };
        // Commits that came one by one while the follower was busy are heard together, as one would have been.
        while entries.len() < PAGE {
            match self.batches.try_recv() {
                Ok(batch) => entries.append(&mut self.new_in(batch)),
                Err(TryRecvError::Lagged(_)) => {
                    self.state = State::Behind;
                    break;
                }
                // The end of the channel is found the next time.
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        Some((!entries.is_empty()).then_some(Ok(Tidings::Entries(entries))))
    }

    /// The entries of a batch after the cursor, which moves on to the last of them.
    fn new_in(&mut self, batch: Batch) -> Vec<(Entry, Option<Document>)> {
        let new = batch.partition_point(|(entry, _)| entry.number <= self.cursor);
        let Some((last, _)) = batch[new..].last() else { return Vec::new() };
        self.cursor = last.number;
        // Whoever hears it last, such as the only follower, has it without a copy.
        let mut entries = Arc::unwrap_or_clone(batch);
        entries.drain(..new);
        entries
    }

    /// The next page of the log. The outer `None` ends the stream.
    async fn catch_up(&mut self) -> Option<Option<Result<Tidings, EngineError>>> {
        Some(match self.log.read_log(&Hearing::Everything, self.cursor, PAGE).await {
            Ok(LogPage::Entries { entries, upto, .. }) => {
                self.cursor = upto;
                if entries.is_empty() {
                    self.state = State::Live;
                    None
                } else {
                    Some(Ok(Tidings::Entries(entries)))
                }
            }
            Ok(LogPage::Expired { trimmed }) => {
                self.cursor = trimmed;
                Some(Ok(Tidings::Trimmed(trimmed)))
            }
            Err(_) if self.batches.is_closed() => return None,
            Err(error) => {
                self.state = State::Waiting;
                Some(Err(error))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::super::{Audience, EpochId, Key};
    use super::*;

    /// A log in which nothing is: all comes from the channel.
    struct Empty;

    #[async_trait]
    impl LogReader for Empty {
        async fn read_log(&self, _: &Hearing, after: Number, _: usize) -> Result<LogPage, EngineError> {
            Ok(LogPage::Entries { entries: Vec::new(), upto: after, epoch: EpochId(1) })
        }
    }

    fn entry(number: u64) -> (Entry, Option<Document>) {
        let audiences = vec![Audience::new("a")];
        let document = Key::new("message").number(Number(number));
        let kind = "message".to_owned();
        (Entry { number: Number(number), at: 0, audiences, kind, document, facts: None }, None)
    }

    /// The numbers of what the follower hears now, at once.
    async fn now(follower: &mut BoxStream<'static, Result<Tidings, EngineError>>) -> Vec<u64> {
        match follower.next().now_or_never() {
            Some(Some(Ok(Tidings::Entries(entries)))) => {
                entries.iter().map(|(entry, _)| entry.number.0).collect()
            }
            None => Vec::new(),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn commits_that_came_one_by_one_are_heard_together() {
        let feed = Feed::new();
        let mut follower = feed.follow(Empty, Number(0));
        assert!(now(&mut follower).await.is_empty());
        for number in 1..=50 {
            feed.publish(vec![entry(number)]);
        }
        assert_eq!(now(&mut follower).await, (1..=50).collect::<Vec<_>>());
        assert!(now(&mut follower).await.is_empty());
        // Not without end: others have their turn, too.
        for first in [51, 451, 851] {
            feed.publish((first..first + 400).map(entry).collect());
        }
        assert_eq!(now(&mut follower).await, (51..=850).collect::<Vec<_>>());
        assert_eq!(now(&mut follower).await, (851..=1250).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn what_came_before_the_end_is_heard_before_the_end() {
        let feed = Feed::new();
        let mut follower = feed.follow(Empty, Number(0));
        assert!(now(&mut follower).await.is_empty());
        feed.publish(vec![entry(1)]);
        feed.publish(vec![entry(2)]);
        feed.close();
        assert_eq!(now(&mut follower).await, [1, 2]);
        assert!(follower.next().await.is_none());
    }
}
