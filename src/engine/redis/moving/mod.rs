//! A Redis that no node uses: read from end to end for a move, or written by one.
//!
//! While it is moved into it has a mark and no state, so that no node can begin on it.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use redis::{Pipeline, Value, cmd, pipe};
use tokio::sync::Mutex;

use super::super::moving::{Kept, Ledger, Limit, MoveError, Piece, Size, Source, Target};
use super::super::{Audience, EngineError, Entry, Key, Millis, Number, Version};
use super::connect::Connector;
use super::link::Link;
use super::promise::Promise;
use super::reason::{Trouble, UNFINISHED};
use super::scripts::{self, Keys, Scripts};
use super::{RedisOpenError, RedisOptions, RedisPlace, values};

/// How many trimmed audiences are put in order at a time.
const AHEAD: usize = 100_000;

/// A Redis that is not served.
pub struct RedisAtRest {
    link: Link,
    keys: Keys,
    scripts: Scripts,
    wait_replicas: u32,
    timeout: Duration,
    /// The last version that was given to a document. The first is a random one, as in a new epoch.
    serial: AtomicU64,
    ahead: Mutex<Ahead>,
}

/// Trimmed audiences in their order: those that come after one. Redis keeps them in none.
#[derive(Default)]
struct Ahead {
    after: Option<Audience>,
    list: VecDeque<(Audience, Number)>,
}

impl RedisAtRest {
    /// A Redis to move out of. There must be something in it, and no node on it.
    pub async fn source(place: RedisPlace, options: RedisOptions) -> Result<Self, RedisOpenError> {
        let written = place.to_string();
        let store = Self::open(place, &options).await?;
        let has = async |key: String| store.link.query::<bool>(cmd("EXISTS").arg(key)).await;
        if has(store.keys.moving()).await.map_err(|trouble| unreachable(&written, trouble))? {
            return Err(unsuitable(&written, UNFINISHED.to_owned()));
        }
        if !has(store.keys.state()).await.map_err(|trouble| unreachable(&written, trouble))? {
            let nothing = format!("there is nothing of Openline in it under the prefix {}", options.prefix);
            return Err(unsuitable(&written, nothing));
        }
        Ok(store)
    }

    /// A Redis to move into, fit to be served, and with no node on it.
    pub async fn target(place: RedisPlace, options: RedisOptions) -> Result<Self, RedisOpenError> {
        let written = place.to_string();
        let store = Self::open(place, &options).await?;
        let promise = Promise::of(&store.link, options.wait_replicas).await;
        let promise = promise.map_err(|trouble| unreachable(&written, trouble))?;
        promise.check(options.allow_eviction).map_err(|reason| unsuitable(&written, reason))?;
        Ok(store)
    }

    async fn open(place: RedisPlace, options: &RedisOptions) -> Result<Self, RedisOpenError> {
        let written = place.to_string();
        let keys = Keys::new(&options.prefix, place.database);
        let scripts = Scripts::new();
        let link = Link::new(Arc::new(Connector::new(place, options)?), &scripts);
        link.check().await.map_err(|trouble| unreachable(&written, trouble))?;
        let store = RedisAtRest {
            link,
            keys,
            scripts,
            wait_replicas: options.wait_replicas,
            timeout: options.timeout,
            serial: AtomicU64::new(scripts::fresh_epoch().serial),
            ahead: Mutex::default(),
        };
        match store.nodes().await {
            0 => Ok(store),
            nodes => Err(RedisOpenError::InUse { place: written, nodes }),
        }
    }

    /// How many nodes hear each other's signals there; none if Redis does not let us ask.
    async fn nodes(&self) -> u64 {
        let mut ask = cmd("PUBSUB");
        ask.arg("NUMSUB").arg(self.keys.signals());
        let counted: Result<(String, u64), Trouble> = self.link.query(&ask).await;
        counted.map_or(0, |(_, nodes)| nodes)
    }

    /// Sends writes, none of them twice, and waits for as many replicas as are wanted.
    async fn send(&self, mut writes: Pipeline) -> Result<(), EngineError> {
        if self.wait_replicas > 0 {
            // Less than we wait for the answer, so that there is one.
            let patience = u64::try_from(self.timeout.as_millis() / 2).unwrap_or(u64::MAX).max(1);
            writes.cmd("WAIT").arg(self.wait_replicas).arg(patience);
        }
        let mut held = self.link.hold().await?;
        let waited: Vec<u32> = writes.query_async(&mut held.connection).await.map_err(Trouble::from)?;
        match waited.first() {
            Some(replicas) if *replicas < self.wait_replicas => {
                let wanted = self.wait_replicas;
                Err(EngineError::Unavailable(format!("only {replicas} of {wanted} replicas have it so far")))
            }
            _ => Ok(()),
        }
    }

    /// The first trimmed audiences after this one, in order.
    async fn look_ahead(
        &self,
        after: Option<&Audience>,
    ) -> Result<VecDeque<(Audience, Number)>, EngineError> {
        let mut first = BTreeMap::new();
        let mut cursor = 0;
        loop {
            let mut scan = cmd("HSCAN");
            scan.arg(self.keys.trimmed()).arg(cursor).arg("COUNT").arg(1000);
            let (next, found): (u64, Vec<(String, u64)>) = self.link.query(&scan).await?;
            for (name, number) in found {
                if after.is_none_or(|after| *name > *after.0) {
                    first.insert(Audience::new(&name), Number(number));
                }
                if first.len() > AHEAD {
                    first.pop_last();
                }
            }
            cursor = next;
            if cursor == 0 {
                return Ok(first.into_iter().collect());
            }
        }
    }

    fn put_documents(&self, writes: &mut Pipeline, documents: &[Kept]) {
        let mut put = cmd("HSET");
        let mut name = cmd("ZADD");
        let mut expire = cmd("ZADD");
        put.arg(self.keys.documents());
        name.arg(self.keys.names());
        expire.arg(self.keys.expiring());
        for kept in documents {
            let version = Version(self.serial.fetch_add(1, Ordering::Relaxed) + 1);
            put.arg(kept.key.as_str()).arg(values::stored(version, kept));
            name.arg(0).arg(kept.key.as_str());
            if let Some(expires) = kept.expires {
                expire.arg(expires).arg(kept.key.as_str());
            }
        }
        writes.add_command(put).ignore().add_command(name).ignore();
        if documents.iter().any(|kept| kept.expires.is_some()) {
            writes.add_command(expire).ignore();
        }
    }

    fn add_entry(&self, writes: &mut Pipeline, entry: &Entry) {
        let Entry { number, at, audiences, kind, document, facts } = entry;
        let id = format!("{number}-0");
        let add = writes.cmd("XADD").arg(self.keys.log()).arg(&id).arg("at").arg(at).arg("kind").arg(kind);
        add.arg("document").arg(document.as_str()).arg("audiences").arg(Audience::write(audiences));
        add.arg("facts").arg(facts.as_deref().unwrap_or_default()).ignore();
        for audience in audiences {
            writes.cmd("RPUSH").arg(self.keys.heard(audience)).arg(number.0).ignore();
        }
    }
}

fn unreachable(place: &str, trouble: Trouble) -> RedisOpenError {
    RedisOpenError::Unreachable { place: place.to_owned(), reason: trouble.reason }
}

fn unsuitable(place: &str, reason: String) -> RedisOpenError {
    RedisOpenError::Unsuitable { place: place.to_owned(), reason }
}

#[async_trait]
impl Source for RedisAtRest {
    async fn ledger(&self) -> Result<Ledger, EngineError> {
        let state: Vec<Option<String>> = self.link.query(&values::state_query(&self.keys)).await?;
        let values::State { epochs, trimmed } = values::state(&state)?;
        let at: Option<Millis> = self.link.query(cmd("HGET").arg(self.keys.state()).arg("at")).await?;
        Ok(Ledger { epochs: epochs.list().to_vec(), head: epochs.head(), trimmed, at: at.unwrap_or(0) })
    }

    async fn size(&self, until: Millis) -> Result<Size, EngineError> {
        let all: u64 = self.link.query(cmd("HLEN").arg(self.keys.documents())).await?;
        let mut expiring = cmd("ZCOUNT");
        let expiring: u64 =
            self.link.query(expiring.arg(self.keys.expiring()).arg("-inf").arg(until)).await?;
        let entries = self.link.query(cmd("XLEN").arg(self.keys.log())).await?;
        Ok(Size { documents: all.saturating_sub(expiring), entries })
    }

    async fn documents(&self, after: Option<Key>, limit: Limit) -> Result<Vec<Kept>, EngineError> {
        let found = self.link.script(&self.scripts.move_documents, &self.keys, |call| {
            // No key is empty.
            call.arg(after.as_ref().map_or("", Key::as_str)).arg(limit.items).arg(limit.bytes);
        });
        values::kept(found.await?)
    }

    async fn entries(&self, after: Number, limit: Limit) -> Result<Vec<Entry>, EngineError> {
        let mut range = cmd("XRANGE");
        range.arg(self.keys.log()).arg(format!("({after}")).arg("+").arg("COUNT").arg(limit.items);
        let found: Value = self.link.query(&range).await?;
        limit.fill(values::entries(found)?.into_iter().map(Ok), |entry| {
            let names: usize = entry.audiences.iter().map(|audience| audience.0.len()).sum();
            names + entry.document.as_str().len() + entry.facts.as_ref().map_or(0, bytes::Bytes::len)
        })
    }

    async fn trims(
        &self,
        after: Option<Audience>,
        limit: Limit,
    ) -> Result<Vec<(Audience, Number)>, EngineError> {
        let mut ahead = self.ahead.lock().await;
        if ahead.after != after || ahead.list.is_empty() {
            ahead.list = self.look_ahead(after.as_ref()).await?;
        }
        let list = ahead.list.iter().cloned().map(Ok::<_, EngineError>);
        let page = limit.fill(list, |(audience, _)| audience.0.len())?;
        ahead.list.drain(..page.len());
        ahead.after = page.last().map(|(audience, _)| audience.clone()).or(after);
        Ok(page)
    }
}

#[async_trait]
impl Target for RedisAtRest {
    async fn begin(&self) -> Result<(), MoveError> {
        let begun = self.link.script(&self.scripts.move_begin, &self.keys, |_| {}).await;
        let begun: String = begun.map_err(|trouble| MoveError::Target(trouble.into()))?;
        match begun.as_str() {
            "begun" => Ok(()),
            "unfinished" => Err(MoveError::Unfinished),
            _ => Err(MoveError::NotEmpty),
        }
    }

    async fn receive(&self, piece: Piece) -> Result<(), EngineError> {
        let mut writes = pipe();
        match &piece {
            Piece::Documents(documents) => self.put_documents(&mut writes, documents),
            Piece::Entries(entries) => entries.iter().for_each(|entry| self.add_entry(&mut writes, entry)),
            Piece::Trims(trims) => {
                let note = writes.cmd("HSET").arg(self.keys.trimmed());
                trims.iter().for_each(|(audience, number)| _ = note.arg(audience.0.as_ref()).arg(number.0));
                note.ignore();
            }
        }
        self.send(writes).await
    }

    async fn finish(&self, ledger: Ledger) -> Result<(), EngineError> {
        let Ledger { epochs, head, trimmed, at } = ledger;
        let mut call = self.scripts.move_finish.call(&self.keys);
        call.arg(values::epochs_text(&epochs)).arg(head.0);
        call.arg(self.serial.load(Ordering::Relaxed)).arg(at).arg(trimmed.0);
        let mut writes = pipe();
        writes.add_command(call).ignore();
        self.send(writes).await
    }
}
