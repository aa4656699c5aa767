//! Moves between every two kinds of store, and through boxes: plain maps that can be tampered with on the way.
//!
//! A further engine implements [`Home`] for its tests and adds its lines at the end of this file.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::super::conformance::START;
use super::super::redis::tests::OnServer;
use super::super::sqlite::tests::OnDisk;
use super::super::{
    Check, Clock, Commit, Direction, Document, Engine, Epochs, Hearing, Id, KeyRange, LogPage, NewEntry,
    NumberedKey, Outcome, Put, SqliteAtRest, Standing, Token,
};
use super::*;

const HOUR: Millis = 60 * 60 * 1000;

/// A place where a store is, served or not; only one of what it gives is open at a time.
#[async_trait]
pub(in crate::engine) trait Home: Send {
    /// A server's engine on it.
    async fn serve(&mut self, clock: Clock) -> Result<Arc<dyn Engine>, String>;
    /// To move out of it.
    async fn source(&mut self) -> Result<Box<dyn Source>, String>;
    /// To move into it.
    async fn target(&mut self) -> Result<Box<dyn Target>, String>;
}

fn audience(name: &str) -> Audience {
    Audience::new(name)
}

fn put(key: Key, json: &str, expires: Option<Millis>) -> Commit {
    Commit { puts: vec![Put { key: key.into(), json: json.to_owned().into(), expires }], ..Commit::new() }
}

fn say(audiences: &[&str], words: &str, at: Millis) -> Commit {
    let key = NumberedKey::WithNumber(Key::new("message").part("a/b"));
    Commit {
        puts: vec![Put { key: key.clone(), json: words.to_owned().into(), expires: None }],
        entry: Some(NewEntry {
            audiences: audiences.iter().map(|name| audience(name)).collect(),
            kind: "said".to_owned(),
            document: key,
            facts: words.starts_with('{').then(|| words.to_owned().into()),
            at,
        }),
        ..Commit::new()
    }
}

async fn done(engine: &dyn Engine, commit: Commit) -> Option<Id> {
    match engine.commit(commit.into()).await.unwrap() {
        Outcome::Done { id } => id,
        Outcome::Conflict => panic!("a check did not hold"),
    }
}

/// Lives in a home for a while: two openings, documents of all kinds, a log that was trimmed in part.
/// Returns every id that was given out.
async fn live(home: &mut dyn Home, clock: &Clock) -> Vec<Id> {
    let mut ids = Vec::new();
    let engine = home.serve(clock.clone()).await.unwrap();
    done(&*engine, put(Key::new("room").part("café 🦀"), r#"{"b":1, "a": "\u00e9 é"}"#, None)).await;
    done(&*engine, put(Key::new("key").part("gone"), "1", Some(START + 1))).await;
    done(&*engine, put(Key::new("key").part("soon"), "2", Some(START + 2 * HOUR))).await;
    done(&*engine, put(Key::new("key").part("later"), "3", Some(START + 48 * HOUR))).await;
    ids.extend(done(&*engine, say(&["room:quiet"], "\"first\"", START)).await);
    ids.extend(done(&*engine, say(&["room:a", "room:é"], r#"{"x": 1}"#, START + 5)).await);
    ids.extend(done(&*engine, say(&["room:b"], "\"third\"", START + 3)).await);
    engine.close().await;
    let engine = home.serve(clock.clone()).await.unwrap();
    ids.extend(done(&*engine, say(&["room:a"], "\"fourth\"", START + 10)).await);
    engine.trim(ids[1].number).await.unwrap();
    for count in 0..5 {
        ids.extend(done(&*engine, say(&["room:b", "room:c"], "\"more\"", START + 20 + count)).await);
    }
    let last = ids.last().unwrap().number;
    let message = Key::new("message").part("a/b").number(last);
    done(&*engine, Commit { deletes: vec![message], ..Commit::new() }).await;
    engine.close().await;
    clock.set(START + HOUR);
    ids
}

/// All that an engine shows of what it keeps.
#[derive(Debug, PartialEq)]
struct View {
    documents: Vec<(Key, Bytes, Option<Number>)>,
    /// How many entries are heard and how far they go, or what was trimmed.
    pages: Vec<Result<(usize, Number), Number>>,
    borders: Vec<Number>,
    head: Number,
}

async fn view(engine: &dyn Engine) -> View {
    let range = KeyRange { start: String::new(), end: "\u{10ffff}".to_owned() };
    let found = engine.scan(range, 100, Direction::Forward).await.unwrap();
    let plain = |(key, Document { number, json, .. })| (key, json, number);
    let names = ["room:quiet", "room:a", "room:b", "room:c", "room:é", "room:none"];
    let mut hearings: Vec<Hearing> = names.map(|name| Hearing::Of(vec![audience(name)])).into();
    hearings.push(Hearing::Everything);
    let (mut pages, mut borders) = (Vec::new(), Vec::new());
    for after in 0..10 {
        for hearing in &hearings {
            pages.push(match engine.log(hearing, Number(after), 100).await.unwrap() {
                LogPage::Entries { entries, upto, .. } => Ok((entries.len(), upto)),
                LogPage::Expired { trimmed } => Err(trimmed),
            });
        }
        borders.push(engine.number_before(START + 5 * after.cast_signed()).await.unwrap());
    }
    let head = engine.epochs().await.unwrap().head();
    View { documents: found.into_iter().map(plain).collect(), pages, borders, head }
}

/// All that is kept, as it is moved.
async fn kept(home: &mut dyn Home) -> Vec<Piece> {
    let source = home.source().await.unwrap();
    let (mut pieces, mut walk) = (Vec::new(), Walk::new(&*source, PAGE));
    while let Some(piece) = walk.next().await.unwrap() {
        pieces.push(piece.without_expired(START + HOUR));
    }
    pieces
}

async fn seen(home: &mut dyn Home, clock: &Clock) -> (View, Epochs) {
    let engine = home.serve(clock.clone()).await.unwrap();
    let seen = (view(&*engine).await, engine.epochs().await.unwrap());
    engine.close().await;
    seen
}

/// Moves, and tells nobody how far it is.
async fn moved(from: &mut dyn Home, to: &mut dyn Home, clock: &Clock) -> Result<Moved, MoveError> {
    let (source, target) = (from.source().await.unwrap(), to.target().await.unwrap());
    move_house(&*source, &*target, clock.now(), &mut |_| {}).await
}

async fn everything_is_there_and_nobody_is_reset(mut from: impl Home, mut to: impl Home) {
    let clock = Clock::manual(START);
    let ids = live(&mut from, &clock).await;
    let (before, _) = seen(&mut from, &clock).await;
    let moved = moved(&mut from, &mut to, &clock).await.unwrap();
    assert_eq!(moved.documents, before.documents.len() as u64, "what had expired stayed behind");
    assert_eq!((moved.entries, moved.head), (7, ids[8].number));

    let (after, epochs) = seen(&mut to, &clock).await;
    assert_eq!(after, before);
    assert_eq!(kept(&mut to).await, kept(&mut from).await);
    for id in &ids {
        assert_eq!(epochs.standing(*id), Standing::Known(id.number), "{id}");
    }
    let (unharmed, _) = seen(&mut from, &clock).await;
    assert_eq!(unharmed, before);

    // Both go on, and what they say from now on has different ids.
    let (mut new, mut versions) = (Vec::new(), Vec::new());
    for home in [&mut from as &mut dyn Home, &mut to] {
        let engine = home.serve(clock.clone()).await.unwrap();
        new.extend(done(&*engine, say(&["room:a"], "\"new\"", START)).await);
        let key = Key::new("room").part("café 🦀");
        for _ in 0..2 {
            let document = engine.get(std::slice::from_ref(&key)).await.unwrap().remove(0).unwrap();
            let at = Commit { checks: vec![Check::At(key.clone(), document.version)], ..Commit::new() };
            let at = Commit { token: Token::fresh(), puts: put(key.clone(), "{}", None).puts, ..at };
            done(&*engine, at).await;
            versions.push(document.version);
        }
        engine.close().await;
    }
    assert_eq!(new[0].number, new[1].number);
    assert!(new[0].epoch != new[1].epoch && ids.iter().all(|id| id.epoch != new[1].epoch));
    assert!(versions[0] != versions[1] && versions[2] != versions[3]);

    clock.set(START + 50 * HOUR);
    let (expired, _) = seen(&mut to, &clock).await;
    assert_eq!(expired.documents.len(), before.documents.len() + 1 - 2, "times of expiry moved too");
}

async fn an_empty_store_moves_too(mut from: impl Home, mut to: impl Home) {
    let clock = Clock::manual(START);
    from.serve(clock.clone()).await.unwrap().close().await;
    let moved = moved(&mut from, &mut to, &clock).await.unwrap();
    assert_eq!((moved.documents, moved.entries, moved.head), (0, 0, Number(0)));
    let engine = to.serve(clock.clone()).await.unwrap();
    assert_eq!(done(&*engine, say(&["room:a"], "1", START)).await.unwrap().number, Number(1));
    engine.close().await;
}

async fn what_is_not_empty_is_left_as_it_is(mut from: impl Home, mut to: impl Home) {
    let clock = Clock::manual(START);
    live(&mut from, &clock).await;
    let engine = to.serve(clock.clone()).await.unwrap();
    done(&*engine, put(Key::new("room").part("mine"), "{}", None)).await;
    engine.close().await;
    let (before, _) = seen(&mut to, &clock).await;
    assert!(matches!(moved(&mut from, &mut to, &clock).await, Err(MoveError::NotEmpty)));
    assert_eq!(seen(&mut to, &clock).await.0, before);
}

async fn what_was_begun_and_not_finished_is_of_no_use(mut from: impl Home, mut to: impl Home) {
    let clock = Clock::manual(START);
    live(&mut from, &clock).await;
    let (source, target) = (from.source().await.unwrap(), to.target().await.unwrap());
    target.begin().await.unwrap();
    let some = source.documents(None, PAGE).await.unwrap();
    target.receive(Piece::Documents(some)).await.unwrap();
    drop((source, target));
    let refused = [
        to.serve(clock.clone()).await.map(drop).unwrap_err(),
        to.source().await.map(drop).unwrap_err(),
        match to.target().await {
            Err(error) => error,
            Ok(target) => target.begin().await.unwrap_err().to_string(),
        },
    ];
    assert!(refused.iter().all(|error| error.contains("was not finished; empty it")), "{refused:?}");
}

/// Plain maps: a store that shows how little a store needs to be, and that can be tampered with.
#[derive(Clone, Default)]
struct Boxes(Arc<Mutex<Inside>>);

#[derive(Default)]
struct Inside {
    documents: BTreeMap<Key, Kept>,
    entries: BTreeMap<Number, Entry>,
    trims: BTreeMap<Audience, Number>,
    ledger: Option<Ledger>,
}

impl Boxes {
    fn page<T>(&self, limit: Limit, items: impl Iterator<Item = T>) -> Result<Vec<T>, EngineError> {
        limit.fill(items.map(Ok), |_| 1)
    }
}

#[async_trait]
impl Source for Boxes {
    async fn ledger(&self) -> Result<Ledger, EngineError> {
        Ok(self.0.lock().unwrap().ledger.clone().unwrap())
    }

    async fn size(&self, until: Millis) -> Result<Size, EngineError> {
        let inside = self.0.lock().unwrap();
        let lasts = |kept: &&Kept| kept.expires.is_none_or(|expires| expires > until);
        let documents = inside.documents.values().filter(lasts).count() as u64;
        Ok(Size { documents, entries: inside.entries.len() as u64 })
    }

    async fn documents(&self, after: Option<Key>, limit: Limit) -> Result<Vec<Kept>, EngineError> {
        let inside = self.0.lock().unwrap();
        let later = inside.documents.values().filter(|kept| after.as_ref().is_none_or(|key| kept.key > *key));
        self.page(limit, later.cloned())
    }

    async fn entries(&self, after: Number, limit: Limit) -> Result<Vec<Entry>, EngineError> {
        let inside = self.0.lock().unwrap();
        self.page(limit, inside.entries.values().filter(|entry| entry.number > after).cloned())
    }

    async fn trims(
        &self,
        after: Option<Audience>,
        limit: Limit,
    ) -> Result<Vec<(Audience, Number)>, EngineError> {
        let inside = self.0.lock().unwrap();
        let later = inside.trims.iter().filter(|(name, _)| after.as_ref().is_none_or(|last| *name > last));
        self.page(limit, later.map(|(name, number)| (name.clone(), *number)))
    }
}

#[async_trait]
impl Target for Boxes {
    async fn begin(&self) -> Result<(), MoveError> {
        if self.0.lock().unwrap().documents.is_empty() { Ok(()) } else { Err(MoveError::NotEmpty) }
    }

    async fn receive(&self, piece: Piece) -> Result<(), EngineError> {
        let mut inside = self.0.lock().unwrap();
        match piece {
            Piece::Documents(all) => {
                inside.documents.extend(all.into_iter().map(|kept| (kept.key.clone(), kept)));
            }
            Piece::Entries(all) => inside.entries.extend(all.into_iter().map(|entry| (entry.number, entry))),
            Piece::Trims(all) => inside.trims.extend(all),
        }
        Ok(())
    }

    async fn finish(&self, ledger: Ledger) -> Result<(), EngineError> {
        self.0.lock().unwrap().ledger = Some(ledger);
        Ok(())
    }
}

/// Boxes with what a home had.
async fn packed(from: &mut dyn Home, clock: &Clock) -> Boxes {
    let boxes = Boxes::default();
    let source = from.source().await.unwrap();
    move_house(&*source, &boxes, clock.now(), &mut |_| {}).await.unwrap();
    boxes
}

async fn there_and_back_it_is_the_same(mut from: impl Home, mut to: impl Home) {
    let clock = Clock::manual(START);
    live(&mut from, &clock).await;
    let (before, _) = seen(&mut from, &clock).await;
    let boxes = packed(&mut from, &clock).await;
    let target = to.target().await.unwrap();
    let mut steps = Vec::new();
    move_house(&boxes, &*target, clock.now(), &mut |progress| steps.push(progress)).await.unwrap();
    drop(target);
    assert_eq!(seen(&mut to, &clock).await.0, before);
    let of_step = |step| steps.iter().filter(|one| one.step == step).map(|one| one.done).collect::<Vec<_>>();
    let all = boxes.0.lock().unwrap().documents.len() as u64 + 7;
    for step in [Step::Moving, Step::Comparing] {
        assert!(of_step(step).is_sorted());
        assert_eq!(of_step(step).last(), Some(&all), "{step:?}");
    }
}

/// Tampers with boxes when all was given and nothing was read back, and tells what comes of it.
async fn tampered(tamper: impl Fn(&mut Inside, &mut Inside) + Send + Sync) -> MoveError {
    let clock = Clock::manual(START);
    let mut home = OnDisk::without_sync();
    live(&mut home, &clock).await;
    let (from, to) = (packed(&mut home, &clock).await, Boxes::default());
    let mut is_done = false;
    let mut tell = |_| {
        let (mut from, mut to) = (from.0.lock().unwrap(), to.0.lock().unwrap());
        if to.trims.len() == from.trims.len() && !std::mem::replace(&mut is_done, true) {
            tamper(&mut from, &mut to);
        }
    };
    let error = move_house(&from, &to, clock.now(), &mut tell).await.unwrap_err();
    assert!(is_done && to.0.lock().unwrap().ledger.is_none(), "nothing was made valid");
    error
}

#[tokio::test]
async fn a_source_that_is_written_to_is_noticed() {
    let write: [fn(&mut Inside); 3] = [
        |from| drop(from.documents.pop_first()),
        |from| drop(from.entries.pop_last()),
        |from| from.ledger.as_mut().unwrap().head.0 += 1,
    ];
    for write in write {
        let error = tampered(|from, _| write(from)).await;
        assert!(matches!(error, MoveError::Changed), "{error}");
    }
}

#[tokio::test]
async fn a_target_that_does_not_keep_what_it_was_given_is_noticed() {
    type Loss = fn(&mut Inside);
    let lose: [(&str, Loss); 7] = [
        ("documents", |to| drop(to.documents.pop_last())),
        ("entries", |to| drop(to.entries.pop_last())),
        ("trimmed audiences", |to| drop(to.trims.pop_last())),
        ("checksum", |to| to.documents.values_mut().for_each(|kept| kept.json = "{ }".into())),
        ("checksum", |to| to.documents.values_mut().for_each(|kept| kept.number = None)),
        ("checksum", |to| to.entries.values_mut().for_each(|entry| entry.at += 1)),
        ("checksum", |to| to.trims.values_mut().for_each(|number| number.0 += 1)),
    ];
    for (part, lose) in lose {
        let error = tampered(|_, to| lose(to)).await;
        assert!(matches!(&error, MoveError::Different(what) if what.contains(part)), "{part}: {error}");
    }
}

#[tokio::test]
async fn pages_are_bounded_in_number_and_in_bytes_and_nothing_falls_between() {
    let clock = Clock::manual(START);
    let mut home = OnDisk::without_sync();
    live(&mut home, &clock).await;
    let source = home.source().await.unwrap();
    let mut whole = Tally::new(START);
    let mut walk = Walk::new(&*source, PAGE);
    while let Some(piece) = walk.next().await.unwrap() {
        whole.add(&piece);
    }
    for limit in [Limit { items: 2, bytes: 1 << 20 }, Limit { items: 100, bytes: 1 }] {
        let (mut tally, mut walk) = (Tally::new(START), Walk::new(&*source, limit));
        while let Some(piece) = walk.next().await.unwrap() {
            let items = match &piece {
                Piece::Documents(all) => all.len(),
                Piece::Entries(all) => all.len(),
                Piece::Trims(all) => all.len(),
            };
            assert!((1..=2.min(limit.bytes)).contains(&items), "{limit:?}: {items}");
            tally.add(&piece);
        }
        assert!(whole.same_as(tally).is_ok());
    }
}

#[tokio::test]
async fn there_must_be_something_to_move_out_of() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere");
    let error = SqliteAtRest::source(&nowhere).unwrap_err();
    assert!(error.to_string().starts_with("there is nothing of Openline in "), "{error}");
    assert!(!nowhere.exists(), "looking makes nothing");
}

macro_rules! moves {
    ($name:ident, $from:expr, $to:expr) => {
        moves! { $name, $from, $to,
            everything_is_there_and_nobody_is_reset,
            an_empty_store_moves_too,
            what_is_not_empty_is_left_as_it_is,
            what_was_begun_and_not_finished_is_of_no_use,
            there_and_back_it_is_the_same,
        }
    };
    ($name:ident, $from:expr, $to:expr, $($test:ident,)*) => {
        mod $name {
            $(#[tokio::test]
            async fn $test() {
                use super::*;
                super::$test($from, $to).await;
            })*
        }
    };
}

moves!(sqlite_to_sqlite, OnDisk::without_sync(), OnDisk::without_sync());
moves!(sqlite_to_redis, OnDisk::without_sync(), OnServer::without_disk());
moves!(redis_to_sqlite, OnServer::without_disk(), OnDisk::without_sync());
moves!(redis_to_redis, OnServer::without_disk(), OnServer::without_disk());
