//! Who leaves for good is gone everywhere; what a node has not come to, another one does.

use super::*;
use crate::chat::PersonId;
use crate::chat::schema::MineDocument;
use crate::engine::Commit;

#[tokio::test]
async fn who_deletes_their_account_is_gone_on_every_node_at_once() {
    let engine = Arc::new(Memory::new(Clock::manual(1_000)));
    let (node, other) = (Node::on(&engine).await, Node::on(&engine).await);
    let (ann, bob) = (node.person("Ann").await, node.person("Bob").await);
    let (room, _) = node.chat.make(&ann, private("Plans", &[&bob])).await.unwrap();
    node.say(&ann, &room, "hello").await.unwrap();
    other.chat.catch_up(node.hub.head().number).await;
    let page = async || {
        let page = other.chat.history(&bob, &room, Window::Newest, 1).await.unwrap();
        page.messages[0].by.clone().unwrap()
    };
    assert_eq!(page().await.name, "Ann");
    let mut ears = other.line(&bob, Start::Live).await;
    node.chat.leave_for_good(&ann, None, [127, 0, 0, 1].into()).await.unwrap();
    assert_eq!([ears.next().await, ears.next().await], ["gone", "left"]);
    let by = page().await;
    assert!(by.gone && by.name.is_empty(), "{by:?}");
    assert_eq!(other.chat.visit(&bob, &room).await.unwrap().room.size(), 1);
    assert_eq!(other.chat.listen(&ann).await.unwrap_err(), Refusal::NotSignedIn);
}

#[tokio::test]
async fn what_follows_from_leaving_is_done_by_whoever_comes_to_it() {
    let clock = Clock::manual(1_000);
    let engine = Arc::new(Memory::new(clock.clone()));
    let node = Node::on(&engine).await;
    let (ann, bob) = (node.person("Ann").await, node.person("Bob").await);
    let (room, _) = node.chat.make(&bob, private("Plans", &[&ann])).await.unwrap();
    // A node that ended when she was gone, and nothing else was done yet.
    let mut commit = Commit::new();
    let gone = schema::PersonDocument { gone: true, ..schema::PersonDocument::default() };
    commit.put(schema::person(id(&ann)), &gone);
    commit.put(schema::leaving(id(&ann)), &schema::LeavingDocument { at: 1_000 });
    engine.commit(commit.into()).await.unwrap();
    let visit = node.chat.visit(&bob, &room).await.unwrap();
    assert_eq!(visit.room.size(), 2);
    node.chat.sweep(&crate::chat::Retention::default()).await.unwrap();
    assert_eq!(visit.room.size(), 2, "somebody is at it just now");
    node.chat.clock().set(61_000);
    node.chat.sweep(&crate::chat::Retention::default()).await.unwrap();
    assert_eq!(node.chat.visit(&bob, &room).await.unwrap().room.size(), 1);
    for key in [schema::leaving(id(&ann)), schema::my_room(id(&ann), room.as_str())] {
        assert!(!node.chat.is_stored(&key).await.unwrap(), "{key}");
    }
}

/// Puts somebody in so many rooms, as their own list has it.
async fn crowd(node: &Node, whom: &Speaker, count: usize) {
    let mut commit = Commit::new();
    for n in 0..count {
        let mine = MineDocument { at: 0, level: Level::All };
        commit.put(schema::my_room(id(whom), &format!("room{n:04}")), &mine);
    }
    node.chat.engine().commit(commit.into()).await.unwrap();
}

#[tokio::test]
async fn others_bring_somebody_into_so_many_rooms_and_leave_some_for_them_to_choose() {
    let node = Node::alone().await;
    let (ann, eve) = (node.person("Ann").await, node.person("Eve").await);
    crowd(&node, &ann, 800).await;
    let direct = NewRoom { kind: RoomKind::Direct, people: vec![id(&ann).to_owned()], ..NewRoom::default() };
    for new in [private("Trap", &[&ann]), direct] {
        assert_eq!(node.chat.make(&eve, new).await.unwrap_err(), Refusal::TheirRooms);
    }
    let (attic, _) = node.chat.make(&eve, private("Attic", &[])).await.unwrap();
    assert_eq!(node.chat.add(&eve, &attic, id(&ann), None).await, Err(Refusal::TheirRooms));
    node.say(&eve, &name("lobby"), "hi").await.unwrap();
    node.say(&ann, &name("lobby"), "it is for her to choose").await.unwrap();
    crowd(&node, &ann, 1_000).await;
    node.say(&eve, &name("hall"), "hi").await.unwrap();
    assert_eq!(node.say(&ann, &name("hall"), "x").await, Err(Refusal::TooManyRooms));
}

#[tokio::test]
async fn who_leaves_for_good_leaves_every_room_however_many_they_are() {
    let node = Node::alone().await;
    let ann = node.person("Ann").await;
    crowd(&node, &ann, 2_500).await;
    assert_eq!(node.chat.all_rooms_of(id(&ann)).await.unwrap().len(), 2_500);
    node.chat.leave_for_good(&ann, None, [127, 0, 0, 1].into()).await.unwrap();
    assert!(node.chat.all_rooms_of(id(&ann)).await.unwrap().is_empty());
    assert!(node.chat.person_named(Some(id(&ann))).await.unwrap().unwrap().gone);
    assert_eq!(PersonId(id(&ann).to_owned()).0.len(), 16);
}
