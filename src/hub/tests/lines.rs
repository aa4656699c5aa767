//! Lines: from wherever they begin, once and in order.

use super::*;

#[tokio::test]
async fn a_line_hears_what_is_said_in_its_room_after_it_came() {
    let house = House::new().await;
    let before = house.say("a", "before").await;
    house.heard(before).await;
    let mut line = house.line(&["a"], Start::Live);
    let hello = next(&mut line).await;
    assert_eq!(hello[0]["hello"]["client"], "me");
    house.say("b", "elsewhere").await;
    house.say("a", "one").await;
    house.say("a", "two").await;
    assert_eq!(bodies(&mut line, 2).await, ["one", "two"]);
}

#[tokio::test]
async fn who_is_signed_out_while_a_line_looks_hears_nothing_of_what_it_found() {
    let house = House::new().await;
    let mut line = house.line(&["a", "b"], Start::Live);
    next(&mut line).await;
    house.say("a", "one").await;
    assert_eq!(bodies(&mut line, 1).await, ["one"]);
    let mut line = house.line(&["signing out"], Start::Live);
    next(&mut line).await;
    house.has_ended.store(false, Ordering::Release);
    house.say("signing out", "not for them").await;
    assert_eq!(timeout(Duration::from_secs(10), line.next()).await, Ok(None));
}

#[tokio::test]
async fn several_rooms_are_merged_by_number() {
    let house = House::new().await;
    let mut line = house.line(&["a", "b", "c"], house.after(0));
    for (room, body) in [("b", "1"), ("a", "2"), ("x", "-"), ("c", "3"), ("a", "4"), ("b", "5")] {
        house.say(room, body).await;
    }
    assert_eq!(bodies(&mut line, 5).await, ["1", "2", "3", "4", "5"]);
}

#[tokio::test]
async fn who_listens_to_everything_hears_every_room_from_the_ring_and_from_the_log() {
    for ring_bytes in [1 << 20, 1_000] {
        let house = House::with_ring(ring_bytes).await;
        let mut last = Number(0);
        for n in 0..20 {
            last = house.say(["a", "b", "c"][n % 3], &n.to_string()).await;
        }
        house.heard(last).await;
        house.closed.lock().unwrap().insert(Audience::new("c"));
        let mut line = house.line(&["*"], house.after(0));
        let open: Vec<_> = (0..20).filter(|n| n % 3 != 2).map(|n| n.to_string()).collect();
        assert_eq!(bodies(&mut line, open.len()).await, open);
        house.say("c", "closed").await;
        house.say("new", "made since").await;
        assert_eq!(bodies(&mut line, 1).await, ["made since"]);
    }
}

#[tokio::test]
async fn a_cursor_that_fell_off_the_ring_reads_on_from_the_log() {
    let house = House::with_ring(2_000).await;
    let mut last = Number(0);
    for n in 0..600 {
        last = house.say(if n % 3 == 0 { "a" } else { "b" }, &n.to_string()).await;
    }
    house.heard(last).await;
    let mut line = house.line(&["a"], house.after(0));
    let expected: Vec<_> = (0..600).filter(|n| n % 3 == 0).map(|n| n.to_string()).collect();
    assert_eq!(bodies(&mut line, 200).await, expected);
    assert!(house.hub.figures().ring_misses >= 1);
    house.say("a", "live again").await;
    assert_eq!(bodies(&mut line, 1).await, ["live again"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_while_others_speak_leaves_no_gap_and_no_double() {
    let house = Arc::new(House::with_ring(8_000).await);
    let speaker = tokio::spawn({
        let house = Arc::clone(&house);
        async move {
            for n in 0..2_000 {
                house.say("a", &n.to_string()).await;
            }
        }
    });
    let expected: Vec<_> = (0..2_000).map(|n| n.to_string()).collect();
    let mut readers = Vec::new();
    for _ in 0..20 {
        let house = Arc::clone(&house);
        readers
            .push(tokio::spawn(async move { bodies(&mut house.line(&["a"], house.after(0)), 2_000).await }));
        tokio::task::yield_now().await;
    }
    for reader in readers {
        assert_eq!(reader.await.unwrap(), expected);
    }
    speaker.await.unwrap();
}

#[tokio::test]
async fn a_room_joined_late_is_heard_from_its_own_number_on() {
    let house = House::new().await;
    house.say("b", "old").await;
    let mut line = house.line(&["a"], house.after(0));
    let known = house.say("b", "on the page").await;
    house.say("a", "mine").await;
    line.listen(Audience::new("b"), house.hub.id(known));
    house.say("b", "new").await;
    assert_eq!(bodies(&mut line, 2).await, ["mine", "new"]);
    line.unlisten(&Audience::new("a"));
    house.say("a", "not for me").await;
    house.say("b", "newer").await;
    assert_eq!(bodies(&mut line, 1).await, ["newer"]);
}

#[tokio::test]
async fn rights_hold_when_a_thing_is_sent_even_if_the_cursor_is_behind() {
    for ring_bytes in [1 << 20, 1_000] {
        let house = House::with_ring(ring_bytes).await;
        let mut line = house.line(&["a", "b"], house.after(0));
        for n in 0..20 {
            house.say("a", &format!("secret {n}")).await;
        }
        let last = house.say("b", "open").await;
        house.heard(last).await;
        house.closed.lock().unwrap().insert(Audience::new("a"));
        assert_eq!(bodies(&mut line, 1).await, ["open"], "with a ring of {ring_bytes} bytes");
    }
}

#[tokio::test]
async fn ones_own_echo_is_left_out_live_and_in_replay() {
    let house = House::new().await;
    house.say_as("a", "mine, before", Some("me")).await;
    let number = house.say_as("a", "theirs, before", Some("you")).await;
    house.heard(number).await;
    let mut line = house.line(&["a"], house.after(0));
    house.say_as("a", "mine", Some("me")).await;
    house.say_as("a", "theirs", Some("you")).await;
    assert_eq!(bodies(&mut line, 2).await, ["theirs, before", "theirs"]);
}

#[tokio::test]
async fn who_has_lost_something_is_told_and_nobody_else() {
    let house = House::with_ring(1_000).await;
    for n in 0..20 {
        house.say("busy", &n.to_string()).await;
    }
    let quiet = house.say("quiet", "still here").await;
    house.engine.trim(quiet.previous()).await.unwrap();
    for n in 0..20 {
        house.say("busy", &n.to_string()).await;
    }
    let last = house.say("quiet", "me too").await;
    house.heard(last).await;
    let mut of_busy = house.line(&["busy"], house.after(0));
    assert_eq!(bodies(&mut of_busy, 1).await, ["reset: the log no longer reaches back so far"]);
    let mut of_quiet = house.line(&["quiet"], house.after(0));
    assert_eq!(bodies(&mut of_quiet, 2).await, ["still here", "me too"]);
    assert_eq!(house.hub.figures().resets, 1);
}

#[tokio::test]
async fn when_the_log_goes_back_only_those_ahead_of_it_are_told() {
    let house = House::new().await;
    let mut last = Number(0);
    for n in 0..10 {
        last = house.say("a", &n.to_string()).await;
    }
    house.heard(last).await;
    let mut ahead = house.line(&["a"], house.after(5));
    assert_eq!(bodies(&mut ahead, 5).await, ["5", "6", "7", "8", "9"]);
    let mut behind = house.line(&["a"], house.after(5));
    next(&mut behind).await;
    house.go_back(7);
    house.say("a", "again").await;
    assert_eq!(bodies(&mut ahead, 2).await, ["reset: the log went back", "again"]);
    assert_eq!(bodies(&mut behind, 3).await, ["5", "6", "again"]);
    let figures = house.hub.figures();
    assert_eq!((figures.resets, figures.rewinds, figures.lost), (1, 1, 3));
}

#[tokio::test]
async fn who_was_sent_nothing_that_is_gone_is_not_told() {
    let house = House::new().await;
    house.say("quiet", "kept").await;
    let last = house.say("busy", "lost").await;
    house.heard(last).await;
    let mut quiet = house.line(&["quiet"], house.after(0));
    assert_eq!(bodies(&mut quiet, 1).await, ["kept"]);
    let mut everything = house.line(&["*"], house.after(0));
    assert_eq!(bodies(&mut everything, 2).await, ["kept", "lost"]);
    let mut listed = house.line(&["quiet"], Start::Live);
    listed.listen(Audience::new("busy"), house.hub.id(last));
    house.go_back(1);
    for told in [&mut everything, &mut listed] {
        assert_eq!(bodies(told, 1).await, ["reset: the log went back"]);
    }
    house.say("quiet", "more").await;
    for line in [&mut quiet, &mut everything, &mut listed] {
        assert_eq!(bodies(line, 1).await, ["more"]);
    }
}

#[tokio::test]
async fn a_log_that_has_come_to_the_same_number_again_is_another_all_the_same() {
    let house = House::new().await;
    house.say("quiet", "kept").await;
    house.say("busy", "lost").await;
    let last = house.say("busy", "lost too").await;
    house.heard(last).await;
    let mut quiet = house.line(&["quiet"], house.after(0));
    assert_eq!(bodies(&mut quiet, 1).await, ["kept"]);
    house.engine.go_back(Number(1)).unwrap();
    house.say("quiet", "two").await;
    house.say("quiet", "three").await;
    let epochs = house.engine.epochs().await.unwrap();
    assert_eq!(epochs.head(), last);
    house.hub.shared.begin_epoch(epochs, last);
    assert_eq!(bodies(&mut quiet, 2).await, ["two", "three"]);
    let mut resumed = house.line(&["busy", "quiet"], house.after(1));
    assert_eq!(bodies(&mut resumed, 2).await, ["two", "three"]);
}

#[tokio::test]
async fn a_page_that_shows_what_is_gone_is_told_even_if_this_node_had_not_heard_it() {
    let house = House::new().await;
    let heard = house.say("busy", "lost").await;
    house.heard(heard).await;
    let mut line = house.line(&["busy"], Start::Live);
    // Listed on the way by another node's word, two numbers ahead of this one.
    let ahead = Id { number: Number(heard.0 + 2), ..house.hub.id(heard) };
    line.listen(Audience::new("quiet"), ahead);
    let mut other = house.line(&["quiet"], Start::Live);
    house.go_back(0);
    assert_eq!(bodies(&mut line, 1).await, ["reset: the log went back"]);
    house.say("quiet", "more").await;
    assert_eq!(bodies(&mut other, 1).await, ["more"], "nothing was lost in its room");
    assert_eq!(house.hub.figures().resets, 1);
}

#[tokio::test]
async fn who_missed_two_changes_of_which_one_lost_nothing_is_not_told() {
    let house = House::new().await;
    house.say("quiet", "kept").await;
    let last = house.say("busy", "lost").await;
    house.heard(last).await;
    let mut quiet = house.line(&["quiet"], house.after(0));
    assert_eq!(bodies(&mut quiet, 1).await, ["kept"]);
    house.go_back(1);
    house.go_back(1);
    house.say("quiet", "more").await;
    assert_eq!(bodies(&mut quiet, 1).await, ["more"]);
    assert_eq!(house.hub.figures().resets, 0);
}

#[tokio::test]
async fn a_new_epoch_in_which_nothing_is_lost_concerns_nobody() {
    let house = House::new().await;
    let last = house.say("a", "one").await;
    house.heard(last).await;
    let mut line = house.line(&["a"], house.after(0));
    assert_eq!(bodies(&mut line, 1).await, ["one"]);
    house.go_back(1);
    let two = house.say("a", "two").await;
    assert_eq!(bodies(&mut line, 1).await, ["two"]);
    house.heard(two).await;
    let figures = house.hub.figures();
    assert_eq!((figures.resets, figures.rewinds, figures.ring_misses), (0, 0, 0));
    assert_eq!(figures.ring_entries, 2, "the ring is kept");
}

#[tokio::test]
async fn what_is_erased_is_heard_by_nobody_who_was_behind() {
    let house = House::new().await;
    let gone = house.say("a", "gone").await;
    house.commit(deleting(gone)).await;
    let last = house.say("a", "kept").await;
    house.heard(last).await;
    let mut line = house.line(&["a"], house.after(0));
    assert_eq!(bodies(&mut line, 1).await, ["kept"]);
}

#[tokio::test]
async fn what_has_changed_is_heard_as_it_reads_now_by_who_was_behind() {
    let house = House::new().await;
    let mut there = house.line(&["a"], Start::Live);
    let number = house.say("a", "first words").await;
    assert_eq!(bodies(&mut there, 1).await, ["first words"]);
    house.commit(changing(number, "second words")).await;
    assert_eq!(bodies(&mut there, 1).await, ["second words"]);
    let mut behind = house.line(&["a"], house.after(0));
    assert_eq!(bodies(&mut behind, 2).await, ["second words", "second words"]);
    assert_eq!(house.hub.figures().ring_misses, 0);
}

#[tokio::test]
async fn of_many_changes_of_one_thing_only_the_last_is_kept() {
    let house = House::new().await;
    let mut there = house.line(&["a"], Start::Live);
    let number = house.say("a", "0").await;
    assert_eq!(bodies(&mut there, 1).await, ["0"]);
    for words in ["1", "2", "3"] {
        house.commit(changing(number, words)).await;
        assert_eq!(bodies(&mut there, 1).await, [words]);
    }
    let other = house.say("a", "other").await;
    house.heard(other).await;
    assert_eq!(house.hub.figures().ring_entries, 3);
    let mut behind = house.line(&["a"], house.after(0));
    assert_eq!(bodies(&mut behind, 3).await, ["3", "3", "other"]);
    let mut nearer = house.line(&["a"], house.after(number.0 + 1));
    assert_eq!(bodies(&mut nearer, 2).await, ["3", "other"]);
}

#[tokio::test]
async fn signals_are_for_those_who_are_here() {
    let house = House::new().await;
    let mut line = house.line(&["a"], Start::Live);
    house.engine.signal(Bytes::from_static(b"typing")).await.unwrap();
    assert_eq!(bodies(&mut line, 1).await, ["typing"]);
    let mut late = house.line(&["a"], house.after(0));
    house.say("a", "said").await;
    assert_eq!(bodies(&mut late, 1).await, ["said"]);
}

#[tokio::test(start_paused = true)]
async fn a_quiet_line_is_told_how_far_it_is() {
    let house = House::new().await;
    let number = house.say("b", "elsewhere").await;
    house.heard(number).await;
    let mut line = house.line(&["a"], house.after(0));
    let id = loop {
        let words = next(&mut line).await;
        if let Some(id) = words.iter().find_map(|word| word.pointer("/heartbeat/id")) {
            break id.clone();
        }
    };
    assert_eq!(id, house.hub.id(number).to_string());
}

#[tokio::test(start_paused = true)]
async fn who_comes_and_goes_is_counted() {
    let house = House::new().await;
    let lobby = Audience::new("a");
    let first = house.line(&["a"], Start::Live);
    let second = house.line(&["a", "b"], Start::Live);
    assert_eq!((house.hub.count(&lobby), house.hub.figures().lines), (1, 2), "one client on two lines");
    drop(second);
    drop(first);
    assert_eq!((house.hub.count(&lobby), house.hub.figures().lines), (1, 0), "they may be back");
    let nobody_is_here = async {
        while house.hub.count(&lobby) > 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(Duration::from_secs(10), nobody_is_here).await.unwrap();
    assert!(house.hub.shared.read().listeners.is_empty());
}

#[tokio::test]
async fn every_line_ends_when_the_hub_closes() {
    let house = House::new().await;
    let mut open = house.line(&["a"], Start::Live);
    next(&mut open).await;
    house.hub.close();
    assert!(next(&mut open).await.is_empty());
    assert_eq!(open.ending(), Ending::Shutdown);
}
