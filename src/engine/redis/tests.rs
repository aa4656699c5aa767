//! The engine against a real `redis-server` that the tests start themselves.

#[path = "../../../tests/running/redis.rs"]
mod server;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::super::conformance::Store;
use super::super::moving::tests::Home;
use super::super::moving::{Source, Target};
use super::super::{Audience, Epoch, EpochId, NewEntry, NumberedKey, Put, Standing, begin_epoch};
use super::*;
pub(super) use server::RedisServer;

pub(super) fn options() -> RedisOptions {
    RedisOptions {
        prefix: "test".to_owned(),
        wait_replicas: 0,
        timeout: Duration::from_secs(10),
        allow_eviction: false,
        ca: None,
        sentinel_password: None,
    }
}

pub(super) fn place(server: &RedisServer) -> RedisPlace {
    server.url().parse().unwrap()
}

pub(super) async fn open(server: &RedisServer, clock: Clock) -> Redis {
    Redis::open(place(server), options(), clock).await.unwrap()
}

/// Waits until the nodes that were closed have let go.
pub(super) async fn is_left(server: &RedisServer) {
    while server.cli(&["PUBSUB", "NUMSUB", "{test}:signals:0"]) != "{test}:signals:0\n0" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A server that has each write on its disk before it answers. Opening its store again is after a `kill -9`.
pub(in crate::engine) struct OnServer {
    server: RedisServer,
    engine: Option<Arc<Redis>>,
}

impl OnServer {
    pub(in crate::engine) fn new() -> Self {
        OnServer { server: RedisServer::durable(), engine: None }
    }

    /// Quicker, for tests in which nothing is killed.
    pub(in crate::engine) fn without_disk() -> Self {
        OnServer { server: RedisServer::start(), engine: None }
    }
}

#[async_trait]
impl Store for OnServer {
    async fn open(&mut self, clock: Clock) -> Arc<dyn Engine> {
        if let Some(engine) = self.engine.take() {
            engine.close().await;
            self.server.kill();
            self.server.start_again();
        }
        let engine = Arc::new(open(&self.server, clock).await);
        self.engine = Some(Arc::clone(&engine));
        engine
    }
}

#[async_trait]
impl Home for OnServer {
    async fn serve(&mut self, clock: Clock) -> Result<Arc<dyn Engine>, String> {
        let engine = Redis::open(place(&self.server), options(), clock).await;
        Ok(Arc::new(engine.map_err(|error| error.to_string())?))
    }

    async fn source(&mut self) -> Result<Box<dyn Source>, String> {
        is_left(&self.server).await;
        let source = RedisAtRest::source(place(&self.server), options()).await;
        Ok(Box::new(source.map_err(|error| error.to_string())?))
    }

    async fn target(&mut self) -> Result<Box<dyn Target>, String> {
        is_left(&self.server).await;
        let target = RedisAtRest::target(place(&self.server), options()).await;
        Ok(Box::new(target.map_err(|error| error.to_string())?))
    }
}

pub(super) fn saying(audience: &str, body: &str) -> Commit {
    let key = NumberedKey::WithNumber(Key::new("message"));
    Commit {
        puts: vec![Put { key: key.clone(), json: Bytes::copy_from_slice(body.as_bytes()), expires: None }],
        entry: Some(NewEntry {
            audiences: vec![Audience::new(audience)],
            kind: "said".to_owned(),
            document: key,
            facts: None,
            at: 1,
        }),
        ..Commit::new()
    }
}

pub(super) async fn say(engine: &Redis, body: &str) -> Id {
    match engine.commit(saying("x", body).into()).await.unwrap() {
        Outcome::Done { id: Some(id) } => id,
        other => panic!("{other:?}"),
    }
}

async fn next(follower: &mut BoxStream<'static, Result<Tidings, EngineError>>) -> Tidings {
    loop {
        let heard = tokio::time::timeout(Duration::from_secs(20), follower.next()).await;
        // While the connection is made anew there are errors; tidings follow.
        if let Ok(tidings) = heard.expect("tidings come").expect("the engine is open") {
            return tidings;
        }
    }
}

#[tokio::test]
async fn nodes_share_one_log() {
    let server = RedisServer::start();
    let (one, two) = (open(&server, Clock::system()).await, open(&server, Clock::system()).await);
    let start = one.epochs().await.unwrap().id(Number(0));
    let mut follower = two.follow(start);
    let first = say(&one, "1").await;
    let second = say(&two, "2").await;
    assert_eq!((first.number, second), (Number(1), Id { number: Number(2), ..first }));
    let mut bodies = Vec::new();
    while bodies.len() < 2 {
        let Tidings::Entries(entries) = next(&mut follower).await else { panic!("nothing else happened") };
        bodies.extend(entries.into_iter().map(|(_, document)| document.unwrap().json));
    }
    assert_eq!(bodies, ["1", "2"]);
    one.close().await;
    assert_eq!(say(&two, "3").await.number, Number(3), "another node's end concerns nobody");
}

#[tokio::test]
async fn when_everything_is_gone_a_new_epoch_begins_with_the_next_commit() {
    let server = RedisServer::start();
    let (one, two) = (open(&server, Clock::system()).await, open(&server, Clock::system()).await);
    for body in ["1", "2", "3"] {
        say(&one, body).await;
    }
    let before = one.epochs().await.unwrap();
    let mut follower = two.follow(before.id(Number(3)));
    server.cli(&["FLUSHALL"]);
    let again = say(&one, "again").await;
    assert_eq!(again.number, Number(1));
    assert_eq!(before.standing(again), Standing::Foreign, "no id means two things");

    let Tidings::Epochs { epochs, after } = next(&mut follower).await else { panic!("the log went back") };
    assert_eq!(epochs.standing(before.id(Number(3))), Standing::Foreign);
    assert!(after <= Number(1));
    say(&two, "more").await;
    let mut heard = Vec::new();
    while heard.last() != Some(&Number(2)) {
        let Tidings::Entries(entries) = next(&mut follower).await else { panic!("nothing else happened") };
        heard.extend(entries.iter().map(|(entry, _)| entry.number));
    }
    assert_eq!(heard.first(), Some(&after.next()));
}

#[tokio::test]
async fn a_log_that_has_overtaken_its_former_self_is_noticed_all_the_same() {
    let mut server = RedisServer::with(&["save \"\""]);
    let one = open(&server, Clock::system()).await;
    say(&one, "kept").await;
    server.cli(&["SAVE"]);
    let lost = say(&one, "lost").await;
    let mut follower = one.follow(lost);
    // Back to the snapshot, and past the number that the follower waits after, before it can look.
    server.kill();
    server.start_again();
    let two = open(&server, Clock::system()).await;
    let ids = [say(&two, "a").await, say(&two, "b").await, say(&two, "c").await];
    assert_eq!(ids.map(|id| id.number.0), [2, 3, 4]);

    let Tidings::Epochs { epochs, after } = next(&mut follower).await else { panic!("the log went back") };
    assert_eq!(epochs.standing(lost), Standing::Undone(Number(1)));
    assert_ne!(epochs.id(lost.number), lost, "no id means two things");
    assert!(after >= Number(1));
}

#[tokio::test]
async fn epochs_begin_by_the_same_rules_as_elsewhere() {
    let server = RedisServer::start();
    let long = (1..=1000u32).map(|n| Epoch { id: EpochId(n), first: Number(n.into()) }).collect();
    for (list, head) in [
        (vec![Epoch { id: EpochId(7), first: Number(1) }], 0),
        (vec![Epoch { id: EpochId(7), first: Number(1) }], 5),
        (vec![Epoch { id: EpochId(7), first: Number(1) }, Epoch { id: EpochId(8), first: Number(6) }], 5),
        (vec![Epoch { id: EpochId(7), first: Number(1) }, Epoch { id: EpochId(8), first: Number(6) }], 6),
        (long, 1000),
    ] {
        let written: Vec<_> =
            list.iter().map(|epoch: &Epoch| format!("{}:{}", epoch.id, epoch.first)).collect();
        let (written, head_text) = (written.join(" "), head.to_string());
        server.cli(&["HSET", "{test}:state", "epochs", &written, "identity", "another", "head", &head_text]);
        let engine = open(&server, Clock::system()).await;
        let found = engine.epochs().await.unwrap();
        let expected = begin_epoch(list, Number(head));
        let firsts = |list: &[Epoch]| list.iter().map(|epoch| epoch.first).collect::<Vec<_>>();
        assert_eq!(firsts(found.list()), firsts(&expected));
        assert_eq!(found.list()[..expected.len() - 1], expected[..expected.len() - 1]);
    }
}

#[tokio::test]
async fn tokens_are_known_through_a_change_of_their_generation() {
    let server = RedisServer::start();
    let engine = open(&server, Clock::system()).await;
    let mut asked = Vec::new();
    for n in 0..6 {
        let commit = saying("x", &n.to_string());
        asked.push((engine.commit(commit.clone().into()).await, commit));
        // As if ten minutes had passed: the next commit begins a generation.
        if n == 3 {
            server.cli(&["HSET", "{test}:state", "tokens_since", "1"]);
        }
    }
    assert_eq!(server.cli(&["EXISTS", "{test}:tokens:old"]), "1");
    for (answer, commit) in asked {
        assert_eq!(engine.commit(commit.into()).await, answer);
    }
    assert_eq!(engine.epochs().await.unwrap().head(), Number(6));
}

#[tokio::test]
async fn a_full_memory_refuses_what_is_said_but_not_what_makes_room() {
    let server = RedisServer::start();
    let engine = open(&server, Clock::system()).await;
    let said = say(&engine, "1").await;
    server.cli(&["CONFIG", "SET", "maxmemory", "1"]);
    let refused = engine.commit(saying("x", "2").into()).await;
    assert!(
        matches!(&refused, Err(EngineError::Unavailable(reason)) if reason.contains("maxmemory")),
        "{refused:?}"
    );
    assert!(engine.health().await.is_err_and(|error| error.to_string().contains("maxmemory")));
    assert_eq!(engine.epochs().await.unwrap().head(), said.number);

    let key = Key::new("message").number(said.number);
    let tidy = Commit {
        deletes: vec![key.clone()],
        entry: Some(NewEntry {
            audiences: Vec::new(),
            document: key.clone().into(),
            ..saying("x", "").entry.unwrap()
        }),
        ..Commit::new()
    };
    // Nor does one that is refused stand in the way of one that goes with it.
    let (refused, tidied) = tokio::join!(engine.commit(saying("x", "2").into()), engine.commit(tidy.into()));
    assert!(matches!(refused, Err(EngineError::Unavailable(_))), "{refused:?}");
    assert!(matches!(tidied, Ok(Outcome::Done { id: Some(_) })), "{tidied:?}");
    assert_eq!(engine.get(&[key]).await, Ok(vec![None]));
    assert_eq!(engine.trim(said.number).await, Ok(1));

    server.cli(&["CONFIG", "SET", "maxmemory", "0"]);
    assert!(engine.health().await.is_ok());
    say(&engine, "3").await;
}

#[tokio::test]
async fn a_copy_put_back_under_a_running_server_begins_an_epoch_too() {
    let server = RedisServer::start();
    let engine = open(&server, Clock::system()).await;
    say(&engine, "1").await;
    let keys =
        ["state", "log", "documents", "names", "heard:x", "tokens"].map(|name| format!("{{test}}:{name}"));
    for key in &keys {
        server.cli(&["COPY", key, &format!("{key}:copy"), "REPLACE"]);
    }
    let lost = say(&engine, "lost").await;
    for key in &keys {
        server.cli(&["COPY", &format!("{key}:copy"), key, "REPLACE"]);
    }
    let again = say(&engine, "again").await;
    assert_eq!(again.number, lost.number);
    assert_ne!(again.epoch, lost.epoch, "no id means two things");
    assert_eq!(engine.epochs().await.unwrap().standing(lost), Standing::Undone(Number(1)));
}

#[tokio::test]
async fn what_others_write_into_the_log_or_take_away_is_survived() {
    let server = RedisServer::start();
    let engine = open(&server, Clock::system()).await;
    let first = say(&engine, "1").await;
    server.cli(&["XADD", "{test}:log", "50-0", "who", "knows"]);
    let next = say(&engine, "2").await;
    assert_eq!(next, Id { number: Number(51), ..first });
    server.cli(&["DEL", "{test}:state"]);
    assert_eq!(say(&engine, "3").await.number, Number(52));
    server.cli(&["HSET", "{test}:documents", "message/0000000000000052", "no header"]);
    let mut follower = engine.follow(engine.epochs().await.unwrap().id(Number(0)));
    let mut heard = Vec::new();
    while heard.len() < 4 {
        if let Tidings::Entries(entries) = self::next(&mut follower).await {
            heard.extend(entries);
        }
    }
    assert_eq!(heard.iter().map(|(entry, _)| entry.number.0).collect::<Vec<_>>(), [1, 50, 51, 52]);
    assert_eq!(heard[3].1, None, "what cannot be read counts as none");
}
