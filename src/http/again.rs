//! A future that is polled again at once if it was woken while it was polled.
//!
//! hyper (1.12) wakes a connection's own task whenever the body of a request is read, though nobody waits for it. The
//! runtime would put the task into its queue once more, and wake another thread that may want to take it: for each
//! post two processors that sleep, and perhaps a connection that moves to a cache which does not know it.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;

/// How often it is polled in one turn of its task. Then others have theirs.
const POLLS: usize = 4;

/// It waits, and whoever wakes it wakes its task.
const WAITS: u8 = 0;
/// It is being polled.
const POLLED: u8 = 1;
/// It was woken, and has not been polled since.
const WOKEN: u8 = 2;

/// What the future takes for its task.
struct Bell {
    state: AtomicU8,
    task: AtomicWaker,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.swap(WOKEN, Ordering::AcqRel) == WAITS {
            self.task.wake();
        }
    }
}

/// Waits for a future that may wake itself.
pub async fn again<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let bell = Arc::new(Bell { state: AtomicU8::new(WOKEN), task: AtomicWaker::new() });
    let waker = Waker::from(Arc::clone(&bell));
    poll_fn(|cx| {
        bell.task.register(cx.waker());
        for _ in 0..POLLS {
            // Not a `store`: it is to see all that those did who woke it.
            bell.state.swap(POLLED, Ordering::AcqRel);
            let poll = future.as_mut().poll(&mut Context::from_waker(&waker));
            let is_woken =
                bell.state.compare_exchange(POLLED, WAITS, Ordering::AcqRel, Ordering::Acquire).is_err();
            if poll.is_ready() || !is_woken {
                return poll;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Default)]
    struct Task(AtomicUsize);

    impl Wake for Task {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl Task {
        fn woken(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn who_wakes_itself_is_polled_again_and_no_task_is_woken() {
        let task = Arc::<Task>::default();
        let mut polls = 0;
        let future = poll_fn(|cx| {
            polls += 1;
            cx.waker().wake_by_ref();
            if polls == 3 { Poll::Ready(polls) } else { Poll::<i32>::Pending }
        });
        let waker = Waker::from(Arc::clone(&task));
        let poll = pin!(again(future)).poll(&mut Context::from_waker(&waker));
        assert_eq!((poll, task.woken()), (Poll::Ready(3), 0));
    }

    #[test]
    fn who_goes_on_waking_itself_lets_others_have_a_turn() {
        let task = Arc::<Task>::default();
        let mut polls = 0;
        let future = poll_fn(|cx| {
            polls += 1;
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        });
        let waker = Waker::from(Arc::clone(&task));
        {
            let mut again = pin!(again(future));
            for turn in 1..=3 {
                assert!(again.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
                assert_eq!(task.woken(), turn);
            }
        }
        assert_eq!(polls, 3 * POLLS);
    }

    #[test]
    fn who_is_woken_while_it_waits_wakes_its_task_once() {
        let task = Arc::<Task>::default();
        let mut inner = None;
        let mut polls = 0;
        let future = poll_fn(|cx| {
            polls += 1;
            inner = Some(cx.waker().clone());
            Poll::<()>::Pending
        });
        let waker = Waker::from(Arc::clone(&task));
        {
            let mut again = pin!(again(future));
            assert!(again.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            assert_eq!(task.woken(), 0);
        }
        inner.as_ref().unwrap().wake_by_ref();
        inner.as_ref().unwrap().wake_by_ref();
        assert_eq!((polls, task.woken()), (1, 1));
    }

    /// Two tasks that hand a token to and fro: one wake-up lost, and they wait for ever.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_wake_up_is_lost_between_threads() {
        const TIMES: usize = 20_000;
        let ((to, mut from_other), (to_other, mut from)) =
            (tokio::sync::mpsc::channel(1), tokio::sync::mpsc::channel(1));
        let other = tokio::spawn(async move {
            let work = async {
                while let Some(token) = from_other.recv().await {
                    to_other.send(token).await.unwrap();
                }
            };
            again(work).await;
        });
        let work = async {
            for token in 0..TIMES {
                to.send(token).await.unwrap();
                assert_eq!(from.recv().await, Some(token));
            }
            drop(to);
        };
        tokio::time::timeout(std::time::Duration::from_secs(60), again(work)).await.unwrap();
        other.await.unwrap();
    }
}
