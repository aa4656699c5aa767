//! What people do with messages that were said.

use super::*;
use crate::chat::schema::{MessageDocument, Newcomers};
use crate::wire::MessageObject;

async fn somebody(chat: &Chat, name: &str) -> Speaker {
    let (person, _) = chat.arrive(name).await.unwrap();
    Speaker { person: Some(person), ..Speaker::default() }
}

async fn told(chat: &Chat, who: &Speaker, name: &RoomName, draft: Draft) -> MessageObject {
    chat.say(name, who, draft).await.unwrap().message
}

/// Says something in room "a" and gives its number.
async fn said(chat: &Chat, who: &Speaker, body: &str) -> Number {
    told(chat, who, &room("a"), draft(body, None)).await.id.unwrap().number
}

async fn answer(chat: &Chat, who: &Speaker, to: Number, body: &str) -> MessageObject {
    let id = chat.engine().epochs().await.unwrap().id(to).to_string();
    told(chat, who, &room("a"), Draft { reply_to: Some(id), ..draft(body, None) }).await
}

async fn seen(chat: &Chat, number: Number) -> Result<MessageObject, Refusal> {
    chat.message(&Speaker::default(), &room("a"), number).await
}

/// What is stored of a message of room "a".
async fn stored(chat: &Chat, number: Number) -> Option<MessageDocument> {
    let found = chat.stored::<schema::MessageDocument>(&schema::message("a", number)).await.unwrap();
    found.map(|(_, document)| document)
}

fn names(authors: &[crate::wire::Author]) -> Vec<&str> {
    authors.iter().map(|author| author.name.as_str()).collect()
}

#[tokio::test]
async fn who_said_something_may_change_it_for_some_time() {
    let clock = Clock::manual(NOON);
    let policy = Policy { edit_window: Some(Duration::from_secs(60)), ..Policy::default() };
    let chat = Chat::new(Arc::new(Memory::new(clock.clone())), clock.clone(), policy);
    let (ann, bob) = (somebody(&chat, "Ann").await, somebody(&chat, "Bob").await);
    let number = said(&chat, &ann, "helo").await;
    clock.set(NOON + 60_000);
    let edited = chat.edit(&ann, &room("a"), number, "hello").await.unwrap();
    assert_eq!((edited.body.as_deref(), edited.edited), (Some("hello"), Some(time(NOON + 60_000))));
    assert_eq!(seen(&chat, number).await.unwrap().body.as_deref(), Some("hello"));

    let head = chat.engine().epochs().await.unwrap().head();
    chat.edit(&ann, &room("a"), number, "hello").await.unwrap();
    assert_eq!(chat.engine().epochs().await.unwrap().head(), head, "the same words tell nobody anything");

    let edit =
        async |who: &Speaker, number, body: &str| chat.edit(who, &room("a"), number, body).await.unwrap_err();
    assert_eq!(edit(&bob, number, "mine").await, Refusal::NotAllowed(Reason::NotOwn));
    assert_eq!(edit(&Speaker::default(), number, "mine").await, Refusal::NotSignedIn);
    assert_eq!(edit(&ann, number, " \n").await, Refusal::BadDraft(BadDraft::Blank));
    assert_eq!(edit(&ann, Number(999), "x").await, Refusal::NoSuchMessage);
    let visit = chat.visit(&ann, &room("a")).await.unwrap();
    assert_eq!(chat.card(&visit).await.unwrap().edit_window, Some(60));
    clock.set(NOON + 60_001);
    assert_eq!(edit(&ann, number, "too late").await, Refusal::EditTooLate);
}

#[tokio::test]
async fn a_message_calls_those_in_the_room_and_an_edit_calls_nobody() {
    let chat = chat();
    let (ann, bob) = (somebody(&chat, "Ann").await, somebody(&chat, "Bob").await);
    somebody(&chat, "Cleo").await;
    said(&chat, &bob, "here I am").await;
    let number = said(&chat, &ann, "@bob and @Cleo, `@Ann`").await;
    let message = seen(&chat, number).await.unwrap();
    assert_eq!((names(&message.mentions), message.mentions_all), (vec!["Bob"], false));
    assert_eq!(stored(&chat, number).await.unwrap().called, None);

    let edited = chat.edit(&ann, &room("a"), number, "@Ann, @here").await.unwrap();
    assert_eq!((names(&edited.mentions), edited.mentions_all), (vec!["Ann"], true));
    let again = chat.edit(&ann, &room("a"), number, "nobody").await.unwrap();
    assert!(again.mentions.is_empty());
    let called = stored(&chat, number).await.unwrap().called.unwrap();
    assert_eq!((called.people, called.all), (vec![bob.person.unwrap().id.0], false));
}

#[tokio::test]
async fn what_is_deleted_leaves_its_place_only_where_something_hangs_on_it() {
    let chat = chat();
    let (ann, bob) = (somebody(&chat, "Ann").await, somebody(&chat, "Bob").await);
    let plain = said(&chat, &ann, "plain").await;
    assert_eq!(chat.delete(&bob, &room("a"), plain).await, Err(Refusal::NotAllowed(Reason::Role)));
    chat.delete(&ann, &room("a"), plain).await.unwrap();
    assert!(stored(&chat, plain).await.is_none());
    assert_eq!(chat.delete(&ann, &room("a"), plain).await, Err(Refusal::NoSuchMessage));

    let asked = said(&chat, &ann, "a question").await;
    let answered = answer(&chat, &bob, asked, "an answer").await;
    let quote = answered.quote.unwrap();
    assert_eq!((quote.body.as_deref(), quote.by.unwrap().name.as_str()), (Some("a question"), "Ann"));
    assert_eq!(seen(&chat, asked).await.unwrap().replies, 1);
    let second = answer(&chat, &ann, answered.id.unwrap().number, "thanks").await.id.unwrap().number;
    chat.react(&bob, &room("a"), asked, "👍", true).await.unwrap();

    chat.delete(&ann, &room("a"), asked).await.unwrap();
    chat.delete(&ann, &room("a"), asked).await.unwrap();
    let tomb = stored(&chat, asked).await.unwrap();
    assert!(tomb.body.is_none() && tomb.deleted.is_some());
    assert_eq!(chat.react(&bob, &room("a"), asked, "👍", false).await.unwrap().reactions, []);
    let first = answered.id.unwrap().number;
    let quote = seen(&chat, first).await.unwrap().quote.unwrap();
    assert!(quote.deleted && quote.body.is_none() && quote.by.is_none());
    let refused = chat.edit(&ann, &room("a"), asked, "x").await;
    assert_eq!(refused.unwrap_err(), Refusal::MessageGone);
    assert_eq!(chat.react(&bob, &room("a"), asked, "👍", true).await.unwrap_err(), Refusal::MessageGone);
    let id = chat.engine().epochs().await.unwrap().id(asked).to_string();
    let late = chat.say(&room("a"), &bob, Draft { reply_to: Some(id), ..draft("late", None) }).await;
    assert_eq!(late.unwrap_err(), Refusal::MessageGone);

    // The whole thread goes with its last answer.
    chat.delete(&bob, &room("a"), first).await.unwrap();
    assert!(stored(&chat, asked).await.is_some() && stored(&chat, first).await.is_some());
    chat.delete(&ann, &room("a"), second).await.unwrap();
    for number in [asked, first, second] {
        assert!(stored(&chat, number).await.is_none(), "{number}");
    }
    let left = chat.engine().scan(
        crate::engine::KeyRange::under(&crate::engine::Key::new("reply")),
        9,
        crate::engine::Direction::Forward,
    );
    assert_eq!(left.await.unwrap(), []);
}

#[tokio::test]
async fn what_is_deleted_keeps_its_reactions_until_the_last_is_taken_back() {
    let chat = chat();
    let (ann, bob) = (somebody(&chat, "Ann").await, somebody(&chat, "Bob").await);
    let number = said(&chat, &ann, "secret").await;
    let react = async |who: &Speaker, emoji, on| chat.react(who, &room("a"), number, emoji, on).await;
    react(&ann, "👍", true).await.unwrap();
    react(&bob, "👍", true).await.unwrap();
    chat.delete(&ann, &room("a"), number).await.unwrap();
    chat.delete(&ann, &room("a"), number).await.unwrap();
    let tomb = stored(&chat, number).await.unwrap();
    assert!(!schema::to_json(&tomb).windows(6).any(|bytes| bytes == b"secret"));
    let left = seen(&chat, number).await.unwrap();
    assert_eq!((left.reactions.len(), left.reactions[0].count), (1, 2));

    // They can only be taken back.
    assert_eq!(react(&bob, "🎉", true).await.unwrap_err(), Refusal::MessageGone);
    assert_eq!(react(&bob, "🎉", false).await.unwrap().reactions[0].count, 2);
    assert_eq!(react(&bob, "👍", false).await.unwrap().reactions[0].count, 1);
    assert_eq!(react(&bob, "👍", true).await.unwrap_err(), Refusal::MessageGone);
    assert_eq!(react(&ann, "👍", false).await.unwrap().reactions, []);
    assert!(stored(&chat, number).await.is_none());
    let left = crate::engine::KeyRange::under(&crate::engine::Key::new("orphan"));
    assert_eq!(chat.engine().scan(left, 9, crate::engine::Direction::Forward).await.unwrap(), []);
}

#[tokio::test]
async fn a_tombstone_stays_for_an_answer_and_for_a_reaction_and_goes_with_the_last_of_both() {
    let chat = chat();
    let ann = somebody(&chat, "Ann").await;
    let root = said(&chat, &ann, "root").await;
    let asked = answer(&chat, &ann, root, "asked").await.id.unwrap().number;
    let answered = answer(&chat, &ann, asked, "answered").await.id.unwrap().number;
    chat.react(&ann, &room("a"), asked, "👍", true).await.unwrap();
    for number in [root, asked, answered] {
        chat.delete(&ann, &room("a"), number).await.unwrap();
    }
    let tomb = stored(&chat, asked).await.unwrap();
    assert_eq!((tomb.replies, tomb.reactions.len()), (0, 1));
    assert!(stored(&chat, answered).await.is_none() && stored(&chat, root).await.is_some());
    chat.react(&ann, &room("a"), asked, "👍", false).await.unwrap();
    assert!(stored(&chat, asked).await.is_none() && stored(&chat, root).await.is_none());
}

#[tokio::test]
async fn the_answers_to_a_message_are_listed_in_order() {
    let chat = chat();
    let ann = somebody(&chat, "Ann").await;
    let asked = said(&chat, &ann, "a question").await;
    for n in 0..5 {
        said(&chat, &ann, "between").await;
        answer(&chat, &ann, asked, &n.to_string()).await;
    }
    let replies = chat.replies(&ann, &room("a"), asked, Number(0), 3).await.unwrap().messages;
    assert_eq!(replies.iter().filter_map(|reply| reply.body.as_deref()).collect::<Vec<_>>(), ["0", "1", "2"]);
    assert_eq!(seen(&chat, asked).await.unwrap().replies, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_beats_the_edits_and_reactions_that_race_with_it() {
    let clock = Clock::manual(NOON);
    let engine = Arc::new(Memory::new(clock.clone()));
    // Two nodes, who do not hear of each other before they look.
    let nodes = [(); 2].map(|()| Arc::new(Chat::new(engine.clone(), clock.clone(), Policy::default())));
    let ann = somebody(&nodes[0], "Ann").await;
    for round in 0..20 {
        let number = said(&nodes[0], &ann, "secret").await;
        let mut racing = Vec::new();
        for n in 0..12 {
            let (chat, ann) = (Arc::clone(&nodes[n % 2]), ann.clone());
            racing.push(tokio::spawn(async move {
                let emoji = ["👍", "🎉"][n % 2];
                match n {
                    5 => chat.delete(&ann, &room("a"), number).await,
                    6..9 => chat.react(&ann, &room("a"), number, emoji, true).await.map(drop),
                    _ => chat.edit(&ann, &room("a"), number, &format!("secret {n}")).await.map(drop),
                }
            }));
        }
        for (n, done) in racing.into_iter().enumerate() {
            match (n, done.await.unwrap()) {
                (_, Ok(())) => {}
                (5, Err(refusal)) => panic!("the deletion was refused: {refusal}"),
                (_, Err(Refusal::NoSuchMessage | Refusal::MessageGone)) => {}
                (_, Err(refusal)) => panic!("{n} was refused: {refusal}"),
            }
        }
        // A reaction that came before it stays; of the words nothing does.
        let left = stored(&nodes[0], number).await;
        let is_tombstone =
            |left: &MessageDocument| left.body.is_none() && left.deleted.is_some() && left.holds();
        assert!(left.as_ref().is_none_or(is_tombstone), "round {round}: {left:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_people_react_at_once_and_all_of_it_counts() {
    let clock = Clock::manual(NOON);
    let engine = Arc::new(Memory::new(clock.clone()));
    let nodes = [(); 3].map(|()| Arc::new(Chat::new(engine.clone(), clock.clone(), Policy::default())));
    let ann = somebody(&nodes[0], "Ann").await;
    let number = said(&nodes[0], &ann, "pizza?").await;
    let mut reacting = Vec::new();
    for n in 0..200 {
        let chat = Arc::clone(&nodes[n % 3]);
        reacting.push(tokio::spawn(async move {
            let who = somebody(&chat, &format!("Guest {n}")).await;
            chat.react(&who, &room("a"), number, ["🍕", "👍"][n % 2], true).await.map(|_| who)
        }));
    }
    let mut people = Vec::new();
    for done in reacting {
        people.push(done.await.unwrap().unwrap());
    }
    let reactions = seen(&nodes[1], number).await.unwrap().reactions;
    let counts: Vec<_> = reactions.iter().map(|reaction| (reaction.count, reaction.by.len())).collect();
    assert_eq!(counts, [(100, 50), (100, 50)]);
    let mine = nodes[0].message(&people[0], &room("a"), number).await.unwrap().reactions;
    assert_eq!(mine.iter().filter(|reaction| reaction.mine).count(), 1);
}

#[tokio::test]
async fn reactions_may_be_repeated_and_are_bounded() {
    let chat = chat();
    let ann = somebody(&chat, "Ann").await;
    let number = said(&chat, &ann, "hi").await;
    let react = async |emoji: &str, on| chat.react(&ann, &room("a"), number, emoji, on).await;
    for _ in 0..2 {
        assert_eq!(react("👍", true).await.unwrap().reactions.len(), 1);
    }
    for _ in 0..2 {
        assert!(react("👍", false).await.unwrap().reactions.is_empty());
    }
    assert_eq!(react("thumbs up", true).await.unwrap_err(), Refusal::BadEmoji);
    let emoji = ["😀", "😁", "😂", "🤣", "😃", "😄", "😅", "😆", "😉", "😊", "😋", "😎"];
    for emoji in emoji {
        react(emoji, true).await.unwrap();
    }
    assert_eq!(react("🦊", true).await.unwrap_err(), Refusal::TooManyReactions);
    react("😎", false).await.unwrap();
    assert_eq!(react("🦊", true).await.unwrap().reactions.len(), 12);
}

#[tokio::test]
async fn who_came_later_is_quoted_nothing_from_before() {
    let chat = chat();
    let (ann, bob) = (somebody(&chat, "Ann").await, somebody(&chat, "Bob").await);
    let wanted = NewRoom { kind: schema::RoomKind::Private, name: "Plans".to_owned(), ..NewRoom::default() };
    let (plans, _) = chat.make(&ann, wanted).await.unwrap();
    let settings = Settings { history: Some(Newcomers::Joined), ..Settings::default() };
    chat.settle(&ann, &plans, &settings).await.unwrap();
    let secret = told(&chat, &ann, &plans, draft("the secret", None)).await.id.unwrap();
    chat.add(&ann, &plans, &bob.person.as_ref().unwrap().id.0, None).await.unwrap();
    let reply = Draft { reply_to: Some(secret.to_string()), ..draft("about that", None) };
    let reply = told(&chat, &ann, &plans, reply).await;
    assert_eq!(reply.quote.unwrap().body.as_deref(), Some("the secret"));
    let page = chat.history(&bob, &plans, Window::Newest, 9).await.unwrap();
    let [reply] = &page.messages[..] else { panic!("{page:?}") };
    let quote = reply.quote.clone().unwrap();
    assert_eq!((quote.id, quote.body, quote.by), (secret.to_string(), None, None));
    for refused in [
        chat.message(&bob, &plans, secret.number).await.map(drop),
        chat.react(&bob, &plans, secret.number, "👍", true).await.map(drop),
        chat.replies(&bob, &plans, secret.number, Number(0), 9).await.map(drop),
    ] {
        assert_eq!(refused, Err(Refusal::NoSuchMessage));
    }
    let to_secret = Draft { reply_to: Some(secret.to_string()), ..draft("what?", None) };
    assert_eq!(chat.say(&plans, &bob, to_secret).await.unwrap_err(), Refusal::NoSuchReply);
}

#[tokio::test]
async fn a_page_can_be_taken_around_a_message() {
    let chat = chat();
    let mut numbers = Vec::new();
    for n in 0..20 {
        numbers.push(say(&chat, "a", &n.to_string()).await);
    }
    let around = async |number, limit| {
        let page =
            chat.history(&Speaker::default(), &room("a"), Window::Around(number), limit).await.unwrap();
        let bodies: Vec<_> = page.messages.iter().filter_map(|message| message.body.clone()).collect();
        (bodies.join(" "), page.older.is_some(), page.newer.is_some())
    };
    assert_eq!(around(numbers[9], 5).await, ("7 8 9 10 11".to_owned(), true, true));
    assert_eq!(around(numbers[0], 4).await, ("0 1 2".to_owned(), false, true));
    assert_eq!(around(numbers[19], 4).await, ("18 19".to_owned(), true, false));
    assert_eq!(around(numbers[5], 1).await, ("5".to_owned(), true, true));
}
