//! Many at once.

use futures_util::{StreamExt, future};

use super::super::Id;
use super::*;

pub(super) async fn of_many_commits_on_one_check_exactly_one_wins(site: Site) {
    let a = Key::new("a");
    site.done(putting(&a, "0")).await;
    for _ in 0..10 {
        let version = site.get(&a).await.unwrap().version;
        let racers = (0..32).map(|n| {
            let (engine, a) = (site.engine.clone(), a.clone());
            tokio::spawn(async move {
                let checks = vec![Check::At(a.clone(), version)];
                engine.commit(Commit { checks, ..putting(&a, &n.to_string()) }.into()).await.unwrap()
            })
        });
        let outcomes: Vec<_> = future::join_all(racers).await.into_iter().map(Result::unwrap).collect();
        let winners: Vec<_> = (0..32).filter(|n| outcomes[*n] != Outcome::Conflict).collect();
        assert_eq!(winners.len(), 1);
        assert_eq!(site.get(&a).await.unwrap().json, winners[0].to_string());
    }
}

pub(super) async fn concurrent_commits_take_every_number_once_and_are_followed_in_order(site: Site) {
    let mut follower = site.follow(0).await;
    let writers = (0..16).map(|writer| {
        let engine = site.engine.clone();
        tokio::spawn(async move {
            let mut numbers = Vec::new();
            for n in 0..25 {
                let commit = saying(&["all", &format!("one:{writer}")], &format!("[{writer},{n}]"));
                let Ok(Outcome::Done { id: Some(Id { number, .. }) }) = engine.commit(commit.into()).await
                else {
                    panic!("nothing stands against this commit");
                };
                // What was acknowledged is seen by whoever reads now.
                let key = Key::new("message").number(number);
                let found = engine.get(&[key]).await.unwrap();
                assert_eq!(found[0].as_ref().unwrap().json, format!("[{writer},{n}]"));
                numbers.push(number.0);
            }
            assert!(numbers.is_sorted());
            numbers
        })
    });
    let mut taken: Vec<u64> = future::join_all(writers).await.into_iter().flat_map(Result::unwrap).collect();
    taken.sort_unstable();
    assert_eq!(taken, (1..=400).collect::<Vec<u64>>());

    let mut heard = Vec::new();
    while heard.len() < 400 {
        let Tidings::Entries(entries) = soon(follower.next()).await.unwrap().unwrap() else {
            panic!("nothing else happened");
        };
        heard.extend(entries.iter().map(|(entry, _)| entry.number.0));
    }
    assert_eq!(heard, taken);
    assert_eq!(site.heard(&["one:3"], 0, 100).await.0.len(), 25);
}
