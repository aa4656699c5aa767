//! Whoever speaks is held to the pace of those who are told, and to nobody else's.

use super::*;

/// More than may wait for the lines' next turn.
const MUCH: usize = 20_000;

/// Says that much in a room, and waits until the hub has heard it.
async fn say_much(house: &House, room: &str) {
    let last = house.say(room, &"x".repeat(MUCH)).await;
    house.heard(last).await;
}

/// Whether whoever speaks now is answered at once.
async fn is_answered(house: &House) -> bool {
    timeout(Duration::from_millis(1), house.hub.pace(Number(0))).await.is_ok()
}

#[tokio::test(start_paused = true)]
async fn whoever_speaks_waits_until_the_lines_have_had_their_turn() {
    let house = House::new().await;
    let mut line = house.line(&["a"], Start::Live);
    let few = house.say("a", "few words").await;
    house.heard(few).await;
    assert!(is_answered(&house).await, "of a little nobody is held up");
    say_much(&house, "a").await;
    say_much(&house, "a").await;
    assert!(!is_answered(&house).await);
    let speaker = tokio::spawn({
        let hub = house.hub.clone();
        async move { hub.pace(Number(0)).await }
    });
    while next(&mut line).await.is_empty() {}
    timeout(Duration::from_millis(1), speaker).await.expect("the lines have had their turn").unwrap();
    assert!(is_answered(&house).await);
}

#[tokio::test(start_paused = true)]
async fn where_lines_take_several_at_a_time_more_may_wait() {
    let house = House::new().await;
    let mut line = house.line(&["a"], Start::Live);
    while next(&mut line).await.is_empty() {}
    let some = "x".repeat(1_500);
    let say_thrice = async || {
        for _ in 0..3 {
            let said = house.say("a", &some).await;
            house.heard(said).await;
        }
    };
    say_thrice().await;
    assert!(!is_answered(&house).await, "so far each turn was for one");
    bodies(&mut line, 3).await;
    say_thrice().await;
    assert!(is_answered(&house).await, "the last turn was for three");
    bodies(&mut line, 3).await;
    for _ in 0..2 {
        let said = house.say("a", "a word").await;
        house.heard(said).await;
        bodies(&mut line, 1).await;
    }
    say_thrice().await;
    assert!(!is_answered(&house).await, "the last turn was for one");
}

#[tokio::test(start_paused = true)]
async fn what_nobody_listens_to_holds_nobody_up() {
    let house = House::new().await;
    say_much(&house, "a").await;
    assert!(is_answered(&house).await, "no line at all");
    let _line = house.line(&["b"], Start::Live);
    say_much(&house, "a").await;
    assert!(is_answered(&house).await, "a line that hears something else");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_ever() {
    let house = House::new().await;
    let line = house.line(&["a"], Start::Live);
    say_much(&house, "a").await;
    let began = Instant::now();
    house.hub.pace(Number(0)).await;
    assert!(began.elapsed() >= Duration::from_millis(900) && began.elapsed() < Duration::from_secs(3));
    drop(line);
    assert!(is_answered(&house).await, "nobody is left to wait for");
}

#[tokio::test(start_paused = true)]
async fn whoever_speaks_waits_for_a_hub_that_is_far_behind_if_anybody_listens() {
    let house = House::new().await;
    let far = Number(house.hub.head().number.0 + 1_000);
    assert!(timeout(Duration::from_millis(1), house.hub.pace(far)).await.is_ok(), "nobody listens");
    let _line = house.line(&["a"], Start::Live);
    let speaker = tokio::spawn({
        let hub = house.hub.clone();
        async move { hub.pace(far).await }
    });
    sleep(Duration::from_millis(1)).await;
    assert!(!speaker.is_finished(), "what was said is not heard yet");
    let mut last = house.say("b", "something").await;
    while last.0 + 16 < far.0 {
        assert!(!speaker.is_finished());
        last = house.say("b", "something").await;
        house.heard(last).await;
    }
    timeout(Duration::from_millis(1), speaker).await.expect("the hub has come near").unwrap();
}

#[tokio::test(start_paused = true)]
async fn of_what_is_said_together_only_what_is_heard_here_holds_anybody_up() {
    let house = House::new().await;
    let _line = house.line(&["a"], Start::Live);
    for _ in 0..50 {
        house.say("b", &"x".repeat(1_000)).await;
    }
    let last = house.say("a", "few words").await;
    house.heard(last).await;
    assert!(is_answered(&house).await);
}
