//! Frames as a server writes them (RFC 6455, section 5.2): final, unmasked, header and payload in one.

use bytes::{BufMut, Bytes, BytesMut};

/// The four bits that say what a frame is (section 5.2). The others are reserved.
pub(super) mod opcode {
    pub const CONTINUATION: u8 = 0;
    pub const TEXT: u8 = 1;
    pub const BINARY: u8 = 2;
    pub const CLOSE: u8 = 8;
    pub const PING: u8 = 9;
    pub const PONG: u8 = 10;
}

/// The most that a control frame may carry (section 5.5).
pub(super) const MAX_CONTROL: usize = 125;

/// A whole text message. `payload` must be UTF-8.
pub fn text(payload: &[u8]) -> Bytes {
    frame(opcode::TEXT, payload)
}

/// A ping; at most 125 bytes of `payload` go with it.
pub fn ping(payload: &[u8]) -> Bytes {
    frame(opcode::PING, &payload[..payload.len().min(MAX_CONTROL)])
}

/// A pong; at most 125 bytes of `payload` go with it, which are all that a ping can have brought.
pub fn pong(payload: &[u8]) -> Bytes {
    frame(opcode::PONG, &payload[..payload.len().min(MAX_CONTROL)])
}

/// A close with its code (section 7.4). `reason` is cut after at most 123 bytes, between characters.
pub fn close(code: u16, reason: &str) -> Bytes {
    let reason = &reason[..reason.floor_char_boundary(MAX_CONTROL - 2)];
    frame(opcode::CLOSE, &[&code.to_be_bytes(), reason.as_bytes()].concat())
}

fn frame(opcode: u8, payload: &[u8]) -> Bytes {
    const FINAL: u8 = 0x80;
    let mut frame = BytesMut::with_capacity(payload.len() + 10);
    frame.put_u8(FINAL | opcode);
    match payload.len() {
        length @ 0..=125 => frame.put_u8(length as u8),
        length @ 126..=0xffff => {
            frame.put_u8(126);
            frame.put_u16(length as u16);
        }
        length => {
            frame.put_u8(127);
            frame.put_u64(length as u64);
        }
    }
    frame.put_slice(payload);
    frame.freeze()
}
