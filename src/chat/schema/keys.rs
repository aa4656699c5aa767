//! The keys of documents, and the audiences of entries.

use crate::engine::{Audience, Key, Number};

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

/// `orphan/<room id>/<number>`
pub fn orphan(room: &str, number: Number) -> Key {
    Key::new("orphan").part(room).number(number)
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

/// `called/<name>/<person id>`
pub fn called(name: &str, person: &str) -> Key {
    Key::new("called").part(name).part(person)
}

/// `also/<the rest of a name>/<person id>`
pub fn also_called(rest: &str, person: &str) -> Key {
    Key::new("also").part(rest).part(person)
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

/// `invitation/<person id>`, under which stand the links that somebody made for others.
pub fn invitations(maker: &str) -> Key {
    Key::new("invitation").part(maker)
}

/// `invitation/<person id>/<sha-256 of the code>`
pub fn invitation(maker: &str, code_hash: &str) -> Key {
    invitations(maker).part(code_hash)
}

/// `entrance/<person id>`, under which stand the links by which somebody signs in.
pub fn entrances(person: &str) -> Key {
    Key::new("entrance").part(person)
}

/// `entrance/<person id>/<sha-256 of the code>`
pub fn entrance(person: &str, code_hash: &str) -> Key {
    entrances(person).part(code_hash)
}

/// `leaving/<person id>`
pub fn leaving(person: &str) -> Key {
    Key::new("leaving").part(person)
}

/// `owners`
pub fn owners() -> Key {
    Key::new("owners")
}

/// `used/<nonce>`
pub fn used(nonce: &str) -> Key {
    Key::new("used").part(nonce)
}

/// Those who listen to a room.
pub fn room_audience(room: &str) -> Audience {
    Audience::new(&["room:", room].concat())
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
