//! The ring: the recent entries of this node, bounded in bytes, shared by all lines. Pure.
//!
//! Each audience lists its own entries in it, so that a line in a quiet room never walks past what
//! was said in busy ones; and each document those that tell of it, so that a change walks past none of the others. A cursor that has fallen off the ring's start reads on from the log.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, VecDeque};
use std::sync::Arc;

use super::cursor::Cursor;
use super::heard::{Erases, Heard};
use crate::engine::{Audience, Key, Number};

/// Recent entries in order, and by audience.
#[derive(Debug)]
pub struct Ring {
    entries: VecDeque<Arc<Heard>>,
    by_audience: HashMap<Audience, VecDeque<Arc<Heard>>>,
    /// Which entries are about a document, or have words of it.
    by_document: BTreeSet<(Key, Number)>,
    /// Everything after this number and up to `head` is here.
    start: Number,
    head: Number,
    weight: usize,
    capacity: usize,
}

/// What a line took from the ring.
#[derive(Debug, Default)]
pub struct Drained {
    /// The entries, in order.
    pub entries: Vec<Arc<Heard>>,
    /// The line is now done with everything up to here.
    pub upto: Number,
}

impl Ring {
    /// An empty ring that begins after `head` and holds at most about `capacity` bytes.
    pub fn new(head: Number, capacity: usize) -> Self {
        Ring {
            entries: VecDeque::new(),
            by_audience: HashMap::new(),
            by_document: BTreeSet::new(),
            start: head,
            head,
            weight: 0,
            capacity,
        }
    }

    /// The last number that went through.
    pub fn head(&self) -> Number {
        self.head
    }

    /// Whether everything after this number is still here.
    pub fn reaches(&self, at: Number) -> bool {
        at >= self.start
    }

    /// How many entries are held.
    pub fn entries(&self) -> usize {
        self.entries.len()
    }

    /// What is held of the entries after a number, in order.
    pub fn entries_after(&self, at: Number) -> impl Iterator<Item = &Arc<Heard>> {
        tail(&self.entries, at)
    }

    /// Adds the next entry, and lets the oldest go when there is no room. An entry at or before the
    /// head is one that has been heard already, and is ignored.
    pub fn push(&mut self, heard: Arc<Heard>) {
        if heard.number <= self.head {
            return;
        }
        self.head = heard.number;
        self.weight += heard.weight();
        for name in &heard.audiences {
            self.by_audience.entry(name.clone()).or_default().push_back(Arc::clone(&heard));
        }
        self.by_document.extend(of_documents(&heard));
        self.entries.push_back(heard);
        while self.weight > self.capacity {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.forget(&oldest);
            self.start = oldest.number;
        }
    }

    /// The numbers of the entries that read differently because of one about `document` that erases so much.
    pub fn erased(&self, erases: Erases, document: &Key) -> Vec<Number> {
        let Some(first) = erases.first(document) else { return Vec::new() };
        self.by_document
            .range((first, Number(0))..=(document.clone(), Number(u64::MAX)))
            .filter(|(key, _)| erases.covers(document, key))
            .map(|(_, number)| *number)
            .collect()
    }

    /// The entry of a number, if it is here.
    pub fn entry(&self, number: Number) -> Option<&Arc<Heard>> {
        self.place(number).and_then(|place| self.entries.get(place))
    }

    fn place(&self, number: Number) -> Option<usize> {
        self.entries.binary_search_by_key(&number, |heard| heard.number).ok()
    }

    /// Puts an entry in the place of what it was before, if that is still here; one of which there is nothing
    /// to hear any more is forgotten.
    pub fn replace(&mut self, heard: Arc<Heard>) {
        let Some(place) = self.place(heard.number) else { return };
        let before = Arc::clone(&self.entries[place]);
        if !heard.is_heard() {
            self.entries.remove(place);
            return self.forget(&before);
        }
        for its in of_documents(&before) {
            self.by_document.remove(&its);
        }
        self.by_document.extend(of_documents(&heard));
        self.weight = self.weight - before.weight() + heard.weight();
        for name in &heard.audiences {
            let Some(list) = self.by_audience.get_mut(name) else { continue };
            if let Ok(place) = list.binary_search_by_key(&heard.number, |other| other.number) {
                list[place] = Arc::clone(&heard);
            }
        }
        self.entries[place] = heard;
    }

    fn forget(&mut self, heard: &Arc<Heard>) {
        self.weight -= heard.weight();
        for its in of_documents(heard) {
            self.by_document.remove(&its);
        }
        for name in &heard.audiences {
            let Some(list) = self.by_audience.get_mut(name) else { continue };
            // What is forgotten is the oldest of all, as a rule.
            if list.front().is_some_and(|first| first.number == heard.number) {
                list.pop_front();
            } else if let Ok(place) = list.binary_search_by_key(&heard.number, |other| other.number) {
                list.remove(place);
            }
            if list.is_empty() {
                self.by_audience.remove(name);
            }
        }
    }

    /// What a cursor has yet to hear, in order, until `enough` says so; the cursor must be within
    /// the [`reach`](Ring::reaches) of the ring.
    pub fn drain(
        &self,
        cursor: &Cursor,
        may_hear: &dyn Fn(&Audience, Number) -> bool,
        mut enough: impl FnMut(&Heard) -> bool,
    ) -> Drained {
        let mut drained = Drained { entries: Vec::new(), upto: self.head.max(cursor.at) };
        if cursor.at >= self.head {
            return drained;
        }
        for heard in self.after(cursor) {
            if cursor.wants(heard, may_hear) {
                drained.entries.push(Arc::clone(heard));
                if enough(heard) {
                    drained.upto = heard.number;
                    break;
                }
            }
        }
        drained
    }

    /// The entries that may concern a cursor, in order: from its rooms' lists, or from the whole ring
    /// when that is the shorter way.
    fn after<'a>(&'a self, cursor: &'a Cursor) -> Box<dyn Iterator<Item = &'a Arc<Heard>> + 'a> {
        if cursor.everything {
            return Box::new(tail(&self.entries, cursor.at));
        }
        if cursor.rooms.len() == 1 {
            let only = cursor.rooms.names().next();
            return match only.and_then(|audience| self.by_audience.get(audience)) {
                Some(list) => Box::new(tail(list, cursor.at)),
                None => Box::new(std::iter::empty()),
            };
        }
        let waiting = self.entries.len() - place_after(&self.entries, cursor.at);
        if waiting <= 4 * cursor.rooms.len() {
            Box::new(tail(&self.entries, cursor.at))
        } else {
            let lists = cursor.rooms.names().filter_map(|name| self.by_audience.get(name));
            Box::new(Merge::new(lists, cursor.at))
        }
    }
}

/// What an entry is about or has words of, as it is listed.
fn of_documents(heard: &Heard) -> impl Iterator<Item = (Key, Number)> {
    [Some(&heard.document), heard.quotes.as_ref()]
        .into_iter()
        .flatten()
        .map(|key| (key.clone(), heard.number))
}

/// How many entries a line is behind that is nearly caught up, at most.
const NEARLY: usize = 8;

fn place_after(list: &VecDeque<Arc<Heard>>, at: Number) -> usize {
    // Most lines are nearly caught up, so the end is the place to look first.
    let behind = list.iter().rev().take(NEARLY).take_while(|heard| heard.number > at).count();
    match behind {
        NEARLY => list.partition_point(|heard| heard.number <= at),
        few => list.len() - few,
    }
}

fn tail(list: &VecDeque<Arc<Heard>>, at: Number) -> impl Iterator<Item = &Arc<Heard>> {
    list.range(place_after(list, at)..)
}

/// Several rooms' lists as one, by number, each entry once.
struct Merge<'a> {
    lists: Vec<&'a VecDeque<Arc<Heard>>>,
    /// (number, which list, place in it)
    next: BinaryHeap<Reverse<(Number, usize, usize)>>,
    last: Number,
}

impl<'a> Merge<'a> {
    fn new(lists: impl Iterator<Item = &'a VecDeque<Arc<Heard>>>, at: Number) -> Self {
        let lists: Vec<_> = lists.collect();
        let next = lists
            .iter()
            .enumerate()
            .filter_map(|(which, list)| {
                let place = place_after(list, at);
                list.get(place).map(|heard| Reverse((heard.number, which, place)))
            })
            .collect();
        Merge { lists, next, last: at }
    }
}

impl<'a> Iterator for Merge<'a> {
    type Item = &'a Arc<Heard>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Reverse((number, which, place)) = self.next.pop()?;
            let list = self.lists[which];
            if let Some(following) = list.get(place + 1) {
                self.next.push(Reverse((following.number, which, place + 1)));
            }
            if number > self.last {
                self.last = number;
                return list.get(place);
            }
        }
    }
}
