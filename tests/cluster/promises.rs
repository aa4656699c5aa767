//! What an answer promises, and what Redis must promise before a node starts on it.

use std::time::{Duration, Instant};

use crate::client::get;
use crate::listener::Listener;
use crate::node::{check_may_pass, history, node, nodes, post, post_until_kept, until_ready};
use crate::running::Running;
use crate::running::redis::RedisServer;

/// How long a post may wait for replicas that are not there.
const MOST_WAIT: Duration = Duration::from_secs(15);
const WAIT_FOR_ONE: &str = "[redis]\nwait_replicas = 1\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_waits_for_the_replica_and_what_was_answered_is_there_when_the_primary_is_lost() {
    let mut primary = RedisServer::start();
    let replica = RedisServer::replica_of(primary.address(), &[]);
    let node = node(&primary.url(), WAIT_FOR_ONE);
    let mut acknowledged = Vec::new();
    for count in 0..50 {
        let answer = post(&node, "lobby", &count.to_string(), &count.to_string()).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        acknowledged.push(serde_json::from_str(&answer.body).expect("a message"));
    }
    primary.kill();
    drop(node);
    replica.cli(&["REPLICAOF", "NO", "ONE"]);
    let [node] = nodes(&replica.url());
    assert_eq!(history(&node, "lobby").await, acknowledged);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_replica_a_post_is_heard_but_not_acknowledged_until_it_is_back() {
    let primary = RedisServer::start();
    let replica = RedisServer::replica_of(primary.address(), &[]);
    let node = node(&primary.url(), WAIT_FOR_ONE);
    let listener = Listener::join(&node, "lobby").await;
    replica.pause();
    let since = Instant::now();
    let answer = post(&node, "lobby", "alone", "alone").await;
    println!("not acknowledged after {:?}: {}", since.elapsed(), answer.body.trim());
    check_may_pass(&answer);
    assert_eq!(answer.code(), "outcome-unknown");
    assert!(since.elapsed() < MOST_WAIT, "{:?}", since.elapsed());
    listener.until_body("alone").await;
    replica.resume();
    let message = post_until_kept(&node, "lobby", "alone").await;
    let heard = listener.until_body("alone").await;
    assert_eq!(heard.messages, std::slice::from_ref(&message), "said once");
    assert_eq!(history(&node, "lobby").await, [message]);
    heard.check_undisturbed();
    until_ready(&node).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_replica_repeating_a_post_does_not_get_it_acknowledged_either() {
    let primary = RedisServer::start();
    let replica = RedisServer::replica_of(primary.address(), &[]);
    let node = node(&primary.url(), WAIT_FOR_ONE);
    replica.pause();
    for _ in 0..2 {
        check_may_pass(&post(&node, "lobby", "alone", "alone").await);
    }
}

#[tokio::test]
async fn a_redis_that_may_drop_data_to_make_room_is_refused_unless_that_is_wanted() {
    let redis = RedisServer::with(&["maxmemory 50mb", "maxmemory-policy allkeys-lru"]);
    let engine = format!("engine = \"{}\"\n", redis.url());
    let refused = Running::refused(&engine).await;
    println!("{refused:?}");
    assert!(refused.code.is_some_and(|code| code > 0) && refused.stdout.is_empty(), "{refused:?}");
    for words in ["maxmemory-policy", "allkeys-lru", "noeviction", "allow_eviction"] {
        assert!(refused.stderr.contains(words), "{words}: {}", refused.stderr);
    }
    let bold = node(&redis.url(), "[redis]\nallow_eviction = true\n");
    assert_eq!(get(&bold, "/health/ready", &[]).await.status, 200);
    assert!(bold.stderr().contains("allkeys-lru"), "it is said all the same: {}", bold.stderr());
    drop(bold);
    redis.cli(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    let [careful] = nodes(&redis.url());
    assert_eq!(get(&careful, "/health/ready", &[]).await.status, 200);
}

#[tokio::test]
async fn at_its_start_a_node_says_what_this_redis_promises() {
    let plain = RedisServer::start();
    let [on_plain] = nodes(&plain.url());
    let said = on_plain.stderr();
    println!("{said}");
    let promise = format!("Redis {}; it keeps nothing on a disk", plain.info("redis_version"));
    assert!(said.contains(&promise), "{said}");
    let durable = RedisServer::durable();
    let replica = RedisServer::replica_of(durable.address(), &[]);
    let [on_durable] = nodes(&durable.url());
    let said_of_durable = on_durable.stderr();
    println!("{said_of_durable}");
    let promise = "each write is on its disk before it is answered; it has 1 replica";
    assert!(said_of_durable.contains(promise), "{said_of_durable}");
    drop(replica);
}
