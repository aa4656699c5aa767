//! Rooms and who is in them, over the memory engine and a hub that follows it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::timeout;

use super::*;
use crate::chat::schema::{Level, Newcomers, Place, RoomKind};
use crate::chat::{Draft, Listening, Person, Policy, Reason, Refusal, RoomName, Speaker, Window};
use crate::engine::{Audience, Clock, Engine, Hearing, Memory};
use crate::hub::alone::Alone;
use crate::hub::{Hub, Join, Listener, Options, Start, Tasks};
use crate::wire::{Format, Only, Transport};

/// One node: the rules, and a hub that follows the log.
struct Node {
    chat: Arc<Chat>,
    hub: Hub,
    _tasks: Tasks,
}

impl Node {
    async fn on(engine: &Arc<Memory>) -> Self {
        Node::with(engine, Policy::default()).await
    }

    async fn with(engine: &Arc<Memory>, policy: Policy) -> Self {
        let engine: Arc<dyn Engine> = Arc::clone(engine) as _;
        let chat = Arc::new(Chat::new(Arc::clone(&engine), Clock::manual(1_000), policy));
        let options = Options {
            signals_per_second: 0,
            ring_bytes: 1 << 20,
            signals: 64,
            heartbeat: Duration::from_secs(15),
            retry: Duration::from_secs(2),
            batch_bytes: 1 << 16,
        };
        let hub = Hub::new(engine, Arc::clone(&chat) as _, Arc::clone(&chat) as _, options).await.unwrap();
        let tasks = hub.start();
        Node { chat, hub, _tasks: tasks }
    }

    async fn alone() -> Self {
        Node::on(&Arc::new(Memory::new(Clock::manual(1_000)))).await
    }

    async fn person(&self, name: &str) -> Speaker {
        let (person, token) = self.chat.arrive(name).await.unwrap();
        Speaker { person: Some(person), session: Some(token.session().into()), ..Speaker::default() }
    }

    /// A line of somebody who follows their own rooms, from a place in the log.
    async fn line(&self, whose: &Speaker, start: Start) -> Ears {
        let hearing = Hearing::Of(self.chat.own_audiences(whose).await.unwrap());
        self.line_of(whose, hearing, start).await
    }

    /// The same, of what they listen to.
    async fn line_of(&self, whose: &Speaker, hearing: Hearing, start: Start) -> Ears {
        let listening = self.chat.listen(whose).await.unwrap();
        let line = self.hub.join(Join {
            listener: Listener {
                person: whose.person.as_ref().map(|person| person.id.0.as_str().into()),
                has_ended: listening.has_ended(),
                client: "page".into(),
                may_return: true,
            },
            format: Format { transport: Transport::Ndjson, only: Only::Event },
            echo: true,
            hearing,
            follows: true,
            start,
            reset: None,
        });
        Ears { line: Alone::new(line), _listening: listening, waiting: Vec::new() }
    }

    /// Says something, which this node has heard by then.
    async fn say(&self, whose: &Speaker, name: &RoomName, body: &str) -> Result<(), Refusal> {
        let said = self.chat.say(name, whose, Draft::of_body(body.to_owned())).await?;
        self.chat.catch_up(said.message.id.unwrap().number).await;
        Ok(())
    }
}

mod hearing;
mod leaving;

fn id(speaker: &Speaker) -> &str {
    let Person { id, .. } = speaker.person.as_ref().unwrap();
    &id.0
}

fn name(text: &str) -> RoomName {
    RoomName::parse(text).unwrap()
}

fn private(title: &str, people: &[&Speaker]) -> NewRoom {
    let people = people.iter().map(|speaker| id(speaker).to_owned()).collect();
    NewRoom { kind: RoomKind::Private, name: title.to_owned(), people, ..NewRoom::default() }
}

/// What a line is handed, an event at a time, without who is here.
struct Ears {
    line: Alone,
    _listening: Listening,
    waiting: Vec<serde_json::Value>,
}

impl Ears {
    async fn hear(&mut self) -> serde_json::Value {
        loop {
            if !self.waiting.is_empty() {
                return self.waiting.remove(0);
            }
            let next = self.line.next();
            let bytes = timeout(Duration::from_secs(10), next).await.expect("something").expect("a line");
            self.waiting.extend(events(&bytes));
        }
    }

    /// What waits for it now.
    fn rest(&mut self) -> Vec<serde_json::Value> {
        let mut rest = std::mem::take(&mut self.waiting);
        while let Some(Some(bytes)) = self.line.next().now_or_never() {
            rest.extend(events(&bytes));
        }
        rest
    }

    /// The body of the next message, or what other event it is.
    async fn next(&mut self) -> String {
        let event = self.hear().await;
        let text = event.to_string();
        let body = find(&event, "body");
        let change = find(&event, "change");
        body.or(change).unwrap_or(text)
    }
}

/// The events in a piece of a line, but for those by which it only shows that it is there.
fn events(piece: &[u8]) -> Vec<serde_json::Value> {
    let text = std::str::from_utf8(piece).unwrap();
    let events = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let is_meant = |event: &serde_json::Value| {
        !["here", "hello", "heartbeat"].iter().any(|own| event.get(*own).is_some())
    };
    events.filter(is_meant).collect()
}

/// The first text under a key, however deep.
fn find(value: &serde_json::Value, key: &str) -> Option<String> {
    match value {
        serde_json::Value::Object(map) => match map.get(key) {
            Some(serde_json::Value::String(text)) => Some(text.clone()),
            _ => map.values().find_map(|value| find(value, key)),
        },
        _ => None,
    }
}

#[tokio::test]
async fn a_private_room_is_not_there_for_those_outside() {
    let node = Node::alone().await;
    let (ann, bob, eve) = (node.person("Ann").await, node.person("Bob").await, node.person("Eve").await);
    let (room, is_new) = node.chat.make(&ann, private("Plans", &[&bob])).await.unwrap();
    assert!(is_new && room.is_hidden());
    node.say(&bob, &room, "hello").await.unwrap();

    for stranger in [&eve, &Speaker::default()] {
        assert_eq!(node.say(stranger, &room, "x").await, Err(Refusal::NoSuchRoom));
        let page = node.chat.history(stranger, &room, Window::Newest, 9).await;
        assert_eq!(page.unwrap_err(), Refusal::NoSuchRoom);
        assert_eq!(node.chat.join(stranger, &room).await.unwrap_err(), Refusal::NoSuchRoom);
        assert_eq!(node.chat.add(stranger, &room, id(&eve), None).await.unwrap_err(), Refusal::NoSuchRoom);
    }
    let unknown = name("~AAAAAAAAAAAAAAAA");
    assert_eq!(node.say(&ann, &unknown, "x").await, Err(Refusal::NoSuchRoom));
}

#[tokio::test]
async fn a_newcomer_hears_nothing_from_before_and_whoever_was_removed_nothing_more() {
    let engine = Arc::new(Memory::new(Clock::manual(1_000)));
    let (node, other) = (Node::on(&engine).await, Node::on(&engine).await);
    let (ann, bob) = (node.person("Ann").await, node.person("Bob").await);
    let (room, _) = node.chat.make(&ann, private("Plans", &[])).await.unwrap();
    let start = node.hub.head();
    node.say(&ann, &room, "before").await.unwrap();
    node.chat.add(&ann, &room, id(&bob), None).await.unwrap();
    node.say(&ann, &room, "during").await.unwrap();
    other.chat.catch_up(node.hub.head().number).await;

    // Bob comes back from before he was in it, on another node: what was said before is not for him.
    let mut behind = other.line(&bob, Start::After(start)).await;
    assert_eq!([behind.next().await, behind.next().await], ["added", "during"]);
    let page = other.chat.history(&bob, &room, Window::Newest, 9).await.unwrap();
    assert_eq!(page.messages.len(), 1);

    // A line that has not read on yet when he is removed hears of that, and nothing that was said.
    let mut slow = node.line(&bob, Start::After(node.hub.head())).await;
    node.say(&ann, &room, "secret").await.unwrap();
    node.chat.remove(&ann, &room, id(&bob)).await.unwrap();
    node.say(&ann, &room, "after").await.unwrap();
    node.say(&bob, &name("lobby"), "out").await.unwrap();
    assert_eq!(slow.next().await, "removed");
    let heard = slow.hear().await.to_string();
    assert!(heard.contains("lobby"), "{heard}");
    assert_eq!(node.say(&bob, &room, "x").await, Err(Refusal::NoSuchRoom));
}

#[tokio::test]
async fn a_line_follows_its_person_from_room_to_room_without_a_gap() {
    let node = Node::alone().await;
    let (ann, bob) = (node.person("Ann").await, node.person("Bob").await);
    let mut ears = node.line(&bob, Start::Live).await;
    let (room, _) = node.chat.make(&ann, private("Plans", &[])).await.unwrap();
    for round in 0..5 {
        node.chat.add(&ann, &room, id(&bob), None).await.unwrap();
        node.say(&ann, &room, &format!("in {round}")).await.unwrap();
        node.chat.remove(&ann, &room, id(&bob)).await.unwrap();
        node.say(&ann, &room, &format!("out {round}")).await.unwrap();
    }
    node.chat.add(&ann, &room, id(&bob), None).await.unwrap();
    node.say(&ann, &room, "at last").await.unwrap();
    // Only the present is heard by one who comes late to it: what was said while he was in, and then removed, is not.
    let mut heard = Vec::new();
    while heard.last().is_none_or(|last| last != "at last") {
        heard.push(ears.next().await);
    }
    assert!(!heard.iter().any(|body| body.starts_with("out")), "{heard:?}");
    assert_eq!(heard.iter().filter(|body| *body == "added").count(), 6, "{heard:?}");

    // Heard as it happens, nothing is left out.
    node.say(&ann, &room, "one").await.unwrap();
    assert_eq!(ears.next().await, "one");
    node.chat.remove(&ann, &room, id(&bob)).await.unwrap();
    assert_eq!(ears.next().await, "removed");
    node.chat.add(&ann, &room, id(&bob), None).await.unwrap();
    node.say(&ann, &room, "two").await.unwrap();
    assert_eq!([ears.next().await, ears.next().await], ["added", "two"]);
}

#[tokio::test]
async fn the_same_people_have_one_direct_room_however_many_ask_at_once() {
    let engine = Arc::new(Memory::new(Clock::manual(1_000)));
    let (node, other) = (Node::on(&engine).await, Node::on(&engine).await);
    let (ann, bob) = (node.person("Ann").await, node.person("Bob").await);
    let direct = |with: &Speaker| NewRoom {
        kind: RoomKind::Direct,
        people: vec![id(with).to_owned(), id(with).to_owned()],
        ..NewRoom::default()
    };
    let asked = futures_util::future::join_all((0..20).map(|turn| {
        let node = if turn % 2 == 0 { &node } else { &other };
        let (who, with) = if turn % 3 == 0 { (&ann, &bob) } else { (&bob, &ann) };
        node.chat.make(who, direct(with))
    }))
    .await;
    let rooms: Vec<_> = asked.into_iter().map(|made| made.unwrap()).collect();
    assert_eq!(rooms.iter().filter(|(_, is_new)| *is_new).count(), 1);
    assert!(rooms.iter().all(|(room, _)| *room == rooms[0].0));
    let refused = node.chat.leave(&ann, &rooms[0].0).await.unwrap_err();
    assert_eq!(refused, Refusal::NotAllowed(Reason::Kind));
    assert_eq!(
        node.chat.make(&ann, NewRoom { people: vec!["nobody".into()], ..direct(&bob) }).await.unwrap_err(),
        Refusal::NoSuchPerson
    );
}

#[tokio::test]
async fn a_banned_person_stays_out_until_they_are_let_in() {
    let node = Node::alone().await;
    let (ann, bob, carl) = (node.person("Ann").await, node.person("Bob").await, node.person("Carl").await);
    let hall = name("hall");
    node.say(&ann, &hall, "mine").await.unwrap();
    node.say(&bob, &hall, "hello").await.unwrap();
    assert_eq!(
        node.chat.ban(&bob, &hall, id(&ann), "").await.unwrap_err(),
        Refusal::NotAllowed(Reason::Role)
    );
    node.chat.ban(&ann, &hall, id(&bob), "shouting").await.unwrap();
    assert_eq!(node.say(&bob, &hall, "again").await, Err(Refusal::Banned));
    assert_eq!(node.chat.join(&bob, &hall).await.unwrap_err(), Refusal::Banned);
    node.chat.join(&carl, &hall).await.unwrap();
    assert_eq!(
        node.chat.add(&carl, &hall, id(&bob), None).await.unwrap_err(),
        Refusal::NotAllowed(Reason::Role)
    );
    let visit = node.chat.visit(&ann, &hall).await.unwrap();
    let banned = node.chat.banned_from(&visit).await.unwrap();
    assert_eq!((banned.len(), banned[0].1.reason.as_str()), (1, "shouting"));
    node.chat.unban(&ann, &hall, id(&bob)).await.unwrap();
    node.say(&bob, &hall, "sorry").await.unwrap();
}

#[tokio::test]
async fn a_renamed_room_is_found_under_both_names_and_nobody_else_gets_either() {
    let engine = Arc::new(Memory::new(Clock::manual(1_000)));
    let (node, other) = (Node::on(&engine).await, Node::on(&engine).await);
    let ann = node.person("Ann").await;
    node.say(&ann, &name("old"), "first").await.unwrap();
    let wish = Settings {
        name: Some("NEW".into()),
        topic: Some(" News \n of the day ".into()),
        ..Settings::default()
    };
    let visit = node.chat.settle(&ann, &name("old"), &wish).await.unwrap();
    assert_eq!((visit.document.name.as_str(), visit.document.topic.as_str()), ("new", "News of the day"));
    let card = node.chat.card(&visit).await.unwrap();
    assert_eq!((card.name.as_deref(), card.topic.as_str()), (Some("new"), "News of the day"));
    other.chat.catch_up(node.hub.head().number).await;
    for (node, word) in [(&node, "new"), (&other, "old"), (&other, "new")] {
        let page = node.chat.history(&ann, &name(word), Window::Newest, 9).await.unwrap();
        assert_eq!(page.messages.len(), 1, "{word}");
        assert_eq!(page.messages[0].room, "old");
    }
    node.say(&ann, &name("third"), "x").await.unwrap();
    let taken = Settings { name: Some("old".into()), ..Settings::default() };
    assert_eq!(node.chat.settle(&ann, &name("third"), &taken).await.unwrap_err(), Refusal::NameTaken);
    let found = node.chat.directory(&ann, "", None, 9).await.unwrap().rooms;
    let names: Vec<_> = found.iter().filter_map(|room| room.name.clone()).collect();
    assert_eq!(names, ["new", "third"]);
}

#[tokio::test]
async fn slow_mode_and_an_archive_hold_for_everybody_but_who_keeps_the_room() {
    let node = Node::alone().await;
    let (ann, bob) = (node.person("Ann").await, node.person("Bob").await);
    let hall = name("hall");
    node.say(&ann, &hall, "mine").await.unwrap();
    node.chat.settle(&ann, &hall, &Settings { slow: Some(30), ..Settings::default() }).await.unwrap();
    node.say(&bob, &hall, "one").await.unwrap();
    assert!(matches!(node.say(&bob, &hall, "two").await, Err(Refusal::SlowMode { seconds: 1..=30 })));
    node.say(&ann, &hall, "three").await.unwrap();
    node.say(&ann, &hall, "four").await.unwrap();
    node.chat.settle(&ann, &hall, &Settings { archived: Some(true), ..Settings::default() }).await.unwrap();
    assert_eq!(node.say(&ann, &hall, "five").await, Err(Refusal::Archived));
    assert_eq!(node.chat.history(&bob, &hall, Window::Newest, 9).await.unwrap().messages.len(), 4);
}

#[tokio::test]
async fn who_leaves_everything_is_in_no_room() {
    let node = Node::alone().await;
    let (ann, bob) = (node.person("Ann").await, node.person("Bob").await);
    let (room, _) = node.chat.make(&ann, private("Plans", &[&bob])).await.unwrap();
    node.say(&bob, &name("lobby"), "x").await.unwrap();
    assert_eq!(node.chat.rooms_of(id(&bob)).await.unwrap().len(), 2);
    node.chat.leave_everything(id(&bob)).await.unwrap();
    assert!(node.chat.rooms_of(id(&bob)).await.unwrap().is_empty());
    assert_eq!(node.say(&bob, &room, "x").await, Err(Refusal::NoSuchRoom));
    assert_eq!(Level::default(), Level::All);
    let visit = node.chat.visit(&ann, &room).await.unwrap();
    assert_eq!((visit.room.size(), visit.member.unwrap().place), (1, Place::Keeper));
    assert_eq!(visit.document.history, Newcomers::Joined);
    assert_eq!(visit.room.audience(), Audience::new(&format!("room:{room}")));
}
