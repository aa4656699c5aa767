//! A process and all that it has started, by their ids: what is measured as one server, and ended as one.

use std::collections::HashMap;
use std::fs;

use rustix::process::{Pid, Signal, kill_process};

/// A process that still is the one that it was: ids are used again, the time of its start is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Member {
    id: u32,
    started: u64,
}

/// What the kernel says of a process: who started it, and when.
fn look(id: u32) -> Option<(u32, Member)> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let mut words = rest.split_whitespace();
    let is_gone = words.next()? == "Z";
    let parent = words.next()?.parse().ok()?;
    // The 22nd field (proc(5)); two were before the bracket and two are read.
    let started = words.nth(17)?.parse().ok()?;
    (!is_gone).then_some((parent, Member { id, started }))
}

/// A process, its children, theirs, and so on, as they are now.
fn members(root: u32) -> Vec<Member> {
    let ids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = ids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let mut children: HashMap<u32, Vec<Member>> = HashMap::new();
    for (parent, member) in ids.filter_map(look) {
        children.entry(parent).or_default().push(member);
    }
    let mut members: Vec<Member> = look(root).map(|(_, member)| member).into_iter().collect();
    let mut next = 0;
    while let Some(member) = members.get(next) {
        members.extend(children.get(&member.id).into_iter().flatten().copied().collect::<Vec<_>>());
        next += 1;
    }
    members
}

/// The ids of a process and of all that it has started.
pub fn ids(root: u32) -> Vec<u32> {
    members(root).iter().map(|member| member.id).collect()
}

/// Ends a process and all that it has started, from the top, so that nothing is started anew. Nothing that is
/// measured keeps anything that an end without notice could hurt.
pub fn end(root: u32) {
    for member in members(root) {
        let is_same = look(member.id).is_some_and(|(_, now)| now == member);
        if let Some(id) = i32::try_from(member.id).ok().and_then(Pid::from_raw).filter(|_| is_same) {
            // It may have ended in the meantime.
            let _ = kill_process(id, Signal::KILL);
        }
    }
}
