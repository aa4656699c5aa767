//! The server is killed at random moments under load, again and again on the same data.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::Client;
use tokio::sync::Semaphore;

use super::chance::Chance;
use super::room::{Message, check_kept, history, kept, say};
use super::running::Running;
use super::setting;
use super::subscriber::{Kind, PAUSE, Subscriber, THE_END};

const ROOM: &str = "endurance";
const POSTERS: usize = 8;
/// How long the whole may take at most, for each round.
const PATIENCE: Duration = Duration::from_secs(30);

/// Posts one message after the other, each until it is acknowledged, however often that takes.
async fn poster(
    place: usize,
    server: String,
    enough: Arc<AtomicBool>,
    acknowledged: Arc<Semaphore>,
) -> Vec<Message> {
    let (http, room) = (Client::new(), format!("{server}/rooms/{ROOM}"));
    let mut mine = Vec::new();
    while !enough.load(Ordering::Relaxed) {
        let key = format!("poster-{place}-{}", mine.len());
        let message = loop {
            match say(&http, &room, &key, &key).await {
                Ok(answer) => match kept(&answer) {
                    Some(message) => break message,
                    None => assert!(answer.0.is_server_error(), "{answer:?}"),
                },
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        };
        assert_eq!(message.body, key);
        mine.push(message);
        acknowledged.add_permits(1);
    }
    mine
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_acknowledged_is_kept_and_heard_once_however_often_the_server_is_killed() {
    let rounds = setting("OPENLINE_ROUNDS", 4);
    let seed = setting("OPENLINE_SEED", openline::load::now());
    println!("OPENLINE_SEED={seed} OPENLINE_ROUNDS={rounds}");
    let everything = killed(rounds, Chance(seed));
    let patience = PATIENCE * u32::try_from(rounds + 1).expect("rounds");
    tokio::time::timeout(patience, everything).await.expect("it hangs");
}

async fn killed(rounds: u64, mut chance: Chance) {
    let mut server = Running::start();
    let url = server.url("");
    let kinds = [Kind::Sse, Kind::Ndjson, Kind::WebSocket];
    let listening: Vec<_> = kinds
        .into_iter()
        .cycle()
        .take(6)
        .map(|kind| tokio::spawn(Subscriber::listen(kind, url.clone(), ROOM)))
        .collect();
    let (enough, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(Semaphore::new(0)));
    let posting: Vec<_> = (0..POSTERS)
        .map(|place| tokio::spawn(poster(place, url.clone(), Arc::clone(&enough), Arc::clone(&acknowledged))))
        .collect();
    for _ in 0..rounds {
        // So many more are acknowledged, and then anything may be under way.
        let more = 20 + u32::try_from(chance.below(300)).expect("small");
        acknowledged.acquire_many(more).await.expect("a semaphore").forget();
        tokio::time::sleep(Duration::from_micros(chance.below(3_000))).await;
        server = tokio::task::spawn_blocking(move || {
            server.kill();
            server.restart();
            server
        })
        .await
        .expect("a server that starts again");
    }
    enough.store(true, Ordering::Relaxed);
    let mut kept_of_all = Vec::new();
    for mine in posting {
        kept_of_all.extend(mine.await.expect("a poster"));
    }
    let http = Client::new();
    let last = say(&http, &format!("{url}/rooms/{ROOM}"), "end", THE_END).await.expect("an answer");
    kept_of_all.push(kept(&last).expect("kept"));

    let history = history(&http, &url, ROOM).await;
    check_kept(&kept_of_all, &history);
    // Each poster repeats until it is acknowledged, so nothing else can be there.
    assert_eq!(history.len(), kept_of_all.len());
    for subscriber in listening {
        let subscriber = subscriber.await.expect("a subscriber");
        let Subscriber { kind, heard, surprises, lines } = &subscriber;
        assert!(surprises.is_empty(), "{kind:?}: {surprises:?}");
        assert!(u64::from(*lines) >= rounds, "{kind:?} had {lines} lines, so it was never cut off");
        let difference = heard.iter().zip(&history).position(|(heard, kept)| heard != kept);
        assert_eq!((difference, heard.len()), (None, history.len()), "{kind:?} did not hear the history");
    }
    println!("{} messages in {rounds} rounds", history.len());
}
