//! What the parts of a path name: decoded once, and UTF-8.

use http::Uri;
use percent_encoding::percent_decode_str;

use super::Doors;
use super::ask::{Since, room_name};
use super::problem::{Code, Problem};
use crate::chat::{PersonId, RoomName};
use crate::engine::Number;

/// A part of a path, counted from 0. Empty if there is none.
pub fn part(uri: &Uri, place: usize) -> Result<String, Problem> {
    let segment = uri.path().trim_start_matches('/').split('/').nth(place).unwrap_or_default();
    let part = percent_decode_str(segment).decode_utf8().map_err(|_| Problem::new(Code::BadUtf8))?;
    Ok(part.into_owned())
}

/// The room of `/rooms/{room}` and what follows it.
pub fn room(uri: &Uri) -> Result<RoomName, Problem> {
    room_name(&part(uri, 1)?)
}

/// Whom `/rooms/{room}/people/{person}` or `/rooms/{room}/bans/{person}` is about: an id, or oneself.
pub fn in_room(uri: &Uri) -> Result<String, Problem> {
    part(uri, 3)
}

/// The message of `/rooms/{room}/{message}` and what follows it.
pub async fn message(doors: &Doors, uri: &Uri) -> Result<Number, Problem> {
    Since::parse(&part(uri, 2)?).number(&doors.chat).await
}

/// The emoji of `/rooms/{room}/{message}/reactions/{emoji}`.
pub fn emoji(uri: &Uri) -> Result<String, Problem> {
    part(uri, 4)
}

/// The person of `/people/{id}` or `/bots/{id}` and what follows it.
pub fn person(uri: &Uri) -> Result<PersonId, Problem> {
    PersonId::read(&part(uri, 1)?).ok_or(Problem::new(Code::NoSuchPerson))
}

/// The link of `/links/{id}`.
pub fn link(uri: &Uri) -> Result<String, Problem> {
    part(uri, 1)
}

/// The session of `/me/sessions/{id}`.
pub fn session(uri: &Uri) -> Result<String, Problem> {
    part(uri, 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_part_is_decoded_once_and_must_be_text() {
        let part = |path: &str, place| part(&path.parse().unwrap(), place).map_err(|problem| problem.code());
        assert_eq!(part("/rooms/caf%C3%A9/people/me", 1).as_deref(), Ok("café"));
        assert_eq!(part("/rooms/a%2525/people", 1).as_deref(), Ok("a%25"));
        assert_eq!(part("/rooms/a%2Fb/x", 1).as_deref(), Ok("a/b"));
        assert_eq!((part("/rooms", 1).as_deref(), part("/rooms/", 1).as_deref()), (Ok(""), Ok("")));
        assert_eq!(part("/people/%FF", 1), Err(Code::BadUtf8));
    }

    proptest! {
        #[test]
        fn any_path_is_read_or_refused(path in "/[!-~]{0,40}") {
            if let Ok(uri) = path.parse() {
                let _ = (room(&uri), in_room(&uri), emoji(&uri), person(&uri), link(&uri), session(&uri));
            }
        }
    }
}
