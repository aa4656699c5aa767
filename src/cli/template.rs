//! `{n}` and `{now}` in what is posted again and again.

use jiff::Timestamp;

/// The text with the count of the post for `{n}` and the time (RFC 3339, UTC) for `{now}`.
pub fn fill(text: &str, n: u64, now: Timestamp) -> String {
    text.replace("{n}", &n.to_string()).replace("{now}", &format!("{now:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_and_the_time_are_filled_in() {
        let now: Timestamp = "2026-11-20T08:00:00.1239Z".parse().expect("a time");
        assert_eq!(fill("{n} at {now}, {n}", 7, now), "7 at 2026-11-20T08:00:00.123Z, 7");
        assert_eq!(fill("{\"n\":{n},\"x\":\"{N} {}\"}", 1, now), "{\"n\":1,\"x\":\"{N} {}\"}");
    }
}
