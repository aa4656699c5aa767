//! A WebSocket by hand, so that a test can also send what no library would.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::soon;
use crate::running::Running;

/// An open WebSocket.
pub struct Socket {
    stream: TcpStream,
}

/// A frame of the server's.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
    pub opcode: u8,
    pub payload: Vec<u8>,
}

impl Socket {
    /// Shakes hands; more headers are whole lines.
    pub async fn open(server: &Running, path: &str, more: &str) -> Self {
        match Self::handshake(server, path, more).await {
            Ok(socket) => socket,
            Err(head) => panic!("the handshake was refused: {head}"),
        }
    }

    /// Shakes hands, or gives the head of the refusal.
    pub async fn handshake(server: &Running, path: &str, more: &str) -> Result<Self, String> {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(soon(stream.read_u8()).await.expect("an answer"));
        }
        let head = String::from_utf8(head).unwrap();
        if head.starts_with("HTTP/1.1 101 ") {
            // The answer to the example key of RFC 6455, section 1.3.
            assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
            return Ok(Socket { stream });
        }
        Err(head)
    }

    /// Sends bytes as they are.
    pub async fn send_raw(&mut self, bytes: &[u8]) {
        // A server that has closed already resets; what it said before is still to be read.
        let _ = self.stream.write_all(bytes).await;
    }

    /// Sends a text message.
    pub async fn send(&mut self, text: impl ToString) {
        self.send_raw(&frame(0x81, text.to_string().as_bytes())).await;
    }

    /// The next frame; none when the connection has ended.
    pub async fn frame(&mut self) -> Option<Frame> {
        soon(async {
            let first = self.stream.read_u8().await.ok()?;
            let length = match self.stream.read_u8().await.ok()? {
                126 => u64::from(self.stream.read_u16().await.ok()?),
                127 => self.stream.read_u64().await.ok()?,
                length => u64::from(length),
            };
            assert_eq!(first & 0xf0, 0x80, "whole frames, without reserved bits");
            assert!(length < 1 << 20, "not masked, and of a size that can be");
            let mut payload = vec![0; length as usize];
            self.stream.read_exact(&mut payload).await.ok()?;
            Some(Frame { opcode: first & 0x0f, payload })
        })
        .await
    }

    /// The next text message.
    pub async fn text(&mut self) -> String {
        loop {
            let frame = self.frame().await.expect("the socket to stay open");
            match frame.opcode {
                1 => return String::from_utf8(frame.payload).unwrap(),
                9 | 10 => {}
                other => panic!("opcode {other}: {}", String::from_utf8_lossy(&frame.payload)),
            }
        }
    }

    /// The next object that has this name in it, whole.
    pub async fn object(&mut self, name: &str) -> Value {
        loop {
            let object: Value = serde_json::from_str(&self.text().await).unwrap();
            if object.get(name).is_some() {
                return object;
            }
        }
    }

    /// The close code and reason; what comes before it is passed over. The connection ends behind it.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            let frame = self.frame().await.expect("a close frame");
            if frame.opcode == 8 {
                let (code, reason) = frame.payload.split_first_chunk().expect("a close code");
                let reason = String::from_utf8(reason.to_vec()).unwrap();
                assert_eq!(self.frame().await, None, "nothing comes behind a close");
                return (u16::from_be_bytes(*code), reason);
            }
        }
    }
}

/// A masked frame with this first byte.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x12, 0x34, 0x56, 0x78];
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
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}
