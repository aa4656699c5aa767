//! The kinds of values that settings have, and how they are written.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::engine::{BadPlace, RedisPlace, Secret};

/// Where everything is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum DataPlace {
    /// Nowhere: it ends with the process.
    Memory,
    /// In this folder.
    Folder(PathBuf),
}

impl From<String> for DataPlace {
    fn from(text: String) -> Self {
        if text == "memory" { DataPlace::Memory } else { DataPlace::Folder(PathBuf::from(text)) }
    }
}

impl From<DataPlace> for String {
    fn from(place: DataPlace) -> String {
        match place {
            DataPlace::Memory => "memory".to_owned(),
            DataPlace::Folder(path) => path.to_string_lossy().into_owned(),
        }
    }
}

/// What keeps everything. Shown without a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum EngineChoice {
    /// This machine alone: SQLite in the data folder, or memory.
    Sqlite,
    /// A Redis that several machines share. Once loaded, its password is the one that counts.
    Redis(RedisPlace),
}

impl TryFrom<String> for EngineChoice {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "sqlite" {
            return Ok(EngineChoice::Sqlite);
        }
        match text.split_once("://") {
            Some(_) => text.parse().map(EngineChoice::Redis).map_err(|error: BadPlace| error.to_string()),
            // What is no word could have a password in it.
            None if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) => Err(format!(
                "there is no engine `{text}`; write \"sqlite\", or where a Redis is, such as {REDIS}"
            )),
            None => Err(format!("write \"sqlite\", or where a Redis is, such as {REDIS}")),
        }
    }
}

/// How the place of a Redis is written.
const REDIS: &str = "\"redis://localhost:6379\"";

impl From<EngineChoice> for String {
    fn from(choice: EngineChoice) -> String {
        match choice {
            EngineChoice::Sqlite => "sqlite".to_owned(),
            EngineChoice::Redis(place) => place.to_string(),
        }
    }
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A line for people.
    Text,
    /// A JSON object a line.
    Json,
}

/// Bytes: a whole number, or one with `KiB`, `MiB` or `GiB` after it.
pub(super) mod size {
    use super::*;

    const UNITS: [(&str, usize); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a size: a number of bytes, or one such as \"64KiB\"")]
    enum Written {
        Number(usize),
        Text(String),
    }

    pub fn serialize<S: Serializer>(bytes: &usize, serializer: S) -> Result<S::Ok, S::Error> {
        let fits = |(_, unit): &&(&str, usize)| *bytes > 0 && bytes.is_multiple_of(*unit);
        match UNITS.iter().take(3).find(fits) {
            Some((name, unit)) => serializer.collect_str(&format_args!("{}{name}", bytes / unit)),
            None => bytes.serialize(serializer),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Number(bytes) => Ok(bytes),
            Written::Text(text) => parse(&text).ok_or_else(|| {
                de::Error::custom(format_args!(
                    "`{text}` is not a size; write bytes, or KiB, MiB or GiB as in 64KiB"
                ))
            }),
        }
    }

    fn parse(text: &str) -> Option<usize> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let unit = match unit.trim_start() {
            "" => 1,
            unit => UNITS.iter().find(|(name, _)| *name == unit)?.1,
        };
        number.parse::<usize>().ok()?.checked_mul(unit)
    }
}

/// An address and port.
pub(super) mod address {
    use super::*;

    pub fn serialize<S: Serializer>(address: &SocketAddr, serializer: S) -> Result<S::Ok, S::Error> {
        address.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| {
            de::Error::custom(format_args!(
                "`{text}` is not an address and port, such as 127.0.0.1:3000 or [::1]:3000"
            ))
        })
    }
}

/// An address and port, or none.
pub(super) mod optional_address {
    use super::*;

    #[expect(clippy::ref_option, reason = "the signature that serde asks for")]
    pub fn serialize<S: Serializer>(address: &Option<SocketAddr>, serializer: S) -> Result<S::Ok, S::Error> {
        address.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
        address::deserialize(deserializer).map(Some)
    }
}

/// Networks, or single addresses.
pub(super) fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let parse = |text: &String| {
        text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| {
            de::Error::custom(format_args!("`{text}` is not a network or an address, such as 10.0.0.0/8"))
        })
    };
    texts.iter().map(parse).collect()
}

/// A secret, or none. Never shown, also not when it is wrong.
pub(super) mod secret {
    use super::*;

    /// What is shown in its place.
    const HIDDEN: &str = "(hidden)";

    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a password in quotes")]
    enum Written {
        Text(String),
    }

    #[expect(clippy::ref_option, reason = "the signature that serde asks for")]
    pub fn serialize<S: Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
        secret.as_ref().map(|_| HIDDEN).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Text(text) if text == HIDDEN => Err(de::Error::custom(
                "`(hidden)` stands for a password where settings are shown; write the password, or leave the key out",
            )),
            Written::Text(text) => Ok(Some(Secret::new(text)).filter(|secret| !secret.reveal().is_empty())),
        }
    }
}
