//! Our values as Redis stores them, and back.

use std::collections::HashMap;

use bytes::Bytes;
use redis::{Cmd, FromRedisValue, Value, cmd, from_redis_value};

use super::super::moving::Kept;
use super::super::{
    Audience, Check, Commit, Document, EngineError, Entry, Epoch, EpochId, Epochs, Id, Key, LogPage, Millis,
    Number, NumberedKey, Outcome, Version,
};
use super::scripts::Keys;

/// Something in the store does not read: somebody else has written there.
pub(super) fn damaged(what: &str) -> EngineError {
    EngineError::Unavailable(format!("Redis holds {what} that cannot be read"))
}

fn plain<T: FromRedisValue>(value: Value, what: &str) -> Result<T, EngineError> {
    from_redis_value(value).map_err(|_| damaged(what))
}

/// The log's state.
pub(super) struct State {
    pub(super) epochs: Epochs,
    /// The last number that was trimmed.
    pub(super) trimmed: Number,
}

/// Asks for the state.
pub(super) fn state_query(keys: &Keys) -> Cmd {
    let mut query = cmd("HMGET");
    query.arg(keys.state()).arg("epochs").arg("head").arg("trimmed");
    query
}

/// Whether there is no state, in what [`state_query`] answers.
pub(super) fn is_gone(fields: &[Option<String>]) -> bool {
    fields.first().is_none_or(Option::is_none)
}

/// What [`state_query`] answers.
pub(super) fn state(fields: &[Option<String>]) -> Result<State, EngineError> {
    let number = |place: usize| -> Result<Number, EngineError> {
        let text = fields.get(place).and_then(Option::as_deref).unwrap_or("0");
        text.parse().map(Number).map_err(|_| damaged("a number"))
    };
    let epochs = fields
        .first()
        .and_then(Option::as_deref)
        .ok_or_else(|| EngineError::Unavailable("everything in Redis is gone".to_owned()))?;
    Ok(State { epochs: Epochs::new(epoch_list(epochs)?, number(1)?), trimmed: number(2)? })
}

fn epoch_list(text: &str) -> Result<Vec<Epoch>, EngineError> {
    let epoch = |text: &str| {
        let (id, first) = text.split_once(':')?;
        Some(Epoch { id: id.parse().ok()?, first: Number(first.parse().ok()?) })
    };
    text.split(' ').map(|text| epoch(text).ok_or_else(|| damaged("a list of epochs"))).collect()
}

/// The list of epochs as the state has it.
pub(super) fn epochs_text(list: &[Epoch]) -> String {
    let written: Vec<String> = list.iter().map(|epoch| format!("{}:{}", epoch.id, epoch.first)).collect();
    written.join(" ")
}

/// Asks for documents.
pub(super) fn documents_query<'a>(keys: &Keys, names: impl Iterator<Item = &'a Key>) -> Cmd {
    let mut query = cmd("HMGET");
    query.arg(keys.documents());
    names.for_each(|name| _ = query.arg(name.as_str()));
    query
}

/// A stored document: `version number expires json`. None if there is none, or it has expired.
///
/// One that does not read, because somebody else has written there, counts as none, so that it stops nothing
/// but itself.
pub(super) fn document(stored: Option<Vec<u8>>, now: Millis) -> Option<Document> {
    let stored = stored.filter(|stored| !stored.is_empty())?;
    let read = read_document(stored);
    if read.is_none() {
        tracing::error!("Redis holds a document that cannot be read");
    }
    let (document, expires) = read?;
    expires.is_none_or(|expires| expires > now).then_some(document)
}

fn read_document(stored: Vec<u8>) -> Option<(Document, Option<Millis>)> {
    let stored = Bytes::from(stored);
    let mut fields = stored.splitn(4, |byte| *byte == b' ');
    let mut field = || std::str::from_utf8(fields.next()?).ok();
    let version = Version(field()?.parse().ok()?);
    let number = optional(field()?)?.map(Number);
    let expires = optional(field()?)?;
    let json = stored.slice_ref(fields.next()?);
    Some((Document { version, number, json }, expires))
}

/// A field that may be `-`; the outer `None` says that it is neither that nor a number.
fn optional<T: std::str::FromStr>(text: &str) -> Option<Option<T>> {
    if text == "-" { Some(None) } else { text.parse().ok().map(Some) }
}

/// Keys and stored documents in turn, none of which has expired. Those that do not read are left out.
pub(super) fn keyed_documents(found: Vec<Vec<u8>>) -> Result<Vec<(Key, Document)>, EngineError> {
    let pairs = pairs(found)?.into_iter();
    Ok(pairs.filter_map(|(key, stored)| Some((key, document(Some(stored), Millis::MIN)?))).collect())
}

/// Keys and stored documents in turn, as they move. Each must read.
pub(super) fn kept(found: Vec<Vec<u8>>) -> Result<Vec<Kept>, EngineError> {
    let kept = |(key, stored)| {
        let (Document { json, number, .. }, expires) =
            read_document(stored).ok_or_else(|| damaged("a document"))?;
        Ok(Kept { key, json, number, expires })
    };
    pairs(found)?.into_iter().map(kept).collect()
}

fn pairs(found: Vec<Vec<u8>>) -> Result<Vec<(Key, Vec<u8>)>, EngineError> {
    let mut found = found.into_iter();
    let mut pairs = Vec::with_capacity(found.len() / 2);
    while let (Some(key), Some(stored)) = (found.next(), found.next()) {
        let key = String::from_utf8(key).map_err(|_| damaged("a key"))?;
        pairs.push((Key::from_stored(key), stored));
    }
    Ok(pairs)
}

/// A document as `commit.lua` stores it.
pub(super) fn stored(version: Version, kept: &Kept) -> Vec<u8> {
    fn text<T: ToString>(value: Option<T>) -> String {
        value.map_or_else(|| "-".to_owned(), |value| value.to_string())
    }
    let header = format!("{} {} {} ", version.0, text(kept.number), text(kept.expires));
    [header.as_bytes(), &kept.json].concat()
}

/// An entry of the stream: its id, and its fields in turn. One that does not read, because somebody else has
/// written there, is nobody's, and stops nothing.
fn entry(value: Value) -> Result<Entry, EngineError> {
    let (id, fields): (String, Vec<Vec<u8>>) = plain(value, "an entry")?;
    let number = id.split('-').next().and_then(|text| text.parse().ok()).map(Number);
    let number = number.ok_or_else(|| damaged("an entry"))?;
    Ok(read_entry(number, fields).unwrap_or_else(|| {
        tracing::error!(%number, "Redis holds an entry that cannot be read");
        let document = Key::new("unreadable").number(number);
        Entry { number, at: 0, audiences: Vec::new(), kind: "unreadable".to_owned(), document, facts: None }
    }))
}

fn read_entry(number: Number, fields: Vec<Vec<u8>>) -> Option<Entry> {
    let mut named = HashMap::with_capacity(fields.len() / 2);
    let mut fields = fields.into_iter();
    while let (Some(name), Some(value)) = (fields.next(), fields.next()) {
        named.insert(name, value);
    }
    let mut text = |name: &str| String::from_utf8(named.remove(name.as_bytes())?).ok();
    let names: Vec<String> = serde_json::from_str(&text("audiences")?).ok()?;
    let facts = text("facts").unwrap_or_default();
    Some(Entry {
        number,
        at: text("at")?.parse().ok()?,
        audiences: names.iter().map(|name| Audience::new(name)).collect(),
        kind: text("kind")?,
        document: Key::from_stored(text("document")?),
        facts: (!facts.is_empty()).then(|| Bytes::from(facts)),
    })
}

/// What `XRANGE` answers.
pub(super) fn entries(reply: Value) -> Result<Vec<Entry>, EngineError> {
    plain::<Vec<Value>>(reply, "a log")?.into_iter().map(entry).collect()
}

/// What a blocking read of one stream answers; nothing came if it is empty.
pub(super) fn followed(reply: Value) -> Result<Vec<Entry>, EngineError> {
    let streams: Option<Vec<(Value, Vec<Value>)>> = plain(reply, "a log")?;
    streams.into_iter().flatten().flat_map(|(_, entries)| entries).map(entry).collect()
}

/// What `log.lua` answers.
pub(super) fn page(value: Value) -> Result<LogPage, EngineError> {
    let mut parts = plain::<Vec<Value>>(value, "a page of the log")?.into_iter();
    let mut text =
        || -> Result<String, EngineError> { plain(parts.next().unwrap_or(Value::Nil), "a page of the log") };
    let number = |text: String| text.parse().map(Number).map_err(|_| damaged("a number"));
    if text()? == "expired" {
        return Ok(LogPage::Expired { trimmed: number(text()?)? });
    }
    let upto = number(text()?)?;
    let epoch: EpochId = text()?.parse().map_err(|_| damaged("an epoch"))?;
    let mut entries = Vec::with_capacity(parts.len() / 2);
    while let (Some(next), Some(stored)) = (parts.next(), parts.next()) {
        // Those that have expired were left out.
        entries.push((entry(next)?, document(plain(stored, "a document")?, Millis::MIN)));
    }
    Ok(LogPage::Entries { entries, upto, epoch })
}

/// The arguments of `commit.lua` that say what one commit is to do.
pub(super) fn add_commit(call: &mut Cmd, commit: &Commit) {
    call.arg(&commit.token.0);
    call.arg(commit.checks.len());
    for check in &commit.checks {
        match check {
            Check::Absent(key) => call.arg(key.as_str()).arg("-"),
            Check::At(key, version) => call.arg(key.as_str()).arg(version.0),
        };
    }
    call.arg(commit.deletes.len());
    commit.deletes.iter().for_each(|key| _ = call.arg(key.as_str()));
    call.arg(commit.puts.len());
    for put in &commit.puts {
        add_numbered(call, &put.key);
        call.arg(put.json.as_ref());
        match put.expires {
            Some(expires) => call.arg(expires),
            None => call.arg("-"),
        };
    }
    let Some(entry) = &commit.entry else {
        call.arg(0);
        return;
    };
    call.arg(1).arg(entry.at).arg(&entry.kind);
    add_numbered(call, &entry.document);
    call.arg(Audience::write(&entry.audiences));
    call.arg(entry.facts.as_deref().unwrap_or_default());
    call.arg(entry.audiences.len());
    entry.audiences.iter().for_each(|name| _ = call.arg(name.0.as_ref()));
}

fn add_numbered(call: &mut Cmd, key: &NumberedKey) {
    match key {
        NumberedKey::Plain(key) => call.arg(key.as_str()).arg(0),
        NumberedKey::WithNumber(key) => call.arg(key.as_str()).arg(1),
    };
}

/// What `commit.lua` answers: something for each commit.
pub(super) fn answers(value: Value) -> Option<Vec<String>> {
    from_redis_value(value).ok()
}

/// What it answers for one of them; nothing if that does not read.
pub(super) fn outcome(text: &str) -> Option<Outcome> {
    match text.split_once(' ') {
        None if text == "conflict" => Some(Outcome::Conflict),
        None if text == "done" => Some(Outcome::Done { id: None }),
        Some(("done", id)) => Some(Outcome::Done { id: Some(id.parse::<Id>().ok()?) }),
        _ => None,
    }
}
