//! Random histories, run against an engine and against the memory engine: both must answer the same.

use std::collections::HashMap;

use futures_util::StreamExt;
use proptest::prelude::*;
use proptest::sample::Index;

use super::super::{Entry, TOKENS_LAST, Token, Version};
use super::*;

const KEYS: usize = 4;
const AUDIENCES: [&str; 3] = ["a", "b", "c"];

/// What a history is made of.
#[derive(Debug, Clone)]
enum Step {
    Commit(Plan),
    /// The same commit as an earlier one, with its token.
    Repeat(Index),
    Scan {
        from: usize,
        to: usize,
        limit: usize,
        backward: bool,
    },
    Log {
        audiences: u8,
        after: u64,
        limit: usize,
    },
    NumberBefore(Millis),
    Trim(u64),
    Pass(Millis),
    Reopen,
}

/// A commit, before it is known which versions there are.
#[derive(Debug, Clone)]
struct Plan {
    checks: Vec<(usize, Want)>,
    fates: [Fate; KEYS],
    /// The document under a key that ends in the number.
    numbered: Option<u8>,
    audiences: Option<u8>,
    at: Millis,
}

#[derive(Debug, Clone)]
enum Want {
    Absent,
    Present,
    Former(Index),
}

#[derive(Debug, Clone)]
enum Fate {
    Leave,
    Put(u8, Option<Millis>),
    Delete,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let want = prop_oneof![
        2 => Just(Want::Absent),
        3 => Just(Want::Present),
        1 => any::<Index>().prop_map(Want::Former),
    ];
    let fate = prop_oneof![
        3 => Just(Fate::Leave),
        3 => (any::<u8>(), prop::option::of(1..5000i64)).prop_map(|(value, ttl)| Fate::Put(value, ttl)),
        1 => Just(Fate::Delete),
    ];
    let plan = (
        prop::collection::vec((0..KEYS, want), 0..3),
        [fate.clone(), fate.clone(), fate.clone(), fate],
        prop::option::of(any::<u8>()),
        prop::option::weighted(0.7, 0..8u8),
        -3000..3000i64,
    );
    let commit = plan.prop_map(|(checks, fates, numbered, audiences, at)| {
        Step::Commit(Plan { checks, fates, numbered, audiences, at })
    });
    let step = prop_oneof![
        12 => commit,
        1 => any::<Index>().prop_map(Step::Repeat),
        2 => (0..=KEYS, 0..=KEYS, 0..5usize, any::<bool>())
            .prop_map(|(from, to, limit, backward)| Step::Scan { from, to, limit, backward }),
        3 => (0..9u8, 0..30u64, 0..8usize)
            .prop_map(|(audiences, after, limit)| Step::Log { audiences, after, limit }),
        1 => (-4000..20_000i64).prop_map(Step::NumberBefore),
        1 => (0..25u64).prop_map(Step::Trim),
        2 => prop_oneof![0..3000i64, Just(TOKENS_LAST + 1_000)].prop_map(Step::Pass),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..60)
}

fn key(place: usize) -> Key {
    Key::new("k").part(&place.to_string())
}

fn chosen(mask: u8) -> Vec<Audience> {
    let is_chosen = |place: &usize| mask & (1 << place) != 0;
    (0..AUDIENCES.len()).filter(is_chosen).map(|place| Audience::new(AUDIENCES[place])).collect()
}

/// Entries with their documents' JSON, and how far they go.
type PlainPage = (Vec<(Entry, Option<Bytes>)>, Number);

/// A page without the names that engines choose for themselves: versions and the epoch.
fn plain(page: LogPage) -> Result<PlainPage, Number> {
    match page {
        LogPage::Expired { trimmed } => Err(trimmed),
        LogPage::Entries { entries, upto, .. } => {
            let json = |(entry, document): (Entry, Option<Document>)| (entry, document.map(|it| it.json));
            Ok((entries.into_iter().map(json).collect(), upto))
        }
    }
}

/// What a commit came to, without the name of the epoch: the number, or that a check did not hold.
fn number_of(outcome: Outcome) -> Option<Option<Number>> {
    match outcome {
        Outcome::Done { id } => Some(id.map(|id| id.number)),
        Outcome::Conflict => None,
    }
}

/// The model and the engine under test, and how versions of one correspond to those of the other.
struct Pair {
    model: Site,
    tested: Site,
    versions: HashMap<Key, Vec<(Version, Version)>>,
    /// Those whose tokens must still be known, and since when they are.
    commits: Vec<(Millis, (Commit, Commit))>,
}

impl Pair {
    async fn new(store: impl Store + 'static) -> Self {
        let mut pair = Pair {
            model: Site::new(InMemory::default()).await,
            tested: Site::new(store).await,
            versions: HashMap::new(),
            commits: Vec::new(),
        };
        pair.look().await;
        pair
    }

    async fn take(&mut self, step: Step) {
        let (model, tested) = (&self.model.engine, &self.tested.engine);
        match step {
            Step::Commit(plan) => {
                let (for_model, for_tested) = self.commits_of(&plan);
                self.commits.push((self.model.clock.now(), (for_model.clone(), for_tested.clone())));
                self.commit(for_model, for_tested).await;
            }
            Step::Repeat(which) if !self.commits.is_empty() => {
                let (_, (for_model, for_tested)) = which.get(&self.commits).clone();
                self.commit(for_model, for_tested).await;
            }
            Step::Repeat(_) => {}
            Step::Scan { from, to, limit, backward } => {
                let range = KeyRange { start: key(from).to_string(), end: key(to).to_string() };
                let direction = if backward { Direction::Backward } else { Direction::Forward };
                let with_json = |found: Vec<(Key, Document)>| -> Vec<(Key, Bytes)> {
                    found.into_iter().map(|(key, document)| (key, document.json)).collect()
                };
                let expected = model.scan(range.clone(), limit, direction).await.map(with_json);
                assert_eq!(tested.scan(range, limit, direction).await.map(with_json), expected);
            }
            Step::Log { audiences, after, limit } => {
                let hearing = match audiences {
                    8.. => Hearing::Everything,
                    some => Hearing::Of(chosen(some)),
                };
                let expected = model.log(&hearing, Number(after), limit).await.map(plain);
                assert_eq!(tested.log(&hearing, Number(after), limit).await.map(plain), expected);
            }
            Step::NumberBefore(at) => {
                let expected = model.number_before(START + at).await;
                assert_eq!(tested.number_before(START + at).await, expected);
            }
            Step::Trim(upto) => {
                let expected = model.trim(Number(upto)).await;
                assert_eq!(tested.trim(Number(upto)).await, expected);
            }
            Step::Pass(time) => {
                let now = self.model.clock.now() + time;
                self.commits.retain(|(since, _)| now - since < TOKENS_LAST);
                self.model.clock.set(now);
                self.tested.clock.set(now);
            }
            Step::Reopen => {
                self.commits.clear();
                self.model.reopen().await;
                self.tested.reopen().await;
            }
        }
        self.look().await;
    }

    async fn commit(&mut self, for_model: Commit, for_tested: Commit) {
        let expected = self.model.engine.commit(for_model.into()).await;
        let answer = self.tested.engine.commit(for_tested.into()).await;
        assert_eq!(answer.clone().map(number_of), expected.map(number_of));
        if let Ok(Outcome::Done { id: Some(id) }) = answer {
            // Epochs have random names, so an id is compared with what its own engine calls it.
            assert_eq!(id, self.tested.engine.epochs().await.unwrap().id(id.number));
        }
    }

    /// One commit in the versions of each.
    fn commits_of(&self, plan: &Plan) -> (Commit, Commit) {
        let token = Token::fresh();
        let mut both = Commit { token, ..Commit::new() };
        let now = self.model.clock.now();
        for (place, fate) in plan.fates.iter().enumerate() {
            match fate {
                Fate::Leave => {}
                Fate::Put(value, ttl) => {
                    let expires = ttl.map(|ttl| now + ttl);
                    both.puts.push(Put { expires, ..put(&key(place), &value.to_string()) });
                }
                Fate::Delete => both.deletes.push(key(place)),
            }
        }
        both.entry = plan.audiences.map(|mask| NewEntry {
            audiences: chosen(mask),
            facts: (mask == 7).then(|| Bytes::from_static(b"{}")),
            at: now + plan.at,
            ..entry(&[], NumberedKey::WithNumber(Key::new("n")))
        });
        if let (Some(_), Some(value)) = (&both.entry, plan.numbered) {
            let key = NumberedKey::WithNumber(Key::new("n"));
            both.puts.push(Put { key, json: value.to_string().into(), expires: None });
        }
        let mut pair = (both.clone(), both);
        for (place, want) in &plan.checks {
            let key = key(*place);
            let seen = self.versions.get(&key).map_or(&[][..], Vec::as_slice);
            let version = match want {
                Want::Absent => None,
                Want::Present => seen.last(),
                Want::Former(_) if seen.is_empty() => None,
                Want::Former(which) => Some(which.get(seen)),
            };
            let check = |version: Option<Version>| match version {
                Some(version) => Check::At(key.clone(), version),
                None => Check::Absent(key.clone()),
            };
            pair.0.checks.push(check(version.map(|both| both.0)));
            pair.1.checks.push(check(version.map(|both| both.1)));
        }
        pair
    }

    /// Compares what both have now.
    async fn look(&mut self) {
        let epochs = (self.model.engine.epochs().await.unwrap(), self.tested.engine.epochs().await.unwrap());
        assert_eq!(epochs.0.head(), epochs.1.head());
        let firsts = |list: &[super::super::Epoch]| list.iter().map(|epoch| epoch.first).collect::<Vec<_>>();
        assert_eq!(firsts(epochs.0.list()), firsts(epochs.1.list()));

        let mut keys: Vec<Key> = (0..KEYS).map(key).collect();
        keys.push(Key::new("n").number(epochs.0.head()));
        let expected = self.model.engine.get(&keys).await.unwrap();
        let found = self.tested.engine.get(&keys).await.unwrap();
        for ((key, expected), found) in keys.into_iter().zip(expected).zip(found) {
            let plain = |document: &Option<Document>| document.clone().map(|it| (it.json, it.number));
            assert_eq!(plain(&found), plain(&expected), "{key}");
            if let (Some(expected), Some(found)) = (expected, found) {
                let seen = self.versions.entry(key).or_default();
                let now = (expected.version, found.version);
                match seen.iter().find(|(model, tested)| *model == now.0 || *tested == now.1) {
                    Some(before) => assert_eq!(*before, now, "versions change together"),
                    None => seen.push(now),
                }
            }
        }
    }

    /// Compares what followers hear who start at a number.
    async fn follow(&self, after: Number) {
        let expected = heard_after(&self.model.engine, after).await;
        assert_eq!(heard_after(&self.tested.engine, after).await, expected);
    }
}

/// What was trimmed, and the entries up to the head.
async fn heard_after(engine: &Arc<dyn Engine>, after: Number) -> (Option<Number>, Vec<Entry>) {
    let head = engine.epochs().await.unwrap().head();
    let (mut trimmed, mut heard, mut reached) = (None, Vec::new(), after);
    let mut follower = engine.follow(engine.epochs().await.unwrap().id(after));
    while reached < head {
        match soon(follower.next()).await.unwrap().unwrap() {
            Tidings::Entries(entries) => heard.extend(entries.into_iter().map(|(entry, _)| entry)),
            Tidings::Trimmed(number) => trimmed = Some(number),
            // Nodes that share a store tell a follower again what it may know already.
            Tidings::Epochs { after: goes_on, .. } => assert_eq!(goes_on, reached),
        }
        reached = heard.last().map_or(reached, |entry| entry.number).max(trimmed.unwrap_or_default());
    }
    (trimmed, heard)
}

/// Takes every step on both, and follows both from their beginning and from within.
fn compare(steps: Vec<Step>, store: impl Store + 'static) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut pair = Pair::new(store).await;
        for step in steps {
            pair.take(step).await;
        }
        for after in [0, 5] {
            pair.follow(Number(after)).await;
        }
    });
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn sqlite_answers_as_the_model_does(steps in steps()) {
        compare(steps, crate::engine::sqlite::tests::OnDisk::without_sync());
    }
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn redis_answers_as_the_model_does(steps in steps()) {
        compare(steps, crate::engine::redis::tests::OnServer::new());
    }
}
