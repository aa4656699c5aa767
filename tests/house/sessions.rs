//! Sessions: the devices on which somebody is known, and signing out.

use serde_json::json;

use crate::client::{Line, request, say, send, until};
use crate::running::Running;
use crate::running::redis::RedisServer;
use crate::somebody::{Somebody, refused, text};

const FIREFOX: &str = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0";

async fn sign_in(server: &Running, browser: &str) -> Somebody {
    let wish = json!({ "login": "ann", "password": "correct horse" });
    let asked = request(server, "POST", "/session").header("user-agent", browser);
    let answer = send(asked.header("content-type", "application/json").body(wish.to_string())).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    Somebody::of(&answer)
}

async fn ann(server: &Running) -> Somebody {
    let ann = Somebody::named(server, "Ann").await;
    let made = ann.put(server, "/me/account", json!({ "login": "ann", "password": "correct horse" })).await;
    assert_eq!(made.status, 200, "{}", made.body);
    ann
}

#[tokio::test]
async fn devices_are_listed_and_ended_one_by_one() {
    let server = Running::start();
    let ann = ann(&server).await;
    let phone = sign_in(&server, FIREFOX).await;
    let listed = ann.get(&server, "/me/sessions").await.json();
    let sessions = listed["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    let own: Vec<_> = sessions.iter().filter(|session| session["current"] == true).collect();
    assert_eq!(own.len(), 1);
    assert_eq!(own[0]["id"], ann.me(&server).await.unwrap()["session"]);
    let other = sessions.iter().find(|session| session.get("current").is_none()).unwrap();
    assert_eq!(other["device"], "Firefox on Android");
    assert!(text(&other["at"]).ends_with('Z') && text(&other["seen"]).ends_with('Z'));
    let secret = phone.cookie.split_once('.').unwrap().1;
    assert!(!listed.to_string().contains(secret));

    let mut line = Line::sse(&server, "/rooms/lobby", &[("cookie", &phone.cookie)]).await;
    line.hello().await;
    let mut own = Line::sse(&server, "/stream?mine", &[("cookie", &phone.cookie)]).await;
    own.hello().await;
    let stranger = Somebody::named(&server, "Mallory").await;
    let path = format!("/me/sessions/{}", text(&other["id"]));
    refused(&stranger.delete(&server, &path).await, 404, "no-such-page");
    assert!(phone.me(&server).await.is_some());
    assert_eq!(ann.delete(&server, &path).await.status, 204);
    refused(&ann.delete(&server, &path).await, 404, "no-such-page");
    assert!(phone.me(&server).await.is_none());
    assert!(ann.me(&server).await.is_some());
    refused(&Somebody::default().get(&server, "/me/sessions").await, 401, "not-signed-in");
    refused(&phone.delete(&server, &path).await, 401, "not-signed-in");

    // Its lines end, with nothing that was said since; and its own line cannot be opened again.
    say(&server, "lobby", "secret").await;
    for line in [&mut own, &mut line] {
        while let Some(event) = line.event().await {
            assert_ne!(event.name, "message", "{event:?}");
        }
    }
    refused(&phone.get(&server, "/stream?mine").await, 401, "not-signed-in");
}

#[tokio::test]
async fn who_signs_out_is_a_stranger_on_that_device_only() {
    let server = Running::start();
    let ann = ann(&server).await;
    let phone = sign_in(&server, FIREFOX).await;
    let out = phone.delete(&server, "/session").await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").starts_with("openline=;"), "{}", out.header("set-cookie"));
    assert!(phone.me(&server).await.is_none() && ann.me(&server).await.is_some());
    refused(&phone.delete(&server, "/session").await, 401, "not-signed-in");
}

#[tokio::test]
async fn sessions_outlive_a_restart_and_ended_ones_do_not() {
    let mut server = Running::start();
    let ann = ann(&server).await;
    let phone = sign_in(&server, FIREFOX).await;
    assert_eq!(phone.delete(&server, "/session").await.status, 204);
    server.stop().await;
    server.restart();
    assert!(phone.me(&server).await.is_none() && ann.me(&server).await.is_some());
}

#[tokio::test]
async fn a_hundred_devices_are_known_and_then_the_oldest_goes() {
    let server = Running::start();
    let ann = ann(&server).await;
    let code = |link: serde_json::Value| json!({ "code": link["code"] });
    // By links, since passwords take their time.
    for _ in 0..100 {
        let link = ann.post(&server, "/me/link", json!({})).await.json();
        let redeemed = Somebody::default().post(&server, "/links/redeem", code(link)).await;
        assert_eq!(redeemed.status, 201, "{}", redeemed.body);
        if ann.me(&server).await.is_none() {
            break;
        }
    }
    assert!(ann.me(&server).await.is_none(), "the first device went when the hundred and first came");
}

#[tokio::test]
async fn what_ends_on_one_node_is_over_on_all() {
    let redis = RedisServer::start();
    let (one, other) = (Running::on(&redis.url(), ""), Running::on(&redis.url(), ""));
    let ann = ann(&one).await;
    let olga = Somebody::owner(&other).await;
    let phone = sign_in(&one, FIREFOX).await;
    let mut line = Line::sse(&other, "/rooms/lobby", &[("cookie", &phone.cookie)]).await;
    line.hello().await;
    assert!(phone.me(&other).await.is_some(), "each node knows every device");
    let change = json!({ "old": "correct horse", "password": "a better one" });
    assert_eq!(ann.put(&one, "/me/password", change).await.status, 204);
    until(async || phone.me(&other).await.is_none()).await;
    assert!(ann.me(&other).await.is_some());
    let risen = olga.patch(&other, &format!("/people/{}", ann.id), json!({ "role": "moderator" })).await;
    assert_eq!(risen.status, 200, "{}", risen.body);
    until(async || ann.me(&one).await.is_some_and(|me| me["role"] == "moderator")).await;
}
