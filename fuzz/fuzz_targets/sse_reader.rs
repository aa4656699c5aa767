//! The client's reader of event streams: pieces of any size make no difference, its bound holds, and what
//! it dispatches is written and read again as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use openline::wire::sse::{self, Reader, Received, TooLarge};

const MAX: usize = 256;

fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Result<Received, TooLarge>>, Reader) {
    let mut reader = Reader::new(MAX);
    let mut events = Vec::new();
    for piece in pieces {
        reader.push(piece);
        events.extend(reader.by_ref());
    }
    (events, reader)
}

fuzz_target!(|bytes: &[u8]| {
    let (whole, after_whole) = read(std::iter::once(bytes));
    for size in [1, 2, 7] {
        let (parts, after_parts) = read(bytes.chunks(size));
        assert_eq!(whole, parts);
        assert_eq!(after_whole.last_id(), after_parts.last_id());
        assert_eq!(after_whole.retry(), after_parts.retry());
    }
    for event in whole.into_iter().flatten() {
        let written = sse::event(None, Some(&event.name), &event.data);
        let mut reader = Reader::new(usize::MAX);
        reader.push(&written);
        assert_eq!(reader.next(), Some(Ok(Received { id: String::new(), ..event })));
        assert_eq!(reader.next(), None);
    }
});
