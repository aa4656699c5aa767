//! The log: what is in it for whom, how far a page goes, what is trimmed.

use super::*;

pub(super) async fn entries_come_back_as_they_went_in(site: Site) {
    let new = NewEntry {
        audiences: vec![Audience::new("room:\"ü\""), Audience::new("public")],
        kind: "edited".to_owned(),
        document: Key::new("gone").part("1/2").into(),
        facts: Some(r#"{"was":3}"#.into()),
        at: START + 5,
    };
    site.done(Commit { entry: Some(new.clone()), ..Commit::new() }).await;
    for hearing in [Hearing::Everything, of(&["room:\"ü\""]), of(&["public", "room:\"ü\""])] {
        let page = site.engine.log(&hearing, Number(0), 10).await.unwrap();
        let LogPage::Entries { entries, upto: Number(1), .. } = page else { panic!("{page:?}") };
        let [(entry, None)] = entries.as_slice() else { panic!("{entries:?}") };
        assert_eq!((entry.number, entry.at), (Number(1), START + 5));
        assert_eq!((&entry.audiences, &entry.kind, &entry.facts), (&new.audiences, &new.kind, &new.facts));
        assert_eq!(entry.document, Key::new("gone").part("1/2"));
    }
}

pub(super) async fn times_never_go_back(site: Site) {
    for at in [START + 10, START - 10, START + 20] {
        let entry = NewEntry { at, ..entry(&["x"], Key::new("d").into()) };
        site.done(Commit { entry: Some(entry), ..Commit::new() }).await;
    }
    let LogPage::Entries { entries, .. } = site.engine.log(&of(&["x"]), Number(0), 9).await.unwrap() else {
        panic!("nothing was trimmed");
    };
    let times: Vec<_> = entries.iter().map(|(entry, _)| entry.at - START).collect();
    assert_eq!(times, [10, 10, 20]);
}

pub(super) async fn several_audiences_are_merged_and_each_entry_comes_once(site: Site) {
    for audiences in [&["a"][..], &["b"], &["c"], &["a", "b"], &[], &["c", "a"]] {
        site.say(audiences, "0").await;
    }
    assert_eq!(site.heard(&["a"], 0, 10).await, (vec![1, 4, 6], 6));
    assert_eq!(site.heard(&["b", "a"], 0, 10).await, (vec![1, 2, 4, 6], 6));
    assert_eq!(site.heard(&["a", "b"], 1, 2).await, (vec![2, 4], 4));
    assert_eq!(site.heard(&["a", "b"], 4, 2).await, (vec![6], 6));
    assert_eq!(site.heard(&["nobody"], 0, 10).await, (vec![], 6));
    assert_eq!(site.heard(&[], 0, 10).await, (vec![], 6));
}

pub(super) async fn many_audiences_can_be_read_at_once(site: Site) {
    let names: Vec<String> = (0..256).map(|n| format!("room:{n}")).collect();
    for n in 0..600 {
        // Backwards, so that the audience that is asked last has the first entry.
        site.say(&[&names[255 - n % 256]], "0").await;
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (mut all, mut after) = (Vec::new(), 0);
    while after < 600 {
        let (numbers, upto) = site.heard(&names, after, 50).await;
        assert!(upto > after);
        all.extend(numbers);
        after = upto;
    }
    assert_eq!(all, (1..=600).collect::<Vec<u64>>());
}

pub(super) async fn upto_is_the_head_exactly_when_nothing_is_left_out(site: Site) {
    for audience in ["a", "b", "a", "b", "b"] {
        site.say(&[audience], "0").await;
    }
    assert_eq!(site.heard(&["a"], 0, 1).await, (vec![1], 1));
    assert_eq!(site.heard(&["a"], 0, 2).await, (vec![1, 3], 5));
    assert_eq!(site.heard(&["a"], 3, 1).await, (vec![], 5));
    assert_eq!(site.heard(&["a"], 5, 1).await, (vec![], 5));
    assert_eq!(site.heard(&["a"], 9, 1).await, (vec![], 5));
    assert_eq!(site.heard(&["a"], 0, 0).await, (vec![], 0));
    assert_eq!(site.heard(&["a"], 4, 0).await, (vec![], 5));
}

pub(super) async fn a_quiet_room_is_not_expired_by_a_busy_one(site: Site) {
    site.say(&["quiet", "public"], "0").await;
    for _ in 0..20 {
        site.say(&["busy", "public"], "0").await;
    }
    site.say(&["quiet"], "0").await;
    site.engine.trim(Number(15)).await.unwrap();

    assert_eq!(site.heard(&["quiet"], 1, 10).await, (vec![22], 22));
    assert_eq!(site.expired(&of(&["quiet"]), 0).await, Some(1));
    assert_eq!(site.expired(&of(&["busy"]), 14).await, Some(15));
    assert_eq!(site.expired(&of(&["busy"]), 15).await, None);
    assert_eq!(site.expired(&of(&["quiet", "busy"]), 3).await, Some(15));
    assert_eq!(site.expired(&of(&["never"]), 0).await, None);
    assert_eq!(site.expired(&Hearing::Everything, 14).await, Some(15));
    assert_eq!(site.expired(&Hearing::Everything, 15).await, None);
}

pub(super) async fn trimming_is_counted_and_leaves_documents_alone(site: Site) {
    let mut all = Vec::new();
    for _ in 0..1200 {
        all.push(site.say(&["x"], "\"kept\"").await);
    }
    assert_eq!(site.engine.trim(Number(0)).await, Ok(0));
    assert_eq!(site.engine.trim(Number(1100)).await, Ok(1100));
    assert_eq!(site.engine.trim(Number(1100)).await, Ok(0));
    assert_eq!(site.engine.trim(Number(u64::from(u32::MAX))).await, Ok(100));
    assert_eq!(site.engine.epochs().await.unwrap().head(), Number(1200));
    assert_eq!(site.expired(&of(&["x"]), 1199).await, Some(1200));
    assert_eq!(site.heard(&["x"], 1200, 10).await, (vec![], 1200));
    assert_eq!(site.get(&Key::new("message").number(all[0])).await.unwrap().json, "\"kept\"");
    assert_eq!(site.say(&["x"], "0").await, Number(1201));
}

pub(super) async fn number_before_finds_the_border_in_time(site: Site) {
    assert_eq!(site.engine.number_before(START).await, Ok(Number(0)));
    for at in [0, 10, 10, 30, 40] {
        let entry = NewEntry { at: START + at, ..entry(&["x"], Key::new("d").into()) };
        site.done(Commit { entry: Some(entry), ..Commit::new() }).await;
    }
    let before = async |at| site.engine.number_before(START + at).await.unwrap().0;
    for (at, number) in [(-5, 0), (0, 0), (1, 1), (10, 1), (11, 3), (30, 3), (40, 4), (41, 5), (1000, 5)] {
        assert_eq!(before(at).await, number, "{at}");
    }
    site.engine.trim(Number(3)).await.unwrap();
    for (at, number) in [(0, 3), (30, 3), (31, 4), (1000, 5)] {
        assert_eq!(before(at).await, number, "{at} after trimming");
    }
    site.engine.trim(Number(5)).await.unwrap();
    assert_eq!(before(0).await, 5);
}
