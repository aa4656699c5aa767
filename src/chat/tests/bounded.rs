//! What is asked costs no more than it should, and what need not be kept is not.

use super::watched::Watched;
use super::*;
use crate::chat::reading::Mark;
use crate::chat::schema::{KeyDocument, MessageDocument, OrphanDocument, Place};
use crate::chat::unread::Allowance;
use crate::engine::{Commit, Key};
use crate::hub::Renderer;

async fn guest(chat: &Chat, name: &str) -> Speaker {
    let (person, token) = chat.arrive(name).await.unwrap();
    Speaker { person: Some(person), session: Some(token.session().into()), ..Speaker::default() }
}

fn watched() -> (Arc<Watched>, Chat, Clock) {
    let clock = Clock::manual(NOON);
    let engine = Watched::new(&clock);
    let chat = Chat::new(Arc::clone(&engine) as _, clock.clone(), Policy::default());
    (engine, chat, clock)
}

#[tokio::test]
async fn answers_come_in_pages_that_are_not_too_large() {
    let (_, chat, _) = watched();
    let ann = guest(&chat, "Ann").await;
    let asked = chat.say(&room("a"), &ann, draft("what?", None)).await.unwrap().message.id.unwrap();
    for n in 0..150 {
        let body = format!("{n} {}", "x".repeat(30_000));
        let draft = Draft { reply_to: Some(asked.to_string()), ..draft(&body, None) };
        chat.say(&room("a"), &ann, draft).await.unwrap();
    }
    let (mut after, mut seen, mut pages) = (Number(0), Vec::new(), 0);
    loop {
        let page = chat.replies(&ann, &room("a"), asked.number, after, 500).await.unwrap();
        let bytes: usize = page.messages.iter().filter_map(|it| it.body.as_ref()).map(String::len).sum();
        assert!(bytes <= 3 << 20, "{bytes}");
        seen.extend(page.messages.into_iter().filter_map(|it| it.body));
        pages += 1;
        match page.newer {
            Some(newer) => after = newer,
            None => break,
        }
    }
    let numbers: Vec<usize> =
        seen.iter().map(|body| body.split(' ').next().unwrap().parse().unwrap()).collect();
    assert_eq!((numbers, pages), ((0..150).collect(), 3));
    let few = chat.replies(&ann, &room("a"), asked.number, Number(0), 10).await.unwrap();
    assert_eq!((few.messages.len(), few.newer.is_some()), (10, true));
}

#[tokio::test]
async fn what_is_unread_is_counted_without_reading_all_of_it() {
    let (engine, chat, _) = watched();
    let (ann, bob) = (guest(&chat, "Ann").await, guest(&chat, "Bob").await);
    for n in 0..40 {
        let name = room(&format!("room{n}"));
        chat.join(&ann, &name).await.unwrap();
        for _ in 0..30 {
            chat.say(&name, &bob, draft(&"x".repeat(60_000), None)).await.unwrap();
        }
    }
    chat.my_rooms(&ann).await.unwrap();
    engine.take();
    let mine = chat.my_rooms(&ann).await.unwrap();
    assert!(mine.rooms.iter().all(|room| room.me.as_ref().unwrap().unread == 100), "as many as are told");
    let cost = engine.take();
    // Of each room its last message, and of all together what makes sixteen megabytes, some rooms at a time.
    assert!(cost.documents <= 40 * 5 + 280 + 8 * 25, "{cost:?}");
}

#[tokio::test]
async fn of_a_room_with_large_messages_so_much_is_read_to_count_them() {
    let (engine, chat, _) = watched();
    let (ann, bob) = (guest(&chat, "Ann").await, guest(&chat, "Bob").await);
    chat.join(&ann, &room("a")).await.unwrap();
    for _ in 0..90 {
        chat.say(&room("a"), &bob, draft(&"x".repeat(60_000), None)).await.unwrap();
    }
    let visit = chat.visit(&ann, &room("a")).await.unwrap();
    engine.take();
    let place = chat.my_place(&visit).await.unwrap().unwrap();
    let cost = engine.take();
    assert_eq!(place.unread, 100);
    assert!(cost.documents <= 30, "{cost:?}");
}

#[tokio::test]
async fn what_comes_after_the_head_that_one_is_told_of_is_not_counted_yet() {
    let (engine, chat, _) = watched();
    let (ann, bob) = (guest(&chat, "Ann").await, guest(&chat, "Bob").await);
    chat.join(&ann, &room("a")).await.unwrap();
    let said = chat.say(&room("a"), &bob, draft("before", None)).await.unwrap().message.id;
    let epochs = engine.epochs().await.unwrap();
    chat.say(&room("a"), &bob, draft("after", None)).await.unwrap();
    let visit = chat.visit(&ann, &room("a")).await.unwrap();
    let place =
        chat.place_at(&visit, Mark::default(), &epochs, &Allowance::default()).await.unwrap().unwrap();
    assert_eq!((place.unread, place.last), (1, said.map(|id| id.to_string())));
    let place = chat.my_place(&visit).await.unwrap().unwrap();
    assert_eq!(place.unread, 2);
}

#[tokio::test]
async fn the_directory_looks_through_so_many_names_and_says_where_it_goes_on() {
    let (engine, chat, _) = watched();
    for n in 0..5_000 {
        say(&chat, &format!("room{n:04}"), "hi").await;
    }
    say(&chat, "zoo", "hi").await;
    chat.known.forget_everything();
    engine.take();
    let page = chat.directory(&Speaker::default(), "zo", None, 50).await.unwrap();
    let cost = engine.take();
    assert!(page.rooms.is_empty() && page.more.is_some());
    assert!(cost.calls <= 40 && cost.documents <= 4_200, "{cost:?}");
    let (mut after, mut found) = (page.more, Vec::new());
    while let Some(name) = after {
        let page = chat.directory(&Speaker::default(), "zo", Some(&name), 50).await.unwrap();
        found.extend(page.rooms.into_iter().filter_map(|room| room.name));
        after = page.more;
    }
    assert_eq!(found, ["zoo"]);
    let page = chat.directory(&Speaker::default(), "", None, 3).await.unwrap();
    assert_eq!((page.rooms.len(), page.more.as_deref()), (3, Some("room0002")));
}

#[tokio::test]
async fn who_was_looked_up_for_a_request_opens_a_line_without_a_read() {
    let (engine, chat, _) = watched();
    let (person, token) = chat.arrive("Ann").await.unwrap();
    let session = Some(token.session().into());
    let ann = Speaker { person: Some(person), session, ..Speaker::default() };
    chat.known_by(&token).await.unwrap();
    engine.take();
    chat.listen(&ann).await.unwrap();
    assert_eq!(engine.take().calls, 0);
    // Nothing is remembered: it is read.
    chat.people.forget_all();
    chat.listen(&ann).await.unwrap();
    chat.end_session(&ann, ann.session.as_deref().unwrap()).await.unwrap();
    assert_eq!(chat.listen(&ann).await.unwrap_err(), Refusal::NotSignedIn);
}

#[tokio::test]
async fn a_room_is_counted_anew_after_the_log_went_back() {
    let (_, chat, _) = watched();
    let keep = Retention { history_messages: Some(10), ..Retention::default() };
    for n in 0..10 {
        say(&chat, "a", &n.to_string()).await;
    }
    chat.sweep(&keep).await.unwrap();
    assert!(!chat.counted.lock().unwrap().is_empty());
    chat.begin_again();
    assert!(chat.counted.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_room_is_counted_again_only_when_enough_was_said() {
    let (engine, chat, _) = watched();
    let keep = Retention { history_messages: Some(100), ..Retention::default() };
    let say_some = async |count: usize| {
        for n in 0..count {
            say(&chat, "a", &n.to_string()).await;
        }
    };
    let left = async || bodies(&chat, "a", Window::Newest, 500).await.len();
    let sweep = async || {
        engine.take();
        let swept = chat.sweep(&keep).await.unwrap().messages;
        (swept, engine.take().documents)
    };
    say_some(150).await;
    assert_eq!((sweep().await.0, left().await), (50, 100));
    let (swept, documents) = sweep().await;
    assert!(swept == 0 && documents <= 5, "{documents} of a room in which nothing was said");
    say_some(10).await;
    let (swept, documents) = sweep().await;
    assert!(swept == 0 && documents <= 15, "{documents}");
    say_some(10).await;
    assert_eq!((sweep().await.0, left().await), (20, 100));
    // What people have deleted themselves counts.
    let page = chat.history(&Speaker::default(), &room("a"), Window::Newest, 60).await.unwrap();
    let mut commit = Commit::new();
    commit.deletes = page.messages.iter().map(|it| schema::message("a", it.id.unwrap().number)).collect();
    chat.engine().commit(commit.into()).await.unwrap();
    say_some(30).await;
    assert_eq!((sweep().await.0, left().await), (0, 70));
}

/// What is kept of a key.
async fn used(chat: &Chat, key: &str) -> Option<KeyDocument> {
    let key = schema::key("a", "anyone", key);
    chat.stored(&key).await.unwrap().map(|(_, used)| used)
}

#[tokio::test]
async fn of_what_is_gone_or_reads_otherwise_no_fingerprint_is_kept() {
    let (_, chat, clock) = watched();
    let ann = guest(&chat, "Ann").await;
    let scope = format!("person:{}", ann.person.as_ref().unwrap().id.0);
    let of_ann = async |key: &str| {
        let key = schema::key("a", &scope, key);
        chat.stored::<KeyDocument>(&key).await.unwrap().unwrap().1.fingerprint
    };
    let say = async |body: &str, key| chat.say(&room("a"), &ann, draft(body, Some(key))).await;
    let first = say("secret", "1").await.unwrap().message.id.unwrap();
    let second = say("another secret", "2").await.unwrap().message.id.unwrap();
    assert!(of_ann("1").await.is_some() && of_ann("2").await.is_some());
    chat.delete(&ann, &room("a"), first.number).await.unwrap();
    assert_eq!(of_ann("1").await, None);
    for body in ["secret", "something else"] {
        assert_eq!(say(body, "1").await.unwrap_err(), Refusal::KeyOfDeleted);
    }
    chat.edit(&ann, &room("a"), second.number, "nothing").await.unwrap();
    assert_eq!(of_ann("2").await, None);
    let again = say("another secret", "2").await.unwrap();
    assert_eq!(
        (again.replayed, again.message.id, again.message.body.as_deref()),
        (true, Some(second), Some("nothing"))
    );
    chat.delete(&ann, &room("a"), second.number).await.unwrap();
    assert_eq!(say("another secret", "2").await.unwrap_err(), Refusal::KeyOfDeleted);

    // What nobody signed, and what is retired.
    chat.say(&room("a"), &Speaker::default(), draft("secret", Some("3"))).await.unwrap();
    assert!(used(&chat, "3").await.unwrap().fingerprint.is_some());
    clock.set(NOON + 3_600_000);
    let keep = Retention { history_age: Some(Duration::from_secs(60)), ..Retention::default() };
    assert_eq!(chat.sweep(&keep).await.unwrap().messages, 1);
    assert_eq!(used(&chat, "3").await.unwrap().fingerprint, None);
}

#[tokio::test]
async fn a_tombstone_that_a_node_has_left_alone_is_taken_away() {
    let (_, chat, _) = watched();
    let ann = guest(&chat, "Ann").await;
    let mut numbers = Vec::new();
    for n in 0..4 {
        let reply_to = numbers.last().map(ToString::to_string);
        let draft = Draft { reply_to, ..draft(&n.to_string(), None) };
        numbers.push(chat.say(&room("a"), &ann, draft).await.unwrap().message.id.unwrap());
    }
    for id in &numbers[..3] {
        chat.delete(&ann, &room("a"), id.number).await.unwrap();
    }
    let left = async || {
        let page = chat.history(&ann, &room("a"), Window::Newest, 9).await.unwrap();
        page.messages.into_iter().filter(|it| it.deleted.is_some()).count()
    };
    assert_eq!(left().await, 3);
    // As if the node had ended when it had deleted the last answer, and nothing more.
    let key = schema::message("a", numbers[2].number);
    let (_, document) = chat.stored::<MessageDocument>(&key).await.unwrap().unwrap();
    let mut commit = Commit::new();
    commit.put(key, &MessageDocument { replies: 0, ..document });
    commit.deletes.push(schema::message("a", numbers[3].number));
    let number = numbers[2].number;
    commit.put(schema::orphan("a", number), &OrphanDocument { room: "a".into(), number });
    chat.engine().commit(commit.into()).await.unwrap();
    chat.sweep(&Retention::default()).await.unwrap();
    // The others are taken in the sweeps that follow, or at once.
    chat.sweep(&Retention::default()).await.unwrap();
    chat.sweep(&Retention::default()).await.unwrap();
    assert_eq!(left().await, 0);
    let orphans = crate::engine::KeyRange::under(&Key::new("orphan"));
    let orphans = chat.engine().scan(orphans, 9, crate::engine::Direction::Forward).await.unwrap();
    assert!(orphans.is_empty(), "{orphans:?}");
}

#[tokio::test]
async fn in_slow_mode_a_signal_takes_its_time_and_who_has_no_name_waits_for_one() {
    let (_, chat, clock) = watched();
    let (ann, bob) = (guest(&chat, "Ann").await, guest(&chat, "Bob").await);
    chat.join(&ann, &room("a")).await.unwrap();
    assert_eq!(chat.visit(&ann, &room("a")).await.unwrap().member.unwrap().place, Place::Keeper);
    chat.settle(&ann, &room("a"), &Settings { slow: Some(30), ..Settings::default() }).await.unwrap();
    let signal = async |who: &Speaker| chat.signal(&room("a"), who, draft("x", None)).await.map(drop);
    let say = async |who: &Speaker| chat.say(&room("a"), who, draft("x", None)).await.map(drop);
    let stranger = Speaker::default();
    assert_eq!(
        (signal(&stranger).await, say(&stranger).await),
        (Err(Refusal::NotSignedIn), Err(Refusal::NotSignedIn))
    );
    let wait = |outcome| matches!(outcome, Err(Refusal::SlowMode { seconds: 1..=30 }));
    assert_eq!(signal(&bob).await, Ok(()));
    assert!(wait(signal(&bob).await) && wait(say(&bob).await));
    clock.set(NOON + 30_000);
    assert_eq!(say(&bob).await, Ok(()));
    assert!(wait(signal(&bob).await));
    assert_eq!((signal(&ann).await, signal(&ann).await), (Ok(()), Ok(())), "who keeps the room");
}
