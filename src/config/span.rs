//! A span of time as people write it: a whole number and a unit.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A span of time: `250ms`, `15s`, `10m`, `2h`, `7d`. Whole milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

/// The units and their milliseconds, longest first.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

impl Span {
    /// A span of so many seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Span(Duration::from_secs(seconds))
    }

    /// A span of so many days.
    pub const fn days(days: u64) -> Self {
        Span(Duration::from_secs(days * 86_400))
    }
}

impl From<Span> for Duration {
    fn from(span: Span) -> Duration {
        span.0
    }
}

/// The text is not a span.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a span of time; write a whole number and ms, s, m, h or d, such as 15s")]
pub struct BadSpan(String);

impl FromStr for Span {
    type Err = BadSpan;

    fn from_str(text: &str) -> Result<Self, BadSpan> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let millis = UNITS.iter().find(|(name, _)| *name == unit).and_then(|(_, millis)| {
            let number: u64 = number.parse().ok()?;
            number.checked_mul(*millis)
        });
        millis.map(|millis| Span(Duration::from_millis(millis))).ok_or_else(|| BadSpan(text.to_owned()))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.0.as_millis();
        let fits = |(_, millis): &&(&str, u64)| all > 0 && all.is_multiple_of(u128::from(*millis));
        let (unit, millis) = UNITS.iter().find(fits).unwrap_or(&("s", 1000));
        write!(f, "{}{unit}", all / u128::from(*millis))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A span, or `never`, which is `None`.
pub(super) mod or_never {
    use super::*;

    #[expect(clippy::ref_option, reason = "the signature that serde asks for")]
    pub fn serialize<S: Serializer>(span: &Option<Span>, serializer: S) -> Result<S::Ok, S::Error> {
        match span {
            Some(span) => span.serialize(serializer),
            None => serializer.serialize_str("never"),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Span>, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "never" => Ok(None),
            text => text.parse().map(Some).map_err(de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spans_are_a_number_and_a_unit() {
        for (text, millis) in
            [("250ms", 250), ("15s", 15_000), ("10m", 600_000), ("2h", 7_200_000), ("7d", 604_800_000)]
        {
            let span: Span = text.parse().expect(text);
            assert_eq!(span.0, Duration::from_millis(millis));
            assert_eq!(span.to_string(), text);
        }
        assert_eq!(Span::seconds(90).to_string(), "90s");
        assert_eq!(Span::seconds(0).to_string(), "0s");
        for bad in ["", "15", "s", "-1s", "1.5s", "1 s", "15S", "never", "999999999999999999d", "1h30m"] {
            assert_eq!(bad.parse::<Span>(), Err(BadSpan(bad.into())), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_span_reads_back_as_written(millis in any::<u64>()) {
            let span = Span(Duration::from_millis(millis));
            prop_assert_eq!(span.to_string().parse(), Ok(span));
        }
    }
}
