//! Closing and opening again.

use futures_util::StreamExt;

use super::super::Standing;
use super::*;

pub(super) async fn what_was_acknowledged_is_there_after_reopening(mut site: Site) {
    let (a, brief) = (Key::new("a"), Key::new("brief"));
    site.done(putting(&a, "1")).await;
    site.done(Commit { puts: vec![Put { expires: Some(START + 50), ..put(&brief, "2") }], ..Commit::new() })
        .await;
    site.say(&["x", "y"], "3").await;
    let before = (site.get(&a).await, site.heard(&["y"], 0, 10).await);
    site.reopen().await;
    assert_eq!((site.get(&a).await, site.heard(&["y"], 0, 10).await), before);
    assert_eq!(site.get(&brief).await.unwrap().json, "2");
    site.clock.set(START + 50);
    site.reopen().await;
    assert_eq!(site.get(&brief).await, None);
}

pub(super) async fn numbers_and_versions_go_on_after_everything_is_trimmed_and_reopened(mut site: Site) {
    let a = Key::new("a");
    site.done(putting(&a, "1")).await;
    let version = site.get(&a).await.unwrap().version;
    site.done(Commit { deletes: vec![a.clone()], ..Commit::new() }).await;
    let late = NewEntry { at: START + 70, ..entry(&["x"], a.clone().into()) };
    site.say(&["x"], "0").await;
    site.done(Commit { entry: Some(late), ..Commit::new() }).await;
    assert_eq!(site.engine.trim(Number(2)).await, Ok(2));
    site.reopen().await;

    assert_eq!(site.engine.epochs().await.unwrap().head(), Number(2));
    assert_eq!(site.engine.number_before(START).await, Ok(Number(2)));
    assert_eq!(site.expired(&of(&["x"]), 1).await, Some(2));
    assert_eq!(site.expired(&Hearing::Everything, 1).await, Some(2));
    assert_eq!(site.say(&["x"], "0").await, Number(3));
    let LogPage::Entries { entries, .. } = site.engine.log(&of(&["x"]), Number(2), 9).await.unwrap() else {
        panic!("the new entry is there");
    };
    assert_eq!(entries[0].0.at, START + 70, "times go on as well");
    site.done(putting(&a, "1")).await;
    assert_ne!(site.get(&a).await.unwrap().version, version);
}

pub(super) async fn each_opening_begins_an_epoch_and_nobody_is_reset(mut site: Site) {
    let mut ids = vec![site.engine.epochs().await.unwrap().id(Number(0))];
    for _ in 0..3 {
        for _ in 0..2 {
            let number = site.say(&["x"], "0").await;
            ids.push(site.engine.epochs().await.unwrap().id(number));
        }
        for _ in 0..3 {
            site.reopen().await;
            let epochs = site.engine.epochs().await.unwrap();
            for id in &ids {
                assert_eq!(epochs.standing(*id), Standing::Known(id.number), "{id}");
            }
            ids.push(epochs.id(epochs.head()));
        }
    }
    let list = site.engine.epochs().await.unwrap().list().to_vec();
    assert_eq!(list.len(), 4, "restarts without entries add nothing: {list:?}");
    assert_eq!(list.iter().map(|epoch| epoch.first.0).collect::<Vec<_>>(), [1, 3, 5, 7]);
}

pub(super) async fn a_quiet_room_is_not_expired_after_reopening(mut site: Site) {
    site.say(&["quiet"], "0").await;
    site.say(&["busy"], "0").await;
    site.say(&["busy"], "0").await;
    site.engine.trim(Number(2)).await.unwrap();
    site.reopen().await;
    assert_eq!(site.expired(&of(&["quiet"]), 1).await, None);
    assert_eq!(site.expired(&of(&["busy"]), 1).await, Some(2));
    assert_eq!(site.heard(&["busy", "quiet"], 2, 10).await, (vec![3], 3));
}

pub(super) async fn a_closed_engine_is_unavailable_and_its_streams_end(site: Site) {
    let commit = saying(&["x"], "0");
    site.done(commit.clone()).await;
    let start = site.engine.epochs().await.unwrap().id(Number(0));
    let (mut follower, mut signals) = (site.follow(1).await, site.engine.signals());
    site.engine.close().await;
    site.engine.close().await;
    assert!(soon(follower.next()).await.is_none());
    assert!(soon(signals.next()).await.is_none());
    assert!(soon(site.engine.follow(start).next()).await.is_none());

    let (engine, key) = (&site.engine, Key::new("a"));
    let unavailable = |error: Option<EngineError>| matches!(error, Some(EngineError::Unavailable(_)));
    assert!(unavailable(engine.commit(commit.into()).await.err()));
    assert!(unavailable(engine.get(std::slice::from_ref(&key)).await.err()));
    assert!(unavailable(engine.scan(KeyRange::under(&key), 1, Direction::Forward).await.err()));
    assert!(unavailable(engine.log(&Hearing::Everything, Number(0), 1).await.err()));
    assert!(unavailable(engine.epochs().await.err()));
    assert!(unavailable(engine.number_before(START).await.err()));
    assert!(unavailable(engine.trim(Number(1)).await.err()));
    assert!(unavailable(engine.signal(Bytes::new()).await.err()));
    assert!(unavailable(engine.health().await.err()));
}

pub(super) async fn health_counts_commits(site: Site) {
    let before = site.engine.health().await.unwrap();
    for _ in 0..3 {
        site.say(&["x"], "0").await;
    }
    let refused =
        Commit { checks: vec![Check::At(Key::new("none"), super::super::Version(1))], ..Commit::new() };
    assert_eq!(site.engine.commit(refused.into()).await, Ok(Outcome::Conflict));
    let after = site.engine.health().await.unwrap();
    assert_eq!(after.commits - before.commits, 3);
    assert!((1..=3).contains(&(after.batches - before.batches)));
}
