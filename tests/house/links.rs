//! Links: how somebody comes in, once or as often as a link says, and the one answer to every bad link.

use std::sync::Arc;

use serde_json::json;
use tokio::task::JoinSet;

use crate::client::{Line, get};
use crate::running::Running;
use crate::somebody::{Somebody, refused, text};

#[tokio::test]
async fn an_invitation_is_made_looked_at_redeemed_and_gone() {
    let server = Running::start();
    let olga = Somebody::owner(&server).await;
    let made = olga.post(&server, "/links", json!({ "role": "member", "hours": 1 })).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let link = made.json();
    let code = text(&link["code"]);
    assert_eq!(link["url"], server.url(&format!("/join#{code}")));
    let listed = olga.get(&server, "/links").await;
    assert!(!listed.body.contains(&code), "the code is told once");
    let listed = listed.json();
    let shown = &listed["links"][0];
    assert_eq!(
        (&shown["gives"], &shown["role"], &shown["uses_left"]),
        (&json!("account"), &json!("member"), &json!(1))
    );
    assert_eq!(
        (&shown["id"], &shown["by"], &shown["expires"]),
        (&link["id"], &json!(olga.id), &link["expires"])
    );

    let stranger = Somebody::default();
    let look = stranger.post(&server, "/links/look", json!({ "code": code })).await;
    assert_eq!(
        look.json(),
        json!({ "gives": "account", "role": "member", "by": { "id": olga.id, "name": "Olga" } })
    );
    // What is wrong with what somebody wants to be costs no use of the link.
    for (wish, status, problem) in [
        (json!({ "code": code }), 422, "bad-name"),
        (json!({ "code": code, "name": "Ann", "login": "ann" }), 422, "weak-password"),
        (json!({ "code": code, "name": "Ann", "login": "a", "password": "correct horse" }), 422, "bad-login"),
        (
            json!({ "code": code, "name": "Ann", "login": "olga", "password": "correct horse" }),
            409,
            "login-taken",
        ),
    ] {
        refused(&stranger.post(&server, "/links/redeem", wish).await, status, problem);
    }
    let wish = json!({ "code": code, "name": "Ann", "login": "ann", "password": "correct horse" });
    let redeemed = stranger.post(&server, "/links/redeem", wish).await;
    assert_eq!(redeemed.status, 201, "{}", redeemed.body);
    let ann = Somebody::of(&redeemed);
    let me = ann.me(&server).await.unwrap();
    assert_eq!((&me["name"], &me["role"], &me["login"]), (&json!("Ann"), &json!("member"), &json!("ann")));
    assert_eq!(olga.get(&server, "/links").await.json()["links"], json!([]));
}

#[tokio::test]
async fn every_bad_link_gets_the_same_answer() {
    let server = Running::start();
    let olga = Somebody::owner(&server).await;
    let ann = olga.invites(&server, "member", "Ann").await;
    let made = async |who: &Somebody, path: &str, wish| who.post(&server, path, wish).await.json();
    let revoked = made(&olga, "/links", json!({ "role": "guest" })).await;
    assert_eq!(olga.delete(&server, &format!("/links/{}", text(&revoked["id"]))).await.status, 204);
    let used = made(&olga, "/links", json!({ "role": "guest" })).await;
    let wish = json!({ "code": used["code"], "name": "Ben" });
    assert_eq!(Somebody::default().post(&server, "/links/redeem", wish).await.status, 201);
    let of_the_gone = made(&ann, "/me/link", json!({})).await;
    assert_eq!(ann.delete(&server, "/me").await.status, 204);
    let signed = server.owner_code();
    let forged = format!("{}A", &signed[..signed.len() - 2]);
    let mut bodies = Vec::new();
    for code in [
        text(&revoked["code"]),
        text(&used["code"]),
        text(&of_the_gone["code"]),
        forged,
        "A".repeat(43),
        "o.1.2.3".into(),
        "../../etc".into(),
        String::new(),
        "é".repeat(1000),
    ] {
        for (path, wish) in [
            ("/links/look", json!({ "code": code })),
            ("/links/redeem", json!({ "code": code, "name": "Eve" })),
        ] {
            let answer = Somebody::default().post(&server, path, wish).await;
            refused(&answer, 404, "bad-link");
            bodies.push(answer.body);
        }
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
}

#[tokio::test]
async fn of_twenty_who_redeem_a_link_for_one_at_once_one_comes_in() {
    let server = Arc::new(Running::start());
    let olga = Somebody::owner(&server).await;
    let link = olga.post(&server, "/links", json!({ "role": "member" })).await.json();
    let mut racers = JoinSet::new();
    for n in 0..20 {
        let (server, code) = (Arc::clone(&server), link["code"].clone());
        racers.spawn(async move {
            let wish = json!({ "code": code, "name": format!("Racer {n}") });
            Somebody::default().post(&server, "/links/redeem", wish).await.status
        });
    }
    let mut statuses = racers.join_all().await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (201, [404; 19].as_slice()));
    let found = olga.get(&server, "/people?q=racer").await.json();
    assert_eq!(found["people"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_phone_signs_in_by_a_link_of_ones_own() {
    let server = Running::start();
    let ann = Somebody::named(&server, "Ann").await;
    let link = ann.post(&server, "/me/link", json!({})).await;
    assert_eq!(link.status, 201, "{}", link.body);
    let code = json!({ "code": link.json()["code"] });
    let look = Somebody::default().post(&server, "/links/look", code.clone()).await.json();
    assert_eq!((&look["gives"], &look["by"]["name"]), (&json!("sign-in"), &json!("Ann")));
    let own = ann.post(&server, "/links/redeem", code.clone()).await;
    assert_eq!((own.status, own.header("set-cookie")), (201, String::new()), "that is not what it is for");
    let phone = Somebody::default().post(&server, "/links/redeem", code.clone()).await;
    assert_eq!(phone.status, 201, "{}", phone.body);
    assert_eq!(Somebody::of(&phone).id, ann.id);
    refused(&Somebody::default().post(&server, "/links/redeem", code).await, 404, "bad-link");
    refused(&Somebody::default().post(&server, "/me/link", json!({})).await, 401, "not-signed-in");
}

#[tokio::test]
async fn links_are_made_by_those_who_may_and_within_bounds() {
    let server = Running::start();
    let olga = Somebody::owner(&server).await;
    let mia = olga.invites(&server, "moderator", "Mia").await;
    let ann = olga.invites(&server, "member", "Ann").await;
    for wish in [json!({ "role": "guest" }), json!({ "role": "member" })] {
        assert_eq!(mia.post(&server, "/links", wish.clone()).await.status, 201, "{wish}");
        refused(&ann.post(&server, "/links", wish.clone()).await, 403, "not-allowed");
        refused(&Somebody::default().post(&server, "/links", wish).await, 401, "not-signed-in");
    }
    refused(&mia.post(&server, "/links", json!({ "role": "moderator" })).await, 403, "not-allowed");
    for bad in [
        json!({ "role": "owner" }),
        json!({ "role": "stranger" }),
        json!({ "role": "guest", "uses": 0 }),
        json!({ "role": "guest", "uses": 1001 }),
        json!({ "role": "guest", "hours": 0 }),
        json!({ "role": "guest", "hours": 8761 }),
    ] {
        refused(&olga.post(&server, "/links", bad).await, 422, "bad-setting");
    }
    refused(
        &olga.post(&server, "/links", json!({ "role": "guest", "room": "nowhere" })).await,
        404,
        "no-such-room",
    );
    refused(&olga.post(&server, "/links", json!({ "role": "guest", "x": 1 })).await, 422, "unknown-field");
    assert_eq!(ann.get(&server, "/links").await.json()["links"], json!([]));
    let links = olga.get(&server, "/links").await.json();
    assert_eq!(links["links"].as_array().unwrap().len(), 2);
    // Somebody who may not revoke it does not, and learns nothing.
    let path = format!("/links/{}", text(&links["links"][0]["id"]));
    refused(&ann.delete(&server, &path).await, 403, "not-allowed");
    refused(&ann.delete(&server, "/links/none").await, 403, "not-allowed");
    refused(&mia.delete(&server, "/links/none").await, 404, "bad-link");
    assert_eq!(olga.get(&server, "/links").await.json(), links);
    assert_eq!(mia.delete(&server, &path).await.status, 204);
    assert_eq!(olga.get(&server, "/links").await.json()["links"].as_array().unwrap().len(), 1);
    let help = format!("/people/{}/link", ann.id);
    assert_eq!(mia.post(&server, &help, json!({})).await.status, 201);
    refused(&ann.post(&server, &format!("/people/{}/link", mia.id), json!({})).await, 403, "not-allowed");
    refused(&mia.post(&server, &format!("/people/{}/link", olga.id), json!({})).await, 403, "not-allowed");
}

#[tokio::test]
async fn a_link_brings_a_newcomer_into_a_private_room() {
    let server = Running::start();
    let olga = Somebody::owner(&server).await;
    let room = olga.post(&server, "/rooms", json!({ "kind": "private", "title": "Attic" })).await;
    assert_eq!(room.status, 201, "{}", room.body);
    let room = text(&room.json()["id"]);
    let link = olga.post(&server, "/links", json!({ "role": "guest", "room": room })).await;
    assert_eq!(link.status, 201, "{}", link.body);
    let code = link.json()["code"].clone();
    let look = Somebody::default().post(&server, "/links/look", json!({ "code": code })).await.json();
    assert_eq!(look["room"], json!({ "id": room, "title": "Attic" }));
    let mut line = Line::sse(&server, &format!("/rooms/{room}"), &[("cookie", &olga.cookie)]).await;
    line.hello().await;
    let wish = json!({ "code": code, "name": "Ann" });
    let ann = Somebody::of(&Somebody::default().post(&server, "/links/redeem", wish).await);
    let event: serde_json::Value = serde_json::from_str(&line.named("member").await.data).unwrap();
    assert_eq!((&event["person"]["name"], &event["change"]), (&json!("Ann"), &json!("joined")));
    assert_eq!(ann.get(&server, &format!("/rooms/{room}")).await.status, 200);
    let ben = Somebody::named(&server, "Ben").await;
    assert_eq!(ben.get(&server, &format!("/rooms/{room}")).await.status, 404);
}

#[tokio::test]
async fn the_operator_makes_an_owner_while_the_server_runs() {
    let server = Running::start();
    let link = server.owner_link();
    assert!(link.starts_with(&server.url("/join#o.")), "{link}");
    let code = link.split_once('#').unwrap().1;
    let ann = Somebody::named(&server, "Ann").await;
    let look = ann.post(&server, "/links/look", json!({ "code": code })).await.json();
    assert_eq!(look, json!({ "gives": "owner", "role": "owner" }));
    let mut line = Line::with(&server, "/stream?live", &[("cookie", &ann.cookie)]).await;
    line.object("hello").await;
    assert_eq!(ann.post(&server, "/links/redeem", json!({ "code": code })).await.status, 201);
    assert_eq!(ann.me(&server).await.unwrap()["role"], "owner");
    let event = line.object("person").await;
    assert_eq!((&event["change"], &event["person"]["role"]), (&json!("role"), &json!("owner")));
    refused(
        &Somebody::default().post(&server, "/links/redeem", json!({ "code": code })).await,
        404,
        "bad-link",
    );
    // Neither the log nor what is kept has a code or a token in it.
    let log = server.stderr();
    assert!(!log.contains(code) && !log.contains("/join#"), "{log}");
}

#[tokio::test]
async fn where_one_must_be_invited_only_a_link_lets_somebody_in() {
    let server = Running::with("[people]\narrive = \"invited\"");
    refused(&Somebody::default().put(&server, "/me", json!({ "name": "Ann" })).await, 401, "not-signed-in");
    let olga = Somebody::owner(&server).await;
    let ann = olga.invites(&server, "guest", "Ann").await;
    let account = json!({ "login": "ann", "password": "correct horse" });
    refused(&ann.put(&server, "/me/account", account).await, 403, "not-allowed");
    let page = get(&server, "/join", &[("accept", "text/html")]).await;
    assert_eq!((page.status, page.header("referrer-policy")), (200, "no-referrer".into()));
}
