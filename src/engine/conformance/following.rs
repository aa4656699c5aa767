//! Followers and signals: everything once, in order.

use futures_util::StreamExt;

use super::*;

/// The next `count` numbers that a follower hears; each must come in order and with the right document.
async fn next_numbers(follower: &mut Follower, count: usize) -> Vec<u64> {
    let mut numbers = Vec::new();
    while numbers.len() < count {
        let tidings = soon(follower.next()).await.unwrap().unwrap();
        let Tidings::Entries(entries) = tidings else { panic!("{tidings:?}") };
        for (entry, document) in entries {
            if let Some(document) = document {
                assert!(document.number >= Some(entry.number));
            }
            numbers.push(entry.number.0);
        }
    }
    numbers
}

pub(super) async fn a_follower_at_the_head_hears_what_comes(site: Site) {
    site.say(&["x"], "0").await;
    let mut follower = site.follow(1).await;
    site.done(putting(&Key::new("quiet"), "no entry")).await;
    site.say(&["x"], "1").await;
    site.say(&[], "2").await;
    assert_eq!(next_numbers(&mut follower, 2).await, [2, 3]);
    site.say(&["x"], "3").await;
    assert_eq!(next_numbers(&mut follower, 1).await, [4]);
}

pub(super) async fn a_follower_that_starts_behind_catches_up_and_goes_on(site: Site) {
    for _ in 0..700 {
        site.say(&["x"], "0").await;
    }
    let mut follower = site.follow(5).await;
    site.say(&["x"], "0").await;
    assert_eq!(next_numbers(&mut follower, 696).await, (6..=701).collect::<Vec<u64>>());
    site.say(&["x"], "0").await;
    assert_eq!(next_numbers(&mut follower, 1).await, [702]);
}

pub(super) async fn a_follower_that_is_slow_misses_nothing(site: Site) {
    let mut follower = site.follow(0).await;
    site.say(&["x"], "0").await;
    assert_eq!(next_numbers(&mut follower, 1).await, [1]);
    // More than any channel holds, one by one so that each is a batch of its own.
    let many = 3 * super::super::follow::MAX_BATCHES as u64;
    for _ in 0..many {
        site.say(&["x"], "0").await;
    }
    let heard = next_numbers(&mut follower, usize::try_from(many).unwrap()).await;
    assert_eq!(heard, (2..=many + 1).collect::<Vec<u64>>());
    site.say(&["x"], "0").await;
    assert_eq!(next_numbers(&mut follower, 1).await, [many + 2]);
}

pub(super) async fn a_follower_is_told_what_was_trimmed_before_it_came(site: Site) {
    for _ in 0..5 {
        site.say(&["x"], "0").await;
    }
    site.engine.trim(Number(3)).await.unwrap();
    let mut late = site.follow(1).await;
    assert_eq!(soon(late.next()).await, Some(Ok(Tidings::Trimmed(Number(3)))));
    assert_eq!(next_numbers(&mut late, 2).await, [4, 5]);
    let mut just_in_time = site.follow(3).await;
    assert_eq!(next_numbers(&mut just_in_time, 2).await, [4, 5]);
}

pub(super) async fn signals_reach_everyone_and_are_not_stored(site: Site) {
    site.engine.signal("nobody hears".into()).await.unwrap();
    let (mut one, mut two) = (site.engine.signals(), site.engine.signals());
    for word in ["a", "b"] {
        site.engine.signal(word.into()).await.unwrap();
    }
    for receiver in [&mut one, &mut two] {
        // What was said before may still be on its way.
        let first = soon(receiver.next()).await.unwrap();
        let first = if first == "nobody hears" { soon(receiver.next()).await.unwrap() } else { first };
        assert_eq!(first, "a");
        assert_eq!(soon(receiver.next()).await.unwrap(), "b");
    }
    // One that does not listen loses the oldest, and hears the last.
    for n in 0..5000 {
        site.engine.signal(n.to_string().into()).await.unwrap();
    }
    let mut heard = 0;
    while soon(one.next()).await.unwrap() != "4999" {
        heard += 1;
    }
    assert!(heard < 4999);
    assert_eq!(site.engine.epochs().await.unwrap().head(), Number(0));
}
