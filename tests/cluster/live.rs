//! Who types, reads and is away, heard on another node than the one where they say so.

use serde_json::{Value, json};

use crate::running::Running;
use crate::running::redis::RedisServer;
use crate::somebody::Somebody;

#[tokio::test]
async fn what_people_do_on_one_node_is_heard_on_the_other() {
    let redis = RedisServer::start();
    let [one, two] = [(), ()].map(|()| Running::on(&redis.url(), ""));
    let ann = Somebody::named(&one, "Ann").await;
    ann.says(&one, "lobby", "hi").await;
    ann.joins(&one, "lobby").await;
    let ben = Somebody::named(&two, "Ben").await;
    ben.joins(&two, "lobby").await;
    let id = ann.says(&one, "lobby", "to both").await;
    let (mut anns, _bens) = (ann.line(&one, "/stream?mine").await, ben.line(&two, "/stream?mine").await);
    let mut both = [ann.id.clone(), ben.id.clone()];
    both.sort_unstable();
    while anns.object("here").await["people"] != json!(both) {}

    ben.done(&two, "POST", "/rooms/lobby/typing", Value::Null).await;
    let typing = anns.object("typing").await;
    assert_eq!((&typing["count"], &typing["by"][0]["name"]), (&json!(1), &json!("Ben")));
    ben.done(&two, "PATCH", "/rooms/lobby/me", json!({ "read": id })).await;
    assert_eq!(anns.object("read").await, json!({ "room": "lobby", "person": ben.id, "id": id }));
    ben.done(&two, "PUT", "/me/presence", json!({ "state": "away" })).await;
    assert_eq!(anns.object("presence").await["people"], json!([{ "id": ben.id, "state": "away" }]));
    let people = ann.sees(&one, "/rooms/lobby/people").await;
    let bens = people["people"].as_array().unwrap().iter().find(|person| person["id"] == ben.id.as_str());
    assert_eq!(bens.unwrap()["presence"], "away");
}
