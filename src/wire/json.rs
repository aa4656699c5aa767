//! JSON of our own objects: written into a buffer that each thread keeps, and taken from it at its right length.
//!
//! What is written is kept (in the ring, in a store, until it is sent), so it should hold no more memory than it has bytes.

use std::cell::Cell;

use serde::Serialize;

/// The largest buffer that a thread keeps, in bytes.
const MOST_KEPT: usize = 64 << 10;

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Writes a value as JSON, and makes of the bytes what is wanted of them.
#[expect(
    clippy::expect_used,
    reason = "our own structs of strings, numbers and raw JSON have no map with odd keys to fail on"
)]
pub fn write<T>(value: &(impl Serialize + ?Sized), make: impl FnOnce(&[u8]) -> T) -> T {
    // Taken while it is written to: what is written might write JSON itself.
    let mut buffer = BUFFER.take();
    buffer.clear();
    serde_json::to_writer(&mut buffer, value).expect("serializable");
    let made = make(&buffer);
    if buffer.capacity() <= MOST_KEPT {
        BUFFER.set(buffer);
    }
    made
}

/// A value as JSON text.
#[expect(clippy::expect_used, reason = "JSON is written as UTF-8")]
pub fn text(value: &(impl Serialize + ?Sized)) -> String {
    write(value, |json| str::from_utf8(json).expect("UTF-8").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_holds_no_more_than_it_has() {
        let json = text(&["a".repeat(100), "b".repeat(1000)]);
        assert_eq!((json.len(), json.capacity()), (1107, 1107));
        assert_eq!(text(&1), "1");
    }

    #[test]
    fn a_large_value_leaves_no_large_buffer() {
        assert_eq!(text(&"x".repeat(MOST_KEPT)).len(), MOST_KEPT + 2);
        assert_eq!(BUFFER.take().capacity(), 0);
    }

    struct Nested;

    impl Serialize for Nested {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(&text(&[1, 2]))
        }
    }

    #[test]
    fn what_is_written_may_write() {
        assert_eq!(text(&[Nested, Nested]), r#"["[1,2]","[1,2]"]"#);
    }
}
