//! What the last line took: given to whoever stands where it stood, and to nobody else.

use std::future::poll_fn;
use std::task::Poll;

use super::*;

fn join(house: &House, room: &str, start: Start) -> Alone {
    join_as(house, room, start, NDJSON)
}

fn join_as(house: &House, room: &str, start: Start, format: Format) -> Alone {
    Alone::new(house.hub.join(Join {
        listener: Listener { person: None, has_ended: None, client: "me".into(), may_return: false },
        format,
        echo: true,
        hearing: Hearing::Of(vec![Audience::new(room)]),
        follows: false,
        start,
        reset: None,
    }))
}

/// All that a line takes now.
async fn now(line: &mut Alone, memo: &mut Memo) -> Vec<Bytes> {
    let mut taken = Vec::new();
    poll_fn(|cx| {
        while let Poll::Ready(Some(bytes)) = line.poll_with(cx, memo) {
            taken.push(bytes);
        }
        Poll::Ready(())
    })
    .await;
    taken
}

/// Says two messages once these lines have taken all that there was.
async fn say_two(house: &House, lines: &mut [Alone], memo: &mut Memo) {
    for line in lines {
        now(line, memo).await;
    }
    house.say("open", "one").await;
    let last = house.say("open", "two").await;
    house.heard(last).await;
}

/// The bodies of the messages among what was taken.
fn said(taken: &[Bytes]) -> Vec<String> {
    let words = taken.iter().flat_map(|bytes| bytes.split(|byte| *byte == b'\n'));
    words
        .filter_map(|word| serde_json::from_slice::<serde_json::Value>(word).ok())
        .filter_map(|word| Some(word.pointer("/message/body")?.as_str()?.to_owned()))
        .collect()
}

#[tokio::test]
async fn those_who_stand_at_the_same_place_share_the_very_bytes() {
    let house = House::new().await;
    let mut memo = Memo::default();
    let mut lines: Vec<_> = (0..3).map(|_| join(&house, "open", Start::Live)).collect();
    say_two(&house, &mut lines, &mut memo).await;
    let mut taken = Vec::new();
    for line in &mut lines {
        let bytes = now(line, &mut memo).await;
        assert_eq!(said(&bytes), ["one", "two"]);
        taken.push(bytes[0].as_ptr());
    }
    assert!(taken.iter().all(|place| *place == taken[0]), "joined once");
    for line in &mut lines {
        assert!(now(line, &mut memo).await.is_empty(), "and heard once");
    }
}

#[tokio::test]
async fn those_of_one_format_share_their_bytes_whoever_comes_between() {
    let house = House::new().await;
    let mut memo = Memo::default();
    let sse = Format { transport: Transport::Sse, ..NDJSON };
    let formats = [NDJSON, sse, NDJSON, sse];
    let mut lines: Vec<_> =
        formats.iter().map(|format| join_as(&house, "open", Start::Live, *format)).collect();
    say_two(&house, &mut lines, &mut memo).await;
    let mut taken = Vec::new();
    for line in &mut lines {
        // Kept, so that no other bytes get their place.
        taken.push(now(line, &mut memo).await);
    }
    let place = |line: usize| taken[line][0].as_ptr();
    assert_eq!((place(0), place(1)), (place(2), place(3)));
    assert_ne!(place(0), place(1));
}

#[tokio::test]
async fn those_who_stand_elsewhere_get_their_own() {
    let house = House::new().await;
    let mut memo = Memo::default();
    let first = house.say("open", "one").await;
    house.heard(first).await;
    let mut from_the_start = join(&house, "open", house.after(0));
    let mut after_one = join(&house, "open", house.after(1));
    let mut elsewhere = join(&house, "a", house.after(0));
    let mut closed = join(&house, "closed", house.after(0));
    house.closed.lock().unwrap().insert(Audience::new("closed"));
    house.say("open", "two").await;
    let last = house.say("closed", "three").await;
    house.heard(last).await;
    assert_eq!(said(&now(&mut from_the_start, &mut memo).await), ["one", "two"]);
    assert_eq!(said(&now(&mut elsewhere, &mut memo).await), [""; 0]);
    assert_eq!(said(&now(&mut closed, &mut memo).await), [""; 0]);
    assert_eq!(said(&now(&mut after_one, &mut memo).await), ["two"]);
}

#[tokio::test]
async fn what_was_said_since_or_made_anew_is_not_left_out() {
    let house = House::new().await;
    let mut memo = Memo::default();
    let mut first = join(&house, "open", house.after(0));
    let mut second = join(&house, "open", house.after(0));
    let mut third = join(&house, "open", house.after(0));
    let number = house.say("open", "one").await;
    house.heard(number).await;
    assert_eq!(said(&now(&mut first, &mut memo).await), ["one"]);
    let number = house.say("open", "two").await;
    house.heard(number).await;
    assert_eq!(said(&now(&mut second, &mut memo).await), ["one", "two"]);

    // The document is another one now, and says so itself; what the memo has is as it was.
    let place = Key::new("message").part("open").number(Number(1));
    let mut change = Commit::new();
    let key = NumberedKey::Plain(place);
    change.puts.push(Put { key: key.clone(), json: Bytes::from_static(b"changed"), expires: None });
    change.entry = Some(NewEntry {
        audiences: vec![Audience::new("elsewhere")],
        kind: "change".to_owned(),
        document: key,
        facts: None,
        at: 1_000,
    });
    let number = house.commit(change).await;
    house.heard(number).await;
    assert_eq!(said(&now(&mut third, &mut memo).await), ["changed", "two"]);
}

#[tokio::test]
async fn whoever_comes_anew_looks_for_more_than_what_the_last_one_took() {
    let house = House::new().await;
    let mut memo = Memo::default();
    let mut first = join(&house, "open", house.after(0));
    let number = house.say("open", "one").await;
    house.heard(number).await;
    assert_eq!(said(&now(&mut first, &mut memo).await), ["one"]);
    let number = house.say("open", "two").await;
    house.heard(number).await;
    // Nobody has called them for what was said before they came.
    for (in_row, is_level) in [(true, true), (false, false)] {
        let mut newcomer = join(&house, "open", house.after(0));
        memo.in_row = in_row;
        let mut taken = Vec::new();
        while said(&taken).is_empty() {
            taken.push(poll_fn(|cx| newcomer.poll_with(cx, &mut memo)).await.unwrap());
        }
        assert_eq!((said(&taken), newcomer.is_level()), (vec!["one".to_owned()], is_level));
    }
}
