//! Who is here, on several nodes that share one engine.

use super::*;

/// A line of one person in room "a".
fn line_of(house: &House, person: &str) -> Alone {
    Alone::new(house.hub.join(of(person)))
}

fn of(person: &str) -> Join {
    Join {
        listener: Listener {
            person: Some(person.into()),
            has_ended: None,
            client: "a page".into(),
            may_return: true,
        },
        format: NDJSON,
        echo: true,
        hearing: Hearing::Of(vec![Audience::new("a")]),
        follows: false,
        start: Start::Live,
        reset: None,
    }
}

fn counts(words: &[serde_json::Value]) -> impl Iterator<Item = u64> {
    words.iter().filter_map(|word| word["here"].as_u64())
}

/// Waits until a line is told a count. Returns when.
async fn tells(line: &mut Alone, count: u64) -> Instant {
    while !counts(&next(line).await).any(|told| told == count) {}
    Instant::now()
}

/// What a line is told in so many seconds.
async fn told_within(line: &mut Alone, seconds: u64) -> Vec<u64> {
    let (until, mut told) = (Instant::now() + Duration::from_secs(seconds), Vec::new());
    while let Ok(words) = tokio::time::timeout_at(until, next(line)).await {
        told.extend(counts(&words));
    }
    told
}

#[tokio::test(start_paused = true)]
async fn lines_are_told_how_many_listen_on_all_nodes() {
    let (one, stranger) = (House::new().await, House::new().await);
    let three = one.beside().await;
    let mut ann = line_of(&one, "ann");
    tells(&mut ann, 1).await;
    let mut ben = line_of(&three, "ben");
    let began = Instant::now();
    assert!(tells(&mut ann, 2).await - began <= Duration::from_secs(2));
    tells(&mut ben, 2).await;
    // Who comes to a node that has just started is told at once of those who are elsewhere.
    let late = one.beside().await;
    let mut ann_again = line_of(&late, "ann");
    tells(&mut ann_again, 2).await;
    assert_eq!((late.hub.count(&Audience::new("a")), late.hub.figures().other_nodes), (2, 2));
    assert_eq!(stranger.hub.count(&Audience::new("a")), 0, "another engine");
    drop(ben);
    let left = Instant::now();
    let told = tells(&mut ann, 1).await - left;
    assert!(told >= Duration::from_secs(6) && told < Duration::from_secs(9), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_told_of_somebody_who_moves_to_another_node() {
    let one = House::new().await;
    let (two, three) = (one.beside().await, one.beside().await);
    let mut watcher = line_of(&one, "watcher");
    let moving = line_of(&two, "ann");
    tells(&mut watcher, 2).await;
    drop(moving);
    told_within(&mut watcher, 4).await;
    let _moved = line_of(&three, "ann");
    assert!(told_within(&mut watcher, 30).await.is_empty());
    assert_eq!([&one, &two, &three].map(|house| house.hub.count(&Audience::new("a"))), [2, 2, 2]);
}

#[tokio::test(start_paused = true)]
async fn the_people_of_a_node_that_ends_are_waited_for_and_then_gone() {
    // The hold is six seconds. A node that says nothing is given thirty, from its last digest on.
    for (says_goodbye, least, most) in [(true, 6, 8), (false, 19, 32)] {
        let one = House::new().await;
        let two = one.beside().await;
        let mut watcher = line_of(&one, "watcher");
        let _lines = [line_of(&two, "ann"), line_of(&two, "ben")];
        tells(&mut watcher, 3).await;
        if says_goodbye {
            two.hub.close();
            two.hub.say_goodbye().await.unwrap();
        }
        drop(two);
        let ended = Instant::now();
        let _back = line_of(&one, "ann");
        let told = tells(&mut watcher, 2).await - ended;
        assert!(told >= Duration::from_secs(least) && told <= Duration::from_secs(most), "{told:?}");
    }
}

#[tokio::test]
async fn what_hubs_say_to_each_other_is_no_signal_of_the_layer_above() {
    let house = House::new().await;
    let mut line = house.line(&["a"], Start::Live);
    for word in ["~who knows", "~{}", "typing"] {
        house.engine.signal(Bytes::from_static(word.as_bytes())).await.unwrap();
    }
    assert_eq!(bodies(&mut line, 1).await, ["typing"]);
}

#[tokio::test(start_paused = true)]
async fn who_listens_to_more_is_told_who_is_there() {
    let house = House::new().await;
    let mut ann = line_of(&house, "ann");
    tells(&mut ann, 1).await;
    // The same person, on a line that comes to the room later: nothing has changed, and yet it knows nothing.
    let mut late = house.line(&["b"], Start::Live);
    told_within(&mut late, 3).await;
    let from = house.hub.head();
    late.listen(Audience::new("a"), from);
    assert_eq!(told_within(&mut late, 3).await, [2, 2], "at once, and with all the others");
    let mut later = line_of(&house, "ann");
    later.unlisten(&Audience::new("a"));
    told_within(&mut later, 3).await;
    later.listen(Audience::new("a"), from);
    assert_eq!(told_within(&mut later, 3).await, [2]);
}

#[tokio::test(start_paused = true)]
async fn a_line_that_missed_signals_is_told_who_is_here() {
    let house = House::new().await;
    let mut ann = line_of(&house, "ann");
    tells(&mut ann, 1).await;
    let _ben = line_of(&house, "ben");
    tokio::time::sleep(Duration::from_secs(2)).await;
    for n in 0..20 {
        house.engine.signal(Bytes::from(format!("signal {n}"))).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(told_within(&mut ann, 1).await, [2]);
}

/// It has joined, and has yet to get its seat.
#[tokio::test(start_paused = true)]
async fn a_line_without_a_seat_misses_nobody() {
    let house = House::new().await;
    let waiting = house.hub.join(of("ann"));
    let elsewhere = house.beside().await;
    let _ben = line_of(&elsewhere, "ben");
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(told_within(&mut Alone::new(waiting), 1).await, [1, 2]);
}
