//! What is particular to moving into Redis and out of it: what is written there, and whom it does not suit.

use bytes::Bytes;

use super::super::super::moving::{PAGE, move_house};
use super::super::super::{Clock, Commit, Engine, NewEntry, NumberedKey, Outcome, Put, begin_epoch};
use super::super::tests::{RedisServer, is_left, open, options, place, say, saying};
use super::*;

async fn source(server: &RedisServer) -> Result<RedisAtRest, RedisOpenError> {
    RedisAtRest::source(place(server), options()).await
}

async fn target(server: &RedisServer) -> Result<RedisAtRest, RedisOpenError> {
    RedisAtRest::target(place(server), options()).await
}

/// Everything in a server as text, but versions, and what is about its nodes.
fn dump(server: &RedisServer) -> Vec<String> {
    let lines = |text: String| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let mut keys = lines(server.cli(&["KEYS", "*"]));
    keys.retain(|key| !key.contains(":state") && !key.contains(":tokens"));
    keys.sort();
    let mut all = keys.clone();
    for key in &keys {
        all.extend(match server.cli(&["TYPE", key]).as_str() {
            "hash" if key.ends_with(":documents") => lines(server.cli(&["HKEYS", key]))
                .into_iter()
                .map(|name| {
                    let stored = server.cli(&["HGET", key, &name]);
                    format!("{name} {}", stored.split_once(' ').expect("a version").1)
                })
                .collect(),
            "hash" => lines(server.cli(&["HGETALL", key])),
            "zset" => lines(server.cli(&["ZRANGE", key, "0", "-1", "WITHSCORES"])),
            "list" => lines(server.cli(&["LRANGE", key, "0", "-1"])),
            "stream" => lines(server.cli(&["XRANGE", key, "-", "+"])),
            other => panic!("{key} is a {other}"),
        });
    }
    all
}

#[tokio::test]
async fn what_is_moved_is_written_as_commits_would_have_written_it() {
    let (from, to) = (RedisServer::start(), RedisServer::start());
    let node = open(&from, Clock::system()).await;
    for n in 0..4 {
        let key = NumberedKey::WithNumber(Key::new("message").part("é 🦀"));
        let expires = (n == 2).then_some(1 << 52);
        let commit = Commit {
            puts: vec![Put { key: key.clone(), json: Bytes::from(format!("\"{n}  é\"")), expires }],
            entry: Some(NewEntry {
                audiences: ["room:a", "room:\"é\""][..n % 3].iter().map(|name| Audience::new(name)).collect(),
                kind: "said".to_owned(),
                document: key,
                facts: (n == 1).then(|| Bytes::from_static(b"{\"x\":1}")),
                at: 5,
            }),
            ..Commit::new()
        };
        assert!(matches!(node.commit(commit.into()).await, Ok(Outcome::Done { .. })));
    }
    node.trim(Number(2)).await.unwrap();
    node.close().await;
    is_left(&from).await;
    let (old, new) = (source(&from).await.unwrap(), target(&to).await.unwrap());
    move_house(&old, &new, 0, &mut |_| {}).await.unwrap();
    let moved = dump(&to);
    assert_eq!(moved, dump(&from));
    assert!(moved.len() > 30, "{moved:#?}");

    let field = |server: &RedisServer, name| server.cli(&["HGET", "{test}:state", name]);
    for name in ["head", "at", "trimmed"] {
        assert_eq!(field(&to, name), field(&from, name));
    }
    assert_eq!(field(&to, "identity"), "", "the first node begins an epoch");
    assert_eq!(to.cli(&["EXISTS", "{test}:moving"]), "0");
}

#[tokio::test]
async fn nodes_must_have_gone() {
    let server = RedisServer::start();
    let nodes = [open(&server, Clock::system()).await, open(&server, Clock::system()).await];
    for refused in [source(&server).await.map(drop), target(&server).await.map(drop)] {
        let error = refused.unwrap_err();
        assert!(matches!(error, RedisOpenError::InUse { nodes: 2, .. }), "{error}");
        assert!(error.to_string().ends_with("; stop them first"), "{error}");
    }
    for node in nodes {
        node.close().await;
    }
    is_left(&server).await;
    assert!(source(&server).await.is_ok() && target(&server).await.is_ok());
}

#[tokio::test]
async fn a_node_that_comes_in_between_cannot_commit_into_the_midst_of_a_move() {
    let server = RedisServer::start();
    let target = target(&server).await.unwrap();
    let node = open(&server, Clock::system()).await;
    target.begin().await.unwrap();
    let refused = node.commit(saying("x", "1").into()).await;
    assert_eq!(refused, Err(EngineError::Unavailable(UNFINISHED.to_owned())));
    let ledger =
        Ledger { epochs: begin_epoch(Vec::new(), Number(0)), head: Number(0), trimmed: Number(0), at: 0 };
    target.finish(ledger).await.unwrap();
    assert_eq!(say(&node, "1").await.number, Number(1), "and then it can");
}

#[tokio::test]
async fn there_must_be_something_to_move_out_of() {
    let server = RedisServer::start();
    let error = source(&server).await.map(drop).unwrap_err().to_string();
    assert!(error.ends_with("there is nothing of Openline in it under the prefix test"), "{error}");
    let evicting = RedisServer::with(&["maxmemory-policy allkeys-lru"]);
    let error = target(&evicting).await.map(drop).unwrap_err().to_string();
    assert!(error.contains("noeviction"), "as for serving: {error}");
}

#[tokio::test]
async fn as_many_replicas_have_it_as_are_wanted() {
    let server = RedisServer::start();
    let wanting = RedisOptions { wait_replicas: 1, timeout: Duration::from_millis(200), ..options() };
    let alone = RedisAtRest::target(place(&server), wanting).await.unwrap();
    alone.begin().await.unwrap();
    let piece = || Piece::Trims(vec![(Audience::new("a"), Number(1))]);
    let error = alone.receive(piece()).await.unwrap_err();
    assert!(error.to_string().ends_with("only 0 of 1 replicas have it so far"), "{error}");

    let replica = RedisServer::replica_of(server.address(), &[]);
    let wanting = RedisOptions { wait_replicas: 1, ..options() };
    let followed = RedisAtRest::target(place(&server), wanting).await.unwrap();
    followed.receive(piece()).await.unwrap();
    assert_eq!(replica.cli(&["HGET", "{test}:trimmed", "a"]), "1");
}

#[tokio::test]
async fn pages_are_bounded_and_trimmed_audiences_come_in_order_however_many() {
    let server = RedisServer::start();
    let store = target(&server).await.unwrap();
    store.begin().await.unwrap();
    let names = |n: usize| Audience::new(&format!("room:{n:06}"));
    for first in (0..AHEAD + 2500).step_by(1000) {
        let trims = (first..(first + 1000).min(AHEAD + 2500)).map(|n| (names(n), Number(n as u64)));
        store.receive(Piece::Trims(trims.collect())).await.unwrap();
    }
    let (mut after, mut count) = (None, 0);
    loop {
        let page = store.trims(after.clone(), PAGE).await.unwrap();
        for (place, (audience, number)) in page.iter().enumerate() {
            assert_eq!((audience, number.0), (&names(count + place), (count + place) as u64));
        }
        count += page.len();
        let Some((last, _)) = page.last() else { break };
        after = Some(last.clone());
    }
    assert_eq!(count, AHEAD + 2500);

    let kept = |n: u64| Kept {
        key: Key::new("a").number(Number(n)),
        json: "x".repeat(100).into(),
        number: None,
        expires: None,
    };
    store.receive(Piece::Documents((0..10).map(kept).collect())).await.unwrap();
    let found = store.documents(None, Limit { items: 4, bytes: 1 << 20 }).await.unwrap();
    assert_eq!(found, (0..4).map(kept).collect::<Vec<_>>());
    let after = Some(found[3].key.clone());
    let found = store.documents(after, Limit { items: 100, bytes: 300 }).await.unwrap();
    assert_eq!(found, (4..7).map(kept).collect::<Vec<_>>());
}
