//! Who is here: how many different people and programs listen to each room, on all nodes that share
//! an engine. Pure: it is told the time, takes the words of other nodes in, and gives out its own.
//!
//! `own` are this node's people, `others` the other nodes' as they told them in `words`, and a
//! `picture` is what one node's people are in. See `docs/decisions/10-presence-across-nodes.md`.

mod everybody;
mod here;
mod others;
mod own;
mod picture;
#[cfg(test)]
mod tests;
mod who;
mod words;

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::engine::Audience;
pub use here::Here;
use others::Others;
use own::Own;
use picture::MOST_NAMED;
pub use who::Who;
use words::Word;
pub use words::{NodeId, Said};

/// How often a node says what its picture comes to.
const DIGEST_EVERY: Duration = Duration::from_secs(10);
/// An audience of more than this is told the less often who is there, the more they are: a millisecond for each.
const USUAL_AUDIENCE: usize = 1000;
/// Of how many audiences of its own a node tells at once. Lines have to take it in before as much again comes.
const MOST_NEWS: usize = 256;
/// How often a node tells its whole list at most, however many ask.
const LIST_EVERY: Duration = Duration::from_secs(2);
/// When all nodes are asked at once, their answers are this far apart…
const SPREAD: Duration = Duration::from_millis(5);
/// … but none waits longer than this.
const MOST_SPREAD: Duration = Duration::from_secs(1);

/// Those who listen, by audience.
#[derive(Debug)]
pub struct Presence {
    id: NodeId,
    /// How long somebody who left has to come back, here or on another node.
    hold: Duration,
    own: Own,
    others: Others,
    /// Where somebody may have come or left since the last turn.
    changed: HashSet<Audience>,
    /// What the lines of this node were told, where somebody is.
    told: HashMap<Audience, Told>,
    /// When the first of those in `changed` may be told that were told too short a time ago.
    early_until: Option<Instant>,
    asks_all: bool,
    digest_at: Instant,
    /// When to tell the whole list, if somebody asked.
    list_at: Option<Instant>,
    listed: Option<Instant>,
    has_ended: bool,
}

/// What the lines of an audience were told.
#[derive(Debug)]
struct Told {
    /// What it was; nothing if not all of them were told the same.
    fingerprint: Option<u64>,
    /// Before then they are not told anything else.
    next: Instant,
}

/// What is to be done after a turn.
#[derive(Debug)]
pub struct Turn {
    /// What to say to the other nodes, in this order. To [write](Said::write) it takes a while, which nobody has to wait for.
    pub words: Vec<Said>,
    /// The audiences of which something else is to be told now, and what.
    pub here: Vec<(Audience, Here)>,
    /// When the next turn is due, if nothing happens.
    pub due: Instant,
}

impl Presence {
    /// Nobody yet. Whoever leaves has `hold` to come back.
    pub fn new(id: NodeId, hold: Duration, now: Instant) -> Self {
        Presence {
            id,
            hold,
            own: Own::default(),
            others: Others::new(now),
            changed: HashSet::new(),
            told: HashMap::new(),
            early_until: None,
            asks_all: true,
            digest_at: now + DIGEST_EVERY,
            list_at: None,
            listed: None,
            has_ended: false,
        }
    }

    /// Somebody listens to an audience on one line more.
    pub fn enter(&mut self, audience: &Audience, who: &Who) {
        if self.own.enter(audience, who) {
            self.changed.insert(audience.clone());
        }
    }

    /// A line that begins to listen to an audience is told who is there. If nobody else is, that need not be told again;
    /// if others know something else, all are told what is so then.
    pub fn greet(&mut self, audience: &Audience, now: Instant) -> Here {
        let here = self.here(audience);
        let fingerprint = here.fingerprint();
        match self.told.get_mut(audience) {
            Some(told) if told.fingerprint != Some(fingerprint) => told.fingerprint = None,
            Some(_) => {}
            None => {
                let fingerprint = (here.count == 1).then_some(fingerprint);
                self.told.insert(audience.clone(), Told { fingerprint, next: now });
            }
        }
        here
    }

    /// Somebody listens to an audience on one line less; and may come back under the same name, or not.
    pub fn leave(&mut self, audience: &Audience, who: &Who, may_return: bool, now: Instant) {
        if self.own.leave(audience, who, may_return.then(|| now + self.hold)) {
            self.changed.insert(audience.clone());
        }
    }

    /// Whether somebody listens to an audience on this node, or did just now.
    pub fn has_own_in(&self, audience: &Audience) -> bool {
        self.own.count(audience) > 0
    }

    /// How many other nodes are alive.
    pub fn other_nodes(&self) -> usize {
        self.others.len()
    }

    /// How many places and words of other nodes were not taken in because they were too many.
    pub fn dropped(&self) -> u64 {
        self.others.dropped()
    }

    /// Takes in what a node says, this one too.
    pub fn hear(&mut self, said: Said, now: Instant) {
        if said.node == self.id {
            // What was said while this node was deaf is lost.
            self.asks_all |= self.others.echo(now);
            return;
        }
        if let Word::Ask { of } = &said.word
            && (of.is_empty() || of.contains(&self.id))
            && self.list_at.is_none()
        {
            let at = now + if of.is_empty() { self.spread() } else { Duration::ZERO };
            self.list_at = Some(self.listed.map_or(at, |listed| at.max(listed + LIST_EVERY)));
        }
        self.others.hear(said, now, self.hold, &mut self.changed);
    }

    /// Where in the time over which all nodes spread their answers this one has its place.
    fn spread(&self) -> Duration {
        let nodes = u32::try_from(self.others.len()).unwrap_or(u32::MAX);
        SPREAD
            .saturating_mul(nodes)
            .min(MOST_SPREAD)
            .mul_f64(f64::from((self.id.0 >> 32) as u32) / f64::from(u32::MAX))
    }

    /// Does what is due: to be called when something has changed, but at most once a second, and when
    /// the last turn said.
    pub fn turn(&mut self, now: Instant) -> Turn {
        self.changed.extend(self.own.expire(now));
        self.others.expire(now, &mut self.changed);
        let mut words = Vec::new();
        if !self.has_ended {
            self.speak(now, &mut words);
        }
        let words = words.into_iter().map(|word| Said { node: self.id, word }).collect();
        Turn { words, here: self.news(now), due: self.due(now) }
    }

    fn speak(&mut self, now: Instant, words: &mut Vec<Word>) {
        if std::mem::take(&mut self.asks_all) {
            words.push(Word::Ask { of: Vec::new() });
        }
        let unclear = self.others.ask(now);
        if !unclear.is_empty() {
            words.push(Word::Ask { of: unclear });
        }
        let changes = self.own.tell();
        if !changes.is_empty() {
            words.push(Word::Changes { step: self.own.step(), changes });
        }
        if self.list_at.take_if(|at| *at <= now).is_some() {
            self.listed = Some(now);
            let (step, list) = (self.own.step(), self.own.told().pieces());
            let count = list.len();
            words.extend(list.into_iter().enumerate().map(|(piece, changes)| Word::List {
                step,
                piece,
                pieces: count,
                changes,
            }));
        }
        if self.digest_at <= now {
            self.digest_at = now + DIGEST_EVERY;
            let told = self.own.told();
            words.push(Word::Digest { step: self.own.step(), hash: told.hash(), rooms: told.len() });
        }
    }

    fn news(&mut self, now: Instant) -> Vec<(Audience, Here)> {
        let (mut news, mut own) = (Vec::new(), 0);
        self.early_until = None;
        for audience in std::mem::take(&mut self.changed) {
            let next = self.told.get(&audience).map(|told| told.next).filter(|next| *next > now);
            if let Some(next) = next.or_else(|| (own == MOST_NEWS).then_some(now)) {
                self.early_until = Some(self.early_until.map_or(next, |until| until.min(next)));
                self.changed.insert(audience);
                continue;
            }
            let here = self.here(&audience);
            let fingerprint = (here.count > 0).then(|| here.fingerprint());
            let before = match fingerprint {
                None => self.told.remove(&audience),
                Some(fingerprint) => {
                    let next = now + pause(here.count);
                    self.told.insert(audience.clone(), Told { fingerprint: Some(fingerprint), next })
                }
            };
            if before.map(|told| told.fingerprint) != fingerprint.map(Some) {
                own += usize::from(self.has_own_in(&audience));
                news.push((audience, here));
            }
        }
        news
    }

    fn due(&self, now: Instant) -> Instant {
        let others = self.others.due(now);
        let own = if self.own.has_untold() { Some(now) } else { self.own.due() };
        [own, others, self.list_at, self.early_until].into_iter().flatten().fold(self.digest_at, Instant::min)
    }

    /// The last word of this node: its people will come back elsewhere. It says nothing more.
    pub fn goodbye(&mut self) -> Bytes {
        self.has_ended = true;
        Said { node: self.id, word: Word::Goodbye }.write()
    }
}

/// How long an audience of so many is left in peace: to tell them costs a write each, and one more among thousands is
/// no news that hurries.
fn pause(count: usize) -> Duration {
    let many = count > USUAL_AUDIENCE;
    Duration::from_millis(if many { u64::try_from(count).unwrap_or(u64::MAX) } else { 0 })
}
