//! The house keeps its order: knowledge goes one way, files stay small and are named after their subject.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "whatever fails in a test fails the test")]

use std::fs;
use std::path::{Path, PathBuf};

/// Each may use those that stand before it.
const ORDER: [&str; 8] = ["wire", "engine", "hub", "chat", "outbound", "http", "cli", "server"];
/// What is beside the order, and what it may use. It may be used by `cli` and `server`.
const BESIDE: [(&str, &[&str]); 2] = [("config", &["engine", "chat"]), ("load", &["wire"])];
/// The most lines that a file may have.
const MOST_LINES: usize = 500;

/// All sources, by their path below `src`.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut sources) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                sources.push((path.strip_prefix(&root).unwrap().to_owned(), text));
            }
        }
    }
    assert!(sources.len() > 50, "the sources were found");
    sources
}

/// The top-level module of a file.
fn module(path: &Path) -> String {
    let first = path.iter().next().unwrap().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The top-level modules that a text names by `crate::`, outside of comments; also in `crate::{…}`.
fn used(text: &str) -> Vec<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|line| format!("{line}\n"))
        .collect();
    let word = |text: &str| -> String {
        text.chars().take_while(|char| char.is_alphanumeric() || *char == '_').collect()
    };
    let mut used = Vec::new();
    for (_, behind) in code.match_indices("crate::").map(|(at, found)| (at, &code[at + found.len()..])) {
        match behind.strip_prefix('{') {
            None => used.push(word(behind)),
            Some(group) => {
                let mut depth = 0;
                for part in group.split_inclusive([',', '{', '}']) {
                    if depth == 0 {
                        used.push(word(part.trim_start()));
                    }
                    match part.chars().last() {
                        Some('{') => depth += 1,
                        Some('}') if depth == 0 => break,
                        Some('}') => depth -= 1,
                        _ => {}
                    }
                }
            }
        }
    }
    used.retain(|name| !name.is_empty());
    used
}

fn may_use(user: &str, used: &str) -> bool {
    let place = |name: &str| ORDER.iter().position(|module| *module == name);
    let beside = |name: &str| BESIDE.iter().find(|(module, _)| *module == name).map(|(_, may)| *may);
    match (place(user), place(used)) {
        _ if user == used || matches!(user, "lib" | "main") => true,
        (Some(user), Some(used)) => used < user,
        (Some(user), None) => beside(used).is_some() && user >= place("cli").unwrap(),
        (None, Some(_)) => beside(user).is_some_and(|may| may.contains(&used)),
        (None, None) => false,
    }
}

#[test]
fn knowledge_goes_one_way() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let user = module(&path);
        for used in used(&text).into_iter().filter(|used| !may_use(&user, used)) {
            wrong.push(format!("{} uses {used}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_file_has_one_subject_and_its_name() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines", path.display());
        for part in &path {
            let name = part.to_str().unwrap().trim_end_matches(".rs");
            assert!(
                !["util", "utils", "common", "helper", "helpers", "misc"].contains(&name),
                "{} says nothing of what is in it",
                path.display()
            );
        }
    }
}

/// The compiler denies unsafe code, and a module may allow it for itself: this one, no other.
#[test]
fn unsafe_code_is_in_one_module() {
    let allows = |text: &str| text.contains("unsafe_code") || text.contains("unsafe {");
    let found: Vec<_> =
        sources().into_iter().filter(|(_, text)| allows(text)).map(|(path, _)| path).collect();
    assert_eq!(found, [Path::new("engine/sqlite/gather.rs")]);
}

#[test]
fn an_import_is_seen_however_it_is_written() {
    let text = "use crate::wire::{Id, sse};\nuse crate::{chat, hub::{Hub, Line}, engine as store};\n\
                // use crate::nothing\nlet x = crate::http::router();\npub(in crate::cli) fn f() {}\n";
    assert_eq!(used(text), ["wire", "chat", "hub", "engine", "http", "cli"]);
    assert!(may_use("hub", "wire") && may_use("server", "config") && may_use("config", "chat"));
    assert!(!may_use("wire", "engine") && !may_use("hub", "chat") && !may_use("http", "config"));
    assert!(may_use("cli", "load") && may_use("load", "wire"));
    assert!(!may_use("load", "hub") && !may_use("hub", "load") && !may_use("load", "config"));
    assert!(!may_use("engine", "config") && !may_use("config", "http") && !may_use("cli", "server"));
}
