//! For tests: a peer that answers each connection as told, however wrong, and tells what it was asked; and a
//! console that can be read.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::TimeZone;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::Console;

/// The peer. Each answer is for one connection, which is closed after it.
pub struct Scripted {
    pub url: String,
    task: JoinHandle<Vec<String>>,
}

impl Scripted {
    pub async fn new(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let task = tokio::spawn(async move {
            let mut asked = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                asked.push(request(&mut stream).await);
                stream.write_all(answer.as_bytes()).await.expect("written");
            }
            asked
        });
        Scripted { url, task }
    }

    /// What it was asked, once it has given all its answers; then nobody listens any more.
    pub async fn asked(self) -> Vec<String> {
        self.task.await.expect("the script ran to its end")
    }
}

/// The head and the body of a request.
async fn request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    loop {
        let mut bytes = [0; 4096];
        let count = stream.read(&mut bytes).await.expect("read");
        text.push_str(std::str::from_utf8(&bytes[..count]).expect("ASCII"));
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().expect("a number")) {
                return text;
            }
        }
        assert!(count > 0, "a whole request: {text}");
    }
}

/// An answer that ends with its connection.
pub fn answer(status: u16, kind: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} x\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n{body}")
}

/// What was written.
#[derive(Clone, Default)]
pub struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()).expect("text")
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A console, and what its two outputs got.
pub fn console() -> (Console, Written, Written) {
    let (out, notes) = (Written::default(), Written::default());
    let console = Console {
        out: Box::new(out.clone()),
        notes: Box::new(notes.clone()),
        colour: false,
        zone: TimeZone::UTC,
    };
    (console, out, notes)
}
