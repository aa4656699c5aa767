//! Who may speak to Redis, and what is never told: passwords, certificates, and servers that are not what the
//! node was told they are.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use crate::client::{get, say};
use crate::node::{history, node};
use crate::running::redis::{RedisServer, free_port};
use crate::running::{Refused, Running};

const SECRET: &str = "open-sesame-4711";

/// What becomes of a node on this engine, which must not start and must say why.
async fn refused(engine: &str, settings: &str) -> Refused {
    let refused = Running::refused(&format!("engine = \"{engine}\"\nlog = \"trace\"\n{settings}")).await;
    println!("{engine}: {:?} {}", refused.code, refused.stderr.lines().last().unwrap_or_default());
    assert!(refused.code.is_some_and(|code| code > 0) && refused.stdout.is_empty(), "{refused:?}");
    assert!(!refused.stderr.contains("panicked"), "{refused:?}");
    refused
}

#[tokio::test]
async fn a_password_is_used_and_never_told() {
    let redis = RedisServer::with(&[&format!("requirepass {SECRET}")]);
    let port = redis.address().port();
    let in_url = format!("redis://:{SECRET}@127.0.0.1:{port}/0");
    let settings = format!("log = \"trace\"\n[redis]\npassword = \"{SECRET}\"\n");
    for (engine, settings) in [(in_url.clone(), "log = \"trace\"\n"), (redis.url(), settings.as_str())] {
        let mut node = node(&engine, settings);
        say(&node, "lobby", "hello").await;
        redis.cli(&["CLIENT", "KILL", "TYPE", "normal"]);
        crate::node::post_until_kept(&node, "lobby", "again").await;
        assert!(node.stop().await.success());
        assert!(!node.stderr().contains(SECRET), "{}", node.stderr());
    }
    for (settings, name) in [("", "none"), ("[redis]\npassword = \"wrong-one-4712\"\n", "a wrong one")] {
        let refused = refused(&redis.url(), settings).await;
        assert!(refused.stderr.contains("password"), "{name}: {}", refused.stderr);
        assert!(!refused.stderr.contains("wrong-one-4712"), "{name}: {}", refused.stderr);
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("openline.toml");
    std::fs::write(&file, format!("engine = \"{in_url}\"\n[redis]\npassword = \"{SECRET}\"\n")).unwrap();
    let config = Command::new(env!("CARGO_BIN_EXE_openline"))
        .args(["config", "--config"])
        .arg(&file)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&config.stdout);
    assert!(config.status.success() && shown.contains(&format!("127.0.0.1:{port}")), "{config:?}");
    assert!(!shown.contains(SECRET), "{shown}");
    let mut serve = Command::new(env!("CARGO_BIN_EXE_openline"));
    let serve = serve.args(["serve", "--json", "--listen", "127.0.0.1:0", "--engine", &in_url]);
    let mut serve = serve.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut first = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(serve.stdout.take().unwrap()), &mut first)
        .unwrap();
    serve.kill().unwrap();
    serve.wait().unwrap();
    assert!(first.contains("\"engine\"") && !first.contains(SECRET), "{first}");
}

#[tokio::test]
async fn what_is_no_redis_is_said_to_be_none() {
    let nobody = refused(&format!("redis://127.0.0.1:{}/0", free_port()), "").await;
    assert!(nobody.stderr.contains("refused"), "{nobody:?}");
    let other = Running::start();
    let http = refused(&format!("redis://{}/0", other.address()), "").await;
    assert!(http.stderr.contains(&other.address().to_string()), "{http:?}");
    // One that takes the connection and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    thread::spawn(move || silent.incoming().collect::<Vec<_>>());
    let silence = refused(&format!("redis://{address}/0"), "").await;
    assert!(silence.stderr.contains(&address.to_string()), "{silence:?}");
}

#[tokio::test]
async fn a_redis_that_is_too_old_is_said_to_be() {
    let redis = RedisServer::start();
    let real = redis.info("redis_version");
    let old = format!("5{}", &real[1..]);
    let said = format!("redis_version:{real}");
    let proxy = crate::running::proxy::Proxy::to(redis.address());
    proxy.replace(&said, &format!("redis_version:{old}"));
    let refused = refused(&proxy.url(), "").await;
    assert!(refused.stderr.contains(&old) && refused.stderr.contains("6.2"), "{refused:?}");
}

fn openssl(folder: &Path, arguments: &str) {
    let done = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output();
    let done = done.expect("openssl is missing: apt-get install openssl");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// A certificate for 127.0.0.1 and the authority that it is from, which nobody else knows.
fn certificates(folder: &Path) {
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(folder, &format!("req -x509 {key} -days 2 -subj /CN=Ours -keyout ca.key -out ca.pem"));
    openssl(folder, &format!("req {key} -subj /CN=127.0.0.1 -keyout redis.key -out redis.csr"));
    std::fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1\n").unwrap();
    openssl(
        folder,
        "x509 -req -in redis.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out redis.pem",
    );
}

#[tokio::test]
async fn over_tls_with_an_authority_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    certificates(folder.path());
    let path = |name: &str| folder.path().join(name).display().to_string();
    let lines = [
        format!("tls-cert-file {}", path("redis.pem")),
        format!("tls-key-file {}", path("redis.key")),
        format!("tls-ca-cert-file {}", path("ca.pem")),
        "tls-auth-clients no".to_owned(),
    ];
    let redis = RedisServer::with(&lines.each_ref().map(String::as_str));
    let ca = format!("[redis]\nca = \"{}\"\n", path("ca.pem"));
    let node = node(&redis.tls_url(), &ca);
    let id = say(&node, "lobby", "hello").await;
    assert_eq!(history(&node, "lobby").await[0].id, id);
    assert_eq!(get(&node, "/health/ready", &[]).await.status, 200);
    // Nobody vouches for it, so whoever does not know our authority must not speak to it.
    let stranger = refused(&redis.tls_url(), "").await;
    assert!(stranger.stderr.contains("certificate"), "{stranger:?}");
    let missing = refused(&redis.tls_url(), "[redis]\nca = \"nowhere.pem\"\n").await;
    assert!(missing.stderr.contains("nowhere.pem"), "{missing:?}");
}
