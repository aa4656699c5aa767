//! A listener that stays: an `EventSource` in the background that notes all it hears, and comes back with its
//! last id when its line is cut.

use std::collections::HashMap;
use std::time::Duration;

use openline::wire::sse::Reader;
use reqwest::Client;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::client::{number, soon};
use crate::room::Message;
use crate::running::Running;

/// How long it waits before it connects again.
const PAUSE: Duration = Duration::from_millis(20);

/// A listener in one room on one node.
pub struct Listener {
    heard: watch::Receiver<Heard>,
    task: JoinHandle<()>,
}

/// What it has heard.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    pub messages: Vec<Message>,
    pub resets: Vec<Reset>,
    /// Whatever else was said that is no sign of life.
    pub surprises: Vec<String>,
    /// How many lines it has had.
    pub lines: u32,
}

/// It was told that something is lost.
#[derive(Debug, Clone)]
pub struct Reset {
    /// How many messages it had heard before.
    pub after: usize,
    /// Where it goes on from.
    pub id: String,
    pub reason: String,
}

impl Listener {
    /// Listens in a room from now on: what is said after this returned is heard.
    pub async fn join(node: &Running, room: &str) -> Self {
        let (tell, heard) = watch::channel(Heard::default());
        let task = tokio::spawn(listen(node.url(&format!("/rooms/{room}")), tell));
        let listener = Listener { heard, task };
        listener.until(|heard| heard.lines == 1).await;
        listener
    }

    /// Waits until enough was heard, and gives all of it.
    pub async fn until(&self, is_enough: impl Fn(&Heard) -> bool) -> Heard {
        let mut heard = self.heard.clone();
        soon(heard.wait_for(|heard| is_enough(heard))).await.expect("a listener").clone()
    }

    /// Waits until this body was heard.
    pub async fn until_body(&self, body: &str) -> Heard {
        self.until(|heard| heard.messages.iter().any(|message| message.body == body)).await
    }

    /// What was heard so far.
    pub fn heard(&self) -> Heard {
        self.heard.borrow().clone()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Heard {
    /// The bodies of all messages.
    pub fn bodies(&self) -> Vec<&str> {
        self.messages.iter().map(|message| message.body.as_str()).collect()
    }

    /// Nothing was lost, cut or strange.
    pub fn check_undisturbed(&self) {
        assert!(self.resets.is_empty(), "it was reset: {self:#?}");
        assert!(self.surprises.is_empty(), "{self:#?}");
        assert_eq!(self.lines, 1, "its line was cut: {self:#?}");
    }
}

impl Heard {
    /// It was reset once, after so many messages, and then heard all of this history after the id that it was
    /// told to go on from; what is before that, a client reads from the history.
    pub fn check_reset_once(&self, after: usize, history: &[Message]) {
        let [reset] = &self.resets[..] else { panic!("not one reset: {self:#?}") };
        assert!(reset.after == after && !reset.reason.is_empty(), "{reset:?}");
        let later = |message: &&Message| number(&message.id) > number(&reset.id);
        let due: Vec<&Message> = history.iter().filter(later).collect();
        assert_eq!(self.messages[after..].iter().collect::<Vec<_>>(), due, "after {reset:?}");
        assert_eq!((self.lines, &self.surprises[..]), (1, &[][..]), "{self:#?}");
    }
}

async fn listen(url: String, tell: watch::Sender<Heard>) {
    let mut last_id = String::new();
    loop {
        let mut request = Client::new().get(&url).header("accept", "text/event-stream");
        if !last_id.is_empty() {
            request = request.header("last-event-id", &last_id);
        }
        if let Ok(mut response) = request.send().await {
            let mut reader = Reader::new(1 << 20);
            while let Ok(Some(bytes)) = response.chunk().await {
                reader.push(&bytes);
                for event in reader.by_ref() {
                    let event = event.expect("an event of ordinary size");
                    tell.send_modify(|heard| note(heard, &event.name, &event.data));
                    event.id.clone_into(&mut last_id);
                }
                if !reader.last_id().is_empty() {
                    reader.last_id().clone_into(&mut last_id);
                }
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn note(heard: &mut Heard, name: &str, json: &str) {
    match name {
        "hello" => heard.lines += 1,
        "message" => match serde_json::from_str(json) {
            Ok(message) => heard.messages.push(message),
            Err(_) => heard.surprises.push(format!("a signal: {json}")),
        },
        "reset" => {
            let told: Value = serde_json::from_str(json).expect("JSON");
            let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
            heard.resets.push(Reset { after: heard.messages.len(), id: text("id"), reason: text("reason") });
        }
        "here" | "heartbeat" => {}
        _ => heard.surprises.push(format!("{name}: {json}")),
    }
}

/// No id stands for two messages, whoever was told of it: lines on all nodes and whoever posted.
pub fn check_one_meaning<'a>(all: impl IntoIterator<Item = &'a Message>) {
    let mut meanings: HashMap<&str, &str> = HashMap::new();
    for message in all {
        let known = *meanings.entry(&message.id).or_insert(&message.body);
        assert_eq!(known, message.body, "{} has two meanings", message.id);
    }
}
