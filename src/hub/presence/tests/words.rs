//! Words from elsewhere: those of other nodes, of no node, and of somebody who means harm.

use super::*;
use crate::hub::presence::others::MOST_PLACES;
use crate::hub::presence::words::{Change, What};

fn said(node: u64, word: Word) -> Bytes {
    Said { node: NodeId(node), word }.write()
}

fn count(room: &str, count: u32) -> Change {
    Change { room: Audience::new(room), what: What::Count(count) }
}

#[test]
fn words_are_read_as_they_were_written_and_are_small() {
    let change = Change {
        room: lobby(),
        what: What::People { came: vec!["ann".into()], left: vec!["\"ben\"\n".into()] },
    };
    let most = u64::MAX;
    for (word, bytes) in [
        (Word::Goodbye, 50),
        (Word::Ask { of: vec![] }, 60),
        (Word::Digest { step: most, hash: most, rooms: 1_000_000 }, 130),
        (Word::Changes { step: 3, changes: vec![] }, 80),
        (Word::Changes { step: 3, changes: vec![change.clone(), count("room:b", 201)] }, 200),
        (Word::List { step: most, piece: 2, pieces: 3, changes: vec![change] }, 200),
    ] {
        let said = Said { node: NodeId(most), word };
        let payload = said.write();
        assert!(Said::is_one(&payload) && payload.len() <= bytes, "{payload:?}");
        assert_eq!(Said::read(&payload), Some(said));
    }
}

#[test]
fn what_is_no_word_is_read_as_none() {
    for payload in [
        &b""[..],
        b"~",
        b"~{}",
        b"~[]",
        b"~\xff\xfe",
        br#"{"node":1,"word":"goodbye"}"#,
        br#"~{"node":-1,"word":"goodbye"}"#,
        br#"~{"node":1,"word":"dance"}"#,
        br#"~{"node":1,"word":{"list":{"step":1,"piece":-1,"pieces":0,"changes":[]}}}"#,
    ] {
        assert_eq!(Said::read(payload), None, "{payload:?}");
    }
    let huge = said(1, Word::Ask { of: vec![NodeId(u64::MAX); 60_000] });
    assert_eq!(Said::read(&huge), None);
    let deep = [b"~".to_vec(), b"[".repeat(100_000)].concat();
    assert_eq!(Said::read(&deep), None);
}

#[test]
fn words_that_make_no_sense_do_no_harm_and_are_healed() {
    let mut site = Site::of(2);
    site.enter(0, "ann");
    site.pass(1);
    let node = site.nodes[0].id.0;
    for word in [
        Word::List { step: u64::MAX, piece: 0, pieces: 0, changes: vec![] },
        Word::List { step: u64::MAX, piece: usize::MAX, pieces: usize::MAX, changes: vec![] },
        Word::Changes { step: u64::MAX, changes: vec![count("room:lobby", u32::MAX)] },
        Word::Digest { step: u64::MAX, hash: 0, rooms: usize::MAX },
        Word::Ask { of: vec![NodeId(node), NodeId(node)] },
    ] {
        site.hear(&said(node, word.clone()));
        site.hear(&said(77, word));
        site.pass(1);
    }
    site.pass(32);
    assert_eq!(site.counts(), [1, 1]);
    assert!(site.nodes.iter().all(|node| node.others.len() == 1));
}

#[test]
fn what_one_node_may_take_up_has_a_bound() {
    let mut site = Site::of(1);
    let changes: Vec<_> = (0..MOST_PLACES as u32 + 10).map(|n| count(&format!("{n}"), 1)).collect();
    for (step, some) in (1..).zip(changes.chunks(10_000)) {
        site.hear(&said(7, Word::Changes { step, changes: some.to_vec() }));
    }
    assert_eq!(site.nodes[0].dropped(), 10);
    let long = "x".repeat(300);
    let step = changes.len().div_ceil(10_000) as u64 + 1;
    let people = What::People { came: vec![long.as_str().into()], left: vec![] };
    let changes = vec![count(&long, 1), count("0", 0), Change { room: lobby(), what: people }];
    site.hear(&said(7, Word::Changes { step, changes }));
    assert_eq!(site.nodes[0].dropped(), 12);
    // It cannot match what was left out, and does not ask for it again and again.
    site.pass(1);
    site.hear(&said(7, Word::Digest { step, hash: 1, rooms: 1 }));
    let said = site.words(8);
    assert!(said.iter().all(|word| !matches!(Said::read(word).unwrap().word, Word::Ask { .. })), "{said:?}");
    site.pass(40);
    assert!(site.nodes[0].others.room(&Audience::new("1")).is_none(), "it was silent");
}

#[test]
fn how_many_nodes_there_may_be_has_a_bound() {
    let mut site = Site::of(1);
    for node in 0..1_000 {
        site.hear(&said(node, Word::Changes { step: 1, changes: vec![count("room:lobby", 1)] }));
    }
    assert_eq!((site.counts()[0], site.nodes[0].dropped()), (256, 744));
    site.pass(31);
    assert_eq!(site.counts(), [0]);
}
