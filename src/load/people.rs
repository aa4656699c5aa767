//! People in a chat of ours: they have names, sit in a room each, type, and read what was said last. What they
//! do goes over a few connections that they share: it costs what it costs, but not a connection each.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::asker::Asker;
use super::delays::{Delays, nanos};

/// How often each says that they are typing: some words now and then, as people do.
pub const TYPING: Duration = Duration::from_secs(20);
/// How often each says how far they have read.
pub const READING: Duration = Duration::from_secs(10);
/// How many connections they share.
const CONNECTIONS: usize = 8;

/// Somebody.
#[derive(Debug, Clone)]
pub struct Person {
    /// By which the server knows them.
    pub cookie: String,
    /// The place of their room.
    room: usize,
}

/// So many people come, and each takes a place in one of the rooms, which are made by a first word.
pub fn arrive(server: SocketAddr, rooms: &[String], people: usize) -> Result<Vec<Person>> {
    let mut asker = Asker::connect(server)?;
    for room in rooms {
        asker.ask("POST", &format!("/rooms/{room}"), "", "{\"body\":\"hello\"}")?.expect(201)?;
    }
    let person = |n: usize| {
        let place = n % rooms.len();
        let answer = asker.ask("PUT", "/me", "", &format!("{{\"name\":\"person {n}\"}}"))?.expect(201)?;
        let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next());
        let cookie = cookie.context("a cookie")?.to_owned();
        asker.ask("PUT", &format!("/rooms/{}/people/me", rooms[place]), &cookie, "{}")?;
        Ok(Person { cookie, room: place })
    };
    (0..people).map(person).collect()
}

/// What they all know while they live.
pub struct Place<'a> {
    /// Where the server is.
    pub server: SocketAddr,
    /// The names of the rooms.
    pub rooms: &'a [String],
    /// Whether they are to stop.
    pub is_over: &'a AtomicBool,
}

/// They type and read until it is over; how soon each of these requests was answered.
pub fn live(place: &Place<'_>, people: &[Person]) -> Result<Delays> {
    let some = people.len().div_ceil(CONNECTIONS).max(1);
    let latest = Mutex::new(vec![String::new(); place.rooms.len()]);
    let panicked = || anyhow::anyhow!("a person panicked");
    thread::scope(|scope| {
        let looking = scope.spawn(|| look(place, &latest));
        let shares: Vec<_> =
            people.chunks(some).map(|some| scope.spawn(|| share(place, some, &latest))).collect();
        let mut delays = Delays::new();
        for done in shares {
            delays.add(&done.join().map_err(|_| panicked())??);
        }
        looking.join().map_err(|_| panicked())??;
        Ok(delays)
    })
}

/// Looks every second at what was said last in each room. People see it on their lines, whose bytes nobody reads
/// here.
fn look(place: &Place<'_>, latest: &Mutex<Vec<String>>) -> Result<()> {
    let mut asker = Asker::connect(place.server)?;
    while !place.is_over.load(Ordering::Relaxed) {
        for (room, name) in place.rooms.iter().enumerate() {
            let answer = asker.ask("GET", &format!("/rooms/{name}?limit=1"), "", "")?.expect(200)?;
            let page: serde_json::Value = serde_json::from_str(&answer.body)?;
            let last = page["messages"].as_array().and_then(|messages| messages.last());
            if let Some(id) = last.and_then(|message| message["id"].as_str()) {
                id.clone_into(&mut latest.lock().unwrap_or_else(PoisonError::into_inner)[room]);
            }
        }
        wait_until(Instant::now() + Duration::from_secs(1), place.is_over);
    }
    Ok(())
}

/// What some of them do, on one connection.
fn share(place: &Place<'_>, people: &[Person], latest: &Mutex<Vec<String>>) -> Result<Delays> {
    let (mut asker, mut delays, began) = (Asker::connect(place.server)?, Delays::new(), Instant::now());
    let mut due = BinaryHeap::new();
    for person in 0..people.len() {
        // Spread out, as people are.
        let part = (person as f64 + 0.5) / people.len() as f64;
        due.push(Reverse((began + TYPING.mul_f64(part), person, true)));
        due.push(Reverse((began + READING.mul_f64(part), person, false)));
    }
    while let Some(Reverse((at, who, types))) = due.pop() {
        wait_until(at, place.is_over);
        if place.is_over.load(Ordering::Relaxed) {
            break;
        }
        let Person { cookie, room } = &people[who];
        let name = &place.rooms[*room];
        let id = latest.lock().unwrap_or_else(PoisonError::into_inner)[*room].clone();
        let asked = Instant::now();
        if types {
            asker.ask("POST", &format!("/rooms/{name}/typing"), cookie, "{}")?.expect(204)?;
        } else if !id.is_empty() {
            let read = format!("{{\"read\":\"{id}\"}}");
            asker.ask("PATCH", &format!("/rooms/{name}/me"), cookie, &read)?.expect(200)?;
        }
        delays.note(nanos(asked.elapsed()));
        due.push(Reverse((at + if types { TYPING } else { READING }, who, types)));
    }
    Ok(delays)
}

/// Waits for a time, or until it is over.
fn wait_until(at: Instant, is_over: &AtomicBool) {
    while !is_over.load(Ordering::Relaxed) {
        let left = at.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        thread::sleep(left.min(Duration::from_millis(100)));
    }
}
