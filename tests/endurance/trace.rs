//! Reads what `strace` saw of the server, and says which messages were spoken of before they were on
//! the disk.

/// Where in a trace a call began and ended, by lines.
#[derive(Debug, Clone, Copy)]
struct Span {
    began: usize,
    ended: usize,
}

/// What is wrong with how one message was kept, if anything: between the write to the write-ahead log that
/// holds its words and any word of it to anybody, the log must have been synced.
pub fn fault(trace: &str, words: &str) -> Option<String> {
    let lines: Vec<&str> = trace.lines().collect();
    let log = |line: &str| line.contains("openline.db-wal>");
    let written =
        lines.iter().position(|line| is_call(line, "pwrite64") && log(line) && line.contains(words));
    let Some(written) = written else {
        return Some(format!("{words}: never written to the log"));
    };
    let synced = (written + 1..lines.len())
        .filter(|place| is_sync(lines[*place]) && log(lines[*place]))
        .find_map(|began| Some(Span { began, ended: ended(&lines, began)? }));
    let told = lines.iter().position(|line| is_to_socket(line) && line.contains(words));
    match (synced, told) {
        (_, None) => Some(format!("{words}: never answered")),
        (Some(synced), Some(told)) if written < synced.began && synced.ended < told => None,
        (_, Some(told)) => Some(format!("{words}: written at {written}, told at {told}, not synced between")),
    }
}

/// Whether a line is the beginning of this call: `1234 name(…`.
fn is_call(line: &str, name: &str) -> bool {
    let call = line.split_once(' ').map_or("", |(_, call)| call.trim_start());
    call.strip_prefix(name).is_some_and(|rest| rest.starts_with('('))
}

/// `fsync` does all that `fdatasync` does, where SQLite was built without the latter.
fn is_sync(line: &str) -> bool {
    is_call(line, "fdatasync") || is_call(line, "fsync")
}

fn is_to_socket(line: &str) -> bool {
    let is_write = ["write", "writev", "sendto", "sendmsg"].iter().any(|name| is_call(line, name));
    is_write
        && line.split_once('(').is_some_and(|(_, rest)| {
            rest.split_once('>').is_some_and(|(file, _)| file.contains("<socket:") || file.contains("<TCP:"))
        })
}

/// The line on which a call has come back with 0.
fn ended(lines: &[&str], began: usize) -> Option<usize> {
    let line = lines[began];
    if !line.ends_with("<unfinished ...>") {
        return line.ends_with("= 0").then_some(began);
    }
    let thread = line.split(' ').next()?;
    let resumed = |line: &&str| line.split(' ').next() == Some(thread) && line.contains("<... ");
    let after = lines[began + 1..].iter().position(resumed)? + began + 1;
    lines[after].ends_with("= 0").then_some(after)
}

#[cfg(test)]
mod tests {
    use super::fault;

    const WRITE: &str = r#"7 pwrite64(9</d/openline.db-wal>, "\0..words-1..", 4096, 56) = 4096"#;
    const SYNC: &str = "7 fdatasync(9</d/openline.db-wal>) = 0";
    const TELL: &str = r#"8 writev(12<socket:[44]>, [{iov_base="HTTP/1.1 201 Created words-1"}], 1) = 9"#;

    fn is_fine(lines: &[&str]) -> bool {
        fault(&lines.join("\n"), "words-1").is_none()
    }

    #[test]
    fn only_a_sync_that_ended_between_the_write_and_the_answer_will_do() {
        let begin = "7 fdatasync(9</d/openline.db-wal> <unfinished ...>";
        let end = "7 <... fdatasync resumed>) = 0";
        let failed = "7 <... fdatasync resumed>) = -1 EIO (Input/output error)";
        let other = "7 fdatasync(8</d/openline.db>) = 0";
        assert!(is_fine(&[WRITE, SYNC, TELL]));
        assert!(is_fine(&[WRITE, "7 fsync(9</d/openline.db-wal>) = 0", TELL]));
        assert!(is_fine(&[WRITE, begin, "8 write(5<anon_inode:[eventfd]>, \"\", 8) = 8", end, TELL]));
        assert!(!is_fine(&[WRITE, TELL]));
        assert!(!is_fine(&[SYNC, WRITE, TELL]));
        assert!(!is_fine(&[WRITE, TELL, SYNC]));
        assert!(!is_fine(&[WRITE, begin, TELL, end]));
        assert!(!is_fine(&[WRITE, begin, failed, TELL]));
        assert!(!is_fine(&[WRITE, other, TELL]));
        assert!(!is_fine(&[SYNC, TELL]));
        assert!(!is_fine(&[WRITE, SYNC]));
    }
}
