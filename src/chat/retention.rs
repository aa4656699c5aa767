//! Retention: how much of the log and of the rooms' history is kept.

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use super::delete::noted_answer;
use super::schema::{self, MessageDocument, kind};
use super::{Chat, Refusal};
use crate::engine::{
    Commit, Direction, Document, EngineError, Key, KeyRange, Millis, NewEntry, Number, Outcome, Version,
};

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

/// What is known of how many messages a room has, from when they were counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    /// Up to this number.
    upto: Number,
    /// So many more than need be kept, at most: some may have been deleted since.
    over: isize,
}

impl Counted {
    /// How many more there may be until they are too many by this.
    fn may_have_room_for(self, too_many: usize) -> usize {
        usize::try_from(isize::try_from(too_many).unwrap_or(isize::MAX) - self.over).unwrap_or(0)
    }
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

    /// Does what follows from a change, and which a node has not come to that ended; and what comes of time.
    async fn finish_what_was_left(&self) -> Result<(), Refusal> {
        self.take_orphans().await?;
        self.finish_leavings().await?;
        self.forget_guests().await?;
        Ok(())
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
        let keep_after = match retention.history_messages {
            Some(most) => self.oldest_kept(room, most).await?,
            None => Number(0),
        };
        let deadline = retention.history_age.map(|age| self.ago(age));
        let need_not_be_kept = |key: &Key, document: &MessageDocument| {
            let is_surplus = key.last_number().is_some_and(|number| number < keep_after);
            is_surplus || deadline.is_some_and(|deadline| document.at < deadline)
        };
        let mut swept = 0;
        loop {
            // As a rule the oldest may stay: more is read only if it may not.
            let oldest = self.oldest(room, 1).await?;
            if !oldest.first().is_some_and(|(key, _, document)| need_not_be_kept(key, document)) {
                return Ok(swept);
            }
            let page = self.oldest(room, PIECE).await?;
            let old: Vec<_> =
                page.iter().take_while(|(key, _, document)| need_not_be_kept(key, document)).collect();
            if !self.let_go(room, &old).await? {
                return Ok(swept);
            }
            swept += old.len();
        }
    }

    /// At most so many messages of a room, the oldest.
    async fn oldest(
        &self,
        room: &str,
        limit: usize,
    ) -> Result<Vec<(Key, Version, MessageDocument)>, EngineError> {
        let range = KeyRange::under(&schema::messages(room));
        let page = self.engine().scan(range, limit, Direction::Forward).await?;
        let read = |(key, stored): (Key, Document)| {
            let document = schema::read(&key, &stored)?;
            Ok((key, stored.version, document))
        };
        page.into_iter().map(read).collect()
    }

    /// Deletes these messages of a room in one commit; `false` if another node was quicker.
    async fn let_go(
        &self,
        room: &str,
        old: &[&(Key, Version, MessageDocument)],
    ) -> Result<bool, EngineError> {
        let (Some((first, version, _)), Some((last, ..))) = (old.first(), old.last()) else {
            return Ok(false);
        };
        let mut commit = Commit::new();
        // Other nodes sweep too: one of them is enough.
        commit.check(first, Some(*version));
        for (key, _, document) in old {
            commit.deletes.push(key.clone());
            commit.deletes.extend(noted_answer(room, key, document));
        }
        commit.entry = Some(NewEntry {
            audiences: Vec::new(),
            kind: kind::RETIRED.to_owned(),
            document: last.clone().into(),
            facts: None,
            at: self.clock().now(),
        });
        if self.commit_surely(commit).await? == Outcome::Conflict {
            return Ok(false);
        }
        // Apart from that: a store that is full takes nothing that is to be written, only what is to go.
        let mut commit = Commit::new();
        commit.erases = true;
        for (key, _, document) in old {
            let number = key.last_number().unwrap_or_default();
            self.forget_fingerprint(&mut commit, room, number, document).await?;
        }
        if !commit.puts.is_empty() {
            self.commit_surely(commit).await?;
        }
        Ok(true)
    }

    /// The number of the oldest message that need be kept of so many; or zero, if nothing need go for that. To count
    /// a room is to read it: that is not done again until so much was said since that it is worth it.
    async fn oldest_kept(&self, room: &str, most: usize) -> Result<Number, EngineError> {
        let before = self.counted().get(room).copied();
        if let Some(counted) = before {
            let enough = counted.may_have_room_for(most / 10);
            let head = self.engine().epochs().await?.head();
            let range = KeyRange::numbers(&schema::messages(room), counted.upto, head);
            let new = self.engine().scan(range, enough + 1, Direction::Forward).await?;
            if new.len() <= enough {
                let upto = new.last().and_then(|(key, _)| key.last_number()).unwrap_or(counted.upto);
                let over = counted.over + isize::try_from(new.len()).unwrap_or(isize::MAX);
                self.counted().insert(room.to_owned(), Counted { upto, over });
                return Ok(Number(0));
            }
        }
        let mut range = KeyRange::under(&schema::messages(room));
        let (mut left, mut newest) = (most, None);
        let oldest = loop {
            let page = self.engine().scan(range.clone(), PIECE.min(left), Direction::Backward).await?;
            newest = newest.or_else(|| page.first().and_then(|(key, _)| key.last_number()));
            let Some((oldest, _)) = page.last() else { break Number(0) };
            left -= page.len();
            if left == 0 {
                break oldest.last_number().unwrap_or_default();
            }
            oldest.as_str().clone_into(&mut range.end);
        };
        let over = -isize::try_from(left).unwrap_or(isize::MAX);
        self.counted().insert(room.to_owned(), Counted { upto: newest.unwrap_or_default(), over });
        Ok(oldest)
    }

    /// The log went back: what was counted up to a number may be other messages.
    pub(super) fn forget_counts(&self) {
        self.counted().clear();
    }

    fn counted(&self) -> MutexGuard<'_, HashMap<String, Counted>> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ago(&self, age: Duration) -> Millis {
        self.clock().now() - i64::try_from(age.as_millis()).unwrap_or(i64::MAX)
    }
}
