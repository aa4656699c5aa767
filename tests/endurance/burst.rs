//! After a burst of posts the server gives back what it took: SQLite's pages, answers, what the allocator has free.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use openline::load::{Pace, post};

use super::running::Running;

const ROOM: &str = "/rooms/burst";
/// Next to nothing of what was said stays in the ring, and 64 connections may post as fast as they can.
const SETTINGS: &str =
    "[ring]\nbytes = \"1MiB\"\n[limits]\nposts_per_second = 0\nconnections_per_address = 0\n";
/// So many messages of so many bytes fill some 40 MB of SQLite's pages, beside which the rest is little.
const POSTS: u64 = 12_000;
const BYTES: usize = 3_000;
/// How long to wait for it. Most of it is back within 20 s.
const PATIENCE: Duration = Duration::from_secs(90);

fn say(server: &Running, time: Duration) -> u64 {
    post(&[server.address()], ROOM, 64, BYTES, Pace::flat_out(time)).expect("every post is answered").posts
}

/// The resident memory, in KiB.
fn memory(server: &Running) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("the process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its resident memory");
    line.trim().trim_end_matches(" kB").parse().expect("KiB")
}

#[test]
fn what_a_burst_took_is_given_back() {
    let server = Running::with(SETTINGS);
    say(&server, Duration::from_millis(300));
    let (before, began, mut posts) = (memory(&server), Instant::now(), 0);
    while posts < POSTS && began.elapsed() < PATIENCE {
        posts += say(&server, Duration::from_secs(1));
    }
    assert!(posts >= POSTS, "only {posts} posts");
    let at_end = memory(&server);
    assert!(at_end > before + 20 * 1024, "{before} KiB before it and {at_end} after: that was no burst");

    let (most, ended) = (before + (at_end - before) / 3, Instant::now());
    while memory(&server) > most {
        assert!(ended.elapsed() < PATIENCE, "{before}, {at_end}, and still {} KiB", memory(&server));
        thread::sleep(Duration::from_millis(500));
    }
    println!("{before} KiB before it, {at_end} at its end, {} after {:?}", memory(&server), ended.elapsed());
}
