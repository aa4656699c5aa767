//! What is read of a past before its line wants it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{StreamExt, stream};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::yield_now;

use super::super::ahead::{Kind, Reader};
use super::super::replay::from_log;
use super::super::{AHEAD, Batch, Past};
use super::{House, deleting};
use crate::engine::{Audience, Hearing, Number};

/// Nine pieces, and how many of them were read.
fn pieces() -> (Past, Arc<AtomicUsize>) {
    let read = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&read);
    let pieces = stream::iter(1..=9).map(move |upto| {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(Batch { entries: Vec::new(), upto: Number(upto) })
    });
    (pieces.boxed(), read)
}

async fn next(past: &mut Past) -> Option<Batch> {
    let batch = past.next().await.map(|piece| piece.unwrap());
    // Whatever can be read is read meanwhile.
    for _ in 0..10 {
        yield_now().await;
    }
    batch
}

async fn upto(past: &mut Past) -> Option<u64> {
    next(past).await.map(|batch| batch.upto.0)
}

impl House {
    /// One whose ring does not reach back to the first three hundred messages.
    async fn with_past(batch_bytes: usize) -> Self {
        let house = House::with(4_000, batch_bytes).await;
        let mut last = Number(0);
        for n in 1..=400 {
            last = house.say("a", &n.to_string()).await;
        }
        house.heard(last).await;
        assert!(!house.hub.shared.read().ring.reaches(Number(300)));
        house
    }

    fn reader(&self, kind: Kind) -> Reader {
        let generation = self.hub.shared.read().generation;
        Reader::new(Arc::clone(&self.hub.shared), generation, kind)
    }

    fn log(&self) -> Past {
        let hearing = Hearing::Of(vec![Audience::new("a")]);
        from_log(Arc::clone(&self.hub.shared), hearing, Number(0), self.hub.shared.read().generation)
    }

    /// Takes all places but so many.
    fn leaves(&self, places: usize) -> OwnedSemaphorePermit {
        Arc::clone(&self.hub.shared.ahead).try_acquire_many_owned((AHEAD - places) as u32).unwrap()
    }
}

#[tokio::test]
async fn one_piece_is_read_ahead_where_a_place_is_free() {
    let house = House::with_past(4096).await;
    let _others = house.leaves(1);
    let [(first, by_first), (second, by_second)] = [pieces(), pieces()];
    let [mut first, mut second] = [first, second].map(|past| house.reader(Kind::Given).apart(past));
    let read = || [&by_first, &by_second].map(|read| read.load(Ordering::Relaxed));

    assert_eq!((upto(&mut first).await, read()), (Some(1), [2, 0]));
    assert_eq!((upto(&mut second).await, read()), (Some(1), [2, 1]));
    assert_eq!((upto(&mut second).await, read()), (Some(2), [2, 2]));
    drop(first);
    assert_eq!((upto(&mut second).await, read()), (Some(3), [2, 4]));
    for number in 4..=9 {
        assert_eq!(upto(&mut second).await, Some(number));
    }
    assert_eq!(upto(&mut second).await, None);
    assert_eq!(house.hub.shared.ahead.available_permits(), 1);
}

#[tokio::test]
async fn who_has_reached_the_ring_is_read_nothing_ahead() {
    let house = House::new().await;
    let (past, read) = pieces();
    let mut past = house.reader(Kind::Given).apart(past);
    for number in 1..=9 {
        assert_eq!(upto(&mut past).await, Some(number));
        assert_eq!(read.load(Ordering::Relaxed) as u64, number);
    }
    assert_eq!(upto(&mut past).await, None);
}

#[tokio::test]
async fn of_the_log_so_much_is_read_ahead_as_a_line_can_hold() {
    for (batch_bytes, is_ahead) in [(1 << 20, true), (4096, false)] {
        let house = House::with_past(batch_bytes).await;
        let mut past = house.reader(Kind::Log).apart(house.log());
        assert_eq!(upto(&mut past).await, Some(128));
        assert_eq!(house.hub.shared.ahead.available_permits() < AHEAD, is_ahead);
    }
}

#[tokio::test]
async fn what_is_deleted_after_it_was_read_ahead_is_heard_by_nobody() {
    for kind in [Kind::Given, Kind::Log] {
        let house = House::with_past(1 << 20).await;
        let mut past = house.reader(kind).apart(house.log());
        next(&mut past).await;
        assert!(house.hub.shared.ahead.available_permits() < AHEAD, "the next is there");
        let said = house.commit(deleting(Number(200))).await;
        house.heard(said).await;
        let batch = next(&mut past).await.unwrap();
        let silent: Vec<_> =
            batch.entries.iter().filter(|heard| !heard.is_heard()).map(|it| it.number.0).collect();
        assert_eq!((batch.upto.0, silent), (256, vec![200]));
    }
}
