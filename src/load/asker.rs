//! One connection that asks and waits for the answer, for what is not a post of many.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection with no request under way.
pub struct Asker {
    stream: TcpStream,
    server: SocketAddr,
}

/// What came back.
pub struct Answer {
    /// The status.
    pub status: u16,
    head: String,
    /// The body.
    pub body: String,
}

impl Asker {
    /// Connects.
    pub fn connect(server: SocketAddr) -> Result<Asker> {
        let stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Asker { stream, server })
    }

    /// Asks with a JSON body, as whoever this cookie is; nobody if it is empty.
    pub fn ask(&mut self, method: &str, path: &str, cookie: &str, json: &str) -> Result<Answer> {
        let cookie = if cookie.is_empty() { String::new() } else { format!("Cookie: {cookie}\r\n") };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{cookie}Content-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{json}",
            self.server,
            json.len(),
        );
        self.stream.write_all(request.as_bytes())?;
        let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
        loop {
            if let Some(answer) = Answer::read(&bytes)? {
                return Ok(answer);
            }
            match self.stream.read(&mut chunk)? {
                0 => anyhow::bail!("the server closed the connection"),
                read => bytes.extend_from_slice(&chunk[..read]),
            }
        }
    }
}

impl Answer {
    /// A whole answer; nothing if there is more to come.
    fn read(bytes: &[u8]) -> Result<Option<Answer>> {
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
        let head = std::str::from_utf8(&bytes[..end])?.to_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("a status")?;
        let mut answer = Answer { status, head, body: String::new() };
        let length = answer.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let body = &bytes[end + 4..];
        if body.len() < length {
            return Ok(None);
        }
        answer.body = String::from_utf8_lossy(body).into_owned();
        Ok(Some(answer))
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut pairs = self.head.lines().filter_map(|line| line.split_once(": "));
        pairs.find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The answer, if it has this status.
    pub fn expect(self, status: u16) -> Result<Answer> {
        ensure!(self.status == status, "{} instead of {status}: {}", self.status, self.body);
        Ok(self)
    }
}
