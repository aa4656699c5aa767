//! A draft: what somebody wants to say, before and after it has been looked at.

use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::engine::Id;
use crate::wire::{EventName, ndjson};

/// The longest key, in bytes.
const MOST_KEY_BYTES: usize = 200;
/// The longest type, in bytes.
const MOST_TYPE_BYTES: usize = 64;

/// What somebody wants to say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// The words.
    pub body: Option<String>,
    /// Any JSON, for programs.
    pub data: Option<Box<RawValue>>,
    /// Makes repeating it safe.
    pub key: Option<String>,
    /// The id of the message that it answers.
    pub reply_to: Option<String>,
    /// A type of its author's own: the event's name.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `false` makes it a signal: heard by those who are here now, numbered and kept by nobody.
    #[serde(default = "yes")]
    pub store: bool,
}

fn yes() -> bool {
    true
}

/// Why a draft cannot be said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadDraft {
    /// Neither words nor data, or words of white space only.
    #[error("a message has some text in \"body\", or \"data\"")]
    Blank,
    /// A key that is empty, too long, or has control characters.
    #[error("a key has 1 to 200 bytes and no control characters")]
    Key,
    /// A type that is not a name.
    #[error("a type is a letter, then at most 63 letters, digits and . _ -")]
    Type,
    /// A type that means something already.
    #[error("the type \"{0}\" has a meaning of its own; choose another")]
    ReservedType(String),
    /// Something to answer that is not an id.
    #[error("\"reply_to\" is the id of a message, such as 5f3a09c1-1027")]
    ReplyTo,
}

impl Draft {
    /// Just words.
    pub fn of_body(body: String) -> Self {
        Draft { body: Some(body), data: None, key: None, reply_to: None, kind: None, store: true }
    }

    /// Whether it can be said. Puts its data on one line, which changes no meaning: in JSON a line
    /// end stands only between values.
    pub fn check(&mut self) -> Result<(), BadDraft> {
        let has_words = self.body.as_ref().is_some_and(|body| !body.trim().is_empty());
        if !has_words && self.data.is_none() {
            return Err(BadDraft::Blank);
        }
        if let Some(key) = &self.key
            && (key.is_empty() || key.len() > MOST_KEY_BYTES || key.chars().any(char::is_control))
        {
            return Err(BadDraft::Key);
        }
        if let Some(kind) = &self.kind {
            check_type(kind)?;
        }
        if let Some(id) = &self.reply_to {
            id.parse::<Id>().map_err(|_| BadDraft::ReplyTo)?;
        }
        if let Some(data) = &self.data {
            let line = ndjson::one_line(data.get()).into_owned();
            self.data = RawValue::from_string(line).ok();
        }
        Ok(())
    }

    /// SHA-256 of what it says, in hexadecimal: two drafts under one key must agree in it.
    pub(super) fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        let data = self.data.as_ref().map(|data| data.get().to_owned());
        for part in [&self.body, &data, &self.kind, &self.reply_to] {
            let length = part.as_ref().map_or(u64::MAX, |text| text.len() as u64);
            hash.update(length.to_le_bytes());
            hash.update(part.as_deref().unwrap_or_default());
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn check_type(kind: &str) -> Result<(), BadDraft> {
    let is_name = kind.len() <= MOST_TYPE_BYTES
        && kind.starts_with(|first: char| first.is_ascii_alphabetic())
        && kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    if !is_name {
        return Err(BadDraft::Type);
    }
    if EventName::RESERVED.contains(&kind) {
        return Err(BadDraft::ReservedType(kind.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str) -> Result<Draft, BadDraft> {
        let mut draft: Draft = serde_json::from_str(json).unwrap();
        draft.check().map(|()| draft)
    }

    #[test]
    fn a_blank_message_is_refused() {
        for json in [r#"{}"#, r#"{"body":""}"#, r#"{"body":" \n\t\u3000"}"#, r#"{"data":null}"#] {
            assert_eq!(check(json).unwrap_err(), BadDraft::Blank, "{json}");
        }
        assert!(check(r#"{"data":[1]}"#).is_ok());
    }

    #[test]
    fn types_are_names_and_ours_are_taken() {
        assert!(check(r#"{"body":"x","type":"price.update-2"}"#).is_ok());
        for bad in ["", "1a", "a b", "a\nb", &"a".repeat(65)] {
            let json = serde_json::json!({ "body": "x", "type": bad }).to_string();
            assert_eq!(check(&json).unwrap_err(), BadDraft::Type, "{bad:?}");
        }
        assert_eq!(
            check(r#"{"body":"x","type":"reset"}"#).unwrap_err(),
            BadDraft::ReservedType("reset".into())
        );
    }

    #[test]
    fn data_stands_on_one_line_and_is_otherwise_as_it_was_sent() {
        let draft = check("{\"data\":{\"b\":1.50,\n\"a\":\"x\\n\"}}").unwrap();
        assert_eq!(draft.data.unwrap().get(), "{\"b\":1.50, \"a\":\"x\\n\"}");
    }

    #[test]
    fn a_fingerprint_tells_drafts_apart_by_what_they_say() {
        let print = |json| check(json).unwrap().fingerprint();
        assert_eq!(print(r#"{"body":"a","key":"1"}"#), print(r#"{"body":"a","key":"2"}"#));
        assert_ne!(print(r#"{"body":"a"}"#), print(r#"{"data":"a"}"#));
        assert_ne!(print(r#"{"body":"ab"}"#), print(r#"{"body":"a","type":"b"}"#));
    }
}
