//! Every call that changes something, tried by those who may not: as a stranger, from outside a room, after
//! being removed or banned, from within against what is another's, and from a page of another site. A call
//! that is described and not in the table fails the test.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::{request, send};
use crate::running::Running;
use crate::somebody::Somebody;

/// The people of the story, by what they are to Ann's rooms.
const WHO: [&str; 5] = ["stranger", "outsider", "removed", "banned", "inside"];

/// One call and what each of [`WHO`] is answered: the code of a problem, or `-` for who may do it.
struct Row {
    operation: &'static str,
    path: &'static str,
    body: &'static str,
    answers: [&'static str; 5],
}

const fn row(
    operation: &'static str,
    path: &'static str,
    body: &'static str,
    answers: [&'static str; 5],
) -> Row {
    Row { operation, path, body, answers }
}

const HIDDEN: &str = "no-such-room";
const NAME: &str = "not-signed-in";
const NOT: &str = "not-allowed";
const BANNED: &str = "banned";
const MAY: &str = "-";

/// `{p}` is Ann's private room, `{u}` her public room, `{d}` her direct room with somebody who is not in the
/// table; `{mp}`, `{mu}`, `{md}` are messages of hers in them; `{ann}` and `{owner}` are people, `{link}` is a
/// link of the owner's, `{bot}` a bot and `{session}` a device of Ann's.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    row("postMessage", "/rooms/{p}", r#"{"body":"x"}"#, [HIDDEN, HIDDEN, HIDDEN, HIDDEN, MAY]),
    row("postMessage", "/rooms/{p}", r#"{"body":"x","store":false}"#, [HIDDEN, HIDDEN, HIDDEN, HIDDEN, MAY]),
    row("postMessage", "/rooms/{u}", r#"{"body":"x"}"#, [MAY, MAY, MAY, BANNED, MAY]),
    row("postMessage", "/rooms/{u}", r#"{"body":"x","store":false}"#, [MAY, MAY, MAY, BANNED, MAY]),
    row("postMessage", "/rooms/{d}", r#"{"body":"x"}"#, [HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN]),
    row("postMessage", "/rooms/{u}", r#"{"body":"x","reply_to":"{mp}"}"#, ["bad-reply", "bad-reply", "bad-reply", BANNED, "bad-reply"]),
    row("editMessage", "/rooms/{p}/{mp}", r#"{"body":"x"}"#, [HIDDEN, HIDDEN, HIDDEN, HIDDEN, NOT]),
    row("editMessage", "/rooms/{u}/{mu}", r#"{"body":"x"}"#, [NAME, NOT, NOT, BANNED, NOT]),
    row("editMessage", "/rooms/{u}/{mp}", r#"{"body":"x"}"#, [NAME, "no-such-message", "no-such-message", BANNED, "no-such-message"]),
    row("deleteMessage", "/rooms/{p}/{mp}", "", [HIDDEN, HIDDEN, HIDDEN, HIDDEN, NOT]),
    row("deleteMessage", "/rooms/{u}/{mu}", "", [NAME, NOT, NOT, BANNED, NOT]),
    row("react", "/rooms/{p}/{mp}/reactions/%F0%9F%91%8D", "", [HIDDEN, HIDDEN, HIDDEN, HIDDEN, MAY]),
    row("react", "/rooms/{u}/{mu}/reactions/%F0%9F%91%8D", "", [NAME, MAY, MAY, BANNED, MAY]),
    row("unreact", "/rooms/{p}/{mp}/reactions/%F0%9F%91%8D", "", [HIDDEN, HIDDEN, HIDDEN, HIDDEN, MAY]),
    row("unreact", "/rooms/{u}/{mu}/reactions/%F0%9F%91%8D", "", [NAME, MAY, MAY, BANNED, MAY]),
    row("createRoom", "/rooms", r#"{"kind":"private","title":"x","people":["{ann}"]}"#, [NAME, MAY, MAY, MAY, MAY]),
    row("createRoom", "/rooms", r#"{"kind":"direct","people":["{ann}","{owner}"]}"#, [NAME, MAY, MAY, MAY, MAY]),
    row("createRoom", "/rooms", r#"{"kind":"public","name":"{u}"}"#, [NAME, "name-taken", "name-taken", "name-taken", "name-taken"]),
    row("changeRoom", "/rooms/{p}/about", r#"{"title":"x"}"#, [HIDDEN, HIDDEN, HIDDEN, HIDDEN, NOT]),
    row("changeRoom", "/rooms/{u}/about", r#"{"topic":"x"}"#, [NAME, NOT, NOT, BANNED, NOT]),
    row("changeRoom", "/rooms/{u}/about", r#"{"archived":true}"#, [NAME, NOT, NOT, BANNED, NOT]),
    row("putRoomPerson", "/rooms/{p}/people/me", "", [HIDDEN, HIDDEN, HIDDEN, HIDDEN, MAY]),
    row("putRoomPerson", "/rooms/{p}/people/{owner}", "", [HIDDEN, HIDDEN, HIDDEN, HIDDEN, MAY]),
    row("putRoomPerson", "/rooms/{p}/people/{banned}", "", [HIDDEN, HIDDEN, HIDDEN, HIDDEN, NOT]),
    row("putRoomPerson", "/rooms/{p}/people/{inside}", r#"{"role":"keeper"}"#, [HIDDEN, HIDDEN, HIDDEN, HIDDEN, NOT]),
    row("putRoomPerson", "/rooms/{u}/people/me", "", [NAME, MAY, MAY, BANNED, MAY]),
    row("putRoomPerson", "/rooms/{u}/people/{ann}", r#"{"role":"member"}"#, [NAME, NOT, NOT, BANNED, NOT]),
    row("removeRoomPerson", "/rooms/{p}/people/{ann}", "", [HIDDEN, HIDDEN, HIDDEN, HIDDEN, NOT]),
    row("removeRoomPerson", "/rooms/{u}/people/{ann}", "", [NAME, NOT, NOT, BANNED, NOT]),
    row("ban", "/rooms/{p}/bans/{ann}", "", [HIDDEN, HIDDEN, HIDDEN, HIDDEN, NOT]),
    row("ban", "/rooms/{u}/bans/{ann}", "", [NAME, NOT, NOT, BANNED, NOT]),
    row("unban", "/rooms/{p}/bans/{banned}", "", [HIDDEN, HIDDEN, HIDDEN, HIDDEN, NOT]),
    row("unban", "/rooms/{u}/bans/{banned}", "", [NAME, NOT, NOT, BANNED, NOT]),
    row("markRoom", "/rooms/{p}/me", r#"{"read":"{mp}"}"#, [HIDDEN, HIDDEN, HIDDEN, HIDDEN, MAY]),
    row("markRoom", "/rooms/{d}/me", r#"{"level":"none"}"#, [HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN]),
    row("typing", "/rooms/{p}/typing", "", [HIDDEN, HIDDEN, HIDDEN, HIDDEN, MAY]),
    row("typing", "/rooms/{u}/typing", "", [NAME, MAY, MAY, BANNED, MAY]),
    row("putMe", "/me", r#"{"name":"x"}"#, [MAY, MAY, MAY, MAY, MAY]),
    row("deleteMe", "/me", "", [NAME, MAY, MAY, MAY, MAY]),
    row("makeAccount", "/me/account", r#"{"login":"owner","password":"long enough 1"}"#, [NAME, MAY, MAY, MAY, MAY]),
    row("setPassword", "/me/password", r#"{"password":"long enough 1"}"#, [NAME, NOT, NOT, NOT, NOT]),
    row("endSession", "/me/sessions/{session}", "", [NAME, "no-such-page", "no-such-page", "no-such-page", "no-such-page"]),
    row("makePhoneLink", "/me/link", "", [NAME, MAY, MAY, MAY, MAY]),
    row("setPresence", "/me/presence", r#"{"state":"away"}"#, [NAME, MAY, MAY, MAY, MAY]),
    row("signIn", "/session", r#"{"login":"owner","password":"not this one"}"#, ["wrong-password", "wrong-password", MAY, MAY, MAY]),
    row("signOut", "/session", "", [NAME, MAY, MAY, MAY, MAY]),
    row("makeLink", "/links", r#"{"role":"guest"}"#, [NAME, NOT, NOT, NOT, NOT]),
    row("deleteLink", "/links/{link}", "", [NAME, NOT, NOT, NOT, NOT]),
    row("lookAtLink", "/links/look", r#"{"code":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#, ["bad-link"; 5]),
    row("redeemLink", "/links/redeem", r#"{"code":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","name":"x"}"#, ["bad-link"; 5]),
    row("setRole", "/people/{ann}", r#"{"role":"owner"}"#, [NAME, NOT, NOT, NOT, NOT]),
    row("deletePerson", "/people/{ann}", "", [NAME, NOT, NOT, NOT, NOT]),
    row("makeSignInLink", "/people/{ann}/link", "", [NAME, NOT, NOT, NOT, NOT]),
    row("createBot", "/bots", r#"{"name":"x"}"#, [NAME, NOT, NOT, NOT, NOT]),
    row("newBotToken", "/bots/{bot}/token", "", [NAME, NOT, NOT, NOT, NOT]),
];

/// A house with everybody in their place.
struct Story {
    server: Running,
    ann: Somebody,
    owner: Somebody,
    /// In the order of [`WHO`].
    hostile: Vec<Somebody>,
    /// What stands for what in the table.
    words: Vec<(String, String)>,
}

async fn ask(server: &Running, who: &Somebody, path: &str) -> Value {
    let answer = who.get(server, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

async fn done(server: &Running, who: &Somebody, method: &str, path: &str, wish: Value) -> Value {
    let answer = who.ask(server, method, path, Some(wish)).await;
    assert!((200..300).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.body);
    if answer.status == 204 { Value::Null } else { answer.json() }
}

/// The id of what an answer tells of.
fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

impl Story {
    async fn begin() -> Self {
        let server = Running::start();
        let owner = Somebody::owner(&server).await;
        let ann = Somebody::named(&server, "Ann").await;
        let mut hostile = vec![Somebody::default()];
        for name in &WHO[1..] {
            hostile.push(Somebody::named(&server, name).await);
        }
        let friend = Somebody::named(&server, "Fred").await;
        let [_, _, removed, banned, inside] = &hostile[..] else { unreachable!("five of them") };

        let ids = [&removed.id, &banned.id, &inside.id];
        let private = json!({ "kind": "private", "title": "Plans", "people": ids });
        let p = id(&done(&server, &ann, "POST", "/rooms", private).await);
        let direct = json!({ "kind": "direct", "people": [friend.id] });
        let d = id(&done(&server, &ann, "POST", "/rooms", direct).await);
        done(&server, &ann, "POST", "/rooms", json!({ "kind": "public", "name": "hall" })).await;
        let mut words: Vec<(String, String)> = [
            ("p", &p),
            ("u", &"hall".to_owned()),
            ("d", &d),
            ("ann", &ann.id),
            ("owner", &owner.id),
            ("banned", &banned.id),
            ("inside", &inside.id),
        ]
        .map(|(word, value)| (word.to_owned(), value.clone()))
        .into();
        for (word, room) in [("mp", p.as_str()), ("mu", "hall"), ("md", d.as_str())] {
            let said =
                done(&server, &ann, "POST", &format!("/rooms/{room}"), json!({ "body": "Ann was here" }))
                    .await;
            words.push((word.to_owned(), id(&said)));
        }
        for room in [p.as_str(), "hall"] {
            let (out, kept_out) = (&removed.id, &banned.id);
            if room == "hall" {
                done(&server, removed, "PUT", "/rooms/hall/people/me", json!({})).await;
            }
            done(&server, &ann, "DELETE", &format!("/rooms/{room}/people/{out}"), json!({})).await;
            let why = json!({ "reason": "shouting" });
            done(&server, &ann, "PUT", &format!("/rooms/{room}/bans/{kept_out}"), why).await;
        }
        let link = done(&server, &owner, "POST", "/links", json!({ "role": "member" })).await;
        let bot = done(&server, &owner, "POST", "/bots", json!({ "name": "Robot" })).await;
        let sessions = ask(&server, &ann, "/me/sessions").await;
        for (word, value) in [
            ("link", &link["id"]),
            ("bot", &bot["person"]["id"]),
            ("session", &sessions["sessions"][0]["id"]),
        ] {
            words.push((word.into(), value.as_str().unwrap().to_owned()));
        }
        Story { server, ann, owner, hostile, words }
    }

    fn fill(&self, text: &str) -> String {
        self.words
            .iter()
            .fold(text.to_owned(), |text, (word, value)| text.replace(&format!("{{{word}}}"), value))
    }

    /// All that must be as it was: what Ann and the owner see.
    async fn picture(&self) -> Vec<Value> {
        let mut picture = Vec::new();
        for path in [
            "/rooms/{p}/about",
            "/rooms/{p}/people",
            "/rooms/{d}/people",
            "/rooms/{d}",
            "/rooms/{u}/about",
            "/me",
            "/me/sessions",
        ] {
            picture.push(ask(&self.server, &self.ann, &self.fill(path)).await);
        }
        for path in ["/rooms/{p}/{mp}", "/rooms/{u}/{mu}"] {
            picture.push(ask(&self.server, &self.ann, &self.fill(path)).await);
        }
        for path in ["/links", "/me", "/people/{ann}"] {
            picture.push(ask(&self.server, &self.owner, &self.fill(path)).await);
        }
        picture.iter_mut().for_each(forget);
        picture
    }
}

/// Takes out what changes by itself: the head of the log, and who is where just now.
fn forget(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for key in ["head", "seen", "presence"] {
                map.remove(key);
            }
            map.values_mut().for_each(forget);
        }
        Value::Array(items) => items.iter_mut().for_each(forget),
        _ => {}
    }
}

/// The operations of the description that change something, with their methods.
fn described() -> Vec<(String, String)> {
    let description: Value = serde_json::from_str(include_str!("../../docs/openapi.json")).unwrap();
    let paths = description["paths"].as_object().unwrap();
    let operations = paths.values().flat_map(|path| path.as_object().unwrap());
    operations
        .filter(|(method, _)| ["put", "post", "patch", "delete"].contains(&method.as_str()))
        .map(|(method, operation)| {
            (operation["operationId"].as_str().unwrap().to_owned(), method.to_uppercase())
        })
        .collect()
}

#[test]
fn every_call_that_changes_something_is_in_the_table() {
    let described: BTreeSet<_> = described().into_iter().map(|(operation, _)| operation).collect();
    let tried: BTreeSet<_> = TABLE.iter().map(|row| row.operation.to_owned()).collect();
    assert_eq!(described, tried);
}

#[tokio::test]
async fn nobody_changes_what_is_not_theirs_to_change() {
    let story = Story::begin().await;
    let methods: std::collections::HashMap<_, _> = described().into_iter().collect();
    let before = story.picture().await;
    let mut wrong = Vec::new();
    for row in TABLE {
        let (path, body) = (story.fill(row.path), story.fill(row.body));
        for ((who, name), expected) in story.hostile.iter().zip(WHO).zip(row.answers) {
            if expected == MAY {
                continue;
            }
            let wish = (!body.is_empty()).then(|| serde_json::from_str(&body).unwrap());
            let answer = who.ask(&story.server, &methods[row.operation], &path, wish).await;
            let code = if answer.status >= 400 { answer.code() } else { answer.status.to_string() };
            if code != expected {
                wrong.push(format!("{} {path} {body} as {name}: {code}, not {expected}", row.operation));
            }
        }
        // The page of another site, in the browser of the one who may.
        let by_ann = request(&story.server, &methods[row.operation], &path)
            .header("content-type", "application/json")
            .header("cookie", &story.ann.cookie)
            .header("origin", "https://evil.example")
            .body(body);
        let answer = send(by_ann).await;
        if answer.status != 403 || answer.code() != "foreign" {
            wrong.push(format!("{} {path} from another site: {}", row.operation, answer.status));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (now, before) in story.picture().await.iter().zip(before) {
        assert_eq!(*now, before, "something was changed all the same");
    }
}
