//! A part of the load in a process of its own, since a process may have only so many files, and lines and posters
//! are not to wait for each other: the program starts itself anew and speaks with its parts over pipes, one JSON
//! object a line. This is what such a process does.

use std::io::{self, BufRead, Write};
use std::sync::mpsc::{self, TryRecvError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::crowd::Crowd;
use super::delays::now;
use super::hearing::Tally;
use super::lines::Lines;
use super::pace::Pace;
use super::posters::{Posted, Posters, Voices};
use super::request::Start;

/// The only argument of such a process. What it is to be comes first on its standard input.
pub const ARGUMENT: &str = "load-part";

/// What a part is.
#[derive(Debug, Serialize, Deserialize)]
pub enum Role {
    /// Lines that listen.
    Ears(Lines),
    /// Connections that post.
    Voices(Voices),
}

/// What a part is to do next. Each is answered by one report, besides how far it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Wish {
    /// Open so many more lines.
    Open(usize),
    /// Begin all counts anew.
    Reset,
    /// Listen until each room's lines have heard so many messages, or nothing has come for so long.
    Hear(Vec<u32>, Duration),
    /// Cut the lines that do not stay.
    Cut,
    /// Cut the next so many lines, which come back at once.
    Bounce(usize),
    /// Connect all of them again, and listen until each room's lines have heard so many messages.
    ComeBack(Vec<u32>, Duration),
    /// Open one more line that hears a room's messages from the first on, or from the second by its id.
    Newcomer(Since, Duration),
    /// Post at this pace.
    Post(Pace),
}

/// From where a newcomer hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Since {
    /// From the beginning.
    Beginning,
    /// What came after the first message, whose id it names.
    First,
}

/// What a part says.
#[derive(Serialize, Deserialize)]
pub enum Report {
    /// So many lines are open; more will be.
    Opening(usize),
    /// It is done.
    Done,
    /// What was heard.
    Heard(Box<Tally>),
    /// So many lines came back, and the last had all at this time (in nanoseconds since 1970).
    CaughtUp(usize, u64),
    /// A newcomer had so many messages after so long.
    Replayed(usize, Duration),
    /// What was posted.
    Posted(Box<Posted>),
    /// It could not do it.
    Failed(String),
}

/// Is such a part, until nobody is there to tell it anything any more.
pub fn serve() -> Result<()> {
    rlimit::increase_nofile_limit(u64::MAX)?;
    let mut role = String::new();
    io::stdin().lock().read_line(&mut role)?;
    let done = match serde_json::from_str(&role)? {
        Role::Ears(lines) => ears(lines),
        Role::Voices(voices) => speak(&voices),
    };
    match done {
        Ok(()) => Ok(()),
        Err(error) => tell(&Report::Failed(format!("{error:#}"))),
    }
}

fn tell(report: &Report) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(report)?)?;
    Ok(out.flush()?)
}

fn speak(voices: &Voices) -> Result<()> {
    let mut posters = Posters::connect(voices)?;
    for wish in io::stdin().lines() {
        match serde_json::from_str(&wish?)? {
            Wish::Post(pace) => tell(&Report::Posted(Box::new(posters.post(pace)?)))?,
            wish => anyhow::bail!("posters cannot do this: {wish:?}"),
        }
    }
    Ok(())
}

fn ears(lines: Lines) -> Result<()> {
    let mut crowd = Crowd::new(lines)?;
    let waker = crowd.waker()?;
    let (sender, wishes) = mpsc::channel();
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            // If nobody listens, the process ends anyway.
            let _ = sender.send(line).map(|()| waker.wake());
        }
        drop(sender);
        let _ = waker.wake();
    });
    loop {
        match wishes.try_recv() {
            Ok(wish) => tell(&fulfil(&mut crowd, serde_json::from_str(&wish)?)?)?,
            // Nothing waits unread while there is nothing to do.
            Err(TryRecvError::Empty) => crowd.turn(None)?,
            Err(TryRecvError::Disconnected) => return Ok(()),
        }
    }
}

fn fulfil(crowd: &mut Crowd, wish: Wish) -> Result<Report> {
    match wish {
        Wish::Open(lines) => crowd.open_and(lines, |greeted| {
            // Only for the eyes.
            let _ = tell(&Report::Opening(greeted));
        })?,
        Wish::Reset => crowd.reset(),
        Wish::Hear(messages, patience) => {
            crowd.hear_out(&messages, patience)?;
            return Ok(Report::Heard(Box::new(crowd.tally_of(&messages))));
        }
        Wish::Cut => drop(crowd.cut(1)),
        Wish::Bounce(lines) => crowd.bounce(lines),
        Wish::ComeBack(messages, patience) => {
            let before = crowd.greeted();
            crowd.all_come_back();
            crowd.hear_out(&messages, patience)?;
            return Ok(Report::CaughtUp(crowd.greeted() - before, crowd.hearing().last()));
        }
        Wish::Newcomer(since, patience) => return newcomer(crowd, since, patience),
        Wish::Post(_) => anyhow::bail!("lines cannot post"),
    }
    Ok(Report::Done)
}

fn newcomer(crowd: &mut Crowd, since: Since, patience: Duration) -> Result<Report> {
    let messages = crowd.hearing().heard(0).len();
    let messages = u32::try_from(messages)?;
    let id = crowd.hearing().first_id(0).map(|id| String::from_utf8_lossy(id).into_owned());
    let began = now();
    let (place, skipped) = match since {
        Since::Beginning => (crowd.add(Start::Beginning)?, 0),
        Since::First => {
            let id = id.context("the id of the first message is not known")?;
            (crowd.add(Start::After(&id))?, 1)
        }
    };
    crowd.hearing().set_cursor(place, skipped);
    let is_done = crowd.hear_out(&[messages], patience)?;
    anyhow::ensure!(is_done, "a newcomer has not heard everything");
    let took = Duration::from_nanos(crowd.hearing().last().saturating_sub(began));
    crowd.dismiss(place);
    Ok(Report::Replayed((messages - skipped) as usize, took))
}
