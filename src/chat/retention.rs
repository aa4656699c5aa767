//! Retention: how much of the log and of the rooms' history is kept.

use std::time::Duration;

use super::delete::noted_answer;
use super::schema::{self, MessageDocument, kind};
use super::{Chat, Refusal};
use crate::engine::{Commit, Direction, EngineError, Key, KeyRange, Millis, NewEntry, Number, Outcome};

/// How many documents are deleted in one commit.
const PIECE: usize = 128;

/// What is kept. None of the bounds is exact: they are looked after every so often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retention {
    /// Entries of the log that are older go.
    pub log_age: Option<Duration>,
    /// Entries of the log go, oldest first, while there are more.
    pub log_entries: Option<u64>,
    /// Messages that are older go.
    pub history_age: Option<Duration>,
    /// A room's messages go, oldest first, while there are more.
    pub history_messages: Option<usize>,
}

/// What went.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Swept {
    /// How many entries of the log.
    pub entries: u64,
    /// How many messages.
    pub messages: usize,
}

impl Chat {
    /// Lets go of what need not be kept any longer.
    pub async fn sweep(&self, retention: &Retention) -> Result<Swept, EngineError> {
        let mut swept = Swept { entries: self.trim_log(retention).await?, messages: 0 };
        if let Err(refusal) = self.finish_what_was_left().await {
            tracing::warn!(%refusal, "what a node has left undone is yet to be done");
        }
        if retention.history_age.is_some() || retention.history_messages.is_some() {
            for room in self.all_rooms().await? {
                swept.messages += self.sweep_room(&room, retention).await?;
            }
        }
        Ok(swept)
    }

    /// Does what follows from a change, and which a node has not come to that ended.
    async fn finish_what_was_left(&self) -> Result<(), Refusal> {
        self.take_orphans().await?;
        self.finish_leavings().await
    }

    async fn trim_log(&self, retention: &Retention) -> Result<u64, EngineError> {
        let head = self.engine().epochs().await?.head();
        let by_count = retention.log_entries.map(|most| Number(head.0.saturating_sub(most)));
        let by_age = match retention.log_age {
            Some(age) => Some(self.engine().number_before(self.ago(age)).await?),
            None => None,
        };
        match by_count.max(by_age) {
            Some(upto) if upto > Number(0) => self.engine().trim(upto).await,
            _ => Ok(0),
        }
    }

    /// The ids of all rooms.
    async fn all_rooms(&self) -> Result<Vec<String>, EngineError> {
        let prefix = Key::new("room");
        let (mut range, mut rooms) = (KeyRange::under(&prefix), Vec::new());
        loop {
            let page = self.engine().scan(range.clone(), PIECE, Direction::Forward).await?;
            let Some((last, _)) = page.last() else { return Ok(rooms) };
            range.start = format!("{last}\0");
            rooms.extend(
                page.iter().filter_map(|(key, _)| key.as_str().strip_prefix("room/").map(str::to_owned)),
            );
        }
    }

    /// Deletes what need not be kept of one room, oldest first. Every node hears of it through the log and
    /// forgets it, whichever node it was that swept.
    async fn sweep_room(&self, room: &str, retention: &Retention) -> Result<usize, EngineError> {
        let mut swept = 0;
        let messages = schema::messages(room);
        let keep_after = match retention.history_messages {
            Some(most) => self.oldest_kept(room, most).await?,
            None => Number(0),
        };
        let deadline = retention.history_age.map(|age| self.ago(age));
        loop {
            let page = self.engine().scan(KeyRange::under(&messages), PIECE, Direction::Forward).await?;
            let mut commit = Commit::new();
            let mut answers = Vec::new();
            for (key, stored) in &page {
                let document: MessageDocument = schema::read(key, stored)?;
                let is_surplus = key.last_number().is_some_and(|number| number < keep_after);
                let is_old = deadline.is_some_and(|deadline| document.at < deadline);
                if !is_surplus && !is_old {
                    break;
                }
                commit.deletes.push(key.clone());
                answers.extend(noted_answer(room, key, &document));
            }
            let gone = commit.deletes.len();
            if let Some(last) = commit.deletes.last().cloned() {
                commit.entry = Some(NewEntry {
                    audiences: Vec::new(),
                    kind: kind::RETIRED.to_owned(),
                    document: last.into(),
                    facts: None,
                    at: self.clock().now(),
                });
                commit.deletes.extend(answers);
                // Other nodes sweep too: one of them is enough.
                if let Some((key, first)) = page.first() {
                    commit.check(key, Some(first.version));
                }
                if self.commit_surely(commit).await? == Outcome::Conflict {
                    return Ok(swept);
                }
            }
            swept += gone;
            if gone < PIECE {
                return Ok(swept);
            }
        }
    }

    /// The number of the oldest message among a room's newest.
    async fn oldest_kept(&self, room: &str, most: usize) -> Result<Number, EngineError> {
        let mut range = KeyRange::under(&schema::messages(room));
        let mut left = most;
        loop {
            let page = self.engine().scan(range.clone(), PIECE.min(left), Direction::Backward).await?;
            let Some((oldest, _)) = page.last() else { return Ok(Number(0)) };
            left -= page.len();
            if left == 0 {
                return Ok(oldest.last_number().unwrap_or_default());
            }
            oldest.as_str().clone_into(&mut range.end);
        }
    }

    fn ago(&self, age: Duration) -> Millis {
        self.clock().now() - i64::try_from(age.as_millis()).unwrap_or(i64::MAX)
    }
}
