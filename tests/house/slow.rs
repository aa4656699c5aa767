//! Readers that are slow or stuck: they cost the others nothing, and lose nothing that they come back for.

use serde_json::json;
use socket2::{Domain, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use openline::wire::sse::Reader;

use crate::client::{Line, Said, post, say, soon, until};
use crate::raw::rest;
use crate::running::Running;

/// A connection that can take little before it is read. HTTP/1.0, so that the stream comes as it is.
async fn small_line(server: &Running) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.set_nonblocking(true).unwrap();
    let mut stream = TcpSocket::from_std_stream(socket.into()).connect(server.address()).await.unwrap();
    let ask = "GET /rooms/lobby HTTP/1.0\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(soon(stream.read_u8()).await.unwrap());
    }
    stream
}

fn large(count: usize) -> String {
    format!("{count} {}", "x".repeat(48_000))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_reads_nothing_is_cut_and_the_others_lose_nothing() {
    let server = Running::with("metrics = \"127.0.0.1:0\"\n[limits]\nwrite_timeout = \"2s\"");
    let mut stuck = small_line(&server).await;
    let mut line = Line::sse(&server, "/rooms/lobby", &[]).await;
    line.hello().await;
    for count in 0..200 {
        say(&server, "lobby", &large(count)).await;
        assert!(line.bodies(1).await[0].starts_with(&format!("{count} ")), "at once, and in order");
    }
    until(async || server.metrics().await["openline_lines_cut_total"] >= 1.0).await;
    until(async || server.metrics().await["openline_lines_sse"] == 1.0).await;
    rest(&mut stuck).await;
    say(&server, "lobby", "after").await;
    assert_eq!(line.bodies(1).await, ["after"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_reads_slowly_falls_off_the_ring_and_still_gets_everything_in_order() {
    const COUNT: usize = 200;
    let server = Running::with("metrics = \"127.0.0.1:0\"\n[ring]\nbytes = \"128KiB\"");
    let mut slow = small_line(&server).await;
    for count in 0..COUNT {
        let sent = json!({ "body": large(count) }).to_string();
        assert_eq!(post(&server, "/rooms/lobby", "application/json", &sent).await.status, 201);
    }
    let (mut reader, mut heard, mut chunk) = (Reader::new(1 << 20), Vec::new(), [0; 4096]);
    while heard.len() < COUNT {
        let read = soon(slow.read(&mut chunk)).await.unwrap();
        assert_ne!(read, 0, "it is not cut: it reads");
        reader.push(&chunk[..read]);
        let events = reader.by_ref().map(Result::unwrap).filter(|event| event.name == "message");
        heard.extend(events.map(|event| Said::of(&event)));
    }
    assert!(heard.is_sorted_by(|one, next| one.number < next.number));
    for (count, said) in heard.iter().enumerate() {
        assert_eq!(said.body, large(count));
    }
    let misses = server.metrics().await["openline_ring_misses_total"];
    assert!(misses >= 1.0, "it fell off the ring: {misses}");
}
