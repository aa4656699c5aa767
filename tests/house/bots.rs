//! Bots, and what owners and moderators do with people.

use serde_json::json;

use crate::client::{Answer, request, send};
use crate::running::Running;
use crate::somebody::{Somebody, refused, text};

async fn with_token(server: &Running, method: &str, path: &str, token: &str, body: &str) -> Answer {
    let asked = request(server, method, path).header("authorization", format!("Bearer {token}"));
    send(asked.header("content-type", "text/plain").body(body.to_owned())).await
}

#[tokio::test]
async fn a_bot_posts_by_its_token_with_a_face_of_its_own() {
    let server = Running::start();
    let olga = Somebody::owner(&server).await;
    let made = olga.post(&server, "/bots", json!({ "name": "Weather", "face": "🌦️" })).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let (bot, token) = (made.json()["person"].clone(), text(&made.json()["token"]));
    assert_eq!((&bot["bot"], &bot["role"], &bot["face"]), (&json!(true), &json!("member"), &json!("🌦️")));
    let said = with_token(&server, "POST", "/rooms/lobby", &token, "rain").await;
    assert_eq!(said.status, 201, "{}", said.body);
    let by = json!({ "id": bot["id"], "name": "Weather", "face": "🌦️", "bot": true });
    assert_eq!(said.json()["by"], by);
    assert_eq!(with_token(&server, "GET", "/me", &token, "").await.json()["name"], "Weather");
    // The cookie of whoever has made it does not count beside the token.
    let both = request(&server, "GET", "/me").header("cookie", &olga.cookie);
    let both = send(both.header("authorization", format!("bearer {token}"))).await;
    assert_eq!(both.json()["id"], bot["id"]);

    let renewed = olga.post(&server, &format!("/bots/{}/token", text(&bot["id"])), json!({})).await;
    assert_eq!(renewed.status, 200, "{}", renewed.body);
    refused(&with_token(&server, "POST", "/rooms/lobby", &token, "rain").await, 401, "not-signed-in");
    let newer = text(&renewed.json()["token"]);
    assert_eq!(with_token(&server, "POST", "/rooms/lobby", &newer, "sun").await.status, 201);
    assert_eq!(olga.delete(&server, &format!("/people/{}", text(&bot["id"]))).await.status, 204);
    refused(&with_token(&server, "POST", "/rooms/lobby", &newer, "sun").await, 401, "not-signed-in");
}

#[tokio::test]
async fn a_token_that_is_not_known_is_never_taken_for_a_stranger() {
    let server = Running::start();
    for token in ["", "x", "AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "é"] {
        for (method, path) in
            [("POST", "/rooms/lobby"), ("GET", "/rooms/lobby"), ("GET", "/me"), ("GET", "/stream")]
        {
            let answer = with_token(&server, method, path, token, "hi").await;
            refused(&answer, 401, "not-signed-in");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
    }
    // What a proxy in front of us wants to know is not for us.
    let basic = request(&server, "POST", "/rooms/lobby").header("authorization", "Basic YTpi").body("hi");
    assert_eq!(send(basic).await.status, 201);
}

#[tokio::test]
async fn bots_are_made_by_moderators_and_make_none() {
    let server = Running::start();
    let olga = Somebody::owner(&server).await;
    let mia = olga.invites(&server, "moderator", "Mia").await;
    let ann = olga.invites(&server, "member", "Ann").await;
    let wish = json!({ "name": "Robot" });
    let made = mia.post(&server, "/bots", wish.clone()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    refused(&ann.post(&server, "/bots", wish.clone()).await, 403, "not-allowed");
    refused(&Somebody::default().post(&server, "/bots", wish).await, 401, "not-signed-in");
    refused(&mia.post(&server, "/bots", json!({ "name": "" })).await, 422, "bad-name");
    refused(&mia.post(&server, "/bots", json!({})).await, 422, "bad-name");
    let path = format!("/bots/{}/token", ann.id);
    refused(&mia.post(&server, &path, json!({})).await, 404, "no-such-person");
    let token = text(&made.json()["token"]);
    refused(&with_token(&server, "POST", "/me/link", &token, "").await, 403, "not-allowed");
}

#[tokio::test]
async fn roles_are_given_by_owners_and_the_last_owner_stays() {
    let server = Running::start();
    let olga = Somebody::owner(&server).await;
    let mia = olga.invites(&server, "moderator", "Mia").await;
    let ann = olga.invites(&server, "member", "Ann").await;
    let path = |who: &Somebody| format!("/people/{}", who.id);
    let risen = olga.patch(&server, &path(&ann), json!({ "role": "moderator" })).await;
    assert_eq!((risen.status, &risen.json()["role"]), (200, &json!("moderator")));
    refused(&mia.patch(&server, &path(&ann), json!({ "role": "member" })).await, 403, "not-allowed");
    refused(&mia.delete(&server, &path(&ann)).await, 403, "not-allowed");
    refused(&olga.patch(&server, &path(&ann), json!({ "role": "king" })).await, 400, "bad-json");
    refused(&olga.patch(&server, &path(&olga), json!({ "role": "member" })).await, 409, "last-owner");
    let leaves = json!({ "password": "olgas password" });
    refused(&olga.ask(&server, "DELETE", "/me", Some(leaves.clone())).await, 409, "last-owner");
    assert_eq!(olga.patch(&server, &path(&ann), json!({ "role": "owner" })).await.status, 200);
    assert_eq!(olga.ask(&server, "DELETE", "/me", Some(leaves)).await.status, 204);
    refused(&ann.delete(&server, "/me").await, 409, "last-owner");
    assert_eq!(ann.delete(&server, &path(&mia)).await.status, 204);
    assert!(mia.me(&server).await.is_none());
    refused(&ann.delete(&server, &path(&mia)).await, 404, "no-such-person");
}
