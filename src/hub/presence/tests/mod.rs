//! Presence without an engine and without a clock: some nodes, and a wire that does what a test wants.

mod people;
mod random;
mod words;

use super::words::{Change, What};
use super::*;

const HOLD: Duration = Duration::from_secs(5);
const SECOND: Duration = Duration::from_secs(1);

/// Some nodes on one wire, and a clock that a test turns.
struct Site {
    now: Instant,
    nodes: Vec<Presence>,
    /// What was said in the last second, and not heard yet.
    wire: Vec<Bytes>,
    /// The counts that each node's lines were told last second.
    told: Vec<Vec<(Audience, usize)>>,
}

impl Site {
    fn of(nodes: usize) -> Self {
        let now = Instant::now();
        let mut site = Site { now, nodes: Vec::new(), wire: Vec::new(), told: Vec::new() };
        (0..nodes).for_each(|_| site.start());
        site.pass(3);
        site
    }

    fn start(&mut self) {
        self.nodes.push(Presence::new(NodeId::random(), HOLD, self.now));
    }

    /// A second passes: every node has its turn. What they say is on the wire.
    fn speak(&mut self) {
        self.now += SECOND;
        let turns: Vec<_> = self.nodes.iter_mut().map(|node| node.turn(self.now)).collect();
        self.told = turns.iter().map(told).collect();
        self.wire.extend(turns.iter().flat_map(|turn| &turn.words).map(Said::write));
    }

    /// Everybody hears what is on the wire.
    fn deliver(&mut self) {
        for payload in std::mem::take(&mut self.wire) {
            self.hear(&payload);
        }
    }

    fn hear(&mut self, payload: &[u8]) {
        if let Some(said) = Said::read(payload) {
            self.nodes.iter_mut().for_each(|node| node.hear(said.clone(), self.now));
        }
    }

    fn pass(&mut self, seconds: usize) {
        for _ in 0..seconds {
            self.speak();
            self.deliver();
        }
    }

    /// A second passes whose words are lost.
    fn lose(&mut self) {
        self.speak();
        self.wire.clear();
    }

    fn enter(&mut self, node: usize, who: &str) {
        self.nodes[node].enter(&lobby(), &who.into());
    }

    fn leave(&mut self, node: usize, who: &str) {
        self.nodes[node].leave(&lobby(), &who.into(), true, self.now);
    }

    fn kill(&mut self, node: usize) {
        self.nodes.remove(node);
    }

    fn counts(&self) -> Vec<usize> {
        self.nodes.iter().map(|node| node.count(&lobby())).collect()
    }

    /// Whether, for so many seconds, no line anywhere is told anything.
    #[track_caller]
    fn nobody_hears_for(&mut self, seconds: usize) {
        for second in 0..seconds {
            self.pass(1);
            assert!(self.told.iter().all(Vec::is_empty), "after {second} s: {:?}", self.told);
        }
    }

    /// What a node says when nothing happens, in so many seconds.
    fn words(&mut self, seconds: usize) -> Vec<Bytes> {
        (0..seconds)
            .flat_map(|_| {
                self.speak();
                let words = self.wire.clone();
                self.deliver();
                words
            })
            .collect()
    }
}

fn told(turn: &Turn) -> Vec<(Audience, usize)> {
    turn.here.iter().map(|(audience, here)| (audience.clone(), here.count)).collect()
}

fn lobby() -> Audience {
    Audience::new("room:lobby")
}

#[test]
fn a_person_on_two_lines_is_one_person_and_has_time_to_come_back() {
    let mut site = Site::of(1);
    site.enter(0, "ann");
    site.enter(0, "ann");
    site.enter(0, "ben");
    site.pass(1);
    assert_eq!(site.told, [[(lobby(), 2)]]);
    site.leave(0, "ann");
    site.nobody_hears_for(10);
    site.leave(0, "ann");
    site.nobody_hears_for(4);
    site.enter(0, "ann");
    site.nobody_hears_for(10);
    site.leave(0, "ann");
    site.leave(0, "ben");
    site.nobody_hears_for(4);
    site.pass(1);
    assert_eq!(site.told, [[(lobby(), 0)]]);
    assert!(site.nodes[0].told.is_empty() && site.nodes[0].own.told().len() == 0);
}

#[test]
fn who_is_alone_is_told_so_once() {
    let mut site = Site::of(1);
    let greeted = |site: &mut Site| site.nodes[0].greet(&lobby(), site.now).count;
    site.enter(0, "ann");
    assert_eq!(greeted(&mut site), 1);
    site.nobody_hears_for(3);
    site.enter(0, "ben");
    assert_eq!(greeted(&mut site), 2);
    site.pass(1);
    assert_eq!(site.told, [[(lobby(), 2)]]);
    // Who comes when ben has left, and before ann has heard that, does not keep it from her.
    site.nodes[0].leave(&lobby(), &"ben".into(), false, site.now);
    site.enter(0, "ann");
    assert_eq!(greeted(&mut site), 1);
    site.pass(1);
    assert_eq!(site.told, [[(lobby(), 1)]]);
}

#[test]
fn who_came_just_before_another_left_is_told_so() {
    let mut site = Site::of(1);
    let greeted = |site: &mut Site| site.nodes[0].greet(&lobby(), site.now).count;
    for seconds in [0, 3] {
        site.enter(0, "curl");
        assert_eq!(greeted(&mut site), 1);
        site.pass(seconds);
        site.enter(0, "wget");
        assert_eq!(greeted(&mut site), 2);
        // One is there as before, but who is left was told of two.
        site.nodes[0].leave(&lobby(), &"curl".into(), false, site.now);
        site.pass(1);
        assert_eq!(site.told, [[(lobby(), 1)]], "after {seconds} s");
        site.nodes[0].leave(&lobby(), &"wget".into(), false, site.now);
        site.pass(1);
    }
}

#[test]
fn of_very_many_rooms_some_are_told_of_at_a_time() {
    let mut site = Site::of(2);
    let rooms: Vec<_> = (0..600).map(|n| Audience::new(&format!("room:{n}"))).collect();
    for room in &rooms {
        site.nodes[0].enter(room, &"ann".into());
        site.nodes[1].enter(room, &"ben".into());
    }
    site.pass(5);
    site.kill(1);
    let (mut told, mut most) = (0, 0);
    while told < rooms.len() {
        site.pass(1);
        told += site.told[0].len();
        most = most.max(site.told[0].len());
    }
    assert_eq!((told, most), (rooms.len(), MOST_NEWS));
    site.nobody_hears_for(3);
}

#[test]
fn a_name_that_nobody_can_come_back_under_leaves_at_once() {
    let mut site = Site::of(1);
    site.enter(0, "curl");
    site.nodes[0].leave(&lobby(), &"curl".into(), false, site.now);
    assert_eq!(site.counts(), [0]);
    site.pass(1);
    assert_eq!(site.told, [[]]);
}

#[test]
fn everybody_is_counted_once_on_every_node() {
    let mut site = Site::of(3);
    site.enter(0, "ann");
    site.enter(1, "ann");
    site.enter(1, "ben");
    site.pass(1);
    assert_eq!(site.counts(), [2, 2, 2]);
    site.leave(1, "ann");
    site.leave(1, "ben");
    site.pass(6);
    assert_eq!(site.counts(), [1, 1, 1]);
    assert!(site.nodes.iter().all(|node| node.others.dropped() == 0));
}

#[test]
fn a_node_that_starts_hears_of_everybody_within_two_seconds() {
    let mut site = Site::of(2);
    site.enter(0, "ann");
    site.enter(1, "ben");
    site.pass(20);
    site.start();
    site.pass(2);
    assert_eq!(site.counts(), [2, 2, 2]);
}

#[test]
fn who_moves_to_another_node_does_not_flicker() {
    let mut site = Site::of(3);
    site.enter(0, "ann");
    site.pass(2);
    site.leave(0, "ann");
    site.nobody_hears_for(3);
    site.enter(1, "ann");
    site.nobody_hears_for(20);
    assert_eq!(site.counts(), [1, 1, 1]);
}

#[test]
fn a_lost_change_is_noticed_at_the_next_and_healed_at_once() {
    let mut site = Site::of(2);
    site.enter(0, "ann");
    site.lose();
    assert_eq!(site.counts(), [1, 0]);
    site.enter(0, "ben");
    site.pass(3);
    assert_eq!(site.counts(), [2, 2]);
}

#[test]
fn a_lost_change_is_noticed_by_the_digest_if_nothing_else_is_said() {
    let mut site = Site::of(2);
    site.enter(0, "ann");
    site.lose();
    site.pass(12);
    assert_eq!(site.counts(), [1, 1]);
}

#[test]
fn a_killed_nodes_people_are_counted_until_they_are_back_and_then_not_twice() {
    let mut site = Site::of(3);
    ["ann", "ben", "eve"].iter().for_each(|who| site.enter(0, who));
    site.enter(1, "zoe");
    site.pass(15);
    site.kill(0);
    site.nobody_hears_for(5);
    site.enter(0, "ann");
    site.nobody_hears_for(5);
    site.enter(1, "ben");
    site.nobody_hears_for(5);
    assert_eq!(site.counts(), [4, 4]);
    // Eve is not back after thirty seconds.
    site.pass(16);
    assert_eq!(site.counts(), [3, 3]);
}

#[test]
fn a_node_that_says_goodbye_leaves_its_people_time_to_come_back() {
    let mut site = Site::of(3);
    ["ann", "ben"].iter().for_each(|who| site.enter(0, who));
    site.pass(2);
    let goodbye = site.nodes[0].goodbye();
    site.hear(&goodbye);
    // It closes its lines before it ends, and says nothing of it.
    ["ann", "ben"].iter().for_each(|who| site.leave(0, who));
    assert!(site.nodes[0].turn(site.now).words.is_empty());
    site.kill(0);
    site.nobody_hears_for(3);
    site.enter(1, "ann");
    site.nobody_hears_for(1);
    site.pass(1);
    assert_eq!(site.counts(), [1, 1]);
    site.hear(&goodbye);
    site.nobody_hears_for(70);
    assert!(site.nodes.iter().all(|node| node.others.known() == 1), "what is gone is forgotten");
}

#[test]
fn a_word_that_comes_after_a_goodbye_is_not_believed() {
    let mut site = Site::of(2);
    site.enter(0, "ann");
    site.speak();
    let late = site.wire.clone();
    site.deliver();
    let goodbye = site.nodes[0].goodbye();
    site.kill(0);
    site.hear(&goodbye);
    site.pass(6);
    late.iter().for_each(|word| site.hear(word));
    assert_eq!(site.counts(), [0]);
}

#[test]
fn of_more_than_two_hundred_only_the_count_is_told() {
    let mut site = Site::of(2);
    for n in 0..MOST_NAMED {
        site.enter(0, &format!("p{n}"));
    }
    site.enter(1, "p7");
    site.pass(2);
    assert_eq!(site.counts(), [200, 200], "named, and one of them on both");
    site.enter(0, "one more");
    let words = site.words(1);
    assert!(words.iter().all(|word| word.len() < 120), "{words:?}");
    assert_eq!(site.counts(), [202, 202], "added up");
    for n in 0..MOST_NAMED {
        site.leave(0, &format!("p{n}"));
    }
    site.pass(6);
    assert_eq!(site.counts(), [2, 2]);
    site.leave(0, "one more");
    site.pass(6);
    assert_eq!(site.counts(), [1, 1]);
    // All at once, over the bound and back to nobody.
    for n in 0..300 {
        site.enter(0, &format!("p{n}"));
    }
    site.pass(1);
    assert_eq!(site.counts(), [301, 301]);
    for n in 0..300 {
        site.leave(0, &format!("p{n}"));
    }
    site.pass(6);
    assert_eq!(site.counts(), [1, 1]);
}

#[test]
fn thousands_are_told_the_less_often_who_is_there_the_more_they_are() {
    let mut site = Site::of(1);
    let told = |site: &mut Site| {
        let turn = site.nodes[0].turn(site.now);
        (told(&turn), turn.due)
    };
    for n in 0..3_000 {
        site.enter(0, &format!("p{n}"));
    }
    assert_eq!(told(&mut site).0, [(lobby(), 3_000)]);
    site.enter(0, "one more");
    let began = site.now;
    let (early, due) = told(&mut site);
    assert!(early.is_empty() && due <= began + Duration::from_secs(3));
    site.now = began + Duration::from_millis(2_999);
    assert_eq!(told(&mut site).0, []);
    site.now = began + Duration::from_secs(3);
    assert_eq!(told(&mut site).0, [(lobby(), 3_001)]);
}

#[test]
fn a_digest_that_does_not_match_asks_for_the_list() {
    let mut site = Site::of(2);
    site.enter(0, "ann");
    site.pass(1);
    // As if the other had made a mistake that it cannot know of.
    let wrong = Change { room: lobby(), what: What::People { came: vec!["nobody".into()], left: vec![] } };
    let step = site.nodes[0].own.step() + 1;
    let said = Said { node: site.nodes[0].id, word: Word::Changes { step, changes: vec![wrong] } };
    site.hear(&said.write());
    assert_eq!(site.counts(), [1, 2]);
    site.pass(12);
    assert_eq!(site.counts(), [1, 1]);
}

#[test]
fn a_long_list_comes_in_pieces_and_counts_only_when_whole() {
    let mut site = Site::of(1);
    let rooms: Vec<_> = (0..100).map(|n| Audience::new(&format!("room:{n}"))).collect();
    for room in &rooms {
        (0..150).for_each(|n| site.nodes[0].enter(room, &format!("somebody-{n}").as_str().into()));
    }
    site.pass(2);
    site.start();
    site.nodes[1].enter(&lobby(), &"ann".into());
    site.speak();
    site.deliver();
    site.speak();
    let list: Vec<_> = std::mem::take(&mut site.wire);
    assert!(list.len() > 5 && list.iter().all(|word| word.len() <= 32 << 10));
    let (lost, heard) = list.split_last().unwrap();
    heard.iter().for_each(|word| site.hear(word));
    assert_eq!(site.nodes[1].count(&rooms[0]), 0);
    site.hear(&heard[0]);
    site.hear(lost);
    assert!(rooms.iter().all(|room| site.nodes[1].count(room) == 150));
    // One of the pieces is lost: it is asked for again.
    site.start();
    site.pass(1);
    site.speak();
    let second = site
        .wire
        .iter()
        .position(|word| matches!(Said::read(word).unwrap().word, Word::List { piece: 1, .. }));
    site.wire.remove(second.expect("a second piece"));
    site.deliver();
    assert_eq!(site.nodes[2].count(&rooms[0]), 0);
    site.pass(15);
    assert!(rooms.iter().all(|room| site.nodes[2].count(room) == 150));
}

#[test]
fn who_is_deaf_takes_nobody_for_dead_and_asks_when_it_hears_again() {
    let mut site = Site::of(2);
    site.enter(0, "ann");
    site.pass(2);
    for _ in 0..100 {
        site.lose();
        assert_eq!(site.counts(), [1, 1]);
    }
    site.enter(0, "ben");
    site.lose();
    site.pass(13);
    assert_eq!(site.counts(), [2, 2]);
    site.nobody_hears_for(40);
}

#[test]
fn a_node_with_nothing_to_say_says_one_small_word_in_ten_seconds() {
    let mut site = Site::of(3);
    for n in 0..100 {
        site.enter(0, &format!("p{n}"));
    }
    site.pass(15);
    let words = site.words(100);
    assert_eq!(words.len(), 30);
    assert!(words.iter().all(|word| word.len() <= 130), "{words:?}");
}

#[test]
fn a_crowd_that_comes_at_once_is_told_in_bounded_words() {
    let mut site = Site::of(2);
    let rooms: Vec<_> = (0..200).map(|n| Audience::new(&format!("room:{n}"))).collect();
    for (n, room) in rooms.iter().enumerate() {
        (0..100).for_each(|m| site.nodes[0].enter(room, &format!("somebody-{n}-{m}").as_str().into()));
    }
    let words = site.words(3);
    assert!(words.len() >= 2 && words.iter().all(|word| word.len() <= 300 << 10));
    assert!(rooms.iter().all(|room| site.nodes[1].count(room) == 100));
    assert_eq!(site.nodes[1].others.dropped(), 0);
}
