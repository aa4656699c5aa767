//! The server's reader of client frames: pieces of any size make no difference, and what is taken is never
//! larger than allowed.

#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use openline::wire::websocket::{self, Incoming, Reader, Violation};

const MAX: usize = 256;

fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Incoming>, Option<Violation>) {
    let (mut reader, mut buffer, mut said) = (Reader::new(MAX), BytesMut::new(), Vec::new());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            match reader.read(&mut buffer) {
                Ok(Some(incoming)) => said.push(incoming),
                Ok(None) => break,
                Err(violation) => return (said, Some(violation)),
            }
        }
        assert!(buffer.len() <= MAX + 14 || piece.len() > 7, "a whole message waits in the buffer");
    }
    (said, None)
}

fuzz_target!(|bytes: &[u8]| {
    let whole = read(std::iter::once(bytes));
    for size in [1, 2, 7] {
        assert_eq!(whole, read(bytes.chunks(size)));
    }
    for incoming in whole.0 {
        match incoming {
            Incoming::Text(text) => assert!(text.len() <= MAX),
            Incoming::Binary(bytes) => assert!(bytes.len() <= MAX),
            Incoming::Ping(bytes) => assert_eq!(websocket::pong(&bytes).len(), bytes.len() + 2),
            Incoming::Pong(bytes) => assert!(bytes.len() <= 125),
            Incoming::Close { code, reason } => {
                assert_eq!(websocket::close(code.unwrap_or(1000), &reason).len(), reason.len() + 4);
            }
        }
    }
});
