use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};
use tokio_tungstenite::tungstenite::{Message, WebSocket};

use super::*;

const MAX: usize = 100_000;
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A client's frame, masked, with its length in the shortest form.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..=125 => frame.push(0x80 | length as u8),
        length @ 126..=0xffff => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(MASK);
    frame.extend(payload.iter().enumerate().map(|(index, byte)| byte ^ MASK[index % 4]));
    frame
}

/// All that a client said in the given pieces, up to the first violation.
fn read<'a>(
    max: usize,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Incoming>, Option<Violation>, BytesMut) {
    let (mut reader, mut buffer, mut said) = (Reader::new(max), BytesMut::new(), Vec::new());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            match reader.read(&mut buffer) {
                Ok(Some(incoming)) => said.push(incoming),
                Ok(None) => break,
                Err(violation) => return (said, Some(violation), buffer),
            }
        }
    }
    (said, None, buffer)
}

/// The close code with which these frames are refused.
fn refused(frames: &[u8]) -> Option<u16> {
    let whole = read(MAX, [frames]).1;
    assert_eq!(whole, read(MAX, frames.chunks(1)).1);
    whole.map(|violation| violation.code)
}

#[test]
fn the_key_of_the_rfc_gets_the_answer_of_the_rfc() {
    assert_eq!(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

#[test]
fn frames_are_written_as_in_the_rfc() {
    assert_eq!(text(b"Hello"), &b"\x81\x05Hello"[..]);
    assert_eq!(ping(b"Hello"), &b"\x89\x05Hello"[..]);
    assert_eq!(pong(b"Hello"), &b"\x8a\x05Hello"[..]);
    assert_eq!(close(1000, "bye"), &b"\x88\x05\x03\xe8bye"[..]);
    assert_eq!(&text(&[b'x'; 125])[..2], b"\x81\x7d");
    assert_eq!(&text(&[b'x'; 126])[..4], b"\x81\x7e\x00\x7e");
    assert_eq!(&text(&[b'x'; 65535])[..4], b"\x81\x7e\xff\xff");
    assert_eq!(&text(&[b'x'; 65536])[..10], b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00");
}

#[test]
fn control_frames_are_cut_to_what_they_may_carry() {
    assert_eq!(ping(&[0; 200]).len(), 127);
    assert_eq!(pong(&[0; 200]).len(), 127);
    let close = close(1008, &"é".repeat(100));
    assert_eq!(close.len(), 2 + 2 + 122, "between characters");
    assert!(std::str::from_utf8(&close[4..]).is_ok());
}

#[test]
fn the_masked_hello_of_the_rfc_is_read() {
    let hello = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    assert_eq!(read(MAX, [&hello[..]]).0, [Incoming::Text("Hello".into())]);
}

#[test]
fn a_ping_may_stand_between_fragments() {
    let frames =
        [frame(0x01, "h\u{e9}".as_bytes()[..2].into()), frame(0x89, b"?"), frame(0x80, b"\xa9!")].concat();
    let expected = [Incoming::Ping(Bytes::from_static(b"?")), Incoming::Text("h\u{e9}!".into())];
    assert_eq!(read(MAX, [&frames[..]]).0, expected);
    assert_eq!(read(MAX, frames.chunks(1)).0, expected);
}

#[test]
fn what_the_rfc_forbids_is_refused() {
    assert_eq!(refused(b"\x81\x05Hello"), Some(1002), "not masked");
    for first in [0xc1, 0xa1, 0x91] {
        assert_eq!(refused(&frame(first, b"x")), Some(1002), "reserved bit {first:x}");
    }
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        assert_eq!(refused(&frame(0x80 | opcode, b"")), Some(1002), "reserved opcode {opcode}");
    }
    assert_eq!(refused(&frame(0x80, b"x")), Some(1002), "nothing to continue");
    assert_eq!(refused(&[frame(0x01, b"x"), frame(0x81, b"y")].concat()), Some(1002), "a message inside one");
    assert_eq!(refused(&frame(0x09, b"x")), Some(1002), "a fragmented ping");
    for opcode in [0x88, 0x89, 0x8a] {
        assert_eq!(refused(&frame(opcode, &[b'x'; 126])), Some(1002), "a long control frame");
    }
    assert_eq!(refused(b"\x81\xfe\x00\x7d"), Some(1002), "125 in the long form");
    assert_eq!(refused(b"\x81\xff\x00\x00\x00\x00\x00\x00\xff\xff"), Some(1002), "65535 in the longest form");
    assert_eq!(
        refused(b"\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00"),
        Some(1002),
        "the highest bit of a length"
    );
}

#[test]
fn text_must_be_utf_8_also_across_fragments() {
    assert_eq!(refused(&frame(0x81, b"\xff")), Some(1007));
    assert_eq!(refused(&[frame(0x01, b"\xc3"), frame(0x80, b"\x28")].concat()), Some(1007));
    assert_eq!(refused(&[frame(0x01, b"\xc3"), frame(0x80, b"\xa9")].concat()), None);
    assert_eq!(refused(&frame(0x88, b"\x03\xe8\xff")), Some(1007));
    assert_eq!(refused(&frame(0x82, b"\xff")), None, "binary may be anything");
}

#[test]
fn close_codes() {
    assert_eq!(read(MAX, [&frame(0x88, b"")[..]]).0, [Incoming::Close { code: None, reason: String::new() }]);
    assert_eq!(
        read(MAX, [&frame(0x88, b"\x03\xe9bye")[..]]).0,
        [Incoming::Close { code: Some(1001), reason: "bye".into() }]
    );
    assert_eq!(refused(&frame(0x88, b"\x03")), Some(1002));
    for code in [0u16, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535] {
        assert_eq!(refused(&frame(0x88, &code.to_be_bytes())), Some(1002), "{code}");
    }
    for code in [1000u16, 1003, 1007, 1014, 3000, 4999] {
        assert_eq!(refused(&frame(0x88, &code.to_be_bytes())), None, "{code}");
    }
}

#[test]
fn too_large_is_refused_by_its_head_alone_and_reserves_nothing() {
    let (_, violation, buffer) = read(MAX, [&b"\x81\xff\x00\x00\x00\x7f\xff\xff\xff\xff"[..]]);
    assert_eq!(violation.expect("refused").code, 1009);
    assert!(buffer.capacity() < 1024);

    let claims_the_most = [&b"\x82\xff"[..], &(MAX as u64).to_be_bytes(), &MASK].concat();
    let (said, violation, buffer) = read(MAX, [&claims_the_most[..]]);
    assert_eq!((said, violation), (vec![], None));
    assert!(buffer.capacity() < 1024);

    let (said, violation, _) = read(8, [&[frame(0x01, b"12345"), frame(0x80, b"678")].concat()[..]]);
    assert_eq!((said, violation), (vec![Incoming::Text("12345678".into())], None));
    let (_, violation, _) = read(8, [&[frame(0x01, b"12345"), frame(0x80, b"6789")].concat()[..]]);
    assert_eq!(violation.expect("the sum counts").code, 1009);
}

/// A stream for the other implementation: reads what we give it, keeps what it writes.
struct Pipe(std::io::Cursor<Vec<u8>>, Vec<u8>);

impl std::io::Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl std::io::Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.1.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn client(incoming: &[u8]) -> WebSocket<Pipe> {
    let pipe = Pipe(std::io::Cursor::new(incoming.to_vec()), Vec::new());
    WebSocket::from_raw_socket(pipe, Role::Client, None)
}

fn any_payload() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,40}",
        (0usize..4).prop_map(|index| "x".repeat([125, 126, 65535, 65536][index])),
        "\\PC{60,200}"
    ]
}

/// Frames that are mostly right, and some bytes that are no frames.
fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![
        8 => proptest::sample::select(vec![0x00u8, 0x80, 0x01, 0x81, 0x02, 0x82, 0x88, 0x89, 0x8a]),
        1 => any::<u8>(),
    ];
    prop_oneof![
        8 => (first.clone(), "\\PC{0,20}").prop_map(|(first, text)| frame(first, text.as_bytes())),
        2 => (first, proptest::collection::vec(any::<u8>(), 0..70)).prop_map(|(first, bytes)| frame(first, &bytes)),
        1 => proptest::collection::vec(any::<u8>(), 0..20),
    ]
}

proptest! {
    #[test]
    fn another_implementation_reads_what_we_write(payload in any_payload(), control in "[a-z]{0,120}") {
        let written = [
            text(payload.as_bytes()),
            ping(control.as_bytes()),
            pong(control.as_bytes()),
            close(1013, &control),
        ].concat();
        let mut client = client(&written);
        prop_assert_eq!(client.read().expect("text"), Message::text(payload));
        prop_assert_eq!(client.read().expect("ping"), Message::Ping(Bytes::from(control.clone())));
        prop_assert_eq!(client.read().expect("pong"), Message::Pong(Bytes::from(control.clone())));
        let reason = CloseFrame { code: CloseCode::Again, reason: control.into() };
        prop_assert_eq!(client.read().expect("close"), Message::Close(Some(reason)));
    }

    #[test]
    fn we_read_what_another_implementation_writes(payload in any_payload(), control in "[a-z]{0,120}") {
        let mut client = client(&[]);
        client.send(Message::text(payload.clone())).expect("text");
        client.send(Message::Ping(Bytes::from(control.clone()))).expect("ping");
        client.send(Message::binary(payload.clone().into_bytes())).expect("binary");
        client.send(Message::Pong(Bytes::from(control.clone()))).expect("pong");
        client.close(Some(CloseFrame { code: CloseCode::Away, reason: control.clone().into() })).expect("close");
        let expected = [
            Incoming::Text(payload.clone()),
            Incoming::Ping(Bytes::from(control.clone())),
            Incoming::Binary(Bytes::from(payload)),
            Incoming::Pong(Bytes::from(control.clone())),
            Incoming::Close { code: Some(1001), reason: control },
        ];
        let written = &client.get_ref().1;
        prop_assert_eq!(&read(MAX, [&written[..]]).0, &expected);
        prop_assert_eq!(&read(MAX, written.chunks(1)).0, &expected);
    }

    #[test]
    fn any_bytes_end_the_same_whole_or_in_pieces(frames in proptest::collection::vec(any_frame(), 0..6)) {
        let bytes = frames.concat();
        let (said, violation, _) = read(64, [&bytes[..]]);
        prop_assert_eq!((said, violation), {
            let (said, violation, _) = read(64, bytes.chunks(1));
            (said, violation)
        });
    }
}
