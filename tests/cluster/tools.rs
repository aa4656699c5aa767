//! What the other tests stand on does what it says: Redis servers that die and come back, and Sentinels.

use crate::running::redis::RedisServer;
use crate::running::sentinels::Sentinels;

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
    let refused = crate::running::redis::ask(redis.address(), None, &["PING"]);
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
    primary.wait_until("it is a replica", |old| old.info("role") == "slave");
    primary.wait_until("it is in step", |old| old.info("master_link_status") == "up");
    assert_eq!(primary.cli(&["GET", "a"]), "b");
}
