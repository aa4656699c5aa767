//! Who is here, by name, and whether they are at it or away.

use serde_json::{Value, json};

use crate::client::{Line, get};
use crate::running::Running;
use crate::somebody::Somebody;

/// Waits until a line is told that just these people are here.
async fn told(line: &mut Line, people: &[&Somebody], count: usize) {
    let mut ids: Vec<_> = people.iter().map(|guest| guest.id.as_str()).collect();
    ids.sort_unstable();
    while line.object("here").await != json!({ "room": "lobby", "count": count, "people": ids }) {}
}

async fn presence(server: &Running, guest: &Somebody, whose: &Somebody) -> Value {
    let people = guest.sees(server, "/rooms/lobby/people").await;
    let person = people["people"].as_array().unwrap().iter().find(|person| person["id"] == whose.id.as_str());
    person.unwrap().get("presence").cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_room_hears_by_id_who_is_here_and_of_strangers_only_how_many() {
    let server = Running::start();
    let (ann, ben) = (Somebody::named(&server, "Ann").await, Somebody::named(&server, "Ben").await);
    ann.says(&server, "lobby", "hi").await;
    let mut line = ann.line(&server, "/rooms/lobby").await;
    told(&mut line, &[&ann], 1).await;
    let bens = ben.line(&server, "/rooms/lobby").await;
    told(&mut line, &[&ann, &ben], 2).await;
    let _stranger = Line::ndjson(&server, "/rooms/lobby?live").await;
    told(&mut line, &[&ann, &ben], 3).await;
    drop(bens);
    told(&mut line, &[&ann], 2).await;
}

#[tokio::test]
async fn a_room_hears_who_is_away_unless_another_page_of_theirs_is_not() {
    let server = Running::start();
    let (ann, ben) = (Somebody::named(&server, "Ann").await, Somebody::named(&server, "Ben").await);
    for guest in [&ann, &ben] {
        guest.says(&server, "lobby", "hi").await;
        guest.joins(&server, "lobby").await;
    }
    assert_eq!(presence(&server, &ann, &ben).await, Value::Null, "Ben is not here");
    let mut anns = ann.line(&server, "/stream?mine").await;
    let _bens = ben.line(&server, "/stream?mine").await;
    told(&mut anns, &[&ann, &ben], 2).await;
    assert_eq!(presence(&server, &ann, &ben).await, "online");
    ben.done(&server, "PUT", "/me/presence?client=laptop", json!({ "state": "away" })).await;
    let away = json!({ "room": "lobby", "people": [{ "id": ben.id, "state": "away" }] });
    assert_eq!(anns.object("presence").await, away);
    assert_eq!(presence(&server, &ann, &ben).await, "away");
    let phone = crate::client::request(&server, "PUT", "/me/presence")
        .header("cookie", &ben.cookie)
        .header("openline-client", "phone")
        .body(json!({ "state": "online" }).to_string());
    assert_eq!(crate::client::send(phone).await.status, 204);
    assert_eq!(anns.object("presence").await["people"][0]["state"], "online");
    assert_eq!(presence(&server, &ann, &ben).await, "online");
    assert_eq!(get(&server, "/me/rooms", &[]).await.status, 200);
    assert_eq!(ben.ask(&server, "PUT", "/me/presence", Some(json!({ "state": "asleep" }))).await.status, 400);
}
