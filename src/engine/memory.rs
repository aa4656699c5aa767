//! The engine that forgets: for tests, for servers without a disk, and the model the others are checked against.
//!
//! Everything is in ordered maps behind one lock, so what a method does is all that it does.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;

use super::answers::Answers;
use super::follow::{Feed, LogReader};
use super::{
    Audience, Check, Clock, Commit, Direction, Document, Engine, EngineError, Entry, Epochs, Health, Hearing,
    Id, Key, KeyRange, LogPage, Millis, NewEntry, Number, Outcome, Tidings, Version, begin_epoch,
};

/// How many expired documents a commit sweeps away at most.
const SWEPT: usize = 16;

/// An engine in this process's memory.
#[derive(Debug)]
pub struct Memory(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    clock: Clock,
    feed: Feed,
    /// Taken away when the engine is closed.
    state: Mutex<Option<State>>,
}

#[derive(Debug)]
struct State {
    documents: BTreeMap<Key, Stored>,
    /// When documents expire. One that was written again since is still listed at its former time.
    expiring: BTreeSet<(Millis, Key)>,
    log: BTreeMap<Number, Entry>,
    heard: HashMap<Audience, BTreeSet<Number>>,
    /// The last trimmed number of each audience.
    trimmed: HashMap<Audience, Number>,
    /// The last trimmed number of all.
    trimmed_all: Number,
    epochs: Epochs,
    /// The last version that was given to a document.
    serial: u64,
    /// When the last entry was written.
    last_at: Millis,
    answers: Answers,
    commits: u64,
}

#[derive(Debug)]
struct Stored {
    document: Document,
    expires: Option<Millis>,
}

impl Stored {
    fn is_there(&self, now: Millis) -> bool {
        self.expires.is_none_or(|expires| expires > now)
    }
}

impl Memory {
    /// An engine that remembers nothing yet.
    pub fn new(clock: Clock) -> Self {
        Memory::with(
            clock,
            State {
                documents: BTreeMap::new(),
                expiring: BTreeSet::new(),
                log: BTreeMap::new(),
                heard: HashMap::new(),
                trimmed: HashMap::new(),
                trimmed_all: Number(0),
                epochs: Epochs::new(begin_epoch(Vec::new(), Number(0)), Number(0)),
                serial: 0,
                last_at: 0,
                answers: Answers::default(),
                commits: 0,
            },
        )
    }

    /// What an engine on a disk is after it was closed and opened again: the same documents and log, a
    /// new epoch, no tokens. `None` if this one is closed.
    pub fn reopen(&self) -> Option<Self> {
        let mut state = self.0.lock().take()?;
        self.0.feed.close();
        let head = state.epochs.head();
        state.epochs = Epochs::new(begin_epoch(state.epochs.list().to_vec(), head), head);
        state.answers = Answers::default();
        state.commits = 0;
        Some(Memory::with(self.0.clock.clone(), state))
    }

    /// Loses the last entries, as a store does whose former copy was put back, and begins an epoch.
    #[cfg(test)]
    pub fn go_back(&self, upto: Number) -> Option<Epochs> {
        let mut guard = self.0.lock();
        let state = guard.as_mut()?;
        let _lost = state.log.split_off(&upto.next());
        state.heard.values_mut().for_each(|numbers| _ = numbers.split_off(&upto.next()));
        state.epochs = Epochs::new(begin_epoch(state.epochs.list().to_vec(), upto), upto);
        Some(state.epochs.clone())
    }

    fn with(clock: Clock, state: State) -> Self {
        Memory(Arc::new(Shared { clock, feed: Feed::new(), state: Mutex::new(Some(state)) }))
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Option<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the state, unless the engine is closed.
    fn open<T>(&self, act: impl FnOnce(&mut State) -> T) -> Result<T, EngineError> {
        self.lock().as_mut().map(act).ok_or_else(|| EngineError::Unavailable("it is closed".to_owned()))
    }
}

impl State {
    fn find(&self, key: &Key, now: Millis) -> Option<&Document> {
        self.documents.get(key).filter(|stored| stored.is_there(now)).map(|stored| &stored.document)
    }

    fn holds(&self, check: &Check, now: Millis) -> bool {
        match check {
            Check::Absent(key) => self.find(key, now).is_none(),
            Check::At(key, version) => {
                self.find(key, now).is_some_and(|document| document.version == *version)
            }
        }
    }

    /// Applies a commit whose checks hold.
    fn apply(&mut self, commit: &Commit, now: Millis) -> (Outcome, Option<(Entry, Option<Document>)>) {
        self.commits += 1;
        let number = commit.entry.is_some().then(|| self.epochs.head().next());
        for key in &commit.deletes {
            self.documents.remove(key);
        }
        for put in &commit.puts {
            self.serial += 1;
            let key = put.key.resolve(number);
            let document = Document { version: Version(self.serial), number, json: put.json.clone() };
            if let Some(expires) = put.expires {
                self.expiring.insert((expires, key.clone()));
            }
            self.documents.insert(key, Stored { document, expires: put.expires });
        }
        let entry = number.zip(commit.entry.as_ref()).map(|(number, new)| self.append(number, new));
        let told = entry.map(|entry| {
            let document = self.find(&entry.document, now).cloned();
            (entry, document)
        });
        (Outcome::Done { id: number.map(|number| self.epochs.id(number)) }, told)
    }

    fn append(&mut self, number: Number, new: &NewEntry) -> Entry {
        self.last_at = self.last_at.max(new.at);
        let entry = Entry {
            number,
            at: self.last_at,
            document: new.document.resolve(Some(number)),
            audiences: new.audiences.clone(),
            kind: new.kind.clone(),
            facts: new.facts.clone(),
        };
        for audience in &entry.audiences {
            self.heard.entry(audience.clone()).or_default().insert(number);
        }
        self.log.insert(number, entry.clone());
        self.epochs.advance(number);
        entry
    }

    /// The entry itself, and its places in the audience index.
    fn forget(&mut self, entry: &Entry) {
        self.trimmed_all = entry.number;
        for audience in &entry.audiences {
            self.trimmed.insert(audience.clone(), entry.number);
            if let Some(numbers) = self.heard.get_mut(audience) {
                numbers.remove(&entry.number);
                if numbers.is_empty() {
                    self.heard.remove(audience);
                }
            }
        }
    }

    fn sweep(&mut self, now: Millis) {
        for _ in 0..SWEPT {
            if self.expiring.first().is_none_or(|(expires, _)| *expires > now) {
                return;
            }
            let Some((_, key)) = self.expiring.pop_first() else { return };
            if self.documents.get(&key).is_some_and(|stored| !stored.is_there(now)) {
                self.documents.remove(&key);
            }
        }
    }

    fn page(&self, hearing: &Hearing, after: Number, limit: usize, now: Millis) -> LogPage {
        let trimmed = match hearing {
            Hearing::Everything => self.trimmed_all,
            Hearing::Of(audiences) => {
                audiences.iter().filter_map(|one| self.trimmed.get(one)).max().copied().unwrap_or_default()
            }
        };
        if trimmed > after {
            return LogPage::Expired { trimmed };
        }
        let past = (Bound::Excluded(after), Bound::Unbounded);
        // One more than was asked for tells whether something is left out.
        let mut numbers: Vec<Number> = match hearing {
            Hearing::Everything => self.log.range(past).map(|(number, _)| *number).take(limit + 1).collect(),
            Hearing::Of(audiences) => {
                let of_one =
                    |one| self.heard.get(one).into_iter().flat_map(|all| all.range(past).take(limit + 1));
                audiences.iter().flat_map(of_one).copied().collect::<BTreeSet<_>>().into_iter().collect()
            }
        };
        let is_all = numbers.len() <= limit;
        numbers.truncate(limit);
        let upto = if is_all { self.epochs.head() } else { numbers.last().copied().unwrap_or(after) };
        let with_document = |entry: &Entry| (entry.clone(), self.find(&entry.document, now).cloned());
        let entries = numbers.iter().filter_map(|number| self.log.get(number)).map(with_document).collect();
        LogPage::Entries { entries, upto, epoch: self.epochs.current() }
    }
}

#[async_trait]
impl Engine for Memory {
    async fn commit(&self, commit: Arc<Commit>) -> Result<Outcome, EngineError> {
        let now = self.0.clock.now();
        self.0.open(|state| {
            if let Some(outcome) = state.answers.get(commit.token) {
                return outcome;
            }
            state.sweep(now);
            let outcome = if commit.checks.iter().all(|check| state.holds(check, now)) {
                let (outcome, told) = state.apply(&commit, now);
                // Told under the lock, so in order.
                self.0.feed.publish(told.into_iter().collect());
                outcome
            } else {
                Outcome::Conflict
            };
            state.answers.insert(now, commit.token, outcome);
            outcome
        })
    }

    async fn get(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, EngineError> {
        let now = self.0.clock.now();
        self.0.open(|state| keys.iter().map(|key| state.find(key, now).cloned()).collect())
    }

    async fn scan(
        &self,
        range: KeyRange,
        limit: usize,
        direction: Direction,
    ) -> Result<Vec<(Key, Document)>, EngineError> {
        if range.start >= range.end {
            return Ok(Vec::new());
        }
        let now = self.0.clock.now();
        self.0.open(|state| {
            let (start, end) = (Key::from_stored(range.start), Key::from_stored(range.end));
            let there = state.documents.range(start..end).filter(|(_, stored)| stored.is_there(now));
            let pair = |(key, stored): (&Key, &Stored)| (key.clone(), stored.document.clone());
            match direction {
                Direction::Forward => there.take(limit).map(pair).collect(),
                Direction::Backward => there.rev().take(limit).map(pair).collect(),
            }
        })
    }

    async fn log(&self, hearing: &Hearing, after: Number, limit: usize) -> Result<LogPage, EngineError> {
        self.0.read_log(hearing, after, limit).await
    }

    fn follow(&self, after: Id) -> BoxStream<'static, Result<Tidings, EngineError>> {
        self.0.feed.follow(self.0.clone(), after.number)
    }

    async fn epochs(&self) -> Result<Epochs, EngineError> {
        self.0.open(|state| state.epochs.clone())
    }

    async fn number_before(&self, at: Millis) -> Result<Number, EngineError> {
        self.0.open(|state| {
            let first_kept_since = state.log.values().find(|entry| entry.at >= at);
            first_kept_since.map_or(state.epochs.head(), |entry| entry.number.previous())
        })
    }

    async fn trim(&self, upto: Number) -> Result<u64, EngineError> {
        self.0.open(|state| {
            let kept = state.log.split_off(&upto.next());
            let gone = std::mem::replace(&mut state.log, kept);
            for entry in gone.values() {
                state.forget(entry);
            }
            gone.len() as u64
        })
    }

    async fn signal(&self, payload: Bytes) -> Result<(), EngineError> {
        self.0.open(|_| self.0.feed.signal(payload)).map(drop)
    }

    fn signals(&self) -> BoxStream<'static, Bytes> {
        self.0.feed.signals()
    }

    async fn health(&self) -> Result<Health, EngineError> {
        self.0.open(|state| Health { commits: state.commits, batches: state.commits, ..Health::default() })
    }

    async fn close(&self) {
        self.0.lock().take();
        self.0.feed.close();
    }
}

#[async_trait]
impl LogReader for Arc<Shared> {
    async fn read_log(&self, hearing: &Hearing, after: Number, limit: usize) -> Result<LogPage, EngineError> {
        let now = self.clock.now();
        self.open(|state| state.page(hearing, after, limit, now))
    }
}
