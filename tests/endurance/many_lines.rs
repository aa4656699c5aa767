//! Very many lines on one room hear a message a second: all of it, in order, and nobody is cut.

use std::thread;
use std::time::Duration;

use openline::load::{Crowd, Lines, Pace, post};

use super::running::Running;
use super::setting;

const ROOM: &str = "/rooms/crowd";
/// How many threads listen.
const CROWDS: usize = 2;
/// How long the last of them may take to hear the last message. Nothing here is a measurement.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn thousands_hear_every_message_in_order_and_nobody_is_cut() {
    let lines = usize::try_from(setting("OPENLINE_LINES", 2_000)).expect("lines");
    let time = Duration::from_secs(setting("OPENLINE_SECONDS", 5));
    let files = rlimit::increase_nofile_limit(u64::MAX).expect("the limit of files");
    assert!(files > lines as u64 + 500, "{lines} lines need more than the {files} files that are allowed");
    let server = Running::start();
    let address = server.address();

    let mut crowds: Vec<Crowd> = (0..CROWDS)
        .map(|place| {
            let lines_of = Lines { first: place * lines, ..Lines::on(&[address], ROOM) };
            let mut crowd = Crowd::new(lines_of).expect("a crowd");
            crowd.open(lines / CROWDS).expect("lines");
            crowd
        })
        .collect();
    let pace = Pace::steady(1.0, time);
    let posting =
        thread::spawn(move || post(&[address], ROOM, 1, 100, pace).expect("every post is answered"));
    let listening: Vec<_> = crowds
        .drain(..)
        .map(|mut crowd| {
            thread::spawn(move || {
                crowd.hear_for(time).expect("to listen");
                crowd
            })
        })
        .collect();
    let posted = posting.join().expect("posters");
    assert!(posted.posts >= time.as_secs() / 2, "{} posts", posted.posts);
    let posts = usize::try_from(posted.posts).expect("posts");
    for crowd in listening {
        let mut crowd = crowd.join().expect("a crowd");
        crowd.hear(posts, PATIENCE).expect("to listen");
        let tally = crowd.tally();
        assert!(tally.faults.words().is_empty(), "{:#?}", tally.faults);
        assert_eq!(tally.orders[0].messages, posts);
        assert_eq!(tally.deliveries, (posts * (lines / CROWDS)) as u64);
    }
}
