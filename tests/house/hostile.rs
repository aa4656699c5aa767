//! Every call that changes something and every command of a WebSocket, tried by those who may not: as a stranger,
//! from outside a room, after being removed or banned, from within against what is another's, as a member and a
//! moderator where that helps nothing, and from a page of another site. A call that is described, or a verb that is
//! understood, and is not in the table fails the test. And whoever may, may.

mod table;

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use crate::client::{request, send};
use crate::described::description;
use crate::running::Running;
use crate::socket::Socket;
use crate::somebody::{Somebody, text};
use table::{Expected, REFUSALS, Row, TABLE, WHO};

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

impl Story {
    async fn begin() -> Self {
        let server = Running::start();
        let owner = Somebody::owner(&server).await;
        let ann = Somebody::named(&server, "Ann").await;
        let mut hostile = vec![Somebody::default()];
        for name in &WHO[1..] {
            hostile.push(match *name {
                "member" => owner.invites_with_account(&server, "member", name).await,
                "moderator" => owner.invites(&server, "moderator", name).await,
                guest => Somebody::named(&server, guest).await,
            });
        }
        let [_, _, removed, banned, inside, _, _, friend] = &hostile[..] else { unreachable!("so many") };

        let ids = [&removed.id, &banned.id, &inside.id];
        let private = json!({ "kind": "private", "title": "Plans", "people": ids });
        let p = text(&ann.done(&server, "POST", "/rooms", private).await["id"]);
        let direct = json!({ "kind": "direct", "people": [friend.id] });
        let d = text(&ann.done(&server, "POST", "/rooms", direct).await["id"]);
        let u = "hall".to_owned();
        ann.done(&server, "POST", "/rooms", json!({ "kind": "public", "name": u })).await;
        inside.joins(&server, &u).await;
        removed.joins(&server, &u).await;
        for room in [&p, &u] {
            ann.done(&server, "DELETE", &format!("/rooms/{room}/people/{}", removed.id), json!({})).await;
            let why = json!({ "reason": "shouting" });
            ann.done(&server, "PUT", &format!("/rooms/{room}/bans/{}", banned.id), why).await;
        }
        let link = owner.done(&server, "POST", "/links", json!({ "role": "member" })).await;
        let bot = owner.done(&server, "POST", "/bots", json!({ "name": "Robot" })).await;
        let session = ann.sees(&server, "/me/sessions").await;
        let words = [
            ("p", &p),
            ("u", &u),
            ("d", &d),
            ("mp", &ann.says(&server, &p, "Ann was here").await),
            ("mu", &ann.says(&server, &u, "Ann was here").await),
            ("md", &ann.says(&server, &d, "Ann was here").await),
            ("ann", &ann.id),
            ("owner", &owner.id),
            ("banned", &banned.id),
            ("inside", &inside.id),
            ("link", &text(&link["id"])),
            ("bot", &text(&bot["person"]["id"])),
            ("session", &text(&session["sessions"][0]["id"])),
        ];
        let words = words.map(|(word, value)| (word.to_owned(), value.clone())).into();
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
            picture.push(self.ann.sees(&self.server, &self.fill(path)).await);
        }
        for path in ["/rooms/{p}/{mp}", "/rooms/{u}/{mu}", "/rooms/{d}/{md}"] {
            picture.push(self.ann.sees(&self.server, &self.fill(path)).await);
        }
        for path in ["/links", "/me", "/people/{ann}"] {
            picture.push(self.owner.sees(&self.server, &self.fill(path)).await);
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
fn described() -> HashMap<String, String> {
    let paths = description()["paths"].as_object().unwrap();
    let operations = paths.values().flat_map(|path| path.as_object().unwrap());
    operations
        .filter(|(method, _)| ["put", "post", "patch", "delete"].contains(&method.as_str()))
        .map(|(method, operation)| (text(&operation["operationId"]), method.to_uppercase()))
        .collect()
}

impl Story {
    /// What somebody is answered: the code of a problem, or that it went well.
    async fn tries(&self, who: &Somebody, row: &Row, methods: &HashMap<String, String>) -> String {
        let (path, body) = (self.fill(row.path), self.fill(row.body));
        let wish = (!body.is_empty()).then(|| serde_json::from_str::<Value>(&body).unwrap());
        if row.is_verb() {
            let cookie =
                if who.cookie.is_empty() { String::new() } else { format!("Cookie: {}\r\n", who.cookie) };
            let mut socket = Socket::open(&self.server, "/stream", &cookie).await;
            socket.send(json!({ "ref": 1, row.name: wish })).await;
            let answer = socket.object("ref").await;
            return answer["problem"]["code"].as_str().unwrap_or("well").to_owned();
        }
        let answer = who.ask(&self.server, &methods[row.name], &path, wish).await;
        if answer.status >= 400 { answer.code() } else { "well".to_owned() }
    }

    /// Ann says something more, of which the table speaks from now on.
    async fn goes_on(&mut self, row: &Row) {
        for (message, room) in [("mp", "{p}"), ("mu", "{u}"), ("md", "{d}")] {
            let word = format!("{{{message}}}");
            if row.path.contains(&word) || row.body.contains(&word) {
                let said = self.ann.says(&self.server, &self.fill(room), "Ann is here").await;
                self.words
                    .iter_mut()
                    .filter(|(name, _)| name == message)
                    .for_each(|it| it.1.clone_from(&said));
            }
        }
    }
}

#[tokio::test]
async fn every_call_that_changes_something_and_every_verb_is_in_the_table() {
    let tried =
        |is_verb| TABLE.iter().filter(move |row| row.is_verb() == is_verb).map(|row| row.name.to_owned());
    let described: BTreeSet<_> = described().into_keys().collect();
    assert_eq!(described, tried(false).collect());
    for row in TABLE {
        assert_eq!(row.answers().count(), WHO.len(), "{} {}", row.name, row.path);
    }
    // A command without a verb is told which there are.
    let server = Running::start();
    let mut socket = Socket::open(&server, "/stream", "").await;
    socket.send(json!({ "ref": 1 })).await;
    let names = text(&socket.object("ref").await["problem"]["about"]);
    let verbs = names.strip_prefix("one of ").unwrap().split(", ").map(str::to_owned);
    assert_eq!(verbs.collect::<BTreeSet<_>>(), tried(true).collect());
}

#[tokio::test]
async fn nobody_changes_what_is_not_theirs_to_change() {
    let (story, methods) = (Story::begin().await, described());
    let before = story.picture().await;
    let mut wrong = Vec::new();
    for row in TABLE {
        for ((who, name), expected) in story.hostile.iter().zip(WHO).zip(row.answers()) {
            let Expected::Refused(expected) = expected else { continue };
            let code = story.tries(who, row, &methods).await;
            if code != expected {
                wrong.push(format!(
                    "{} {} {} as {name}: {code}, not {expected}",
                    row.name, row.path, row.body
                ));
            }
        }
        if row.is_verb() {
            continue;
        }
        // The page of another site, in the browser of the one who may.
        let by_ann = request(&story.server, &methods[row.name], &story.fill(row.path))
            .header("content-type", "application/json")
            .header("cookie", &story.ann.cookie)
            .header("origin", "https://evil.example")
            .body(story.fill(row.body));
        let answer = send(by_ann).await;
        if answer.status != 403 || answer.code() != "foreign" {
            wrong.push(format!("{} {} from another site: {}", row.name, row.path, answer.status));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let by_ann = format!("Cookie: {}\r\nOrigin: https://evil.example\r\n", story.ann.cookie);
    let refused = Socket::handshake(&story.server, "/stream", &by_ann).await.err().unwrap();
    assert!(refused.starts_with("HTTP/1.1 403 "), "{refused}");
    for (now, before) in story.picture().await.iter().zip(before) {
        assert_eq!(*now, before, "something was changed all the same");
    }
}

/// When a row is tried by those who may: what takes Ann out of the story comes late, and what takes whoever does it,
/// last.
fn turn(row: &Row) -> u8 {
    let is_late = matches!(row.name, "ban" | "removeRoomPerson" | "deletePerson")
        || row.body.contains("archived")
        || (row.name == "putRoomPerson" && !row.body.is_empty());
    if row.name == "deleteMe" { 2 } else { u8::from(is_late) }
}

#[tokio::test]
async fn whoever_may_is_not_refused() {
    let (mut story, methods) = (Story::begin().await, described());
    let mut wrong = Vec::new();
    let mut rows: Vec<_> = TABLE.iter().collect();
    rows.sort_by_key(|row| turn(row));
    for row in rows {
        for (place, expected) in row.answers().enumerate() {
            if expected != Expected::May {
                continue;
            }
            if turn(row) == 0 {
                story.goes_on(row).await;
            }
            let who = story.hostile[place].clone();
            let code = story.tries(&who, row, &methods).await;
            if REFUSALS.contains(&code.as_str()) {
                wrong.push(format!("{} {} {} as {}: {code}", row.name, row.path, row.body, WHO[place]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
