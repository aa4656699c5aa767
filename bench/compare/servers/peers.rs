//! The peers: each is started with the configuration in `bench/peers`, on free ports.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use openline::load::Carrier;

use super::redis;
use super::running::{Running, peers, ports};

/// How many files a process is to open at most.
const FILES: u32 = 20_000;
/// How many messages Nchan keeps for who comes later.
const KEPT: u32 = 20_000;

/// How one speaks with a peer: a file in its folder.
fn dialect(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Sse => "sse.json",
        Carrier::WebSocket => "websocket.json",
    }
}

/// nginx with Nchan.
pub fn nchan(place: &Path, carrier: Carrier, workers: u32) -> Result<Running> {
    let mut running = Running::new(place)?;
    let [port] = ports()?;
    let values = [
        ("workers", workers.to_string()),
        ("files", FILES.to_string()),
        ("kept", KEPT.to_string()),
        ("port", port.to_string()),
        ("folder", running.folder().display().to_string()),
    ];
    let config = running.fill("nchan/nginx.conf", &values)?;
    running.dialect = Some(running.fill(&format!("nchan/{}", dialect(carrier)), &values)?);
    running.start(Command::new("/usr/sbin/nginx").arg("-c").arg(config).arg("-p").arg(running.folder()))?;
    running.wait_for(port)?;
    running.wait_for_processes(1 + workers as usize)?;
    running.url = format!("http://127.0.0.1:{port}");
    Ok(running)
}

/// Pushpin, and a backend that tells it who hears what.
pub fn pushpin(place: &Path, carrier: Carrier) -> Result<Running> {
    let mut running = Running::new(place)?;
    let [port, pull, sub, publish, command, backend] = ports()?;
    let folder = running.folder().to_owned();
    let values = [
        ("name", format!("openline-{}", std::process::id())),
        ("folder", folder.display().to_string()),
        ("files", FILES.to_string()),
        ("port", port.to_string()),
        ("port_pull", pull.to_string()),
        ("port_sub", sub.to_string()),
        ("port_publish", publish.to_string()),
        ("port_command", command.to_string()),
        ("port_backend", backend.to_string()),
    ];
    let config = running.fill("pushpin/pushpin.conf", &values)?;
    running.fill("pushpin/routes", &values)?;
    running.dialect = Some(running.fill(&format!("pushpin/{}", dialect(carrier)), &values)?);
    fs::create_dir(folder.join("run"))?;
    fs::create_dir(folder.join("log"))?;
    running.start(Command::new("node").arg(peers().join("pushpin/backend.mjs")).arg(backend.to_string()))?;
    running.wait_for(backend)?;
    running.start(Command::new("pushpin").arg("--config").arg(config))?;
    running.wait_for(publish)?;
    running.wait_for(port)?;
    // The backend, Pushpin, and the four that it starts.
    running.wait_for_processes(6)?;
    running.url = format!("http://127.0.0.1:{port}");
    Ok(running)
}

/// A server on Node: a program and its dialect in `bench/peers/node`.
pub fn node(place: &Path, program: &str) -> Result<Running> {
    let mut running = Running::new(place)?;
    let [port] = ports()?;
    running.dialect = Some(running.fill(&format!("node/{program}.json"), &[("port", port.to_string())])?);
    let path = peers().join(format!("node/{program}.mjs"));
    running.start(Command::new("node").arg(path).arg(port.to_string()).env("NODE_ENV", "production"))?;
    running.wait_for(port)?;
    running.url = format!("http://127.0.0.1:{port}");
    Ok(running)
}

/// Flask under gunicorn, with a Redis.
pub fn flask(place: &Path) -> Result<Running> {
    let mut running = Running::new(place)?;
    let redis = redis::start(&mut running, redis::Promise::None)?;
    let [port] = ports()?;
    running.dialect = Some(running.fill("flask/sse.json", &[("port", port.to_string())])?);
    let gunicorn = Path::new(env!("CARGO_MANIFEST_DIR")).join(GUNICORN);
    let mut command = Command::new(gunicorn);
    command.args(["--config", "gunicorn.conf.py", "app:app"]).current_dir(peers().join("flask"));
    command.env("PORT", port.to_string()).env("REDIS_URL", format!("redis://127.0.0.1:{redis}/0"));
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    running.start(&mut command)?;
    running.wait_for(port)?;
    let cores = std::thread::available_parallelism()?.get();
    // Redis, gunicorn and its workers.
    running.wait_for_processes(2 + 2 * cores + 1)?;
    running.url = format!("http://127.0.0.1:{port}");
    Ok(running)
}

/// Where `bench/peers/setup.sh` puts it, below the project's folder.
pub const GUNICORN: &str = "target/peers-venv/bin/gunicorn";
