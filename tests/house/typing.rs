//! Who is typing: told to a room in one signal a second, however many they are.

use std::time::Instant;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::client::{request, send};
use crate::running::Running;
use crate::somebody::Somebody;

const TYPING: &str = "/rooms/lobby/typing";

fn names(typing: &Value) -> Vec<&str> {
    typing["by"].as_array().unwrap().iter().map(|by| by["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_room_hears_who_types_until_they_have_said_it_or_given_up() {
    let server = Running::start();
    let (ann, ben) = (Somebody::named(&server, "Ann").await, Somebody::named(&server, "Ben").await);
    ann.says(&server, "lobby", "hi").await;
    let mut line = ann.line(&server, "/rooms/lobby").await;
    for guest in [&ann, &ben] {
        guest.done(&server, "POST", TYPING, Value::Null).await;
    }
    let mut typing = line.object("typing").await;
    while typing["count"] == 1 {
        typing = line.object("typing").await;
    }
    assert_eq!((names(&typing), &typing["room"]), (vec!["Ann", "Ben"], &json!("lobby")));
    assert!(typing.get("id").is_none());
    ann.says(&server, "lobby", "that is what I was typing").await;
    let typing = line.object("typing").await;
    assert_eq!((names(&typing), &typing["count"]), (vec!["Ben"], &json!(1)));
    let mut typing = line.object("typing").await;
    while typing["count"] != 0 {
        typing = line.object("typing").await;
    }
    assert_eq!(names(&typing), Vec::<&str>::new());
    let stranger = send(request(&server, "POST", TYPING)).await;
    assert_eq!((stranger.status, stranger.code().as_str()), (401, "not-signed-in"));
}

#[tokio::test]
async fn of_a_crowd_five_are_named_and_the_signals_do_not_grow_with_it() {
    let server = Running::start();
    let crowd = join_all((0..40).map(|n| Somebody::named(&server, ["Guest", "Gast"][n % 2]))).await;
    crowd[0].says(&server, "lobby", "hi").await;
    let mut line = crowd[0].line(&server, "/rooms/lobby").await;
    let began = Instant::now();
    for round in 0..3 {
        let typed =
            join_all(crowd.iter().map(|guest| guest.ask(&server, "POST", TYPING, Some(Value::Null)))).await;
        assert!(typed.iter().all(|answer| answer.status == 204), "round {round}");
    }
    let mut signals = 1;
    let mut typing = line.object("typing").await;
    while typing["count"] != 40 {
        typing = line.object("typing").await;
        signals += 1;
    }
    assert_eq!(names(&typing).len(), 5);
    assert!(signals <= 2 + began.elapsed().as_secs(), "{signals} signals in {:?}", began.elapsed());
}
