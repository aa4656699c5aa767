//! What the other tests stand on does what it says: Redis servers that die and come back, Sentinels, a bad
//! network, and nginx.

use std::thread;
use std::time::{Duration, Instant};

use crate::running::nginx::Nginx;
use crate::running::proxy::Proxy;
use crate::running::redis::{self, RedisServer};
use crate::running::sentinels::Sentinels;
use crate::running::{PATIENCE, Running};

#[test]
fn a_redis_with_a_disk_has_what_it_was_told_after_a_crash_and_one_without_has_not() {
    for (mut redis, kept) in [(RedisServer::durable(), "b"), (RedisServer::start(), "")] {
        assert_eq!(redis.cli(&["SET", "a", "b"]), "OK");
        redis.pause();
        redis.resume();
        redis.kill();
        assert!(redis.try_cli(&["PING"]).is_err());
        redis.start_again();
        assert_eq!(redis.cli(&["GET", "a"]), kept);
    }
}

#[test]
fn a_password_is_asked_for() {
    let redis = RedisServer::with(&["requirepass secret"]);
    assert_eq!(redis.cli(&["PING"]), "PONG");
    let refused = redis::ask(redis.address(), None, &["PING"]);
    assert!(refused.is_err_and(|words| words.contains("NOAUTH")));
    assert_eq!(redis.cli(&["RPUSH", "list", "one", "two"]), "2");
    assert_eq!(redis.cli(&["LRANGE", "list", "0", "-1"]), "one\ntwo");
    assert!(redis.try_cli(&["GET", "list"]).is_err_and(|words| words.contains("WRONGTYPE")));
}

#[test]
fn sentinels_make_the_replica_the_primary_and_the_other_its_replica() {
    let mut primary = RedisServer::start();
    let replica = RedisServer::replica_of(primary.address(), &[]);
    let sentinels = Sentinels::watch(&primary, 1);
    assert_eq!(sentinels.primary(), primary.address());
    primary.cli(&["SET", "a", "b"]);
    assert_eq!(primary.cli(&["WAIT", "1", "10000"]), "1");
    primary.kill();
    sentinels.wait_for(replica.address());
    assert_eq!(replica.info("role"), "master");
    primary.start_again();
    primary.wait_until_it_is("slave");
    primary.wait_until("it is in step", |old| old.info("master_link_status") == "up");
    assert_eq!(primary.cli(&["GET", "a"]), "b");
}

#[test]
fn a_proxy_passes_holds_cuts_and_mends() {
    let redis = RedisServer::start();
    let proxy = Proxy::to(redis.address());
    let ask = |word| redis::ask(proxy.address(), None, &["ECHO", word]);
    assert_eq!(ask("open").as_deref(), Ok("open"));
    proxy.cut();
    assert!(ask("cut").is_err());
    proxy.blackhole();
    let (address, began) = (proxy.address(), Instant::now());
    let held = thread::spawn(move || (redis::ask(address, None, &["ECHO", "held"]), began.elapsed()));
    // It is on its way, and stays there: as long as Redis has not seen it, nobody can be told of it.
    redis.wait_until("it is connected", |redis| redis.info("connected_clients") == "2");
    assert!(redis.info("cmdstat_echo").starts_with("calls=1,"), "{}", redis.info("cmdstat_echo"));
    let mended = began.elapsed();
    proxy.mend();
    let (answer, took) = held.join().unwrap();
    assert!(answer.as_deref() == Ok("held") && took >= mended);
    proxy.slow(50_000);
    let began = Instant::now();
    let long = "x".repeat(20_000);
    assert_eq!(ask(&long).as_deref(), Ok(&*long));
    assert!(began.elapsed() > Duration::from_millis(500), "{:?}", began.elapsed());
}

#[tokio::test]
async fn nginx_passes_a_dead_node_over_and_hides_its_own_errors_from_event_sources() {
    let (mut one, mut other) = (Running::start(), Running::start());
    let nginx = Nginx::before(&[one.address(), other.address()]);
    let post = || reqwest::Client::new().post(nginx.url("/rooms/lobby")).body("hello").send();
    one.kill();
    for _ in 0..4 {
        assert_eq!(post().await.unwrap().status(), 201);
    }
    other.kill();
    let refused = post().await.unwrap();
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (503, &"2".parse().unwrap()));
    assert_eq!(refused.headers()["content-type"], "application/problem+json");
    let stream = reqwest::Client::new().get(nginx.url("/rooms/lobby")).header("accept", "text/event-stream");
    let stream = stream.send().await.unwrap();
    assert_eq!(
        (stream.status().as_u16(), &stream.headers()["content-type"]),
        (200, &"text/event-stream".parse().unwrap())
    );
    let told = stream.text().await.unwrap();
    assert!(
        told.starts_with("retry: ") && told.contains("\nevent: problem\ndata: {\"code\":\"no-node\""),
        "{told}"
    );
    one.restart();
    let began = Instant::now();
    while post().await.unwrap().status() != 201 {
        assert!(began.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
