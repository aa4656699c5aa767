//! Three nodes on one Redis behind nginx, and a crowd on all of them. Every ten seconds one of them is killed:
//! everybody still hears everything, once, in one order.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use openline::load::{Crowd, Lines, Mark};
use reqwest::Client;

use super::chance::Chance;
use super::room::{Message, check_kept, history, kept, say};
use super::running::Running;
use super::running::nginx::Nginx;
use super::running::redis::RedisServer;
use super::setting;
use super::subscriber::PAUSE;

const ROOM: &str = "nodes";
const NODES: usize = 3;
/// How many threads listen.
const CROWDS: usize = 2;
const POSTERS: usize = 6;
/// How often each of them has something to say.
const PACE: Duration = Duration::from_millis(1000);
/// How often a node is killed.
const KILL_EVERY: Duration = Duration::from_secs(10);
/// How long a killed node stays away at most, in milliseconds.
const MOST_DOWN: u64 = 2_000;
/// How long the crowd may take to hear the last message.
const PATIENCE: Duration = Duration::from_secs(60);
/// nginx is trusted to say where a line comes from.
const SETTINGS: &str = "trusted_proxies = [\"127.0.0.1\"]\n";

/// Posts again and again, each message to the next node and under its key until it is acknowledged.
async fn poster(place: usize, nodes: Vec<String>, enough: Arc<AtomicBool>) -> Vec<Message> {
    let (http, mut mine) = (Client::new(), Vec::new());
    let mut next = nodes.iter().cycle().skip(place);
    while !enough.load(Ordering::Relaxed) {
        let key = format!("poster-{place}-{}", mine.len());
        let number = u32::try_from(mine.len()).expect("a number");
        let body = Mark {
            room: 0,
            voice: u16::try_from(place).expect("a voice"),
            number,
            time: openline::load::now(),
        }
        .text();
        let message = loop {
            let room = format!("{}/rooms/{ROOM}", next.next().expect("a node"));
            match say(&http, &room, &key, &body).await {
                Ok(answer) => match kept(&answer) {
                    Some(message) => break message,
                    None => assert!(answer.0.is_server_error(), "{answer:?}"),
                },
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        };
        assert_eq!(message.body, body);
        mine.push(message);
        tokio::time::sleep(PACE).await;
    }
    mine
}

/// The number in an id.
fn number(message: &Message) -> u64 {
    message.id.rsplit('-').next().and_then(|number| number.parse().ok()).expect("a number in the id")
}

#[test]
fn a_crowd_on_three_nodes_hears_all_in_one_order_once_while_they_are_killed_in_turn() {
    let lines = usize::try_from(setting("OPENLINE_NODES_LINES", 300)).expect("lines");
    let time = Duration::from_secs(setting("OPENLINE_NODES_SECONDS", 30));
    let seed = setting("OPENLINE_SEED", openline::load::now());
    println!("OPENLINE_SEED={seed} OPENLINE_NODES_LINES={lines} OPENLINE_NODES_SECONDS={}", time.as_secs());
    let files = rlimit::increase_nofile_limit(u64::MAX).expect("the limit of files");
    assert!(
        files > 2 * lines as u64 + 500,
        "{lines} lines need more than the {files} files that are allowed"
    );

    let redis = RedisServer::start();
    let mut nodes: Vec<Running> = (0..NODES).map(|_| Running::on(&redis.url(), SETTINGS)).collect();
    let addresses: Vec<_> = nodes.iter().map(Running::address).collect();
    let urls: Vec<_> = nodes.iter().map(|node| node.url("")).collect();
    let nginx = Nginx::before(&addresses);
    let total = Arc::new(OnceLock::new());
    let listening: Vec<_> = (0..CROWDS)
        .map(|place| {
            let path = format!("/rooms/{ROOM}");
            let first = place * lines;
            let lines_of = Lines {
                first,
                wants_ids: true,
                counted: Some("event: reset".to_owned()),
                ..Lines::on(&[nginx.address()], &path)
            };
            let mut crowd = Crowd::new(lines_of).expect("a crowd");
            crowd.open(lines / CROWDS).expect("lines");
            (crowd.coming_back(), Arc::clone(&total))
        })
        .collect::<Vec<_>>()
        .into_iter()
        .map(|(mut crowd, total)| {
            thread::spawn(move || {
                let total = loop {
                    crowd.hear_for(Duration::from_millis(100)).expect("to listen");
                    if let Some(total) = total.get() {
                        break *total;
                    }
                };
                crowd.hear(total, PATIENCE).expect("to listen");
                (crowd.tally(), crowd.hearing().heard(0))
            })
        })
        .collect();

    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let enough = Arc::new(AtomicBool::new(false));
    let posting: Vec<_> =
        (0..POSTERS).map(|place| runtime.spawn(poster(place, urls.clone(), Arc::clone(&enough)))).collect();
    let (mut chance, end, mut kills) = (Chance(seed), Instant::now() + time, 0);
    while Instant::now() + KILL_EVERY / 2 < end {
        thread::sleep(KILL_EVERY.min(end.saturating_duration_since(Instant::now())));
        let node = &mut nodes[usize::try_from(chance.below(NODES as u64)).expect("a place")];
        node.kill();
        // Gone for so long that its lines go elsewhere, or back before they have asked.
        thread::sleep(Duration::from_millis(chance.below(MOST_DOWN)));
        node.restart();
        kills += 1;
    }
    enough.store(true, Ordering::Relaxed);
    let mut acknowledged: Vec<(Message, (u16, u32))> = Vec::new();
    for (place, mine) in posting.into_iter().enumerate() {
        let mine = runtime.block_on(mine).expect("a poster").into_iter().zip(0..);
        acknowledged.extend(mine.map(|(message, number)| (message, (place as u16, number))));
    }
    acknowledged.sort_by_key(|(message, _)| number(message));
    let (acknowledged, order): (Vec<Message>, Vec<(u16, u32)>) = acknowledged.into_iter().unzip();
    total.set(order.len()).expect("told once");
    for url in &urls {
        let history = runtime.block_on(history(&Client::new(), url, ROOM));
        check_kept(&acknowledged, &history);
        assert_eq!(
            history, acknowledged,
            "each was repeated until it was acknowledged, so nothing else is there"
        );
    }
    let mut comebacks = 0;
    for crowd in listening {
        let (tally, heard) = crowd.join().expect("a crowd");
        assert!(tally.faults.words().is_empty(), "{:#?}\n{}", tally.faults, nginx.stderr());
        assert_eq!(tally.others, 0, "nobody missed anything, so nobody is reset");
        assert_eq!(heard, order);
        assert_eq!(tally.deliveries, (order.len() * (lines / CROWDS)) as u64);
        comebacks += tally.comebacks;
    }
    assert!(comebacks >= kills, "nobody was cut off");
    println!("{} messages to {lines} lines, {kills} kills, {comebacks} comebacks", order.len());
}
