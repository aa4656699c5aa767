//! Documents: checks, versions, expiry, scans, tokens.

use super::super::TOKENS_LAST;
use super::*;

pub(super) async fn what_is_put_is_there_with_a_version_and_a_number(site: Site) {
    let (a, b) = (Key::new("a"), Key::new("b"));
    assert_eq!(site.get(&a).await, None);
    assert_eq!(site.done(putting(&a, "1")).await, None);
    let number = site
        .done(Commit {
            puts: vec![put(&b, r#"{"b":"ü"}"#)],
            entry: Some(entry(&["x"], b.clone().into())),
            ..Commit::new()
        })
        .await;
    assert_eq!(number, Some(Number(1)));

    let found = site.engine.get(&[b.clone(), Key::new("none"), a.clone(), b.clone()]).await.unwrap();
    let [Some(b1), None, Some(a1), Some(b2)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((a1.json.as_ref(), a1.number), (b"1".as_slice(), None));
    assert_eq!((b1.json.as_ref(), b1.number), (r#"{"b":"ü"}"#.as_bytes(), number));
    assert_eq!(b1, b2);

    site.done(putting(&b, "3")).await;
    let rewritten = site.get(&b).await.unwrap();
    assert_eq!((rewritten.json.as_ref(), rewritten.number), (b"3".as_slice(), None));
    assert_ne!(rewritten.version, b1.version);
}

pub(super) async fn absent_and_at_hold_or_conflict(site: Site) {
    let a = Key::new("a");
    let first = Commit { checks: vec![Check::Absent(a.clone())], ..putting(&a, "1") };
    let again = Commit { token: Commit::new().token, ..first.clone() };
    site.done(first).await;
    assert_eq!(site.engine.commit(again.into()).await, Ok(Outcome::Conflict));

    let one = site.get(&a).await.unwrap().version;
    site.done(Commit { checks: vec![Check::At(a.clone(), one)], ..putting(&a, "2") }).await;
    let stale = Commit { checks: vec![Check::At(a.clone(), one)], ..putting(&a, "3") };
    assert_eq!(site.engine.commit(stale.into()).await, Ok(Outcome::Conflict));
    assert_eq!(site.get(&a).await.unwrap().json, "2");

    let nothing_there = Commit { checks: vec![Check::At(Key::new("none"), one)], ..Commit::new() };
    assert_eq!(site.engine.commit(nothing_there.into()).await, Ok(Outcome::Conflict));
}

pub(super) async fn a_version_is_never_used_again_even_after_a_delete(site: Site) {
    let a = Key::new("a");
    let mut seen = Vec::new();
    for _ in 0..3 {
        site.done(putting(&a, "same")).await;
        seen.push(site.get(&a).await.unwrap().version);
        site.done(Commit { deletes: vec![a.clone()], ..Commit::new() }).await;
        assert_eq!(site.get(&a).await, None);
    }
    site.done(putting(&a, "same")).await;
    for version in seen {
        let stale = Commit { checks: vec![Check::At(a.clone(), version)], ..putting(&a, "wrong") };
        assert_eq!(site.engine.commit(stale.into()).await, Ok(Outcome::Conflict));
    }
    // Deleting what is not there is no error.
    site.done(Commit { deletes: vec![Key::new("none")], ..Commit::new() }).await;
}

pub(super) async fn a_conflict_changes_nothing_at_all(site: Site) {
    let (a, b) = (Key::new("a"), Key::new("b"));
    site.done(putting(&a, "1")).await;
    let before = (site.get(&a).await, site.engine.epochs().await.unwrap());
    let refused = Commit {
        checks: vec![Check::Absent(b.clone()), Check::Absent(a.clone())],
        puts: vec![put(&b, "2")],
        deletes: vec![a.clone()],
        entry: Some(entry(&["x"], b.clone().into())),
        ..Commit::new()
    };
    assert_eq!(site.engine.commit(refused.into()).await, Ok(Outcome::Conflict));
    assert_eq!((site.get(&a).await, site.engine.epochs().await.unwrap()), before);
    assert_eq!(site.get(&b).await, None);
    assert_eq!(site.heard(&["x"], 0, 10).await, (vec![], 0));
    assert_eq!(site.say(&["x"], "1").await, Number(1));
}

pub(super) async fn a_key_can_end_in_the_number_it_takes(site: Site) {
    let (quote, other) = (Key::new("quote").part("a/b"), Key::new("other"));
    let number = site
        .done(Commit {
            puts: vec![
                Put { key: NumberedKey::WithNumber(quote.clone()), json: "1".into(), expires: None },
                put(&other, "2"),
            ],
            entry: Some(entry(&["x"], NumberedKey::WithNumber(quote.clone()))),
            ..Commit::new()
        })
        .await
        .unwrap();
    let key = quote.number(number);
    assert_eq!(site.get(&key).await.unwrap().json, "1");
    assert_eq!(site.get(&other).await.unwrap().number, Some(number));
    let LogPage::Entries { entries, .. } = site.engine.log(&of(&["x"]), Number(0), 1).await.unwrap() else {
        panic!("nothing was trimmed");
    };
    assert_eq!(entries[0].0.document, key);
}

pub(super) async fn an_expired_document_is_absent_everywhere(site: Site) {
    let (a, b) = (Key::new("k").part("a"), Key::new("k").part("b"));
    let brief = |json: &str| Commit {
        puts: vec![Put { expires: Some(START + 1000), ..put(&a, json) }],
        ..Commit::new()
    };
    site.done(brief("1")).await;
    site.done(putting(&b, "2")).await;
    let version = site.get(&a).await.unwrap().version;
    let range = KeyRange::under(&Key::new("k"));

    site.clock.set(START + 999);
    assert_eq!(site.keys(&range, 10, Direction::Forward).await, ["k/a", "k/b"]);
    let taken = Commit { checks: vec![Check::Absent(a.clone())], ..Commit::new() };
    assert_eq!(site.engine.commit(taken.into()).await, Ok(Outcome::Conflict));

    site.clock.set(START + 1000);
    assert_eq!(site.get(&a).await, None);
    assert_eq!(site.keys(&range, 1, Direction::Forward).await, ["k/b"]);
    assert_eq!(site.keys(&range, 2, Direction::Backward).await, ["k/b"]);
    let gone = Commit { checks: vec![Check::At(a.clone(), version)], ..Commit::new() };
    assert_eq!(site.engine.commit(gone.into()).await, Ok(Outcome::Conflict));

    // Its place is free, and what is written there now does not expire with the former.
    site.done(Commit { checks: vec![Check::Absent(a.clone())], ..putting(&a, "3") }).await;
    site.clock.set(START + 100_000);
    site.done(putting(&b, "4")).await;
    assert_eq!(site.get(&a).await.unwrap().json, "3");
}

pub(super) async fn a_scan_walks_its_range_both_ways_up_to_its_limit(site: Site) {
    let room = Key::new("m").part("room");
    let mut all = Commit::new();
    for n in [9, 10, 11, 12, 100] {
        all.puts.push(put(&room.clone().number(Number(n)), "0"));
    }
    for beside in
        [Key::new("m"), Key::new("m").part("roon"), Key::new("m").part("room-2").part("x"), room.clone()]
    {
        all.puts.push(put(&beside, "0"));
    }
    site.done(all).await;

    let numbers = async |range: KeyRange, limit, direction| {
        let found = site.engine.scan(range, limit, direction).await.unwrap();
        found.iter().map(|(key, _)| key.last_number().unwrap().0).collect::<Vec<_>>()
    };
    let under = KeyRange::under(&room);
    assert_eq!(numbers(under.clone(), 10, Direction::Forward).await, [9, 10, 11, 12, 100]);
    assert_eq!(numbers(under.clone(), 2, Direction::Forward).await, [9, 10]);
    assert_eq!(numbers(under.clone(), 2, Direction::Backward).await, [100, 12]);
    assert!(numbers(under.clone(), 0, Direction::Forward).await.is_empty());
    let some = KeyRange::numbers(&room, Number(9), Number(12));
    assert_eq!(numbers(some.clone(), 10, Direction::Forward).await, [10, 11, 12]);
    assert_eq!(numbers(some, 10, Direction::Backward).await, [12, 11, 10]);
    let turned = KeyRange { start: under.end, end: under.start };
    assert!(numbers(turned, 10, Direction::Forward).await.is_empty());
}

pub(super) async fn a_repeated_token_gets_its_first_answer(site: Site) {
    let a = Key::new("a");
    let first =
        Commit { checks: vec![Check::Absent(a.clone())], puts: vec![put(&a, "1")], ..saying(&["x"], "0") };
    let refused = Commit { token: Commit::new().token, ..first.clone() };
    let answer = site.engine.commit(first.clone().into()).await;
    let Ok(Outcome::Done { id: Some(id) }) = answer else { panic!("{answer:?}") };
    assert_eq!(id.number, Number(1));
    assert_eq!(site.engine.commit(first.clone().into()).await, answer);
    assert_eq!(site.engine.commit(refused.clone().into()).await, Ok(Outcome::Conflict));

    site.done(Commit { deletes: vec![a.clone()], ..Commit::new() }).await;
    site.clock.set(START + TOKENS_LAST - 1);
    assert_eq!(site.engine.commit(first.into()).await, answer);
    assert_eq!(site.engine.commit(refused.into()).await, Ok(Outcome::Conflict));
    assert_eq!(site.get(&a).await, None);
    assert_eq!(site.heard(&["x"], 0, 10).await, (vec![1], 1));
}
