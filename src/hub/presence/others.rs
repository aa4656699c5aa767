//! The other nodes' people: a picture of each node, kept right by its words, and all of them in one. Pure.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use super::everybody::{Everybody, Gathering};
use super::picture::Picture;
use super::words::{Change, NodeId, Said, Word};
use crate::engine::Audience;

/// After how long without a word a node is taken for dead.
pub const SILENCE: Duration = Duration::from_secs(30);
/// Who has not heard itself for so long is deaf, and says of nobody that they are silent.
const DEAF: Duration = Duration::from_secs(15);
/// After how long a node that did not answer is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(3);
/// For how long a word of a node that said goodbye may still come late, and is not believed.
const LATE: Duration = Duration::from_secs(60);
/// How many nodes are listened to.
const MOST_NODES: usize = 256;
/// How many places are taken from one node: people named, each in each room, and rooms of which only
/// the count is told.
pub const MOST_PLACES: usize = 200_000;

/// Another node, as far as this one knows it.
#[derive(Debug)]
struct Node {
    heard: Instant,
    life: Life,
    picture: Picture,
    /// Up to which step the picture is drawn.
    step: u64,
    /// Whether the picture is right, as far as can be known.
    is_right: bool,
    /// Whether some of it was left out because it is too much. Then its digests cannot match.
    is_cut: bool,
    /// When it was last asked for its list, or sent a piece of it.
    asked: Option<Instant>,
    list: Option<List>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    Alive,
    /// It said goodbye. Its people have until then to appear elsewhere.
    Leaving(Instant),
    /// It has no people any more, and nothing of it is believed until then.
    Gone(Instant),
}

/// A list of which not all pieces have come.
#[derive(Debug)]
struct List {
    step: u64,
    next: usize,
    pieces: usize,
    picture: Picture,
    is_cut: bool,
}

/// All other nodes.
#[derive(Debug)]
pub struct Others {
    nodes: HashMap<NodeId, Node>,
    everybody: Everybody,
    /// When this node last heard its own word: what others say comes the same way.
    echoed: Instant,
    /// Since when it has not been deaf.
    hearing: Instant,
    dropped: u64,
}

impl Others {
    /// Nobody yet.
    pub fn new(now: Instant) -> Self {
        Others {
            nodes: HashMap::new(),
            everybody: Everybody::default(),
            echoed: now,
            hearing: now,
            dropped: 0,
        }
    }

    /// Their people in a room, if there are any.
    pub fn room(&self, room: &Audience) -> Option<&Gathering> {
        self.everybody.room(room)
    }

    /// How many nodes are alive.
    pub fn len(&self) -> usize {
        self.nodes.values().filter(|node| node.life == Life::Alive).count()
    }

    /// How many nodes are remembered, dead or alive.
    #[cfg(test)]
    pub fn known(&self) -> usize {
        self.nodes.len()
    }

    /// How many places and words were not taken in because they were too many.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// This node heard itself. Returns whether it had been deaf until now.
    pub fn echo(&mut self, now: Instant) -> bool {
        let was_deaf = self.is_deaf(now);
        if was_deaf {
            self.hearing = now;
        }
        self.echoed = now;
        was_deaf
    }

    fn is_deaf(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.echoed) > DEAF
    }

    /// Takes in what another node says; a node that says goodbye keeps its people for `hold`. The rooms
    /// in which that may have changed something are added to `changed`.
    pub fn hear(&mut self, said: Said, now: Instant, hold: Duration, changed: &mut HashSet<Audience>) {
        if !self.nodes.contains_key(&said.node) && self.nodes.len() >= MOST_NODES {
            self.dropped += 1;
            return;
        }
        let node = self.nodes.entry(said.node).or_insert_with(|| Node::new(now));
        node.heard = now;
        if node.life != Life::Alive {
            return;
        }
        match said.word {
            Word::Changes { step, changes } => match node.place(step) {
                Place::Next => {
                    node.step = step;
                    self.change(said.node, &changes, changed);
                }
                Place::Known => {}
                Place::Ahead => node.is_right = false,
            },
            Word::Digest { step, hash, rooms } => {
                if hash == node.picture.hash() && rooms == node.picture.len() {
                    (node.step, node.is_right) = (step, true);
                } else if !(node.is_cut && node.step == step) {
                    node.is_right = false;
                }
            }
            Word::List { step, piece, pieces, changes } => {
                let (list, dropped) = node.collect(step, piece, pieces, &changes, now);
                self.dropped += dropped as u64;
                if let Some(list) = list {
                    self.replace(said.node, list, changed);
                }
            }
            Word::Ask { .. } => {}
            Word::Goodbye => node.life = Life::Leaving(now + hold),
        }
    }

    /// Lets go of nodes that are silent or have left.
    pub fn expire(&mut self, now: Instant, changed: &mut HashSet<Audience>) {
        let (hearing, is_deaf) = (self.hearing, self.is_deaf(now));
        let mut over = Vec::new();
        for (id, node) in &mut self.nodes {
            let silent = now.saturating_duration_since(node.heard.max(hearing)) >= SILENCE;
            match node.life {
                Life::Alive if silent && !is_deaf => over.push((*id, None)),
                Life::Leaving(until) if until <= now => over.push((*id, Some(Life::Gone(now + LATE)))),
                Life::Gone(until) if until <= now => over.push((*id, None)),
                _ => {}
            }
        }
        for (id, life) in over {
            let Some(mut node) = self.nodes.remove(&id) else { continue };
            let picture = std::mem::take(&mut node.picture);
            self.take_out(&picture, changed);
            if let Some(life) = life {
                self.nodes.insert(id, Node { life, list: None, ..node });
            }
        }
    }

    /// Whose lists are to be asked for now; from now on they are asked for.
    pub fn ask(&mut self, now: Instant) -> Vec<NodeId> {
        let due = self.nodes.iter_mut().filter(|(_, node)| node.ask_at(now).is_some_and(|at| at <= now));
        due.map(|(id, node)| {
            node.asked = Some(now);
            *id
        })
        .collect()
    }

    /// When there is something to do next, if nobody says anything.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        let of = |node: &Node| match node.life {
            Life::Alive => {
                let silent = node.heard.max(self.hearing) + SILENCE;
                node.ask_at(now).map_or(silent, |ask| ask.min(silent))
            }
            Life::Leaving(until) | Life::Gone(until) => until,
        };
        self.nodes.values().map(of).min()
    }

    /// Changes a node's picture.
    fn change(&mut self, id: NodeId, changes: &[Change], changed: &mut HashSet<Audience>) {
        let Some(node) = self.nodes.get_mut(&id) else { return };
        for change in changes {
            let room = &change.room;
            if let Some(crowd) = node.picture.crowd(room) {
                self.everybody.remove(room, crowd);
            }
            let left_out = node.picture.apply(change, MOST_PLACES);
            node.is_cut |= left_out > 0;
            self.dropped += left_out as u64;
            if let Some(crowd) = node.picture.crowd(room) {
                self.everybody.add(room, crowd);
            }
            changed.insert(room.clone());
        }
    }

    /// A whole list has come: a node's picture is this.
    fn replace(&mut self, id: NodeId, list: List, changed: &mut HashSet<Audience>) {
        let Some(node) = self.nodes.get_mut(&id) else { return };
        (node.step, node.is_right, node.is_cut, node.asked) = (list.step, true, list.is_cut, None);
        for (room, crowd) in list.picture.rooms() {
            self.everybody.add(room, crowd);
            changed.insert(room.clone());
        }
        let former = std::mem::replace(&mut node.picture, list.picture);
        self.take_out(&former, changed);
    }

    fn take_out(&mut self, picture: &Picture, changed: &mut HashSet<Audience>) {
        for (room, crowd) in picture.rooms() {
            self.everybody.remove(room, crowd);
            changed.insert(room.clone());
        }
    }
}

/// Where some changes stand to a picture.
enum Place {
    Next,
    Known,
    /// Something between is missing.
    Ahead,
}

impl Node {
    /// A node that has just been heard for the first time; perhaps it has just started.
    fn new(now: Instant) -> Self {
        Node {
            heard: now,
            life: Life::Alive,
            picture: Picture::default(),
            step: 0,
            is_right: true,
            is_cut: false,
            asked: None,
            list: None,
        }
    }

    fn place(&self, step: u64) -> Place {
        match self.is_right {
            true if step <= self.step => Place::Known,
            true if step == self.step.saturating_add(1) => Place::Next,
            _ => Place::Ahead,
        }
    }

    /// When it is to be asked for its list, if it is.
    fn ask_at(&self, now: Instant) -> Option<Instant> {
        let is_due = self.life == Life::Alive && !self.is_right;
        is_due.then(|| self.asked.map_or(now, |asked| asked + ASK_AGAIN))
    }

    /// Takes a piece of a list. Returns the list if that was the last of its pieces, and how many places
    /// were left out.
    fn collect(
        &mut self,
        step: u64,
        piece: usize,
        pieces: usize,
        changes: &[Change],
        now: Instant,
    ) -> (Option<List>, usize) {
        if self.is_right && step <= self.step {
            return (None, 0);
        }
        let is_begun = self.list.as_ref().is_some_and(|list| (list.step, list.pieces) == (step, pieces));
        if !is_begun && piece == 0 {
            self.list = Some(List { step, next: 0, pieces, picture: Picture::default(), is_cut: false });
        }
        let Some(list) = self.list.as_mut().filter(|list| list.step == step && list.next == piece) else {
            return (None, 0);
        };
        self.asked = Some(now);
        let dropped = changes.iter().map(|change| list.picture.apply(change, MOST_PLACES)).sum();
        list.is_cut |= dropped > 0;
        list.next += 1;
        (self.list.take_if(|list| list.next >= list.pieces), dropped)
    }
}
