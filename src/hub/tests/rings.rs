//! The ring against a plain list: whatever the rooms, the cursor and the way that it takes.

use proptest::prelude::*;

use super::super::cursor::Cursor;
use super::super::ring::Ring;
use super::super::rooms::{FROM_THE_BEGINNING, Rooms};
use super::*;

const ROOMS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn heard(number: u64, rooms: &[usize], document: &str) -> Arc<Heard> {
    let entry = Entry {
        number: Number(number),
        at: 0,
        audiences: rooms.iter().map(|room| Audience::new(ROOMS[*room])).collect(),
        kind: "message".to_owned(),
        document: Key::new(document),
        facts: None,
    };
    let rendering = Rendering { event: Some(event(None, "a", number.to_string())), ..Rendering::default() };
    Arc::new(Heard::new(entry, rendering))
}

proptest! {
    #[test]
    fn every_cursor_hears_its_rooms_in_order_and_once(
        said in prop::collection::vec((1..4u64, prop::collection::btree_set(0..6usize, 1..4)), 0..120),
        at in 0..200u64,
        rooms in prop::collection::btree_map(0..6usize, 0..150u64, 1..7),
        most in 1..50usize,
    ) {
        let mut ring = Ring::new(Number(0), usize::MAX);
        let (mut number, mut plain) = (0, Vec::new());
        for (step, audiences) in &said {
            // Numbers have holes.
            number += step;
            let audiences: Vec<_> = audiences.iter().copied().collect();
            ring.push(heard(number, &audiences, "x"));
            plain.push((number, audiences));
        }
        let mut cursor = Cursor::new(Number(at), Rooms::new([]));
        for (room, from) in &rooms {
            cursor.rooms.hear(Audience::new(ROOMS[*room]), Id { number: Number(*from), ..FROM_THE_BEGINNING });
        }
        let expected: Vec<u64> = plain
            .iter()
            .filter(|(number, audiences)| {
                *number > at && audiences.iter().any(|room| rooms.get(room).is_some_and(|from| number > from))
            })
            .map(|(number, _)| *number)
            .collect();

        // Piece by piece, as a slow line takes it.
        let mut taken = Vec::new();
        loop {
            let mut count = 0;
            let drained = ring.drain(&cursor, &|_, _| true, |_| { count += 1; count >= most });
            prop_assert!(drained.entries.len() <= most);
            taken.extend(drained.entries.iter().map(|heard| heard.number.0));
            cursor.at = drained.upto;
            if drained.entries.is_empty() {
                break;
            }
        }
        prop_assert_eq!(taken, expected);
        prop_assert!(cursor.at >= ring.head());
    }

    #[test]
    fn a_ring_stays_within_its_bounds_and_knows_how_far_it_reaches(
        sizes in prop::collection::vec(0..6usize, 1..100),
        kept in 1..20usize,
    ) {
        let weight = heard(1, &[0], "x").weight();
        let mut ring = Ring::new(Number(0), weight * kept + weight / 2);
        for (number, room) in sizes.iter().enumerate() {
            ring.push(heard(number as u64 + 1, &[*room], "x"));
        }
        prop_assert_eq!(ring.entries(), sizes.len().min(kept));
        let start = sizes.len().saturating_sub(kept) as u64;
        prop_assert!(ring.reaches(Number(start)));
        prop_assert!(start == 0 || !ring.reaches(Number(start - 1)));
        let all = Cursor::new(Number(start), Rooms::new(ROOMS.map(Audience::new)));
        prop_assert_eq!(ring.drain(&all, &|_, _| true, |_| false).entries.len(), sizes.len().min(kept));
    }
}

#[test]
fn what_is_made_anew_stands_in_the_place_of_what_was_there() {
    let mut ring = Ring::new(Number(0), usize::MAX);
    ring.push(heard(1, &[0], "kept"));
    ring.push(heard(2, &[0, 1], "gone"));
    ring.push(heard(3, &[1], "gone"));
    ring.push(heard(4, &[0], "kept"));
    let gone = ring.erased(Erases::Document, &Key::new("gone"));
    assert_eq!(gone, [Number(2), Number(3)]);
    for number in gone {
        let entry = ring.entry(number).expect("it is there").entry();
        ring.replace(Arc::new(Heard::new(entry, Rendering::default())));
    }
    assert!(
        ring.erased(Erases::Document, &Key::new("gone")).is_empty(),
        "of what is forgotten nothing is listed"
    );
    let longer = Rendering { event: Some(event(None, "a", "longer".to_owned())), ..Rendering::default() };
    ring.replace(Arc::new(Heard::new(heard(1, &[0], "kept").entry(), longer)));
    let all = Cursor::new(Number(0), Rooms::new(ROOMS.map(Audience::new)));
    let drained = ring.drain(&all, &|_, _| true, |_| false);
    assert_eq!(drained.entries.iter().map(|heard| heard.number.0).collect::<Vec<_>>(), [1, 4]);
    assert_eq!(drained.upto, Number(4));
    let words = drained.entries[0].bytes(NDJSON);
    assert!(String::from_utf8_lossy(&words).contains("longer"), "{words:?}");
    let first = Cursor::new(Number(0), Rooms::new([Audience::new("a")]));
    assert_eq!(ring.drain(&first, &|_, _| true, |_| false).entries[0].bytes(NDJSON), words);
    let one = Cursor::new(Number(0), Rooms::new([Audience::new("b")]));
    assert!(ring.drain(&one, &|_, _| true, |_| false).entries.is_empty());
}

#[test]
fn what_is_erased_up_to_a_document_is_of_the_same_room_only() {
    let key = |room: &str, number| Key::new("message").part(room).number(Number(number));
    let covers = |other: &Key| Erases::UpToDocument.covers(&key("a", 9), other);
    assert!(covers(&key("a", 9)) && covers(&key("a", 1)));
    assert!(!covers(&key("a", 10)) && !covers(&key("b", 1)) && !covers(&Key::new("message")));
    assert!(!Erases::Document.covers(&key("a", 9), &key("a", 8)));
    assert!(!Erases::Nothing.covers(&key("a", 9), &key("a", 9)));
}

/// An entry about one document, perhaps with words of another.
fn about(number: u64, document: u8, quotes: Option<u8>) -> Arc<Heard> {
    let key = |document: u8| Key::new("message").part("a").number(Number(document.into()));
    let entry = Entry { document: key(document), ..heard(number, &[0], "x").entry() };
    let event = Some(event(None, "a", "words".to_owned()));
    let quotes = quotes.map(key);
    Arc::new(Heard::new(entry, Rendering { event, quotes, ..Rendering::default() }))
}

proptest! {
    #[test]
    fn what_a_change_erases_is_found_as_by_a_walk(
        said in prop::collection::vec((0..5u8, prop::option::of(0..5u8)), 1..40),
        anew in prop::collection::vec((0..40u64, prop::option::of(prop::option::of(0..5u8))), 0..20),
        kept in 1..40usize,
        changed in 0..6u8,
    ) {
        let weight = about(1, 0, Some(1)).weight();
        let mut ring = Ring::new(Number(0), weight * kept);
        for (place, (document, quotes)) in said.iter().enumerate() {
            ring.push(about(place as u64 + 1, *document, *quotes));
        }
        for (place, made) in anew {
            let Some((document, _)) = usize::try_from(place).ok().and_then(|place| said.get(place)) else { continue };
            // It has words of another now, or there is nothing to hear of it any more.
            ring.replace(match made {
                Some(quotes) => about(place + 1, *document, quotes),
                None => Arc::new(Heard::new(about(place + 1, *document, None).entry(), Rendering::default())),
            });
        }
        let changed = Key::new("message").part("a").number(Number(changed.into()));
        for erases in [Erases::Nothing, Erases::Document, Erases::UpToDocument] {
            let covers = |key: &Key| erases.covers(&changed, key);
            let walked: std::collections::BTreeSet<_> = ring
                .entries_after(Number(0))
                .filter(|heard| covers(&heard.document) || heard.quotes.as_ref().is_some_and(covers))
                .map(|heard| heard.number)
                .collect();
            let found: std::collections::BTreeSet<_> = ring.erased(erases, &changed).into_iter().collect();
            prop_assert_eq!(found, walked);
        }
    }
}
