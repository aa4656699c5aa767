//! Moving house to Redis and back by the real command, and what becomes of a move that is killed.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;

use crate::client::{Line, number, say};
use crate::moving::{keyed, text};
use crate::running::redis::RedisServer;
use crate::running::{PATIENCE, Rival, Running};

/// What a server is to use from its next start on.
fn settle(server: &Running, engine: &str) {
    let settings = format!("engine = \"{engine}\"\n[redis]\nprefix = \"house\"\npassword = \"secret\"\n");
    std::fs::write(server.data().with_file_name("openline.toml"), settings).expect("settings");
}

/// The command, with a server's settings.
fn migrate(server: &Running, from: &str, to: &str, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_openline"));
    command.args(["migrate", "--from", from, "--to", to]).args(more);
    command.arg("--config").arg(server.data().with_file_name("openline.toml"));
    command
}

fn run(mut command: Command) -> Output {
    command.output().expect("to run it")
}

fn moves(command: Command) {
    let moved = run(command);
    assert_eq!(moved.status.code(), Some(0), "{}", text(&moved.stderr));
    assert!(text(&moved.stdout).contains("the same when read back"), "{moved:?}");
}

fn refuses(command: Command, code: i32, words: &str) {
    let refused = run(command);
    let said = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(code), "{said}");
    assert!(said.contains(words) && !said.contains("secret"), "{said}");
}

#[tokio::test]
async fn who_was_there_before_goes_on_in_redis_and_after_it() {
    let redis = RedisServer::with(&["requirepass secret"]);
    let url = redis.url();
    let mut server = Running::start();
    settle(&server, "sqlite");
    let first = keyed(&server).await;
    let before = say(&server, "lobby", "before").await;
    say(&server, "elsewhere", "not here").await;
    let mut heard = vec!["missed".to_owned()];
    let mut last = say(&server, "lobby", "missed").await;
    assert!(server.stop().await.success());

    let old = format!("sqlite:{}", server.data().display());
    let back = server.data().with_file_name("back");
    let new = format!("sqlite:{}", back.display());
    moves(migrate(&server, &old, &url, &[]));
    refuses(migrate(&server, &old, &url, &[]), 1, "is not empty; it was left as it is");
    refuses(migrate(&server, &url, &url, &[]), 2, "is where everything is already");
    refuses(migrate(&server, &old, &url, &["--from-prefix", "x"]), 2, "only keys in a Redis have one");
    refuses(migrate(&server, &old, &url, &["--to-prefix", "{x}"]), 2, "--to-prefix: `{x}` must be");
    settle(&server, &url);
    server.restart();
    for words in ["in Redis", "at home again"] {
        let mut line = Line::sse(&server, "/rooms/lobby", &[("last-event-id", &before)]).await;
        assert_eq!(line.hello().await.id, before, "known here, and not reset");
        let said = say(&server, "lobby", words).await;
        assert_eq!(number(&said), number(&last) + 1);
        last = said;
        heard.push(words.to_owned());
        assert_eq!(line.bodies(heard.len()).await, heard);
        let repeated = keyed(&server).await;
        assert_eq!((repeated.status, repeated.json()["id"].clone()), (200, first.json()["id"].clone()));
        drop(line);

        if words == "in Redis" {
            refuses(
                migrate(&server, &url, &new, &[]),
                6,
                "nodes are still running on it (1); stop them first",
            );
            assert!(server.stop().await.success());
            // On the way a room is left for another one in the same Redis.
            moves(migrate(&server, &url, &url, &["--to-prefix", "annex"]));
            moves(migrate(&server, &url, &new, &["--from-prefix", "annex"]));
            std::fs::rename(server.data(), back.with_file_name("old")).expect("moved away");
            std::fs::rename(&back, server.data()).expect("moved in");
            settle(&server, "sqlite");
            server.restart();
        }
    }
}

/// A way to a Redis that lets everything through until somebody is about to say these bytes; then nothing
/// more, for ever. What is told is that it is so far.
fn gate(redis: SocketAddr, until: &'static [u8]) -> (SocketAddr, mpsc::Receiver<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("its address");
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let server = TcpStream::connect(redis).expect("the Redis");
            let (mut answers, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || std::io::copy(&mut answers, &mut to_client));
            let tell = tell.clone();
            thread::spawn(move || pass_on(client, server, until, &tell));
        }
    });
    (address, told)
}

fn pass_on(mut client: TcpStream, mut server: TcpStream, until: &[u8], tell: &mpsc::Sender<()>) {
    let (mut said, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let Ok(count @ 1..) = client.read(&mut piece) else { return };
        said.extend_from_slice(&piece[..count]);
        if said.windows(until.len()).any(|bytes| bytes == until) {
            let _ = tell.send(());
            // Both ends stay open, and quiet, until the client is gone.
            let _ = std::io::copy(&mut client, &mut std::io::sink());
            return;
        }
        if server.write_all(&piece[..count]).is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn a_move_that_was_killed_leaves_a_redis_that_is_of_no_use_until_it_is_emptied() {
    let redis = RedisServer::with(&["requirepass secret"]);
    let mut server = Running::start();
    settle(&server, "sqlite");
    let said = say(&server, "lobby", "hello").await;
    assert!(server.stop().await.success());
    let home = format!("sqlite:{}", server.data().display());

    // The documents are there, and the first entry is about to be written.
    let (address, is_there) = gate(redis.address(), b"\r\n{house}:log\r\n");
    let mut move_in = migrate(&server, &home, &format!("redis://{address}"), &[]);
    let mut moving = move_in.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("to run it");
    is_there.recv_timeout(PATIENCE).expect("it comes so far");
    moving.kill().expect("to kill it");
    moving.wait().expect("to reap it");
    assert_eq!(redis.cli(&["EXISTS", "{house}:documents", "{house}:log"]), "1");

    let words = "a move into this store was not finished; empty it and begin again";
    let (url, new) = (redis.url(), format!("sqlite:{}", server.data().with_file_name("new").display()));
    refuses(migrate(&server, &home, &url, &[]), 1, words);
    refuses(migrate(&server, &url, &new, &[]), 1, words);
    settle(&server, &url);
    refuses(server.rival(Rival::Folder), 1, words);

    assert_eq!(redis.cli(&["FLUSHDB"]), "OK");
    moves(migrate(&server, &home, &url, &[]));
    server.restart();
    let mut line = Line::sse(&server, "/rooms/lobby", &[("last-event-id", &said)]).await;
    assert_eq!(line.hello().await.id, said, "nothing was lost");
}
