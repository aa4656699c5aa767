//! The machine and the versions of everybody, since no figure means anything without them.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Both, in some lines of Markdown.
pub fn described() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("an unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
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
    format!("On {cores} × {model}, Linux {}: {}.\n\n", kernel.trim(), versions.join(", "))
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
