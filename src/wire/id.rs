//! Numbers and ids as they are written: `5f3a09c1-1027` is number 1027 of the epoch 5f3a09c1.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How many digits the name of an epoch has.
const EPOCH_DIGITS: usize = 8;

/// The most bytes that an id takes: the name of an epoch, a hyphen, and any number of 64 bits.
const ID_BYTES: usize = EPOCH_DIGITS + 1 + 20;

/// A place in the log. 0 is before the first entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Number(pub u64);

impl Number {
    /// The number after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Number(self.0.saturating_add(1))
    }

    /// The number before this one, or 0.
    #[must_use]
    pub fn previous(self) -> Self {
        Number(self.0.saturating_sub(1))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The random name of an epoch: 32 bits, written as eight hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EpochId(pub u32);

impl fmt::Display for EpochId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0EPOCH_DIGITS$x}", self.0)
    }
}

impl FromStr for EpochId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let is_name =
            text.len() == EPOCH_DIGITS && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !is_name {
            return Err(BadId);
        }
        u32::from_str_radix(text, 16).map(EpochId).map_err(|_| BadId)
    }
}

/// A place in the log as it is written on the wire: `5f3a09c1-1027`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Id {
    /// In which epoch the number was given out.
    pub epoch: EpochId,
    /// The number.
    pub number: Number,
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // In one piece: every event and every answer has one.
        let mut text = [b'-'; ID_BYTES];
        for (place, digit) in text.iter_mut().take(EPOCH_DIGITS).enumerate() {
            *digit = b"0123456789abcdef"[(self.epoch.0 >> (28 - 4 * place)) as usize % 16];
        }
        let mut number = itoa::Buffer::new();
        let number = number.format(self.number.0).as_bytes();
        let end = EPOCH_DIGITS + 1 + number.len();
        text[EPOCH_DIGITS + 1..end].copy_from_slice(number);
        f.write_str(std::str::from_utf8(&text[..end]).map_err(|_| fmt::Error)?)
    }
}

/// The text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id looks like 5f3a09c1-1027")]
pub struct BadId;

impl FromStr for Id {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let (epoch, number) = text.split_once('-').ok_or(BadId)?;
        let is_number = (1..=16).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            return Err(BadId);
        }
        Ok(Id { epoch: epoch.parse()?, number: Number(number.parse().map_err(|_| BadId)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_written() {
        let id = Id { epoch: EpochId(0x5f3a), number: Number(1027) };
        assert_eq!(id.to_string(), "00005f3a-1027");
        let longest = Id { epoch: EpochId(u32::MAX - 1), number: Number(u64::MAX) };
        assert_eq!(longest.to_string(), "fffffffe-18446744073709551615");
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in
            ["", "5f3a-1", "00005f3a", "00005f3a-", "00005F3A-1", "00005f3a--1", "00005f3a-12345678901234567"]
        {
            assert_eq!(bad.parse::<Id>(), Err(BadId), "{bad}");
        }
    }
}
