//! The answer to a post: where it ends (RFC 9112, section 6.3), and whether it is a success.

use std::io;

use memchr::memmem;

/// A whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// How many bytes it has.
    pub length: usize,
    /// Whether the server closes the connection after it.
    pub closes: bool,
}

/// The answer at the beginning of what was read; nothing if there is more to come. `at_end`: nothing more can.
pub fn read(bytes: &[u8], at_end: bool) -> io::Result<Option<Answer>> {
    let bad = || io::Error::other(format!("a post was not accepted: {}", words(bytes)));
    let Some(end) = memmem::find(bytes, b"\r\n\r\n") else {
        return if at_end { Err(bad()) } else { Ok(None) };
    };
    let head = std::str::from_utf8(&bytes[..end]).map_err(|_| bad())?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
    let header = |name: &str| {
        let mut pairs = lines.clone().filter_map(|line| line.split_once(':'));
        pairs.find(|(its, _)| its.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    };
    let is = |name: &str, value: &str| header(name).is_some_and(|its| its.eq_ignore_ascii_case(value));
    let body = &bytes[end + 4..];
    let length = match header("content-length") {
        Some(length) => Some(length.parse().map_err(|_| bad())?).filter(|length| body.len() >= *length),
        None if status == "204" => Some(0),
        None if is("transfer-encoding", "chunked") => chunked(body),
        None => at_end.then_some(body.len()),
    };
    let Some(length) = length else {
        return if at_end { Err(bad()) } else { Ok(None) };
    };
    if !status.starts_with('2') {
        return Err(bad());
    }
    Ok(Some(Answer { length: end + 4 + length, closes: is("connection", "close") || at_end }))
}

/// How long a body in chunks is; nothing if there is more to come.
fn chunked(body: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let end = at + memmem::find(body.get(at..)?, b"\r\n")?;
        let digits = body[at..end].split(|byte| *byte == b';').next()?;
        let size = usize::from_str_radix(std::str::from_utf8(digits).ok()?.trim(), 16).ok()?;
        at = end + 2 + size + 2;
        if at > body.len() {
            return None;
        }
        if size == 0 {
            return Some(at);
        }
    }
}

/// What an answer says, in short.
fn words(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(600)]);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    format!("{} {}", head.lines().next().unwrap_or("no answer"), body.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Answer {
        for cut in 0..text.len() {
            assert_eq!(read(&text.as_bytes()[..cut], false).expect("no error"), None, "cut at {cut}");
        }
        let answer = read(format!("{text}HTTP/1.1").as_bytes(), false).expect("no error").expect("all of it");
        assert_eq!(answer.length, text.len());
        answer
    }

    #[test]
    fn an_answer_ends_where_it_says() {
        assert!(!whole("HTTP/1.1 201 Created\r\ncontent-length: 5\r\n\r\nhello").closes);
        assert!(!whole("HTTP/1.1 204 No Content\r\n\r\n").closes);
        whole(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\na;x=y\r\n0123456789\r\n0\r\n\r\n",
        );
        assert!(whole("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").closes);
    }

    #[test]
    fn what_is_no_success_is_told() {
        let told = |text: &str, at_end| read(text.as_bytes(), at_end).expect_err("refused").to_string();
        let text = "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 5\r\n\r\nslow!";
        assert_eq!(told(text, false), "a post was not accepted: HTTP/1.1 429 Too Many Requests slow!");
        assert!(told("", true).ends_with("no answer "), "{}", told("", true));
        let open = "HTTP/1.0 200 OK\r\n\r\nas long as it is";
        assert_eq!(read(open.as_bytes(), false).expect("no error"), None);
        assert!(read(open.as_bytes(), true).expect("no error").expect("all").closes);
    }
}
