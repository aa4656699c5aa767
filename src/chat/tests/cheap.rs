//! History stays cheap: what a page costs does not depend on how much was said.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;

use super::*;
use crate::engine::{
    Commit, Direction, Document, Epochs, Health, Hearing, Id, Key, KeyRange, LogPage, Millis, Outcome,
    Tidings,
};

/// An engine that counts what is read of it.
struct Counting {
    inside: Memory,
    calls: AtomicUsize,
    documents: AtomicUsize,
}

impl Counting {
    fn count(&self, documents: usize) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.documents.fetch_add(documents, Ordering::Relaxed);
    }

    /// How many reads there were, and of how many documents, since this was asked last.
    fn take(&self) -> (usize, usize) {
        (self.calls.swap(0, Ordering::Relaxed), self.documents.swap(0, Ordering::Relaxed))
    }
}

#[async_trait]
impl Engine for Counting {
    async fn commit(&self, commit: Commit) -> Result<Outcome, EngineError> {
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

#[tokio::test]
async fn a_room_of_fifty_thousand_opens_like_one_of_fifty_and_answers_cost_one_read() {
    let clock = Clock::manual(NOON);
    let inside = Memory::new(clock.clone());
    let engine = Arc::new(Counting { inside, calls: AtomicUsize::new(0), documents: AtomicUsize::new(0) });
    let chat = Chat::new(engine.clone(), clock, Policy::default());
    let ann = Speaker { person: Some(chat.arrive("Ann").await.unwrap().0), ..Speaker::default() };
    let mut said = Vec::new();
    for (name, count) in [("small", 60), ("large", 50_000)] {
        for n in 0..count {
            said.push(
                chat.say(&room(name), &ann, draft(&n.to_string(), None)).await.unwrap().message.id.unwrap(),
            );
        }
    }
    let cost = async |name: &str, window| {
        // Once, so that the room and the people are remembered.
        chat.history(&ann, &room(name), window, 50).await.unwrap();
        engine.take();
        let page = chat.history(&ann, &room(name), window, 50).await.unwrap();
        assert_eq!(page.messages.len(), 50);
        (engine.take(), serde_json::to_string(&page.messages).unwrap().len())
    };
    let (small, small_bytes) = cost("small", Window::Newest).await;
    let (large, large_bytes) = cost("large", Window::Newest).await;
    assert_eq!((small, large), ((1, 51), (1, 51)));
    assert!(large_bytes * 10 <= small_bytes * 12, "{small_bytes} {large_bytes}");
    let ((calls, documents), _) = cost("large", Window::Around(said[30_000].number)).await;
    assert!(calls <= 2 && documents <= 54, "{calls} {documents}");

    for number in 0..50 {
        let to = Some(said[1000 + number * 7].to_string());
        chat.say(&room("large"), &ann, Draft { reply_to: to, ..draft("an answer", None) }).await.unwrap();
    }
    let ((calls, documents), _) = cost("large", Window::Newest).await;
    assert_eq!((calls, documents), (2, 51 + 50), "one read more for all that they answer");
}
