//! `openline bench` as people use it: on our own server, of which it must find nothing wrong, and on one that
//! breaks its promises, which it must find out.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "whatever fails in a test fails the test")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

fn bench(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_openline"));
    command.arg("bench").args(arguments).args(["--json", "--rest", "0"]).output().unwrap()
}

/// What it found, and that it ended as it should.
fn figures(arguments: &[&str], is_right: bool) -> Value {
    let output = bench(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(i32::from(!is_right)), "{arguments:?}: {said}");
    let figures: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!(figures["wrong"].as_array().unwrap().is_empty(), is_right, "{figures}");
    figures
}

#[test]
fn of_our_own_server_nothing_is_found_wrong() {
    for transport in ["sse", "websocket"] {
        let common = ["--transport", transport, "--rate", "100", "--seconds", "0.5", "--warm-up", "0.1"];
        let rooms =
            ["--lines", "30", "--rooms", "3", "--rooms-per-line", "2", "--posters", "2", "--stuck", "10%"];
        let figures = figures(&[&common[..], &rooms[..]].concat(), true);
        assert_eq!(figures["posts"], 50);
        // Of the 30 lines 3 are stuck, and each of the others hears two of three rooms.
        let deliveries = figures["deliveries"].as_u64().unwrap();
        assert!((27 * 2 * 16..=27 * 2 * 18).contains(&deliveries), "{figures}");
        for known in ["server_cpu_us_per_delivery", "load_cpu_us_per_delivery", "rss_kib_per_line"] {
            assert!(figures[known].is_number(), "{known}: {figures}");
        }
        let storm = ["--what", "storm", "--lines", "20", "--messages", "50"];
        let storm = &self::figures(&[&common[..2], &storm[..]].concat(), true)["storm"];
        assert_eq!([&storm["lines"], &storm["missed"]], [18, 50]);
        let replay = ["--what", "replay", "--messages", "100", "--newcomers", "2"];
        let replay = &self::figures(&[&common[..2], &replay[..]].concat(), true)["replay"];
        assert!(replay["by_id_ms"].is_number() && replay["messages"] == 100, "{replay}");
        let burst =
            ["--what", "burst", "--lines", "5", "--seconds", "0.2", "--warm-up", "0.1", "--calm", "0"];
        let burst = &self::figures(&[&common[..2], &burst[..]].concat(), true)["burst"];
        assert!(burst["before"].as_f64() > Some(0.0) && burst["times"].as_f64() > Some(0.5), "{burst}");
        let chat = ["--what", "chat", "--lines", "60", "--seconds", "2.5", "--warm-up", "0.1"];
        let chat = &self::figures(&[&common[..2], &chat[..]].concat(), true)["chat"];
        assert!(chat["signals_heard_per_second"].as_f64() > Some(1.0), "they hear who types: {chat}");
        assert!(chat["comebacks"].as_u64() >= Some(1), "{chat}");
    }
}

/// How a server treats the `n`th message.
#[derive(Debug, Clone, Copy)]
enum Way {
    Honest,
    /// One line does not get it.
    Loses,
    Doubles,
    /// It comes after the next.
    Swaps,
}

/// A server of the least kind: what is posted goes to all lines, but the fifth message in its own way.
fn serve(listener: &TcpListener, way: Way) {
    let lines: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
    let (mut count, mut held) = (0, Vec::new());
    for stream in listener.incoming() {
        let (mut stream, mut head) = (stream.unwrap(), String::new());
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap() > 0 {}
        if head.starts_with("GET") {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n").unwrap();
            lines.lock().unwrap().push(stream);
            continue;
        }
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        reader.read_exact(&mut body).unwrap();
        count += 1;
        let event = [b"data: ", &body[..], b"\n\n"].concat();
        let mut lines = lines.lock().unwrap();
        let last = lines.len() - 1;
        for (place, line) in lines.iter_mut().enumerate() {
            let events = match (way, count) {
                (Way::Loses, 5) if place == last => Vec::new(),
                (Way::Doubles, 5) if place == last => event.repeat(2),
                (Way::Swaps, 5) if place == last => {
                    held.clone_from(&event);
                    Vec::new()
                }
                (Way::Swaps, 6) if place == last => [&event[..], &held[..]].concat(),
                _ => event.clone(),
            };
            line.write_all(&events).unwrap();
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").unwrap();
    }
}

#[test]
fn a_server_that_loses_doubles_or_swaps_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let dialect = folder.path().join("dialect.json");
    fs::write(&dialect, r#"{"listen":{"path":"/{room}"},"post":{"path":"/{room}"}}"#).unwrap();
    let ways = [
        (Way::Honest, None),
        (Way::Loses, Some("deliveries lost: 1")),
        (Way::Doubles, Some("deliveries repeated: 1")),
        (Way::Swaps, Some("deliveries out of order: 1")),
    ];
    for (way, found) in ways {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || serve(&listener, way));
        let run = ["--lines", "4", "--rate", "50", "--seconds", "0.4", "--warm-up", "0", "--patience", "1"];
        let path = dialect.to_str().unwrap();
        let figures = figures(&[&[url.as_str(), "--dialect", path][..], &run[..]].concat(), found.is_none());
        assert_eq!(figures["wrong"].get(0).and_then(Value::as_str), found, "{way:?}: {figures}");
        assert_eq!((&figures["posts"], &figures["rss_kib"]), (&20.into(), &Value::Null), "{figures}");
    }
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_begun() {
    for arguments in
        [&["https://127.0.0.1:1"][..], &["--lines", "0"], &["--stuck", "many"], &["--rooms-per-line", "9"]]
    {
        let output = bench(arguments);
        assert_ne!(output.status.code(), Some(0), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
    }
}
