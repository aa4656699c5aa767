//! Commands over a WebSocket: the same words as over HTTP, each answered under its `ref`.
//!
//! `{"ref":7,"post":{"room":"lobby","body":"hi","key":"…"}}` is answered by `{"ref":7,"ok":{…}}` or
//! `{"ref":7,"problem":{…}}`; so are `signal`, `edit`, `delete`, `react`, `subscribe` and `unsubscribe`.

use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::{BoxFuture, FutureExt};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::task::JoinHandle;

use super::verb::{Command, Correction, Deletion, Reaction, Subscription, Verb, Words};
use crate::chat::{Draft, RoomName, Speaker, Window};
use crate::engine::{Audience, Id};
use crate::http::Doors;
use crate::http::ask::{MOST_IN_PAGE, Since, USUAL_PAGE, room_name};
use crate::http::body::read_json;
use crate::http::identity::Asker;
use crate::http::problem::{Code, Problem};
use crate::http::rates::{Counted, Doing};
use crate::http::stream::Target;
use crate::http::words::{Language, words};
use crate::wire::{MessageObject, Only};

/// What a command comes to.
pub enum Answer {
    /// Nothing to say: it went well, and the format has no word for that.
    Nothing,
    /// Its answer.
    Text(String),
    /// Its answer, and one audience more for the line.
    Listen { audience: Audience, after: Id, text: String },
    /// Its answer, and one audience less for the line.
    Unlisten { audience: Audience, text: String },
    /// A refusal in a format that can say so only by closing.
    Refusal { may_pass: bool, reason: String },
}

/// What `subscribe` is answered with.
#[derive(Serialize)]
struct Subscribed<'a> {
    room: &'a str,
    head: String,
    messages: &'a [MessageObject],
}

/// Does the commands of one session.
#[derive(Clone)]
pub struct Commands {
    doors: Arc<Doors>,
    speaker: Speaker,
    counted: Counted,
    /// The room that is meant when none is named.
    room: Option<RoomName>,
    language: Language,
    rooms: usize,
}

impl Commands {
    /// For somebody whose line has this target.
    pub fn new(doors: Arc<Doors>, asker: &Asker, target: Target, language: Language) -> Self {
        let (room, rooms) = match target {
            Target::Rooms(mut names) if names.len() == 1 => (names.pop(), 1),
            Target::Rooms(names) => (None, names.len()),
            Target::Mine(names) => (None, names.len()),
            Target::Everything => (None, 1),
        };
        let (speaker, counted) = (asker.speaker(), asker.counted());
        Commands { doors, speaker, counted, room, language, rooms }
    }

    /// How many rooms the line listens to now.
    pub fn note_rooms(&mut self, rooms: usize) {
        self.rooms = rooms;
    }

    /// Begins to do something: by a task of its own, which the end of the server waits for.
    pub fn begin(&self, answer: BoxFuture<'static, Answer>) -> JoinHandle<Answer> {
        self.doors.tasks.spawn(answer)
    }

    /// What a text asks for, to be done; also whether the line must wait for the answer.
    pub fn command(&self, text: &str) -> (BoxFuture<'static, Answer>, bool) {
        let command = read_json::<Command>(text.as_bytes());
        let (reference, verb) = match command.map(Command::verb) {
            Ok((reference, verb)) => (reference, verb.ok_or(Problem::about(Code::BadJson, Verb::NAMES))),
            Err(problem) => (None, Err(problem)),
        };
        // What is not understood counts, too: it was read.
        let doing = verb.as_ref().map_or(Doing::Read, Verb::doing);
        let verb = match self.doors.count(&self.counted, doing).and(verb) {
            Ok(verb) => verb,
            Err(problem) => return (self.answered(reference, Err(problem)), false),
        };
        let this = self.clone();
        match verb {
            Verb::Say(words, store) => {
                (async move { this.text(reference, this.say(words, store).await) }.boxed(), false)
            }
            Verb::Edit(wanted) => {
                (async move { this.text(reference, this.edit(wanted).await) }.boxed(), false)
            }
            Verb::Delete(wanted) => {
                (async move { this.text(reference, this.delete(wanted).await) }.boxed(), false)
            }
            Verb::React(wanted) => {
                (async move { this.text(reference, this.react(wanted).await) }.boxed(), false)
            }
            Verb::Subscribe(wanted) => (async move { this.subscribe(reference, wanted).await }.boxed(), true),
            Verb::Unsubscribe(wanted) => {
                (async move { this.unsubscribe(reference, &wanted).await }.boxed(), true)
            }
        }
    }

    /// Says a text as it is: a session with `only=` has no commands.
    pub fn plain(&self, text: String, only: Only) -> BoxFuture<'static, Answer> {
        let this = self.clone();
        async move {
            let draft = match only {
                Only::Json => read_json(text.as_bytes()).map(|data| Draft {
                    data: Some(data),
                    body: None,
                    ..Draft::of_body(String::new())
                }),
                Only::Data | Only::Event => Ok(Draft::of_body(text)),
            };
            let said = async {
                this.doors.count(&this.counted, Doing::Change)?;
                this.say_in(None, draft?).await
            };
            match said.await {
                Ok(_) => Answer::Nothing,
                Err(problem) => {
                    let code = problem.code();
                    Answer::Refusal {
                        may_pass: code.may_pass(),
                        reason: words(code, this.language).title.to_owned(),
                    }
                }
            }
        }
        .boxed()
    }

    async fn say(&self, words: Words, store: bool) -> Result<MessageObject, Problem> {
        let Words { room, body, data, key, reply_to, kind } = words;
        self.say_in(room, Draft { body, data, key, reply_to, kind, store }).await
    }

    async fn say_in(&self, room: Option<String>, draft: Draft) -> Result<MessageObject, Problem> {
        let room = self.room(room)?;
        if !draft.store {
            return self.doors.signal(&room, &self.speaker, draft).await;
        }
        let began = Instant::now();
        let said = self.doors.hub.along(pin!(self.doors.chat.say(&room, &self.speaker, draft))).await?;
        self.doors.metrics.posted(began.elapsed(), said.replayed);
        if let Some(id) = said.message.id {
            self.doors.hub.pace(id.number).await;
        }
        Ok(said.message)
    }

    /// The room that is meant.
    fn room(&self, named: Option<String>) -> Result<RoomName, Problem> {
        match named {
            Some(name) => room_name(&name),
            None => self.room.clone().ok_or(Problem::about(Code::BadRoom, "room")),
        }
    }

    async fn edit(&self, wanted: Correction) -> Result<MessageObject, Problem> {
        let Correction { room, message, body } = wanted;
        let number = Since::parse(&message).number(&self.doors.chat).await?;
        Ok(self.doors.chat.edit(&self.speaker, &self.room(room)?, number, &body).await?)
    }

    async fn delete(&self, wanted: Deletion) -> Result<(), Problem> {
        let number = Since::parse(&wanted.message).number(&self.doors.chat).await?;
        Ok(self.doors.chat.delete(&self.speaker, &self.room(wanted.room)?, number).await?)
    }

    async fn react(&self, wanted: Reaction) -> Result<MessageObject, Problem> {
        let Reaction { room, message, emoji, on } = wanted;
        let number = Since::parse(&message).number(&self.doors.chat).await?;
        Ok(self.doors.chat.react(&self.speaker, &self.room(room)?, number, &emoji, on).await?)
    }

    async fn subscribe(self, reference: Option<Box<RawValue>>, wanted: Subscription) -> Answer {
        let page = async {
            if self.rooms >= self.doors.limits.rooms_per_line {
                return Err(Problem::new(Code::TooManyRooms));
            }
            let name = room_name(&wanted.room)?;
            let limit = wanted.limit.unwrap_or(USUAL_PAGE).clamp(1, MOST_IN_PAGE);
            let page = self.doors.chat.history(&self.speaker, &name, Window::Newest, limit).await?;
            let audience = self.doors.chat.visit(&self.speaker, &name).await?.audience();
            // The page may be of an epoch that the hub has yet to hear of.
            self.doors.hub.standing(page.head).await?;
            Ok((name, audience, page))
        };
        match page.await {
            Err(problem) => self.text(reference, Err::<(), _>(problem)),
            Ok((name, audience, page)) => {
                let head = page.head.to_string();
                let ok = Subscribed { room: name.as_str(), head, messages: &page.messages };
                Answer::Listen { audience, after: page.head, text: self.words(reference, Ok(ok)) }
            }
        }
    }

    async fn unsubscribe(self, reference: Option<Box<RawValue>>, wanted: &Subscription) -> Answer {
        let room = async { Ok(self.doors.chat.visit(&self.speaker, &room_name(&wanted.room)?).await?) };
        match room.await {
            Err(problem) => self.text(reference, Err::<(), Problem>(problem)),
            Ok(visit) => {
                let ok = serde_json::json!({ "room": wanted.room });
                Answer::Unlisten { audience: visit.audience(), text: self.words(reference, Ok(ok)) }
            }
        }
    }

    fn answered(
        &self,
        reference: Option<Box<RawValue>>,
        outcome: Result<(), Problem>,
    ) -> BoxFuture<'static, Answer> {
        let answer = self.text(reference, outcome);
        async move { answer }.boxed()
    }

    fn text<T: Serialize>(&self, reference: Option<Box<RawValue>>, outcome: Result<T, Problem>) -> Answer {
        Answer::Text(self.words(reference, outcome))
    }

    fn words<T: Serialize>(&self, reference: Option<Box<RawValue>>, outcome: Result<T, Problem>) -> String {
        #[derive(Serialize)]
        struct Reply<T> {
            #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
            reference: Option<Box<RawValue>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            ok: Option<T>,
            #[serde(skip_serializing_if = "Option::is_none")]
            problem: Option<serde_json::Value>,
        }
        let (ok, problem) = match outcome {
            Ok(ok) => (Some(ok), None),
            Err(problem) => (None, Some(problem.to_json(self.language))),
        };
        serde_json::to_string(&Reply { reference, ok, problem }).unwrap_or_default()
    }
}
