//! Who hears what, where that depends on who somebody is; and that nobody misses a thing because a node has looked
//! something up again.

use std::sync::atomic::Ordering;

use super::*;
use crate::chat::Circle;
use crate::chat::schema::Role;
use crate::hub::Renderer;

/// A server on which only people with a name hear, and only members speak.
async fn closed(engine: &Arc<Memory>) -> Node {
    let policy = Policy { hear: Circle::Guests, speak: Circle::Members, ..Policy::default() };
    Node::with(engine, policy).await
}

/// A member: somebody whom an owner has given that role.
async fn member(node: &Node, name: &str) -> Speaker {
    let link = node.chat.owner_link().await.unwrap();
    let profile = crate::chat::Profile { name: Some("Olga".into()), face: None };
    let wish = crate::chat::RedeemWish { profile, ..Default::default() };
    let olga = node.chat.redeem(&Speaker::default(), &link.code, &wish).await.unwrap();
    let session = olga.token.map(|token| token.session().into());
    let olga = Speaker { person: Some(olga.person), session, ..Speaker::default() };
    let somebody = node.person(name).await;
    let person = crate::chat::PersonId(id(&somebody).to_owned());
    let person = node.chat.promote(&olga, &person, Role::Member).await.unwrap();
    Speaker { person: Some(person), ..somebody }
}

#[tokio::test]
async fn where_only_some_hear_and_speak_the_others_do_not() {
    let node = closed(&Arc::new(Memory::new(Clock::manual(1_000)))).await;
    let (ann, bob, hall) = (member(&node, "Ann").await, node.person("Bob").await, name("hall"));
    node.say(&ann, &hall, "hello").await.unwrap();
    assert_eq!(node.say(&bob, &hall, "x").await, Err(Refusal::NotAllowed(Reason::Role)));
    assert_eq!(node.say(&Speaker::default(), &hall, "x").await, Err(Refusal::NotSignedIn));
    let page = async |who: &Speaker| node.chat.history(who, &hall, Window::Newest, 9).await.map(drop);
    assert_eq!(page(&bob).await, Ok(()));
    assert_eq!(page(&Speaker::default()).await, Err(Refusal::NotSignedIn));
    assert!(node.chat.directory(&Speaker::default(), "", None, 9).await.unwrap().rooms.is_empty());
    assert_eq!(node.chat.directory(&bob, "", None, 9).await.unwrap().rooms.len(), 1);

    // A stranger's line hears nothing, a guest's all; banned, nothing more.
    let room = schema::room_audience("hall");
    let mut strangers = node.line_of(&Speaker::default(), Hearing::Everything, Start::Live).await;
    let mut bobs = node.line_of(&bob, Hearing::Of(vec![room]), Start::Live).await;
    node.say(&ann, &hall, "one").await.unwrap();
    assert_eq!(bobs.next().await, "one");
    node.chat.join(&bob, &hall).await.unwrap();
    node.chat.ban(&ann, &hall, id(&bob), "").await.unwrap();
    node.say(&ann, &hall, "two").await.unwrap();
    assert_eq!(bobs.rest(), [] as [serde_json::Value; 0]);
    node.chat.unban(&ann, &hall, id(&bob)).await.unwrap();
    node.say(&ann, &hall, "three").await.unwrap();
    assert_eq!(bobs.next().await, "three", "what was said while they were banned is not for them");
    assert_eq!(strangers.rest(), [] as [serde_json::Value; 0]);
}

#[tokio::test]
async fn nobody_misses_what_waits_for_them_while_a_node_looks_rooms_up_again() {
    let engine = Arc::new(Memory::new(Clock::manual(1_000)));
    let (node, other) = (closed(&engine).await, closed(&engine).await);
    let (ann, hall) = (member(&node, "Ann").await, name("hall"));
    node.say(&ann, &hall, "first").await.unwrap();
    let heard = || Hearing::Of(vec![schema::room_audience("hall")]);
    let bob = node.person("Bob").await;
    let mut one = node.line_of(&bob, heard(), Start::Live).await;
    let mut everything = node.line_of(&bob, Hearing::Everything, Start::Live).await;
    node.say(&ann, &hall, "one").await.unwrap();
    // Before the lines have taken it the log begins anew…
    node.chat.begin_again();
    assert_eq!(one.next().await, "one");
    // … and others are quicker to change the room.
    let racing = (0..20).map(|n| {
        let node = if n % 2 == 0 { &node } else { &other };
        let topic = Settings { topic: Some(n.to_string()), ..Settings::default() };
        let ann = &ann;
        async move { node.chat.settle(ann, &name("hall"), &topic).await.map(drop) }
    });
    futures_util::future::join_all(racing).await;
    assert_eq!(everything.next().await, "one");
}

#[tokio::test]
async fn a_line_knows_what_its_listener_is_as_long_as_it_is_open() {
    let engine = Arc::new(Memory::new(Clock::manual(1_000)));
    let policy = Policy { hear: Circle::Members, ..Policy::default() };
    let node = Node::with(&engine, policy).await;
    let (ann, hall) = (member(&node, "Ann").await, name("hall"));
    let bob = member(&node, "Bob").await;
    node.say(&ann, &hall, "first").await.unwrap();
    let heard = Hearing::Of(vec![schema::room_audience("hall")]);
    let mut bobs = node.line_of(&bob, heard, Start::Live).await;
    // Whoever else is looked up and forgotten: it is known what Bob is.
    for n in 0..200 {
        node.person(&format!("Guest {n}")).await;
    }
    node.chat.people.forget_all();
    node.say(&ann, &hall, "one").await.unwrap();
    assert_eq!(bobs.next().await, "one");
    let link = node.chat.owner_link().await.unwrap();
    let Speaker { person: Some(person), .. } = &ann else { unreachable!("she has a name") };
    node.chat.redeem(&ann, &link.code, &Default::default()).await.unwrap();
    assert_eq!(bobs.next().await, "role", "of {}, who is in the hall", person.name);
    let bobs_id = crate::chat::PersonId(id(&bob).to_owned());
    node.chat.promote(&ann, &bobs_id, Role::Guest).await.unwrap();
    node.say(&ann, &hall, "two").await.unwrap();
    assert_eq!(bobs.rest(), [] as [serde_json::Value; 0], "a guest does not hear it");
    node.chat.promote(&ann, &bobs_id, Role::Member).await.unwrap();
    node.say(&ann, &hall, "three").await.unwrap();
    assert_eq!(bobs.next().await, "three");

    // Who is signed out hears nothing more, however long ago that was, and opens no other line.
    node.chat.end_session(&bob, bob.session.as_deref().unwrap()).await.unwrap();
    assert!(bobs.line.listener().has_ended.as_ref().unwrap().load(Ordering::Relaxed));
    assert_eq!(node.chat.listen(&bob).await.unwrap_err(), Refusal::NotSignedIn);
    drop(bobs);
    assert!(node.chat.listen(&ann).await.is_ok());
}

#[tokio::test]
async fn a_newcomer_to_a_private_room_hears_nothing_from_before_wherever_it_is_read_from() {
    let engine = Arc::new(Memory::new(Clock::manual(1_000)));
    let node = Node::on(&engine).await;
    let (ann, bob) = (node.person("Ann").await, node.person("Bob").await);
    let (room, _) = node.chat.make(&ann, private("Plans", &[])).await.unwrap();
    let start = node.hub.head();
    for n in 0..300 {
        node.say(&ann, &room, &format!("before {n}")).await.unwrap();
    }
    node.chat.add(&ann, &room, id(&bob), None).await.unwrap();
    node.say(&ann, &room, "during").await.unwrap();
    let end = node.hub.head().number;

    // From the documents: all that was ever said.
    let visit = node.chat.visit(&bob, &room).await.unwrap();
    let past = node.chat.past(&[visit], None).await.unwrap();
    let audience = schema::room_audience(room.as_str());
    let mut documents = node.line_of(&bob, Hearing::Of(vec![audience.clone()]), Start::Past(past)).await;
    assert_eq!(documents.next().await, "during");
    // From the ring of a node that heard it, and from the log on one that has just begun.
    let late = Node::on(&engine).await;
    late.chat.catch_up(end).await;
    for node in [&node, &late] {
        let mut ears = node.line_of(&bob, Hearing::Of(vec![audience.clone()]), Start::After(start)).await;
        assert_eq!(ears.next().await, "during");
    }
}
