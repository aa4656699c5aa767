//! One suite for every engine: what the contract promises, each as a test that is run for all of them.
//!
//! A further engine implements [`Store`] for its tests and adds one line at the end of this file.

mod documents;
mod following;
mod lifetime;
mod log;
mod model;
mod racing;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;

use super::{
    Audience, Check, Clock, Commit, Direction, Document, Engine, EngineError, Hearing, Key, KeyRange,
    LogPage, Memory, Millis, NewEntry, Number, NumberedKey, Outcome, Put, Tidings,
};

pub(super) type Follower = BoxStream<'static, Result<Tidings, EngineError>>;

/// When the tests begin.
pub(super) const START: Millis = 1_800_000_000_000;

/// A place that outlives the engines that are opened on it.
#[async_trait]
pub(super) trait Store: Send {
    /// Opens the store; closes it first if it is open.
    async fn open(&mut self, clock: Clock) -> Arc<dyn Engine>;
}

/// One engine under test, with a clock that the test sets.
pub(super) struct Site {
    pub(super) clock: Clock,
    pub(super) engine: Arc<dyn Engine>,
    store: Box<dyn Store>,
}

impl Site {
    pub(super) async fn new(mut store: impl Store + 'static) -> Self {
        let clock = Clock::manual(START);
        let engine = store.open(clock.clone()).await;
        Site { clock, engine, store: Box::new(store) }
    }

    /// Closes the engine and opens its store again.
    pub(super) async fn reopen(&mut self) {
        self.engine = self.store.open(self.clock.clone()).await;
    }

    async fn done(&self, commit: Commit) -> Option<Number> {
        match self.engine.commit(commit.into()).await.unwrap() {
            Outcome::Done { id } => id.map(|id| id.number),
            Outcome::Conflict => panic!("a check did not hold"),
        }
    }

    /// Commits an entry for these audiences about `message/#`, with that document.
    async fn say(&self, audiences: &[&str], body: &str) -> Number {
        self.done(saying(audiences, body)).await.unwrap()
    }

    async fn get(&self, key: &Key) -> Option<Document> {
        self.engine.get(std::slice::from_ref(key)).await.unwrap().remove(0)
    }

    async fn keys(&self, range: &KeyRange, limit: usize, direction: Direction) -> Vec<String> {
        let found = self.engine.scan(range.clone(), limit, direction).await.unwrap();
        found.into_iter().map(|(key, _)| key.to_string()).collect()
    }

    /// The numbers of a page that must not be expired, and how far it goes.
    async fn heard(&self, audiences: &[&str], after: u64, limit: usize) -> (Vec<u64>, u64) {
        match self.engine.log(&of(audiences), Number(after), limit).await.unwrap() {
            LogPage::Entries { entries, upto, .. } => {
                (entries.iter().map(|(entry, _)| entry.number.0).collect(), upto.0)
            }
            LogPage::Expired { trimmed } => panic!("expired up to {trimmed}"),
        }
    }

    /// A follower of what comes after a number.
    async fn follow(&self, after: u64) -> Follower {
        let after = self.engine.epochs().await.unwrap().id(Number(after));
        self.engine.follow(after)
    }

    async fn expired(&self, hearing: &Hearing, after: u64) -> Option<u64> {
        match self.engine.log(hearing, Number(after), 10).await.unwrap() {
            LogPage::Entries { .. } => None,
            LogPage::Expired { trimmed } => Some(trimmed.0),
        }
    }
}

fn of(audiences: &[&str]) -> Hearing {
    Hearing::Of(audiences.iter().map(|name| Audience::new(name)).collect())
}

fn put(key: &Key, json: &str) -> Put {
    Put { key: key.clone().into(), json: json.to_owned().into(), expires: None }
}

fn putting(key: &Key, json: &str) -> Commit {
    Commit { puts: vec![put(key, json)], ..Commit::new() }
}

fn entry(audiences: &[&str], document: NumberedKey) -> NewEntry {
    NewEntry {
        audiences: audiences.iter().map(|name| Audience::new(name)).collect(),
        kind: "said".to_owned(),
        document,
        facts: None,
        at: START,
    }
}

fn saying(audiences: &[&str], body: &str) -> Commit {
    let key = NumberedKey::WithNumber(Key::new("message"));
    Commit {
        puts: vec![Put { key: key.clone(), json: Bytes::from(body.to_owned()), expires: None }],
        entry: Some(entry(audiences, key)),
        ..Commit::new()
    }
}

/// Waits for something that must come soon; the bound only turns a hang into a failure.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what).await.expect("this should have come by now")
}

macro_rules! conformance {
    ($name:ident, $store:expr) => {
        conformance! { $name, $store,
            documents::what_is_put_is_there_with_a_version_and_a_number,
            documents::absent_and_at_hold_or_conflict,
            documents::a_version_is_never_used_again_even_after_a_delete,
            documents::a_conflict_changes_nothing_at_all,
            documents::a_key_can_end_in_the_number_it_takes,
            documents::an_expired_document_is_absent_everywhere,
            documents::a_scan_walks_its_range_both_ways_up_to_its_limit,
            documents::a_repeated_token_gets_its_first_answer,
            log::entries_come_back_as_they_went_in,
            log::times_never_go_back,
            log::several_audiences_are_merged_and_each_entry_comes_once,
            log::many_audiences_can_be_read_at_once,
            log::upto_is_the_head_exactly_when_nothing_is_left_out,
            log::a_quiet_room_is_not_expired_by_a_busy_one,
            log::trimming_is_counted_and_leaves_documents_alone,
            log::number_before_finds_the_border_in_time,
            following::a_follower_at_the_head_hears_what_comes,
            following::a_follower_that_starts_behind_catches_up_and_goes_on,
            following::a_follower_that_is_slow_misses_nothing,
            following::a_follower_is_told_what_was_trimmed_before_it_came,
            following::signals_reach_everyone_and_are_not_stored,
            lifetime::what_was_acknowledged_is_there_after_reopening,
            lifetime::numbers_and_versions_go_on_after_everything_is_trimmed_and_reopened,
            lifetime::each_opening_begins_an_epoch_and_nobody_is_reset,
            lifetime::a_quiet_room_is_not_expired_after_reopening,
            lifetime::a_closed_engine_is_unavailable_and_its_streams_end,
            lifetime::health_counts_commits,
            racing::of_many_commits_on_one_check_exactly_one_wins,
            racing::concurrent_commits_take_every_number_once_and_are_followed_in_order,
        }
    };
    ($name:ident, $store:expr, $($file:ident::$test:ident,)*) => {
        mod $name {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$file::$test(super::Site::new($store).await).await;
            })*
        }
    };
}

/// The memory engine's store is the engine that was open last.
#[derive(Default)]
pub(super) struct InMemory(Option<Arc<Memory>>);

#[async_trait]
impl Store for InMemory {
    async fn open(&mut self, clock: Clock) -> Arc<dyn Engine> {
        let again = self.0.take().and_then(|memory| memory.reopen());
        let memory = Arc::new(again.unwrap_or_else(|| Memory::new(clock)));
        self.0 = Some(memory.clone());
        memory
    }
}

conformance!(memory, crate::engine::conformance::InMemory::default());
conformance!(sqlite, crate::engine::sqlite::tests::OnDisk::new());
conformance!(redis, crate::engine::redis::tests::OnServer::new());
