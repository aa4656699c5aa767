//! Every key and its document. Keys read as paths; values are JSON that a person can read.
//!
//! | key | document |
//! |---|---|
//! | `room/<room id>` | [`RoomDocument`] |
//! | `name/<public name>` | [`NameDocument`]: leads to the room's id |
//! | `direct/<sha-256 of the people's ids>` | [`NameDocument`]: the one direct room of these people |
//! | `member/<room id>/<person id>` | [`MemberDocument`]: who is in a room, or banned from it |
//! | `mine/<person id>/<room id>` | [`MineDocument`]: the same seen from the person |
//! | `slow/<room id>/<person id>` | [`SlowDocument`]: until they may speak again in slow mode |
//! | `message/<room id>/<number>` | [`MessageDocument`] |
//! | `reply/<room id>/<number>/<number>` | [`ReplyDocument`]: the second answers the first |
//! | `key/<room id>/<who>/<key>` | [`KeyDocument`]: kept seven days; its number is the message's |
//! | `read/<room id>/<person id>` | [`ReadDocument`]: how far somebody has read |
//! | `person/<person id>` | [`PersonDocument`] |
//! | `login/<login>` | [`LoginDocument`] |
//! | `session/<person id>/<sha-256 of the secret>` | [`SessionDocument`] |
//! | `link/<sha-256 of the code>` | [`LinkDocument`]: what redeeming it gives |
//! | `used/<nonce>` | [`UsedDocument`]: a signed link that was redeemed |

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use bytes::Bytes;

use crate::engine::{Audience, Document, EngineError, Key, Millis, Number};

/// How long the key of a message is remembered, in milliseconds.
pub const KEYS_LAST: Millis = 7 * 24 * 3600 * 1000;

/// The kinds of entries in the log.
pub mod kind {
    /// Something was said.
    pub const MESSAGE: &str = "message";
    /// A room's messages up to this one are no longer kept. For nodes, not for people: it has no audience.
    pub const RETIRED: &str = "retired";
    /// A message reads differently now.
    pub const EDIT: &str = "edit";
    /// A message was deleted.
    pub const DELETE: &str = "delete";
    /// Somebody reacted to a message, or does not any more.
    pub const REACTION: &str = "reaction";
    /// A room was made, or is not as it was.
    pub const ROOM: &str = "room";
    /// Somebody is in a room, or is not any more.
    pub const MEMBER: &str = "member";
    /// A person is not as they were.
    pub const PERSON: &str = "person";
}

/// A room. A public room's id is the name under which it was made; any other's is random and begins with `~`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RoomDocument {
    /// A public room's present name in its canonical spelling; a private room's title.
    pub name: String,
    /// When it was made.
    pub at: Millis,
    /// Who can find it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kind: RoomKind,
    /// What it is about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub topic: String,
    /// Whether it is only to be read.
    #[serde(default, skip_serializing_if = "is_default")]
    pub archived: bool,
    /// What newcomers see of what was said before them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub history: Newcomers,
    /// Who of those who may hear may also speak.
    #[serde(default, skip_serializing_if = "is_default")]
    pub post: Posting,
    /// How long each person waits between two messages, in seconds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub slow: u32,
}

/// Who can find a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoomKind {
    /// Everybody.
    #[default]
    Public,
    /// Those who were added to it.
    Private,
    /// The people it was made for, who never change.
    Direct,
}

/// What newcomers see of what was said before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Newcomers {
    /// All of it.
    #[default]
    All,
    /// Nothing: only what is said once they have joined.
    Joined,
}

/// Who of those who may hear may also speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Posting {
    /// All of them.
    #[default]
    Everyone,
    /// Those who are in the room and have an account.
    Members,
    /// Those who keep the room, and moderators.
    Moderators,
}

/// Somebody's place in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberDocument {
    /// What they are to the room.
    #[serde(rename = "as")]
    pub place: Place,
    /// Since when.
    pub at: Millis,
    /// They may hear what was said after this number; if it is not set, after the entry by which they came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Number>,
    /// Who put them there, if it was not themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why they are banned.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// What somebody is to a room that has a place for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// They are in it.
    Member,
    /// They are in it and keep it.
    Keeper,
    /// They may not be in it.
    Banned,
}

/// A person's room, seen from the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MineDocument {
    /// Since when.
    pub at: Millis,
    /// What they want to be told of.
    #[serde(default, skip_serializing_if = "is_default")]
    pub level: Level,
}

/// What somebody wants to be told of in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Every message.
    #[default]
    All,
    /// Messages that mention them.
    Mentions,
    /// Nothing.
    None,
    /// Nothing, and the room stands apart in their list.
    Hidden,
}

/// That somebody has just spoken in a room with slow mode. It expires when they may speak again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlowDocument {
    /// When they may speak again.
    pub until: Millis,
}

/// That a message answers another.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReplyDocument {}

/// How far somebody has read in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadDocument {
    /// The number of the last message that they have read.
    pub upto: Number,
    /// When.
    pub at: Millis,
}

/// Where a public name leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameDocument {
    /// The room's id.
    pub room: String,
}

/// Something that was said; with `deleted`, a tombstone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MessageDocument {
    /// When.
    pub at: Millis,
    /// The person's id, if they have given a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The client that sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The JSON of a program, without line ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
    /// The id of the message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The type that its author gave it.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The key by which its author can repeat it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// When its words were last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<Millis>,
    /// When it was deleted. What hangs on it keeps its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Millis>,
    /// The ids of the people whom it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<String>,
    /// Whether it calls everybody in the room.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mentions_all: bool,
    /// Whom it was told of when it was said, if that is not what it names now: an edit calls nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called: Option<Called>,
    /// How people reacted to it, in the order in which each reaction came first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
}

impl MessageDocument {
    /// Nothing, said at a time.
    pub fn said_at(at: Millis) -> Self {
        MessageDocument {
            at,
            by: None,
            client: None,
            body: None,
            data: None,
            reply_to: None,
            kind: None,
            key: None,
            edited: None,
            deleted: None,
            mentions: Vec::new(),
            mentions_all: false,
            called: None,
            reactions: Vec::new(),
        }
    }
}

/// Whom a message called when it was said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Called {
    /// The ids of people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<String>,
    /// Whether it called everybody.
    #[serde(default, skip_serializing_if = "is_default")]
    pub all: bool,
}

/// One emoji, and who reacted with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// The ids of people, in the order in which they came.
    pub by: Vec<String>,
}

/// That a key was used. The number of the message is the number of this document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyDocument {
    /// SHA-256 of what was said under it, in hexadecimal.
    pub fingerprint: String,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PersonDocument {
    /// The name by which they go.
    pub name: String,
    /// When they came.
    pub at: Millis,
    /// What they are on this server.
    #[serde(default, skip_serializing_if = "is_default")]
    pub role: Role,
    /// One emoji that stands for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub face: Option<String>,
    /// Whether it is a program.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bot: bool,
    /// Whether they have deleted their account. What they said stays without their name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gone: bool,
    /// By which they sign in, if they have an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
}

/// What a person is on this server. Each may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// They have not given a name.
    Stranger,
    /// They have given a name.
    #[default]
    Guest,
    /// They have an account.
    Member,
    /// They keep order.
    Moderator,
    /// It is theirs.
    Owner,
}

/// An account: by what somebody signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginDocument {
    /// The person's id.
    pub person: String,
    /// The password's hash as a PHC string; none for somebody who signs in by links only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// A device on which a person is known, or the token of a bot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionDocument {
    /// Since when.
    pub at: Millis,
    /// When it was last seen, to the hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Millis>,
    /// What it is, as far as it says, such as "Firefox on Android".
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub device: String,
}

/// What redeeming a link gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkDocument {
    /// By which it can be revoked; tells nothing of its code.
    pub id: String,
    /// What it gives.
    pub gives: Gift,
    /// How often it can still be redeemed.
    pub uses: u32,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When it was made.
    pub at: Millis,
    /// When it ends.
    pub expires: Millis,
}

/// What a link gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gift {
    /// A place on this server with a role, and in a room if it says so.
    Place {
        /// The role.
        role: Role,
        /// The room's id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<String>,
    },
    /// A device more for somebody who is here already.
    SignIn {
        /// The person's id.
        person: String,
    },
}

/// That a link which the server had signed, and not stored, was redeemed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedDocument {
    /// When.
    pub at: Millis,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// `room/<room id>`
pub fn room(id: &str) -> Key {
    Key::new("room").part(id)
}

/// `name/<public name>`
pub fn name(name: &str) -> Key {
    Key::new("name").part(name)
}

/// `message/<room id>`, under which the numbers stand.
pub fn messages(room: &str) -> Key {
    Key::new("message").part(room)
}

/// `message/<room id>/<number>`
pub fn message(room: &str, number: Number) -> Key {
    messages(room).number(number)
}

/// `key/<room id>/<who>/<key>`
pub fn key(room: &str, who: &str, key: &str) -> Key {
    Key::new("key").part(room).part(who).part(key)
}

/// `direct/<sha-256 of the people's ids>`
pub fn direct(people: &str) -> Key {
    Key::new("direct").part(people)
}

/// `member/<room id>`, under which people stand.
pub fn members(room: &str) -> Key {
    Key::new("member").part(room)
}

/// `member/<room id>/<person id>`
pub fn member(room: &str, person: &str) -> Key {
    members(room).part(person)
}

/// `mine/<person id>`, under which rooms stand.
pub fn mine(person: &str) -> Key {
    Key::new("mine").part(person)
}

/// `mine/<person id>/<room id>`
pub fn my_room(person: &str, room: &str) -> Key {
    mine(person).part(room)
}

/// `slow/<room id>/<person id>`
pub fn slow(room: &str, person: &str) -> Key {
    Key::new("slow").part(room).part(person)
}

/// `reply/<room id>/<number>`, under which the numbers of its answers stand.
pub fn replies(room: &str, number: Number) -> Key {
    Key::new("reply").part(room).number(number)
}

/// `read/<room id>`, under which people stand.
pub fn readers(room: &str) -> Key {
    Key::new("read").part(room)
}

/// `read/<room id>/<person id>`
pub fn read_mark(room: &str, person: &str) -> Key {
    readers(room).part(person)
}

/// `person/<person id>`
pub fn person(id: &str) -> Key {
    Key::new("person").part(id)
}

/// `login/<login>`
pub fn login(login: &str) -> Key {
    Key::new("login").part(login)
}

/// `session/<person id>`, under which devices stand.
pub fn sessions(person: &str) -> Key {
    Key::new("session").part(person)
}

/// `session/<person id>/<sha-256 of the secret>`
pub fn session(person: &str, secret_hash: &str) -> Key {
    sessions(person).part(secret_hash)
}

/// `link/<sha-256 of the code>`
pub fn link(code_hash: &str) -> Key {
    Key::new("link").part(code_hash)
}

/// `used/<nonce>`
pub fn used(nonce: &str) -> Key {
    Key::new("used").part(nonce)
}

/// Those who listen to a room.
pub fn room_audience(room: &str) -> Audience {
    Audience::new(&format!("room:{room}"))
}

/// The id of the room whose listeners an audience is.
pub fn room_of(audience: &Audience) -> Option<&str> {
    audience.0.strip_prefix("room:")
}

/// Whether a room can be found only by those who are in it.
pub fn is_hidden(room: &str) -> bool {
    room.starts_with('~')
}

/// A person's own devices.
pub fn person_audience(id: &str) -> Audience {
    Audience::new(&format!("person:{id}"))
}

/// The id of the person whose devices an audience is.
pub fn person_of(audience: &Audience) -> Option<&str> {
    audience.0.strip_prefix("person:")
}

/// A document as it is stored.
#[expect(clippy::expect_used, reason = "structs of strings, integers and raw JSON cannot fail to serialize")]
pub fn to_json(document: &impl Serialize) -> Bytes {
    Bytes::from(serde_json::to_vec(document).expect("serializable"))
}

/// Reads a document back. One that does not read is reported with its key, never its text.
pub fn read<T: DeserializeOwned>(key: &Key, document: &Document) -> Result<T, EngineError> {
    serde_json::from_slice(&document.json)
        .map_err(|error| EngineError::Unavailable(format!("the document {key} cannot be read: {error}")))
}
