use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::wire::{EpochId, Number};

const MAX: usize = 4096;

fn received(id: &str, name: &str, data: &str) -> Received {
    Received { id: id.into(), name: name.into(), data: data.into() }
}

/// All events of a stream that comes in the given pieces, and the reader after it.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Result<Received, TooLarge>>, Reader) {
    let mut reader = Reader::new(MAX);
    let mut events = Vec::new();
    for piece in pieces {
        reader.push(piece);
        events.extend(reader.by_ref());
    }
    (events, reader)
}

fn read_text(text: &str) -> Vec<Received> {
    let (events, _) = read([text.as_bytes()]);
    events.into_iter().map(|event| event.expect("not too large")).collect()
}

fn an_id() -> Id {
    Id { epoch: EpochId(0x5f3a_09c1), number: Number(1027) }
}

#[test]
fn an_event_is_written_so() {
    assert_eq!(event(Some(an_id()), None, "hello"), "id: 5f3a09c1-1027\ndata: hello\n\n");
    assert_eq!(event(None, Some("here"), "{}"), "event: here\ndata: {}\n\n");
    assert_eq!(event(None, None, ""), "data: \n\n");
    assert_eq!(event(None, None, "a\r\nb\rc\n"), "data: a\ndata: b\ndata: c\ndata: \n\n");
    assert_eq!(mark(an_id()), "id: 5f3a09c1-1027\n\n");
    assert_eq!(retry(Duration::from_millis(2500)), "retry: 2500\n\n");
}

#[test]
fn the_allocation_is_exactly_as_large_as_the_event() {
    let bytes = event(Some(an_id()), Some("here"), "a\nb\r\nc");
    let vec = Vec::from(bytes);
    assert_eq!(vec.capacity(), vec.len());
}

#[test]
fn a_name_cannot_break_out() {
    let bytes = event(None, Some("a\n\ndata: forged\r\rid: 9"), "x");
    assert_eq!(read([&bytes[..]]).0, [Ok(received("", "adata: forgedid: 9", "x"))]);
}

#[test]
fn the_examples_of_the_standard() {
    let stocks = "data: YHOO\ndata: +2\ndata: 10\n\n";
    assert_eq!(read_text(stocks), [received("", "message", "YHOO\n+2\n10")]);
    let ids = ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n";
    assert_eq!(
        read_text(ids),
        [
            received("1", "message", "first event"),
            received("", "message", "second event"),
            received("", "message", " third event"),
        ]
    );
    // The last block has no blank line after it, and is not an event.
    assert_eq!(
        read_text("data\n\ndata\ndata\n\ndata:"),
        [received("", "message", ""), received("", "message", "\n")]
    );
    assert_eq!(read_text("data:test\n\ndata: test\n\n"), vec![received("", "message", "test"); 2]);
}

#[test]
fn lines_end_with_cr_lf_or_both_even_across_pieces() {
    let expected = [Ok(received("", "x", "a\nb")), Ok(received("", "message", "c"))];
    for end in ["\n", "\r", "\r\n"] {
        let text = ["event: x", "data: a", "data: b", "", "data: c", "", ""].join(end);
        assert_eq!(read([text.as_bytes()]).0, expected, "{end:?}");
        assert_eq!(read(text.as_bytes().chunks(1)).0, expected, "{end:?}");
    }
    // CR alone is enough to dispatch: nothing waits for an LF that may never come.
    assert_eq!(read_text("data: a\r\r").len(), 1);
    // CR and a later LF that belongs to it are one line end, not a blank line.
    assert_eq!(read_text("data: a\r\ndata: b\r\n\r\n"), [received("", "message", "a\nb")]);
}

#[test]
fn a_byte_order_mark_is_skipped_once_and_only_at_the_start() {
    let text = "\u{feff}data: a\n\n\u{feff}data: b\n\ndata: \u{feff}c\n\n";
    let expected = [Ok(received("", "message", "a")), Ok(received("", "message", "\u{feff}c"))];
    assert_eq!(read([text.as_bytes()]).0, expected);
    assert_eq!(read(text.as_bytes().chunks(1)).0, expected);
}

#[test]
fn an_id_alone_moves_the_resume_point_and_dispatches_nothing() {
    let (events, reader) = read([&b"id: 7\ndata: a\n\nid: 9\n\n"[..]]);
    assert_eq!(events, [Ok(received("7", "message", "a"))]);
    assert_eq!(reader.last_id(), "9");
    // Of a block that was cut off nothing counts, not even its id.
    let (_, reader) = read([&b"id: 9\n\nid: 10\ndata: a\n"[..]]);
    assert_eq!(reader.last_id(), "9");
}

#[test]
fn a_new_connection_keeps_the_resume_point_and_nothing_half_done() {
    let (_, mut reader) = read([&b"retry: 7\n\nid: 9\n\nid: 10\nevent: x\ndata: a\nda"[..]]);
    reader.reconnected();
    assert_eq!((reader.last_id(), reader.retry()), ("9", Some(Duration::from_millis(7))));
    reader.push(b"\ndata: b\n\n");
    assert_eq!(reader.next(), Some(Ok(received("9", "message", "b"))));
}

#[test]
fn an_id_with_nul_is_ignored_and_an_empty_one_resets() {
    let (events, reader) = read([&b"id: 1\n\nid: 2\0\ndata: a\n\nid:\ndata: b\n\n"[..]]);
    assert_eq!(events, [Ok(received("1", "message", "a")), Ok(received("", "message", "b"))]);
    assert_eq!(reader.last_id(), "");
}

#[test]
fn retry_takes_only_digits() {
    let retry = |text: &str| read([text.as_bytes()]).1.retry();
    assert_eq!(retry("retry: 1500\n"), Some(Duration::from_millis(1500)));
    for ignored in
        ["retry:\n", "retry: -1\n", "retry: 1.5\n", "retry: \u{661}\n", "retry: 99999999999999999999\n"]
    {
        assert_eq!(retry(ignored), None, "{ignored}");
        assert_eq!(retry(&format!("retry: 7\n{ignored}")), Some(Duration::from_millis(7)), "{ignored}");
    }
}

#[test]
fn unknown_fields_and_comments_mean_nothing() {
    let text = ":data: x\nDATA: y\n data: z\nname: n\ndata: a\n\n:\n\nevent: only a name\n\ndata: b\n\n";
    assert_eq!(read_text(text), [received("", "message", "a"), received("", "message", "b")]);
}

#[test]
fn bytes_that_are_no_utf_8_become_replacement_characters() {
    let (events, _) = read([&b"data: a\xff\xe2\x82\n\n"[..]]);
    assert_eq!(events, [Ok(received("", "message", "a\u{fffd}\u{fffd}"))]);
}

#[test]
fn too_large_ends_the_stream() {
    let long = "x".repeat(MAX);
    let split = format!("data: {}\n", &long[..MAX / 2]).repeat(2);
    for text in [format!("data: {long}"), format!(":{long}\n\n"), split, format!("id: {long}\n")] {
        let (events, mut reader) = read([text.as_bytes()]);
        assert_eq!(events, [Err(TooLarge { max: MAX })]);
        reader.push(b"\n\ndata: a\n\n");
        assert_eq!(reader.next(), None);
    }
    let comments = ": still here\n".repeat(MAX);
    assert_eq!(read_text(&format!("{comments}data: a\n\n")).len(), 1, "what is not kept costs nothing");
}

/// What people might try to break a frame with.
pub(crate) fn any_text() -> impl Strategy<Value = String> {
    let bits = prop_oneof![
        "\\PC{0,8}",
        any::<char>().prop_map(String::from),
        proptest::sample::select(vec![
            "\r", "\n", "\r\n", "\n\n", "\0", "\u{2028}", "\u{2029}", "\u{85}", "\u{feff}", "data:", "id: 9",
            "event: x", "retry: 1", ":", " ", "\"", "\\n",
        ])
        .prop_map(String::from),
    ];
    proptest::collection::vec(bits, 0..12).prop_map(|bits| bits.concat())
}

/// The text with every line end as LF.
pub(crate) fn with_lf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

proptest! {
    #[test]
    fn any_text_is_one_event_and_comes_out_as_it_went_in(data in any_text(), name in any_text()) {
        let bytes = event(Some(an_id()), Some(&name), &data);
        let name: String = name.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
        let name = if name.is_empty() { "message" } else { &name };
        let expected = received("5f3a09c1-1027", name, &with_lf(&data));
        prop_assert_eq!(read([&bytes[..]]).0, [Ok(expected)]);
    }

    #[test]
    fn pieces_make_no_difference(text in any_text(), sizes in proptest::collection::vec(1usize..9, 1..40)) {
        let mut bytes = text.repeat(3).into_bytes();
        bytes.extend_from_slice(b"\xff\n\n");
        let mut rest = &bytes[..];
        let mut pieces = Vec::new();
        for size in sizes.iter().cycle() {
            let (piece, after) = rest.split_at(rest.len().min(*size));
            pieces.push(piece);
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        let (whole, after_whole) = read([&bytes[..]]);
        let (parts, after_parts) = read(pieces);
        prop_assert_eq!(whole, parts);
        prop_assert_eq!(after_whole.last_id(), after_parts.last_id());
        prop_assert_eq!(after_whole.retry(), after_parts.retry());
    }
}
