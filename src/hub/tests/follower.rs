//! Who hears the log: the thread that is woken for it, or whoever says something.

use std::pin::pin;
use std::sync::Condvar;
use std::sync::atomic::AtomicUsize;

use futures_util::FutureExt;

use super::*;

/// Nobody hears the log in this house any more but the follower. Gives it, and how often it has called for its thread.
fn apart(house: &House) -> (Arc<Follower>, Arc<AtomicUsize>) {
    let (tasks, follower) = house.hub.start_apart();
    *house.tasks.lock().unwrap() = tasks;
    let alarms = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&alarms);
    follower.sit_down(move || _ = counted.fetch_add(1, Ordering::Relaxed));
    while follower.run() {}
    alarms.store(0, Ordering::Relaxed);
    (follower, alarms)
}

#[tokio::test]
async fn whoever_says_something_hears_it_and_wakes_nobody() {
    let house = House::new().await;
    let (follower, alarms) = apart(&house);
    for words in ["one", "two", "three"] {
        let said = house.hub.along(pin!(house.say("a", words))).await;
        assert_eq!(house.hub.head().number, said);
    }
    assert_eq!(alarms.load(Ordering::Relaxed), 0);

    let said = house.say("a", "by the way").await;
    assert!(house.hub.head().number < said);
    assert_eq!(alarms.load(Ordering::Relaxed), 1);
    while follower.run() {}
    assert_eq!(house.hub.head().number, said);
}

#[tokio::test]
async fn another_node_in_this_process_is_woken_as_ever() {
    let house = House::new().await;
    let (_follower, alarms) = apart(&house);
    let other = house.beside().await;
    let (others, called) = apart(&other);
    let said = house.hub.along(pin!(house.say("a", "words"))).await;
    assert_eq!((alarms.load(Ordering::Relaxed), called.load(Ordering::Relaxed)), (0, 1));
    while others.run() {}
    assert_eq!(other.hub.head().number, said);
}

#[tokio::test]
async fn what_was_said_is_heard_though_whoever_said_it_waits_or_panics() {
    let house = House::new().await;
    let (_follower, alarms) = apart(&house);
    let mut waits = pin!(async {
        house.say("a", "and then").await;
        std::future::pending::<()>().await;
    });
    assert!(house.hub.along(waits.as_mut()).now_or_never().is_none());
    assert_eq!(house.hub.head().number, Number(1));

    let panics = pin!(async {
        house.say("a", "help").await;
        panic!("in the middle of it");
    });
    let along = std::panic::AssertUnwindSafe(house.hub.along(panics));
    assert!(along.catch_unwind().await.is_err());
    assert_eq!(house.hub.head().number, Number(2));
    assert_eq!(alarms.load(Ordering::Relaxed), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_left_lying_whoever_comes_together() {
    const EACH: usize = 2_000;
    let house = House::new().await;
    let (tasks, follower) = house.hub.start_apart();
    *house.tasks.lock().unwrap() = tasks;
    let bell = Arc::new((Mutex::new(false), Condvar::new()));
    let rings = Arc::clone(&bell);
    follower.sit_down(move || {
        *rings.0.lock().unwrap() = true;
        rings.1.notify_one();
    });
    // As a thread of lines does: it sleeps until it is woken, and nothing else wakes it.
    let runtime = tokio::runtime::Handle::current();
    let is_over = Arc::<AtomicBool>::default();
    let thread = std::thread::spawn({
        let (bell, is_over, follower) = (Arc::clone(&bell), Arc::clone(&is_over), Arc::clone(&follower));
        move || {
            let _inside = runtime.enter();
            while !is_over.load(Ordering::Acquire) {
                let rung = bell.0.lock().unwrap();
                *bell.1.wait_while(rung, |rung| !*rung).unwrap() = false;
                while follower.run() {}
            }
        }
    });
    let house = Arc::new(house);
    let speakers: Vec<_> = (0..4)
        .map(|speaker| {
            let house = Arc::clone(&house);
            tokio::spawn(async move {
                for turn in 0..EACH {
                    if (turn + speaker) % 3 == 0 {
                        house.say("a", "words").await;
                    } else {
                        house.hub.along(pin!(house.say("a", "words"))).await;
                    }
                    if turn % 100 == 0 {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                }
            })
        })
        .collect();
    for speaker in speakers {
        speaker.await.unwrap();
    }
    house.heard(Number(4 * EACH as u64)).await;
    is_over.store(true, Ordering::Release);
    *bell.0.lock().unwrap() = true;
    bell.1.notify_one();
    thread.join().unwrap();
}
