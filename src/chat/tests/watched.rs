//! An engine that is watched: what is read of it is counted, and something can be done at the very moment at which
//! somebody else has decided and not yet committed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

use crate::engine::{
    Clock, Commit, Direction, Document, Engine, EngineError, Epochs, Health, Hearing, Id, Key, KeyRange,
    LogPage, Memory, Millis, Number, Outcome, Tidings,
};

/// What reads cost since it was asked last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chat) struct Cost {
    pub(in crate::chat) calls: usize,
    pub(in crate::chat) documents: usize,
}

type Deed = BoxFuture<'static, ()>;

/// A memory engine that is watched.
pub(in crate::chat) struct Watched {
    inside: Arc<Memory>,
    calls: AtomicUsize,
    documents: AtomicUsize,
    before_commit: Mutex<Option<Deed>>,
}

impl Watched {
    /// Over this one, which others may use unwatched.
    pub(in crate::chat) fn over(inside: Arc<Memory>) -> Arc<Self> {
        Arc::new(Watched {
            inside,
            calls: AtomicUsize::new(0),
            documents: AtomicUsize::new(0),
            before_commit: Mutex::default(),
        })
    }

    /// Over one of its own.
    pub(in crate::chat) fn new(clock: &Clock) -> Arc<Self> {
        Watched::over(Arc::new(Memory::new(clock.clone())))
    }

    /// What reads have cost since this was asked last.
    pub(in crate::chat) fn take(&self) -> Cost {
        let take = |count: &AtomicUsize| count.swap(0, Ordering::Relaxed);
        Cost { calls: take(&self.calls), documents: take(&self.documents) }
    }

    /// Does this once, before the next commit.
    pub(in crate::chat) fn before_commit(&self, deed: impl Future<Output = ()> + Send + 'static) {
        *self.before_commit.lock().unwrap() = Some(Box::pin(deed));
    }

    /// Whether that has yet to be done.
    pub(in crate::chat) fn is_waiting(&self) -> bool {
        self.before_commit.lock().unwrap().is_some()
    }

    fn count(&self, documents: usize) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.documents.fetch_add(documents, Ordering::Relaxed);
    }
}

#[async_trait]
impl Engine for Watched {
    async fn commit(&self, commit: Arc<Commit>) -> Result<Outcome, EngineError> {
        let deed = self.before_commit.lock().unwrap().take();
        if let Some(deed) = deed {
            deed.await;
        }
        self.inside.commit(commit).await
    }

    async fn get(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, EngineError> {
        self.count(keys.len());
        self.inside.get(keys).await
    }

    async fn scan(
        &self,
        range: KeyRange,
        limit: usize,
        direction: Direction,
    ) -> Result<Vec<(Key, Document)>, EngineError> {
        let found = self.inside.scan(range, limit, direction).await?;
        self.count(found.len());
        Ok(found)
    }

    async fn log(&self, hearing: &Hearing, after: Number, limit: usize) -> Result<LogPage, EngineError> {
        self.count(limit);
        self.inside.log(hearing, after, limit).await
    }

    fn follow(&self, after: Id) -> BoxStream<'static, Result<Tidings, EngineError>> {
        self.inside.follow(after)
    }

    async fn epochs(&self) -> Result<Epochs, EngineError> {
        self.inside.epochs().await
    }

    async fn number_before(&self, at: Millis) -> Result<Number, EngineError> {
        self.inside.number_before(at).await
    }

    async fn trim(&self, upto: Number) -> Result<u64, EngineError> {
        self.inside.trim(upto).await
    }

    async fn signal(&self, payload: Bytes) -> Result<(), EngineError> {
        self.inside.signal(payload).await
    }

    fn signals(&self) -> BoxStream<'static, Bytes> {
        self.inside.signals()
    }

    async fn health(&self) -> Result<Health, EngineError> {
        self.inside.health().await
    }

    async fn close(&self) {
        self.inside.close().await;
    }
}
