//! What somebody has yet to read: counted when it is asked for, by a scan after their mark that has bounds: in
//! messages, and in bytes for each room and for all that are asked for at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::reading::Mark;
use super::schema::{self, MessageDocument};
use super::{Chat, MyPlace, Visit, time};
use crate::engine::{Direction, EngineError, Epochs, Key, KeyRange, Number};

/// So many messages are looked at; who has more to read is told so many, which stands for more.
pub const MOST_COUNTED: usize = 100;
/// How many messages are read at a time, and how many bytes of one room at most.
const PIECE: usize = 25;
const MOST_BYTES: usize = 1 << 20;

/// How many bytes may still be read to count what is unread, in all rooms of a request together.
pub(super) struct Allowance(AtomicUsize);

impl Default for Allowance {
    fn default() -> Self {
        Allowance(AtomicUsize::new(16 * MOST_BYTES))
    }
}

impl Allowance {
    fn is_used_up(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }

    fn take(&self, bytes: usize) {
        // It cannot fail: the closure always gives a value.
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| Some(left.saturating_sub(bytes)));
    }
}

/// What somebody has yet to read in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Unread {
    messages: usize,
    mentions: usize,
}

impl Unread {
    /// What is unread where not all of it can be counted, by the last message.
    fn at_least(last: &MessageDocument, person: &str) -> Self {
        let mut unread = Unread::default();
        unread.count(last, person);
        Unread { messages: unread.messages * MOST_COUNTED, ..unread }
    }

    /// Counts a message, unless it is their own, or was deleted.
    fn count(&mut self, message: &MessageDocument, person: &str) {
        if message.by.as_deref() == Some(person) || message.deleted.is_some() {
            return;
        }
        self.messages += 1;
        // An edit calls nobody: what counts is whom it called when it was said.
        let (people, all) = match &message.called {
            Some(called) => (&called.people, called.all),
            None => (&message.mentions, message.mentions_all),
        };
        self.mentions += usize::from(all || people.iter().any(|called| called == person));
    }
}

impl Chat {
    /// Somebody's own place in a room that they are in; nothing if they are not.
    pub async fn my_place(&self, visit: &Visit) -> Result<Option<MyPlace>, EngineError> {
        let Some(person) = visit.person.as_ref().filter(|_| visit.is_inside()) else { return Ok(None) };
        let mark = self.marks(&person.id.0, &[&visit.room.id]).await?.pop().unwrap_or_default();
        self.place_at(visit, mark, &self.engine().epochs().await?, &Allowance::default()).await
    }

    /// The same, given their mark, the epochs by which numbers are named, and how much may be read for it.
    pub(super) async fn place_at(
        &self,
        visit: &Visit,
        mark: Mark,
        epochs: &Epochs,
        allowance: &Allowance,
    ) -> Result<Option<MyPlace>, EngineError> {
        let (Some(person), Some(member)) = (&visit.person, &visit.member) else { return Ok(None) };
        // No further than the head that they are told of: what comes after it is not counted yet, as a line tells it.
        let head = epochs.head();
        let last = self.last_message(visit, head).await?;
        let unread = match &last {
            Some((number, _)) if *number <= mark.upto => Unread::default(),
            Some((_, message)) if allowance.is_used_up() => Unread::at_least(message, &person.id.0),
            Some(_) => self.unread(heard(visit, mark.upto, head), &person.id.0, allowance).await?,
            None => Unread::default(),
        };
        Ok(Some(MyPlace {
            joined: true,
            role: member.place,
            level: mark.level,
            read: (mark.upto > Number(0)).then(|| epochs.id(mark.upto).to_string()),
            unread: unread.messages,
            mentions: unread.mentions,
            last: last.as_ref().map(|(number, _)| epochs.id(*number).to_string()),
            last_at: last.map(|(_, message)| time(message.at)),
        }))
    }

    async fn unread(
        &self,
        mut range: KeyRange,
        person: &str,
        allowance: &Allowance,
    ) -> Result<Unread, EngineError> {
        let (mut unread, mut read, mut bytes) = (Unread::default(), 0, 0);
        loop {
            let page = self.engine().scan(range.clone(), PIECE, Direction::Forward).await?;
            let size = page.iter().map(|(_, stored)| stored.json.len()).sum();
            allowance.take(size);
            (read, bytes) = (read + page.len(), bytes + size);
            for (key, stored) in &page {
                unread.count(&schema::read(key, stored)?, person);
            }
            let Some((last, _)) = page.last().filter(|_| page.len() == PIECE) else { return Ok(unread) };
            if read >= MOST_COUNTED || bytes > MOST_BYTES || allowance.is_used_up() {
                if unread.messages > 0 {
                    unread.messages = MOST_COUNTED;
                }
                return Ok(unread);
            }
            range.start = format!("{last}\0");
        }
    }

    /// The last message up to a number that they may hear.
    async fn last_message(
        &self,
        visit: &Visit,
        upto: Number,
    ) -> Result<Option<(Number, MessageDocument)>, EngineError> {
        let found = self.engine().scan(heard(visit, Number(0), upto), 1, Direction::Backward).await?.pop();
        let read = |(key, stored): (Key, _)| {
            Ok((key.last_number().unwrap_or_default(), schema::read(&key, &stored)?))
        };
        found.map(read).transpose()
    }
}

/// The messages of a room after a number, up to and including another, as far as somebody may hear them.
fn heard(visit: &Visit, after: Number, upto: Number) -> KeyRange {
    KeyRange::numbers(&schema::messages(&visit.room.id), after.max(visit.hears_after()), upto)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::schema::Called;

    fn message(by: &str, mentions: &[&str]) -> MessageDocument {
        MessageDocument {
            by: Some(by.to_owned()),
            mentions: mentions.iter().map(|&id| id.to_owned()).collect(),
            ..MessageDocument::said_at(0)
        }
    }

    #[test]
    fn what_others_said_counts_and_whom_it_called_when_it_was_said() {
        let mut unread = Unread::default();
        let edited = Some(Called { people: Vec::new(), all: false });
        for message in [
            message("ann", &["ann"]),
            message("ben", &[]),
            message("ben", &["eve", "ann"]),
            MessageDocument { called: edited, ..message("ben", &["ann"]) },
            MessageDocument { deleted: Some(1), ..message("ben", &["ann"]) },
            MessageDocument { mentions_all: true, ..message("eve", &[]) },
        ] {
            unread.count(&message, "ann");
        }
        assert_eq!(unread, Unread { messages: 4, mentions: 2 });
    }
}
