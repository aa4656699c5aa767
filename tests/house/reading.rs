//! How far people have read, what they have yet to read, and who hears of it.

use futures_util::future::join_all;
use serde_json::json;

use crate::client::{get, number, say};
use crate::running::Running;
use crate::somebody::Somebody;

const ME: &str = "/rooms/lobby/me";

#[tokio::test]
async fn what_others_said_after_the_mark_is_unread_and_the_mark_only_moves_forward() {
    let server = Running::start();
    let (ann, ben) = (Somebody::named(&server, "Ann").await, Somebody::named(&server, "Ben").await);
    ann.says(&server, "lobby", "before").await;
    ben.joins(&server, "lobby").await;
    ann.joins(&server, "lobby").await;
    let fresh = ben.sees(&server, "/rooms/lobby/about").await;
    assert_eq!(fresh["me"]["unread"], 0, "nobody has to read what was said before they came");
    let mut ids = Vec::new();
    for body in ["one", "two", "three"] {
        ids.push(ann.says(&server, "lobby", body).await);
    }
    let last = ben.says(&server, "lobby", "one's own").await;
    let place = ben.done(&server, "PATCH", ME, json!({})).await;
    assert_eq!(
        (&place["unread"], &place["mentions"], &place["level"]),
        (&json!(3), &json!(0), &json!("all"))
    );
    assert_eq!((&place["last"], &place["joined"]), (&json!(last), &json!(true)));
    let place = ben.done(&server, "PATCH", ME, json!({ "read": ids[1] })).await;
    assert_eq!((&place["read"], &place["unread"]), (&json!(ids[1]), &json!(1)));
    let place = ben.done(&server, "PATCH", ME, json!({ "read": ids[0] })).await;
    assert_eq!((&place["read"], &place["unread"]), (&json!(ids[1]), &json!(1)), "never back");
    for wrong in ["nonsense", "00000000-1", &format!("{}-999999", ids[0].split('-').next().unwrap())] {
        let refused = ben.ask(&server, "PATCH", ME, Some(json!({ "read": wrong }))).await;
        assert_eq!((refused.status, refused.code().as_str()), (404, "no-such-message"), "{wrong}");
    }
    assert_eq!(ben.ask(&server, "PATCH", ME, Some(json!({ "level": "loud" }))).await.status, 400);
    let eve = Somebody::named(&server, "Eve").await;
    let outside = eve.ask(&server, "PATCH", ME, Some(json!({ "read": ids[2] }))).await;
    assert_eq!((outside.status, outside.code().as_str()), (403, "not-allowed"));
    let nowhere = eve.ask(&server, "PATCH", "/rooms/nowhere/me", Some(json!({ "read": ids[2] }))).await;
    assert!((400..500).contains(&nowhere.status), "{}", nowhere.body);
}

#[tokio::test]
async fn more_than_ninety_nine_count_as_a_hundred() {
    let server = Running::start();
    let ann = Somebody::named(&server, "Ann").await;
    say(&server, "lobby", "first").await;
    ann.joins(&server, "lobby").await;
    let mut last = String::new();
    for count in 1..=101 {
        last = say(&server, "lobby", &count.to_string()).await;
        if [98, 99, 100, 101].contains(&count) {
            let unread = &ann.done(&server, "PATCH", ME, json!({})).await["unread"];
            assert_eq!(unread, &json!(count.min(100)));
        }
    }
    assert_eq!(ann.done(&server, "PATCH", ME, json!({ "read": last })).await["unread"], 0);
}

#[tokio::test]
async fn a_mark_is_no_entry_and_is_heard_by_everybody_in_a_small_room_and_by_ones_own_devices_in_a_large_one()
{
    let server = Running::start();
    let (ann, ben) = (Somebody::named(&server, "Ann").await, Somebody::named(&server, "Ben").await);
    ann.says(&server, "lobby", "hi").await;
    ann.joins(&server, "lobby").await;
    ben.joins(&server, "lobby").await;
    let id = ann.says(&server, "lobby", "to both").await;
    let (mut anns, mut bens) =
        (ann.line(&server, "/stream?mine").await, ben.line(&server, "/rooms/lobby").await);
    ben.done(&server, "PATCH", ME, json!({ "read": id })).await;
    for line in [&mut anns, &mut bens] {
        assert_eq!(line.object("read").await, json!({ "room": "lobby", "person": ben.id, "id": id }));
    }
    let people = ann.sees(&server, "/rooms/lobby/people").await;
    let mark = people["people"].as_array().unwrap().iter().find(|person| person["id"] == ben.id.as_str());
    assert_eq!(mark.unwrap()["read"], id.as_str());

    let crowd = join_all((0..19).map(|n| Somebody::named(&server, ["Guest", "Gast"][n % 2]))).await;
    for guest in &crowd {
        guest.joins(&server, "lobby").await;
    }
    let (id, mut own) =
        (ann.says(&server, "lobby", "to many").await, ben.line(&server, "/stream?mine").await);
    let head = ann.sees(&server, "/rooms/lobby").await["head"].clone();
    ben.done(&server, "PATCH", ME, json!({ "read": id })).await;
    assert_eq!(own.object("read").await["id"], id.as_str());
    assert_eq!(ann.sees(&server, "/rooms/lobby").await["head"], head, "a mark is no entry of the log");
    // Ann hears the next thing that is said, and no mark before it.
    ann.says(&server, "lobby", "after it").await;
    loop {
        let line: serde_json::Value = serde_json::from_str(&anns.text_line().await.unwrap()).unwrap();
        assert!(line.get("read").is_none(), "{line}");
        if line["message"]["body"] == "after it" {
            break;
        }
    }
    let people = ann.sees(&server, "/rooms/lobby/people").await;
    assert!(people["people"].as_array().unwrap().iter().all(|person| person.get("read").is_none()));
}

#[tokio::test]
async fn of_many_devices_that_read_at_once_the_furthest_mark_stays() {
    let server = Running::start();
    let ann = Somebody::named(&server, "Ann").await;
    say(&server, "lobby", "first").await;
    ann.joins(&server, "lobby").await;
    let mut ids = Vec::new();
    for n in 0..12 {
        ids.push(say(&server, "lobby", &n.to_string()).await);
    }
    let marked =
        join_all(ids.iter().map(|id| ann.ask(&server, "PATCH", ME, Some(json!({ "read": id }))))).await;
    for (answer, id) in marked.iter().zip(&ids) {
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(number(answer.json()["read"].as_str().unwrap()) >= number(id));
    }
    assert_eq!(ann.done(&server, "PATCH", ME, json!({})).await["read"], ids[11].as_str());
}

#[tokio::test]
async fn one_request_fills_the_list_of_rooms_and_a_stream_from_its_head_misses_nothing() {
    let server = Running::start();
    let (ann, ben) = (Somebody::named(&server, "Ann").await, Somebody::named(&server, "Ben").await);
    assert_eq!(get(&server, "/me/rooms", &[]).await.json()["rooms"], json!([]), "a stranger has none");
    for room in ["garden", "kitchen"] {
        ben.says(&server, room, "welcome").await;
        ann.joins(&server, room).await;
    }
    let direct = ben.done(&server, "POST", "/rooms", json!({ "kind": "direct", "people": [ann.id] })).await;
    let direct = direct["id"].as_str().unwrap();
    ben.says(&server, "garden", "one").await;
    ben.says(&server, direct, "only you").await;
    let last = ben.says(&server, "garden", "two").await;
    let mine = ann.sees(&server, "/me/rooms").await;
    let rooms = mine["rooms"].as_array().unwrap();
    let of = |id: &str| rooms.iter().find(|room| room["id"] == id).unwrap_or_else(|| panic!("{id}: {mine}"));
    assert_eq!(rooms.len(), 3);
    let garden = &of("garden")["me"];
    assert_eq!((&garden["unread"], &garden["last"]), (&json!(2), &json!(last)));
    assert_eq!(
        (&garden["joined"], &garden["role"], &garden["level"]),
        (&json!(true), &json!("member"), &json!("all"))
    );
    assert_eq!(of("kitchen")["me"]["unread"], 0);
    assert_eq!((&of(direct)["me"]["unread"], &of(direct)["kind"]), (&json!(1), &json!("direct")));
    assert!(of("garden")["may"].as_array().unwrap().contains(&json!("say")));
    ben.says(&server, "kitchen", "later").await;
    let mut line = ann.line(&server, &format!("/stream?mine&since={}", mine["head"].as_str().unwrap())).await;
    assert_eq!(line.object("message").await["body"], "later");
}

#[tokio::test]
async fn ones_other_devices_hear_of_a_level_and_nobody_else_does() {
    let server = Running::start();
    let (ann, ben) = (Somebody::named(&server, "Ann").await, Somebody::named(&server, "Ben").await);
    for guest in [&ann, &ben] {
        guest.says(&server, "lobby", "hi").await;
        guest.joins(&server, "lobby").await;
    }
    let (mut anns, mut bens) =
        (ann.line(&server, "/stream?mine").await, ben.line(&server, "/stream?mine").await);
    assert_eq!(ann.done(&server, "PATCH", ME, json!({ "level": "mentions" })).await["level"], "mentions");
    let heard = anns.object("person").await;
    assert_eq!((&heard["change"], &heard["person"]["id"]), (&json!("rooms"), &json!(ann.id)));
    assert_eq!(ann.sees(&server, "/me/rooms").await["rooms"][0]["me"]["level"], "mentions");
    assert_eq!(ben.sees(&server, "/me/rooms").await["rooms"][0]["me"]["level"], "all");
    ann.says(&server, "lobby", "after it").await;
    loop {
        let line: serde_json::Value = serde_json::from_str(&bens.text_line().await.unwrap()).unwrap();
        assert!(line.get("person").is_none(), "{line}");
        if line["message"]["body"] == "after it" {
            break;
        }
    }
}
