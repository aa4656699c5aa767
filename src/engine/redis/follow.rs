//! Following the log: a blocking read on a connection of its own, and after each a look at the epochs on the
//! same connection, so that what was read and what is known of the log come from one server.
//!
//! A read that comes back empty-handed every so often also tells a quiet log from a dead connection.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, BoxStream, StreamExt};
use redis::aio::MultiplexedConnection;
use redis::{Value, cmd, pipe};
use tokio::time::sleep;

use super::super::{Document, EngineError, Entry, Epochs, Id, Number, Standing, Tidings};
use super::reason::Trouble;
use super::values::State;
use super::{Shared, values};

/// How long a read waits for something to come. Two commands each time are what an idle node costs.
const BLOCK: Duration = Duration::from_millis(1250);
/// How much longer its answer may take, at most.
const SLACK: Duration = Duration::from_millis(1500);
/// How long to wait before a new connection is tried.
const PAUSE: Duration = Duration::from_millis(250);
/// How many entries are read at a time.
const PAGE: usize = 512;

/// The entries after an id, until the engine is closed.
pub(super) fn follow(shared: Arc<Shared>, after: Id) -> BoxStream<'static, Result<Tidings, EngineError>> {
    let follower = Follower { shared, connection: None, place: after, epochs: None, is_failing: false };
    stream::unfold(follower, |mut follower| async { Some((follower.next().await?, follower)) }).boxed()
}

struct Follower {
    shared: Arc<Shared>,
    connection: Option<MultiplexedConnection>,
    /// Everything up to here was handed out.
    place: Id,
    /// The epochs of which whoever follows knows; none before the first look.
    epochs: Option<Epochs>,
    is_failing: bool,
}

impl Follower {
    async fn next(&mut self) -> Option<Result<Tidings, EngineError>> {
        let closed = self.shared.closed.clone();
        loop {
            let step = tokio::select! {
                biased;
                () = closed.cancelled() => return None,
                step = self.step() => step,
            };
            match step {
                Ok(tidings) => {
                    if std::mem::take(&mut self.is_failing) {
                        tracing::info!("the log in Redis is followed again");
                    }
                    if let Some(tidings) = tidings {
                        return Some(Ok(tidings));
                    }
                }
                Err(error) => {
                    self.connection = None;
                    // Said once, however long it lasts.
                    if !std::mem::replace(&mut self.is_failing, true) {
                        return Some(Err(error));
                    }
                }
            }
        }
    }

    async fn step(&mut self) -> Result<Option<Tidings>, EngineError> {
        if self.is_failing && self.connection.is_none() {
            sleep(PAUSE).await;
        }
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let slack = SLACK.min(self.shared.connector.timeout);
                self.shared.connector.connect(BLOCK + slack).await?
            }
        };
        let entries = self.read(&mut connection).await?;
        let (state, entries) = self.look(&mut connection, entries).await?;
        self.connection = Some(connection);
        Ok(self.judge(&state, entries))
    }

    async fn read(&self, connection: &mut MultiplexedConnection) -> Result<Vec<Entry>, EngineError> {
        let mut read = cmd("XREAD");
        read.arg("COUNT").arg(PAGE).arg("BLOCK").arg(BLOCK.as_millis() as u64);
        read.arg("STREAMS").arg(self.shared.keys.log()).arg(format!("{}-0", self.place.number));
        let reply: Value = read.query_async(connection).await.map_err(Trouble::from)?;
        values::followed(reply)
    }

    /// The state of the log after the entries were read, and their documents.
    async fn look(
        &self,
        connection: &mut MultiplexedConnection,
        entries: Vec<Entry>,
    ) -> Result<(State, Vec<(Entry, Option<Document>)>), EngineError> {
        let keys = &self.shared.keys;
        let mut ask = pipe();
        ask.add_command(values::state_query(keys));
        if !entries.is_empty() {
            ask.add_command(values::documents_query(keys, entries.iter().map(|entry| &entry.document)));
        }
        let mut answers: Vec<Value> = ask.query_async(connection).await.map_err(Trouble::from)?;
        let stored: Vec<Option<Vec<u8>>> = match (entries.is_empty(), answers.pop()) {
            (false, Some(stored)) => {
                redis::from_redis_value(stored).map_err(|_| values::damaged("documents"))?
            }
            (_, other) => {
                answers.extend(other);
                Vec::new()
            }
        };
        let state = answers.pop().unwrap_or(Value::Nil);
        let state: Vec<Option<String>> =
            redis::from_redis_value(state).map_err(|_| values::damaged("a state"))?;
        let state = values::state(&state)?;
        let now = self.shared.clock.now();
        let documents = stored.into_iter().map(|stored| values::document(stored, now));
        let documents: Vec<Option<Document>> = documents.collect::<Result<_, _>>()?;
        Ok((state, entries.into_iter().zip(documents).collect()))
    }

    /// What to hand out, now that it is known of which log the entries are.
    fn judge(&mut self, state: &State, entries: Vec<(Entry, Option<Document>)>) -> Option<Tidings> {
        let epochs = &state.epochs;
        let is_same = match &self.epochs {
            Some(known) => known.list() == epochs.list(),
            None => epochs.current() == self.place.epoch,
        };
        if !is_same || epochs.head() < self.place.number {
            let after = match epochs.standing(self.place) {
                Standing::Known(number) => number,
                Standing::Undone(_) | Standing::Foreign => epochs.head(),
            };
            self.place = epochs.id(after);
            self.epochs = Some(epochs.clone());
            // The entries may be of before or after: they are read again.
            return Some(Tidings::Epochs { epochs: epochs.clone(), after });
        }
        let reached = self.place.number;
        let is_gap = entries.first().is_none_or(|(first, _)| first.number > reached.next());
        if is_gap && state.trimmed > reached {
            self.go_on_after(state.trimmed, epochs);
            return Some(Tidings::Trimmed(state.trimmed));
        }
        let last = entries.last()?.0.number;
        self.go_on_after(last, epochs);
        Some(Tidings::Entries(entries))
    }

    fn go_on_after(&mut self, number: Number, epochs: &Epochs) {
        self.place = epochs.id(number);
        self.epochs = Some(epochs.clone());
    }
}
