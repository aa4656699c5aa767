//! What is read of a past before its line wants it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{StreamExt, stream};
use tokio::sync::Semaphore;
use tokio::task::yield_now;

use super::super::replay::apart;
use super::super::{Batch, Past};
use crate::engine::Number;

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

async fn next(past: &mut Past) -> Option<u64> {
    let batch = past.next().await.map(|piece| piece.unwrap());
    // Whatever can be read is read meanwhile.
    for _ in 0..10 {
        yield_now().await;
    }
    batch.map(|batch| batch.upto.0)
}

#[tokio::test]
async fn one_piece_is_read_ahead_where_a_place_is_free() {
    let places = Arc::new(Semaphore::new(1));
    let [(first, by_first), (second, by_second)] = [pieces(), pieces()];
    let [mut first, mut second] = [first, second].map(|past| apart(past, Some(Arc::clone(&places))));
    let read = || [&by_first, &by_second].map(|read| read.load(Ordering::Relaxed));

    assert_eq!((next(&mut first).await, read()), (Some(1), [2, 0]));
    assert_eq!((next(&mut second).await, read()), (Some(1), [2, 1]));
    assert_eq!((next(&mut second).await, read()), (Some(2), [2, 2]));
    drop(first);
    assert_eq!((next(&mut second).await, read()), (Some(3), [2, 4]));
    for upto in 4..=9 {
        assert_eq!(next(&mut second).await, Some(upto));
    }
    assert_eq!(next(&mut second).await, None);
    assert_eq!(places.available_permits(), 1);
}

#[tokio::test]
async fn without_places_nothing_is_read_ahead() {
    let (past, read) = pieces();
    let mut past = apart(past, None);
    for upto in 1..=9 {
        assert_eq!(next(&mut past).await, Some(upto));
        assert_eq!(read.load(Ordering::Relaxed) as u64, upto);
    }
    assert_eq!(next(&mut past).await, None);
}
