//! The versions of everybody, and the commit of Openline.

use std::fs;
use std::path::Path;
use std::process::Command;

/// What Openline is built from: it is built just before the comparison runs.
const SOURCES: [&str; 6] = ["src", "web", "build.rs", "Cargo.toml", "Cargo.lock", "release"];

/// The commit of Openline, with a `+` if something in its sources was changed since; nothing if there is no git.
pub fn commit() -> Option<String> {
    let git = || {
        let mut command = Command::new("git");
        command.current_dir(env!("CARGO_MANIFEST_DIR"));
        command
    };
    let head = git().args(["rev-parse", "--short", "HEAD"]).output().ok().filter(|it| it.status.success())?;
    let is_same =
        git().args(["diff", "--quiet", "HEAD", "--"]).args(SOURCES).status().is_ok_and(|it| it.success());
    Some(format!("{}{}", String::from_utf8_lossy(&head.stdout).trim(), if is_same { "" } else { "+" }))
}

/// Those of all who are here, in a line.
pub fn described() -> String {
    let versions = [
        format!("Openline {}", env!("CARGO_PKG_VERSION")),
        said("/usr/sbin/nginx", "-v", "nginx/", "nginx "),
        package("libnginx-mod-nchan", "Nchan "),
        package("pushpin", "Pushpin "),
        said("node", "--version", "v", "Node "),
        npm("ws", "`ws` "),
        npm("socket.io", "Socket.IO "),
        said("redis-server", "--version", "v=", "Redis "),
        flask(),
    ];
    let versions: Vec<String> = versions.into_iter().filter(|version| !version.is_empty()).collect();
    versions.join(", ")
}

/// The version behind a mark in what a program says of itself, with a name before it.
fn said(program: &str, flag: &str, mark: &str, name: &str) -> String {
    let Ok(output) = Command::new(program).arg(flag).output() else { return String::new() };
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let version = text.split_once(mark).and_then(|(_, rest)| rest.split_whitespace().next());
    version.map(|version| format!("{name}{version}")).unwrap_or_default()
}

fn package(package: &str, name: &str) -> String {
    let Ok(output) = Command::new("dpkg-query").args(["-W", "-f", "${Version}", package]).output() else {
        return String::new();
    };
    let version = String::from_utf8_lossy(&output.stdout);
    let version = version.trim().rsplit(':').next().unwrap_or_default().split(['+', '-']).next();
    version.filter(|it| !it.is_empty()).map(|version| format!("{name}{version}")).unwrap_or_default()
}

fn npm(package: &str, name: &str) -> String {
    let path = format!("bench/peers/node/node_modules/{package}/package.json");
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_default();
    let about = serde_json::from_str::<serde_json::Value>(&text).unwrap_or_default();
    about["version"].as_str().map(|version| format!("{name}{version}")).unwrap_or_default()
}

fn flask() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/peers/flask/requirements.txt");
    let text = fs::read_to_string(path).unwrap_or_default();
    let version = text.lines().find_map(|line| line.strip_prefix("flask=="));
    version.map(|version| format!("Flask {version}")).unwrap_or_default()
}
