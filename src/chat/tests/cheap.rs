//! History stays cheap: what a page costs does not depend on how much was said.

use super::watched::{Cost, Watched};
use super::*;

#[tokio::test]
async fn a_room_of_fifty_thousand_opens_like_one_of_fifty_and_answers_cost_one_read() {
    let clock = Clock::manual(NOON);
    let engine = Watched::new(&clock);
    let chat = Chat::new(engine.clone(), clock, Policy::default());
    let ann = Speaker { person: Some(chat.arrive("Ann").await.unwrap().0), ..Speaker::default() };
    let mut said = Vec::new();
    for (name, count) in [("small", 60), ("large", 50_000)] {
        for n in 0..count {
            said.push(
                chat.say(&room(name), &ann, draft(&n.to_string(), None)).await.unwrap().message.id.unwrap(),
            );
        }
    }
    let cost = async |name: &str, window| {
        // Once, so that the room and the people are remembered.
        chat.history(&ann, &room(name), window, 50).await.unwrap();
        engine.take();
        let page = chat.history(&ann, &room(name), window, 50).await.unwrap();
        assert_eq!(page.messages.len(), 50);
        (engine.take(), serde_json::to_string(&page.messages).unwrap().len())
    };
    let (small, small_bytes) = cost("small", Window::Newest).await;
    let (large, large_bytes) = cost("large", Window::Newest).await;
    assert_eq!((small, large), (Cost { calls: 1, documents: 51 }, small));
    assert!(large_bytes * 10 <= small_bytes * 12, "{small_bytes} {large_bytes}");
    let (Cost { calls, documents }, _) = cost("large", Window::Around(said[30_000].number)).await;
    assert!(calls <= 2 && documents <= 54, "{calls} {documents}");

    for number in 0..50 {
        let to = Some(said[1000 + number * 7].to_string());
        chat.say(&room("large"), &ann, Draft { reply_to: to, ..draft("an answer", None) }).await.unwrap();
    }
    let (Cost { calls, documents }, _) = cost("large", Window::Newest).await;
    assert_eq!((calls, documents), (2, 51 + 50), "one read more for all that they answer");
}
