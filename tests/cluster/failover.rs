//! A replica takes over: when the primary died with something that only it had, and when somebody planned it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::client::{Line, until};
use crate::listener::{Listener, check_one_meaning};
use crate::node::{history, node, nodes, post_until_kept, until_ready};
use crate::room::{Message, check_kept};
use crate::running::Running;
use crate::running::redis::RedisServer;
use crate::running::sentinels::Sentinels;

/// Cuts the replica off from its primary. It sleeps, so that it cannot connect again until it is let.
fn cut_off(primary: &RedisServer, replica: &RedisServer) {
    replica.pause();
    primary.cli(&["CLIENT", "KILL", "TYPE", "replica"]);
    primary.wait_until("the replica is gone", |primary| primary.info("connected_slaves") == "0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failover_that_loses_the_tail_resets_those_who_heard_it_and_only_those() {
    let mut primary = RedisServer::durable();
    let replica = RedisServer::replica_of(primary.address(), &["appendonly yes"]);
    let sentinels = Sentinels::watch(&primary, 1);
    let nodes = nodes::<2>(&sentinels.url());
    let (mut busy, mut quiet) = (Vec::new(), Vec::new());
    for node in &nodes {
        busy.push(Listener::join(node, "busy").await);
        quiet.push(Listener::join(node, "quiet").await);
    }
    let mut told: Vec<Message> = Vec::new();
    for count in 0..10 {
        told.push(post_until_kept(&nodes[count % 2], "busy", &format!("before {count}")).await);
    }
    told.push(post_until_kept(&nodes[0], "quiet", "quiet before").await);
    assert_eq!(primary.cli(&["WAIT", "1", "10000"]), "1");

    cut_off(&primary, &replica);
    for count in 0..5 {
        told.push(post_until_kept(&nodes[count % 2], "busy", &format!("lost {count}")).await);
    }
    for (busy, quiet) in busy.iter().zip(&quiet) {
        busy.until_body("lost 4").await;
        quiet.until_body("quiet before").await;
    }
    // One node sleeps, so that the other is the first to write to the new primary.
    nodes[1].pause();
    primary.kill();
    replica.resume();
    sentinels.wait_for(replica.address());
    println!("ready {:?} after the failover", until_ready(&nodes[0]).await);
    told.push(post_until_kept(&nodes[0], "quiet", "quiet at once").await);
    for count in 0..20 {
        told.push(post_until_kept(&nodes[0], "busy", &format!("at once {count}")).await);
    }
    nodes[1].resume();
    println!("the sleeper is ready after {:?}", until_ready(&nodes[1]).await);
    for listener in &busy {
        listener.until(|heard| !heard.resets.is_empty()).await;
    }
    for count in 0..10 {
        told.push(post_until_kept(&nodes[count % 2], "busy", &format!("after {count}")).await);
    }
    told.push(post_until_kept(&nodes[1], "quiet", "quiet after").await);

    let after = history(&nodes[1], "busy").await;
    assert_eq!((after.len(), &after[..10]), (40, &told[..10]));
    for listener in &busy {
        let heard = listener.until_body("after 9").await;
        heard.check_reset_once(15, &after);
        told.extend(heard.messages);
    }
    for listener in &quiet {
        let heard = listener.until_body("quiet after").await;
        heard.check_undisturbed();
        assert_eq!(heard.bodies(), ["quiet before", "quiet at once", "quiet after"]);
        told.extend(heard.messages);
    }
    for node in &nodes {
        let mut line = Line::sse(node, "/rooms/busy", &[("last-event-id", &told[9].id)]).await;
        assert_eq!(line.hello().await.id, told[9].id, "nothing was missed");
        let mut line = Line::sse(node, "/rooms/busy", &[("last-event-id", &told[13].id)]).await;
        line.named("reset").await;
        assert!(node.stderr().contains("the log went back"), "{}", node.stderr());
    }

    // The old primary comes back with what was lost, and must give way.
    primary.start_again();
    primary.wait_until_it_is("slave");
    primary.wait_until("it is in step", |old| old.info("master_link_status") == "up");
    told.push(post_until_kept(&nodes[0], "busy", "the end").await);
    for listener in &busy {
        let heard = listener.until_body("the end").await;
        assert_eq!((heard.resets.len(), heard.lines), (1, 1), "nothing more was lost: {heard:#?}");
        told.extend(heard.messages);
    }
    check_one_meaning(&told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_planned_failover_of_the_sentinels_that_loses_nothing_resets_nobody() {
    let primary = RedisServer::start();
    let replica = RedisServer::replica_of(primary.address(), &[]);
    let sentinels = Sentinels::watch(&primary, 1);
    let nodes = nodes::<2>(&sentinels.url());
    let mut listeners = Vec::new();
    for node in &nodes {
        listeners.push(Listener::join(node, "busy").await);
    }
    let mut acknowledged = Vec::new();
    for count in 0..10 {
        acknowledged.push(post_until_kept(&nodes[count % 2], "busy", &format!("before {count}")).await);
    }
    assert_eq!(primary.cli(&["WAIT", "1", "10000"]), "1");
    // Also those must not be reset whose node had sent them what is newest.
    for listener in &listeners {
        listener.until_body("before 9").await;
    }
    // Sentinels move when nothing is under way, since theirs is no handover: what the old primary takes
    // meanwhile is lost.
    sentinels.fail_over();
    sentinels.wait_for(replica.address());
    replica.wait_until_it_is("master");
    primary.wait_until_it_is("slave");
    for count in 0..10 {
        acknowledged.push(post_until_kept(&nodes[count % 2], "busy", &format!("after {count}")).await);
    }
    assert_eq!(history(&nodes[0], "busy").await, acknowledged);
    for listener in &listeners {
        let heard = listener.until_body("after 9").await;
        heard.check_undisturbed();
        assert_eq!(heard.messages, acknowledged);
    }
}

/// Posts through a node until told to stop; gives what was acknowledged.
fn keep_posting(node: &Arc<Running>, enough: &Arc<AtomicBool>) -> tokio::task::JoinHandle<Vec<Message>> {
    let (node, enough) = (Arc::clone(node), Arc::clone(enough));
    tokio::spawn(async move {
        let mut mine = Vec::new();
        while !enough.load(Ordering::Relaxed) {
            let body = format!("{} by {}", mine.len(), node.pid());
            mine.push(post_until_kept(&node, "busy", &body).await);
        }
        mine
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handover_under_load_drops_nothing_and_resets_nobody() {
    let primary = RedisServer::start();
    let replica = RedisServer::replica_of(primary.address(), &[]);
    let nodes = nodes::<2>(&primary.url()).map(Arc::new);
    let enough = Arc::new(AtomicBool::new(false));
    let mut listeners = Vec::new();
    for node in &nodes {
        listeners.push(Listener::join(node, "busy").await);
    }
    let posting = nodes.each_ref().map(|node| keep_posting(node, &enough));
    listeners[0].until(|heard| heard.messages.len() > 50).await;
    // Redis's own handover: the primary takes no writes until the replica has all of them.
    primary.cli(&["FAILOVER"]);
    replica.wait_until_it_is("master");
    // The former primary is a replica now, and says whose: the nodes go there, with all their connections.
    let before = listeners[0].heard().messages.len();
    listeners[0].until(|heard| heard.messages.len() > before + 50).await;
    enough.store(true, Ordering::Relaxed);
    let mut acknowledged = Vec::new();
    for mine in posting {
        acknowledged.extend(mine.await.unwrap());
    }
    acknowledged.push(post_until_kept(&nodes[0], "busy", "the end").await);
    let kept = history(&nodes[1], "busy").await;
    check_kept(&acknowledged, &kept);
    assert_eq!(kept.len(), acknowledged.len());
    for listener in &listeners {
        let heard = listener.until_body("the end").await;
        heard.check_undisturbed();
        assert_eq!(heard.messages, kept);
    }
    primary.wait_until("nobody asks it any more", |primary| {
        let others = |kind: &str| primary.cli(&["CLIENT", "LIST", "TYPE", kind]).lines().count();
        // (Whoever asks for the list is in it.)
        others("normal") == 1 && others("pubsub") == 0
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_replica_waited_for_sentinels_may_fail_over_under_load_and_nothing_acknowledged_is_lost() {
    let mut primary = RedisServer::start();
    let replica = RedisServer::replica_of(primary.address(), &[]);
    let more = RedisServer::replica_of(primary.address(), &[]);
    let sentinels = Sentinels::watch(&primary, 2);
    // Two replicas, and both are waited for, so whichever is chosen has it; with one left, it alone.
    let settings = "[redis]\nwait_replicas = 2\n";
    let nodes = [(); 2].map(|()| Arc::new(node(&sentinels.url(), settings)));
    let listener = Listener::join(&nodes[0], "busy").await;
    let enough = Arc::new(AtomicBool::new(false));
    let posting = nodes.each_ref().map(|node| keep_posting(node, &enough));
    listener.until(|heard| heard.messages.len() > 30).await;
    primary.kill();
    until(async || sentinels.primary() != primary.address()).await;
    // Without it the new primary has one replica, and nothing more is acknowledged.
    primary.start_again();
    let before = listener.heard().messages.len();
    listener.until(|heard| heard.messages.len() > before + 30).await;
    enough.store(true, Ordering::Relaxed);
    let mut acknowledged = Vec::new();
    for mine in posting {
        acknowledged.extend(mine.await.unwrap());
    }
    acknowledged.push(post_until_kept(&nodes[0], "busy", "the end").await);
    let kept = history(&nodes[1], "busy").await;
    check_kept(&acknowledged, &kept);
    let heard = listener.until_body("the end").await;
    check_one_meaning(acknowledged.iter().chain(&kept).chain(&heard.messages));
    println!("{} acknowledged, resets: {:?}", acknowledged.len(), heard.resets);
    drop((replica, more));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_was_asleep_while_another_took_over_misleads_nobody_when_it_wakes() {
    let primary = RedisServer::start();
    let replica = RedisServer::replica_of(primary.address(), &[]);
    let sentinels = Sentinels::watch(&primary, 1);
    let settings = "[redis]\nwait_replicas = 1\n";
    let nodes = [(); 2].map(|()| Arc::new(node(&sentinels.url(), settings)));
    let enough = Arc::new(AtomicBool::new(false));
    let mut listeners = Vec::new();
    for node in &nodes {
        listeners.push(Listener::join(node, "busy").await);
    }
    let posting = nodes.each_ref().map(|node| keep_posting(node, &enough));
    listeners[0].until(|heard| heard.messages.len() > 30).await;
    primary.pause();
    sentinels.wait_for(replica.address());
    for node in &nodes {
        println!("ready {:?} after the failover", until_ready(node).await);
    }
    // It wakes with what it was sent in its sleep, thinks that it is the primary, and is told otherwise.
    primary.resume();
    primary.wait_until_it_is("slave");
    let before = listeners[0].heard().messages.len();
    listeners[0].until(|heard| heard.messages.len() > before + 30).await;
    enough.store(true, Ordering::Relaxed);
    let mut acknowledged = Vec::new();
    for mine in posting {
        acknowledged.extend(mine.await.unwrap());
    }
    acknowledged.push(post_until_kept(&nodes[0], "busy", "the end").await);
    let kept = history(&nodes[1], "busy").await;
    check_kept(&acknowledged, &kept);
    assert_eq!(kept.len(), acknowledged.len(), "each was repeated until it was acknowledged");
    for listener in &listeners {
        let heard = listener.until_body("the end").await;
        check_one_meaning(acknowledged.iter().chain(&heard.messages));
        match heard.resets.last() {
            None => assert_eq!(heard.messages, kept),
            Some(reset) => assert!(kept.ends_with(&heard.messages[reset.after..]), "{reset:?}"),
        }
    }
}
