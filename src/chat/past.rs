//! The past of rooms as a stream, for who comes late: documents in their present state, by number,
//! up to where the log ended; what follows is the log's to tell.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;

use super::eyes::Eyes;
use super::history::read_messages;
use super::message::Stored;
use super::schema::{self, MessageDocument};
use super::{Chat, Refusal, Visit};
use crate::engine::{Direction, EngineError, Entry, Epochs, KeyRange, Millis, Number, Standing};
use crate::hub::{Batch, Heard, Lost, Past, Rendering};
use crate::wire::{Event, MessageObject};

/// How many documents are read at once, of all rooms together, and of one room at least.
const PAGE: usize = 128;
const LEAST_OF_A_ROOM: usize = 4;

/// One room's part in the past: what has been read of it, and where to read on.
struct Reader {
    room: Arc<str>,
    /// Everything up to here has been read.
    read: Number,
    waiting: VecDeque<Stored>,
    is_done: bool,
}

struct Readers {
    chat: Arc<Chat>,
    epochs: Epochs,
    readers: Vec<Reader>,
    is_done: bool,
}

impl Chat {
    /// All messages of some rooms since a time (or ever) that their visitor may hear, in order.
    pub async fn past(self: &Arc<Self>, visits: &[Visit], since: Option<Millis>) -> Result<Past, Refusal> {
        let epochs = self.engine().epochs().await?;
        let mut readers = Vec::with_capacity(visits.len());
        for visit in visits {
            let room = Arc::clone(&visit.room.id);
            let read = match since {
                Some(time) => self.last_before(&room, time, epochs.head()).await?,
                None => Number(0),
            };
            let read = read.max(visit.hears_after());
            readers.push(Reader { room, read, waiting: VecDeque::new(), is_done: false });
        }
        let readers = Readers { chat: Arc::clone(self), epochs, readers, is_done: false };
        Ok(stream::try_unfold(readers, |mut readers| async move {
            let batch = readers.next().await?;
            let taken = readers.epochs.id(readers.epochs.head());
            if readers.chat.engine().epochs().await?.standing(taken) != Standing::Known(taken.number) {
                return Err(Lost::WentBack);
            }
            Ok::<_, Lost>(batch.map(|batch| (batch, readers)))
        })
        .boxed())
    }

    /// The last number of a room's messages that were said before a time, by halving: times are in the
    /// order of numbers.
    async fn last_before(&self, room: &str, time: Millis, head: Number) -> Result<Number, EngineError> {
        let (mut before, mut upto) = (Number(0), head);
        while before < upto {
            let middle = Number(before.0 + (upto.0 - before.0) / 2);
            let range = KeyRange::numbers(&schema::messages(room), middle, upto);
            let first = self.engine().scan(range, 1, Direction::Forward).await?.into_iter().next();
            match first {
                Some((key, document)) if schema::read::<MessageDocument>(&key, &document)?.at < time => {
                    before = key.last_number().unwrap_or(upto);
                }
                _ => upto = middle,
            }
        }
        Ok(before)
    }
}

impl Readers {
    /// The next messages of all rooms by number; the last batch reaches up to the head.
    async fn next(&mut self) -> Result<Option<Batch>, EngineError> {
        if self.is_done {
            return Ok(None);
        }
        let mut messages = Vec::with_capacity(PAGE);
        while messages.len() < PAGE {
            self.fill().await?;
            let waiting = self.readers.iter_mut().filter(|reader| !reader.waiting.is_empty());
            let first = waiting.min_by_key(|reader| reader.waiting.front().and_then(number_of));
            let Some(message) = first.and_then(|reader| reader.waiting.pop_front()) else {
                self.is_done = true;
                break;
            };
            messages.push(message);
        }
        let last = messages.last().and_then(number_of).filter(|_| !self.is_done);
        let upto = last.unwrap_or(self.epochs.head());
        Ok(Some(Batch { entries: self.heard(messages).await?, upto }))
    }

    /// Reads on in every room of which nothing waits.
    async fn fill(&mut self) -> Result<(), EngineError> {
        let head = self.epochs.head();
        let page_size = (PAGE / self.readers.len().max(1)).max(LEAST_OF_A_ROOM);
        for reader in self.readers.iter_mut().filter(|reader| reader.waiting.is_empty() && !reader.is_done) {
            let range = KeyRange::numbers(&schema::messages(&reader.room), reader.read, head);
            let page = self.chat.engine().scan(range, page_size, Direction::Forward).await?;
            reader.is_done = page.len() < page_size;
            reader.waiting = read_messages(&reader.room, &self.epochs, page)?.into();
            reader.read = reader.waiting.back().and_then(number_of).unwrap_or(head);
        }
        Ok(())
    }

    async fn heard(&self, messages: Vec<Stored>) -> Result<Vec<Arc<Heard>>, EngineError> {
        let clients: Vec<_> =
            messages.iter().map(|message| message.document.client.as_deref().map(Arc::from)).collect();
        let objects = self.chat.message_objects(messages, Eyes::Everybodys).await?;
        let heard = |(object, client): (&MessageObject, _)| {
            let number = object.id?.number;
            let entry = Entry {
                number,
                at: 0,
                audiences: vec![schema::room_audience(&object.room)],
                kind: schema::kind::MESSAGE.to_owned(),
                document: schema::message(&object.room, number),
                facts: None,
            };
            let event = Some(Event::message(object));
            Some(Arc::new(Heard::new(entry, Rendering { event, client, ..Rendering::default() })))
        };
        Ok(objects.iter().zip(clients).filter_map(heard).collect())
    }
}

fn number_of(message: &Stored) -> Option<Number> {
    message.id.map(|id| id.number)
}
