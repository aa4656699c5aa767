//! Very many lines on one room hear a message a second: all of it, in order, and nobody is cut.

use std::thread;
use std::time::Duration;

use super::crowd::Crowd;
use super::posters::{Pace, post};
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
        .map(|place| Crowd::open(address, ROOM, lines / CROWDS, place * 100).expect("lines"))
        .collect();
    let pace = Pace { connections: 1, every: Some(Duration::from_secs(1)), bytes: 100, time };
    let posting = thread::spawn(move || post(address, ROOM, pace).expect("every post is answered"));
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
    assert!(posted.numbers.len() as u64 >= time.as_secs() / 2, "{:?}", posted.numbers);
    for crowd in listening {
        let mut crowd = crowd.join().expect("a crowd");
        crowd.hear(posted.numbers.len(), PATIENCE).expect("to listen");
        let tally = crowd.tally();
        assert!(tally.wrong.is_empty(), "{:#?}", tally.wrong);
        assert_eq!(tally.numbers, posted.numbers);
        assert_eq!(tally.deliveries, (posted.numbers.len() * (lines / CROWDS)) as u64);
    }
}
