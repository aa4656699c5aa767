//! Starting and stopping.

use crate::running::Running;

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_crash_and_after_a_stop() {
    let mut server = Running::with("metrics = \"127.0.0.1:0\"");
    for word in ["one", "two", "three"] {
        let said = reqwest::Client::new().post(server.url("/rooms/lobby")).body(word).send().await.unwrap();
        assert_eq!(said.status(), 201);
        match word {
            "one" => server.kill(),
            "two" => assert!(server.stop().await.success()),
            _ => continue,
        }
        server.restart();
    }
    let page = reqwest::get(server.url("/rooms/lobby")).await.unwrap().text().await.unwrap();
    let page: serde_json::Value = serde_json::from_str(&page).unwrap();
    let bodies: Vec<_> = page["messages"].as_array().unwrap().iter().map(|said| &said["body"]).collect();
    assert_eq!(bodies, ["one", "two", "three"]);
    assert_eq!(server.metrics().await["openline_posts_total"], 1.0, "since the last start");
}
