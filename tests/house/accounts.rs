//! Accounts: a guest's name becomes one, a password signs in anywhere, and who leaves is gone.

use serde_json::json;

use crate::client::{Line, say};
use crate::running::Running;
use crate::somebody::{Somebody, refused, text};

const PASSWORD: &str = "correct horse";

async fn account(server: &Running, name: &str, login: &str) -> Somebody {
    let somebody = Somebody::named(server, name).await;
    let made = somebody.put(server, "/me/account", json!({ "login": login, "password": PASSWORD })).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!((&made.json()["role"], &made.json()["id"]), (&json!("member"), &json!(somebody.id)));
    somebody
}

async fn sign_in(server: &Running, login: &str, password: &str) -> crate::client::Answer {
    Somebody::default().post(server, "/session", json!({ "login": login, "password": password })).await
}

#[tokio::test]
async fn a_guest_gets_an_account_and_signs_in_elsewhere_as_the_same() {
    let server = Running::start();
    let ann = account(&server, "Ann", "Ann.Lee").await;
    let me = ann.me(&server).await.unwrap();
    assert_eq!(
        (&me["login"], &me["role"], &me["name"]),
        (&json!("ann.lee"), &json!("member"), &json!("Ann"))
    );
    let signed_in = sign_in(&server, "ANN.LEE", PASSWORD).await;
    assert_eq!(signed_in.status, 201, "{}", signed_in.body);
    let phone = Somebody::of(&signed_in);
    assert_eq!(phone.id, ann.id);
    assert_ne!(phone.me(&server).await.unwrap()["session"], me["session"]);
    let again = json!({ "login": "another", "password": PASSWORD });
    refused(&ann.put(&server, "/me/account", again).await, 409, "login-taken");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_login_are_answered_alike() {
    let server = Running::start();
    account(&server, "Ann", "ann").await;
    let wrong = sign_in(&server, "ann", "wrong password").await;
    let unknown = sign_in(&server, "nobody", PASSWORD).await;
    let odd = sign_in(&server, "no/body", PASSWORD).await;
    refused(&wrong, 401, "wrong-password");
    assert_eq!(wrong.body, unknown.body);
    assert_eq!(wrong.body, odd.body);
    for answer in [&wrong, &unknown] {
        assert_eq!(answer.header("set-cookie"), "");
    }
}

#[tokio::test]
async fn logins_and_passwords_that_cannot_be_are_refused() {
    let server = Running::start();
    account(&server, "Ann", "ann").await;
    let ben = Somebody::named(&server, "Ben").await;
    let put = |login: &str, password: &str| {
        let wish = json!({ "login": login, "password": password });
        let (ben, server) = (&ben, &server);
        async move { ben.put(server, "/me/account", wish).await }
    };
    refused(&put("ANN", PASSWORD).await, 409, "login-taken");
    for bad in ["", "ab", "a b c", "a/b/c"] {
        refused(&put(bad, PASSWORD).await, 422, "bad-login");
    }
    for weak in ["", "1234567", "ben.jones", &"x".repeat(2000)] {
        refused(&put("ben.jones", weak).await, 422, "weak-password");
    }
    let stranger = Somebody::default();
    let wish = json!({ "login": "cara", "password": PASSWORD });
    refused(&stranger.put(&server, "/me/account", wish).await, 401, "not-signed-in");
    refused(&ben.put(&server, "/me/account", json!({ "login": "ben" })).await, 400, "bad-json");
    assert_eq!(ben.me(&server).await.unwrap()["role"], "guest", "nothing was half done");
}

#[tokio::test]
async fn of_many_who_want_one_login_at_once_one_gets_it() {
    let server = Running::start();
    let mut racers = tokio::task::JoinSet::new();
    let mut all = Vec::new();
    for n in 0..8 {
        all.push(Somebody::named(&server, &format!("Racer {n}")).await);
    }
    let server = std::sync::Arc::new(server);
    for racer in all {
        let server = std::sync::Arc::clone(&server);
        racers.spawn(async move {
            let wish = json!({ "login": "wanted", "password": PASSWORD });
            racer.put(&server, "/me/account", wish).await.status
        });
    }
    let mut statuses = racers.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
}

#[tokio::test]
async fn who_guesses_passwords_waits_longer_and_longer() {
    let server = Running::start();
    account(&server, "Ann", "ann").await;
    for _ in 0..5 {
        refused(&sign_in(&server, "ann", "a wrong guess").await, 401, "wrong-password");
    }
    let throttled = sign_in(&server, "ann", "a wrong guess").await;
    refused(&throttled, 429, "too-many-attempts");
    let wait: u64 = throttled.header("retry-after").parse().unwrap();
    assert!((1..=300).contains(&wait), "{wait}");
    refused(&sign_in(&server, "ANN", PASSWORD).await, 429, "too-many-attempts");
    account(&server, "Ben", "ben").await;
    assert_eq!(sign_in(&server, "ben", PASSWORD).await.status, 201, "nobody else waits");
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions_and_the_old_password() {
    let server = Running::start();
    let ann = account(&server, "Ann", "ann").await;
    let phone = Somebody::of(&sign_in(&server, "ann", PASSWORD).await);
    let change = |old: Option<&str>, new: &str| json!({ "old": old, "password": new });
    refused(
        &ann.put(&server, "/me/password", change(Some("no"), "a better one")).await,
        401,
        "wrong-password",
    );
    refused(&ann.put(&server, "/me/password", change(None, "a better one")).await, 401, "wrong-password");
    refused(&ann.put(&server, "/me/password", change(Some(PASSWORD), "short")).await, 422, "weak-password");
    assert!(phone.me(&server).await.is_some());
    assert_eq!(ann.put(&server, "/me/password", change(Some(PASSWORD), "a better one")).await.status, 204);
    assert!(phone.me(&server).await.is_none());
    assert!(ann.me(&server).await.is_some());
    refused(&sign_in(&server, "ann", PASSWORD).await, 401, "wrong-password");
    assert_eq!(sign_in(&server, "ann", "a better one").await.status, 201);
    let guest = Somebody::named(&server, "Guest").await;
    refused(&guest.put(&server, "/me/password", change(None, "a better one")).await, 403, "not-allowed");
}

#[tokio::test]
async fn a_face_is_one_emoji_and_stands_beside_the_name() {
    let server = Running::start();
    let ann = Somebody::named(&server, "Ann").await;
    let set = ann.put(&server, "/me", json!({ "face": "🦊" })).await;
    assert_eq!((set.status, &set.json()["face"], &set.json()["name"]), (200, &json!("🦊"), &json!("Ann")));
    for bad in ["x", "🦊🦊", "fox"] {
        refused(&ann.put(&server, "/me", json!({ "face": bad })).await, 422, "bad-emoji");
    }
    assert_eq!(ann.put(&server, "/me", json!({ "face": "" })).await.json().get("face"), None);
    refused(&Somebody::default().put(&server, "/me", json!({ "face": "🦊" })).await, 422, "bad-name");
}

#[tokio::test]
async fn who_leaves_for_good_is_gone_everywhere() {
    let server = Running::start();
    let ann = account(&server, "Ann", "ann").await;
    let phone = Somebody::of(&sign_in(&server, "ann", PASSWORD).await);
    let ben = Somebody::named(&server, "Ben").await;
    ann.post(&server, "/rooms/lobby", json!({ "body": "I was here" })).await;
    ben.post(&server, "/rooms/lobby", json!({ "body": "so was I" })).await;
    let link = ann.post(&server, "/me/link", json!({})).await.json();
    let mut line = Line::sse(&server, "/rooms/lobby", &[("cookie", &ben.cookie)]).await;
    line.hello().await;
    refused(&ann.delete(&server, "/me").await, 401, "wrong-password");
    let gone = ann.ask(&server, "DELETE", "/me", Some(json!({ "password": PASSWORD }))).await;
    assert_eq!(gone.status, 204, "{}", gone.body);
    assert!(gone.header("set-cookie").contains("Max-Age=0"), "{:?}", gone.header("set-cookie"));
    let event: serde_json::Value = serde_json::from_str(&line.named("person").await.data).unwrap();
    assert_eq!((&event["change"], &event["person"]["gone"]), (&json!("gone"), &json!(true)));
    assert_eq!((&event["person"]["id"], &event["person"]["name"]), (&json!(ann.id), &json!("")));
    for device in [&ann, &phone] {
        assert!(device.me(&server).await.is_none());
    }
    let page = ben.get(&server, "/rooms/lobby").await.json();
    assert_eq!(page["messages"][0]["body"], "I was here");
    assert_eq!(page["messages"][0]["by"], json!({ "id": ann.id, "name": "", "gone": true }));
    refused(&sign_in(&server, "ann", PASSWORD).await, 401, "wrong-password");
    let code = json!({ "code": link["code"] });
    refused(&ben.post(&server, "/links/redeem", code).await, 404, "bad-link");
    let found = ben.get(&server, "/people?q=ann").await.json();
    assert_eq!(found["people"], json!([]));
    assert_eq!(ben.get(&server, &format!("/people/{}", ann.id)).await.json()["gone"], true);
    // The login is free again, for somebody else.
    let other = account(&server, "Anna", "ann").await;
    assert_ne!(other.id, ann.id);
}

#[tokio::test]
async fn people_are_found_by_those_who_have_a_name() {
    let server = Running::start();
    say(&server, "lobby", "hi").await;
    let ann = Somebody::named(&server, "Ann Lee").await;
    for name in ["Leo", "Lena", "Bob"] {
        Somebody::named(&server, name).await;
    }
    let names = |answer: crate::client::Answer| {
        let found = answer.json();
        found["people"].as_array().unwrap().iter().map(|person| text(&person["name"])).collect::<Vec<_>>()
    };
    // Whose name begins so comes first.
    assert_eq!(names(ann.get(&server, "/people?q=LE").await), ["Lena", "Leo", "Ann Lee"]);
    assert_eq!(names(ann.get(&server, "/people?limit=2").await), ["Ann Lee", "Bob"]);
    refused(&ann.get(&server, "/people?limit=x").await, 400, "bad-parameter");
    refused(&Somebody::default().get(&server, "/people").await, 401, "not-signed-in");
    refused(&ann.get(&server, "/people/nobody").await, 404, "no-such-person");
    refused(&ann.get(&server, "/people/AAAAAAAAAAAAAAAA").await, 404, "no-such-person");
    let path = format!("/people/{}", ann.id);
    assert_eq!(
        ann.get(&server, &path).await.json(),
        json!({ "id": ann.id, "name": "Ann Lee", "role": "guest" })
    );
}
