//! Opening a line, and the answer that is one: SSE or NDJSON.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{self, HeaderName};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::ask::{Ask, Since};
use super::identity::Asker;
use super::line_writer::LineWriter;
use super::lines::Open;
use super::problem::{Code, Problem};
use super::words::Language;
use super::{Doors, negotiate, takeover};
use crate::chat::{Chat, RoomName, Speaker, Visit};
use crate::engine::{Hearing, Id, Millis, Standing};
use crate::hub::{Join, Start, jittered};
use crate::wire::{Event, Format, Only, Transport, sse};

/// When an EventSource that was turned away for now may come back.
const COME_BACK: Duration = Duration::from_secs(4);

/// What a line is to listen to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// These rooms.
    Rooms(Vec<RoomName>),
    /// The rooms that the person is in, what concerns them, and these rooms.
    Mine(Vec<RoomName>),
    /// Everything that this person may hear.
    Everything,
}

/// The answer to somebody who asks for a stream.
pub async fn stream(
    doors: &Doors,
    parts: &Parts,
    target: &Target,
    ask: &Ask,
    transport: Transport,
) -> Result<Response, Problem> {
    let headers = stream_headers(transport);
    if parts.method == Method::HEAD {
        // To those who would not have the stream, the answer says no as well.
        let asker = Asker::of(doors, parts, ask).await?;
        hearing(doors, target, &asker.speaker()).await?;
        // Of no known length, as the stream itself would be.
        let nothing = futures_util::stream::empty::<Result<Bytes, std::convert::Infallible>>();
        return Ok((headers, Body::from_stream(nothing)).into_response());
    }
    match open(doors, parts, target, ask, transport).await {
        Ok((open, _)) => Ok(takeover::answer(StatusCode::OK, headers, LineWriter::new(open))),
        Err(problem)
            if transport == Transport::Sse
                && problem.code().may_pass()
                && !reads_problems(&parts.headers) =>
        {
            let body = turned_away(&problem, Language::of(&parts.headers));
            Ok((headers, body).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// Opens a line for whoever sent this request, and tells who that is.
pub async fn open(
    doors: &Doors,
    parts: &Parts,
    target: &Target,
    ask: &Ask,
    transport: Transport,
) -> Result<(Open, Asker), Problem> {
    if doors.is_closing() {
        return Err(Problem::new(Code::Closing));
    }
    let mut asker = Asker::of(doors, parts, ask).await?;
    let place = doors.lines.enter(transport, asker.address)?;
    let listening = doors.chat.listen(&asker.speaker()).await?;
    let since = last_event_id(&parts.headers).or(ask.since);
    let (hearing, visits) = hearing(doors, target, &asker.speaker()).await?;
    let past = PastOf { doors, visits: matches!(target, Target::Rooms(_)).then_some(visits) };
    let (start, reset) = begin(&past, since, ask.since).await?;
    if let Some(reason) = reset
        && transport == Transport::Ndjson
        && ask.only != Only::Event
    {
        // Lines of bare values have no word for `reset`.
        return Err(Problem::about(Code::BadCursor, reason));
    }
    let format = Format { transport, only: ask.only };
    let line = doors.hub.join(Join {
        listener: asker.listener(&listening),
        format,
        echo: !ask.no_echo,
        hearing,
        follows: matches!(target, Target::Mine(_)),
        start,
        reset,
    });
    let language = Language::of(&parts.headers);
    Ok((Open { line, _place: place, _listening: listening, format, language }, asker))
}

/// Where the last connection of this subscriber ended (WHATWG HTML, section 9.2.4).
fn last_event_id(headers: &HeaderMap) -> Option<Since> {
    let text = headers.get("last-event-id").map(|value| value.to_str().unwrap_or("?"))?;
    (!text.is_empty()).then(|| Since::parse(text))
}

/// What a line listens to, and the rooms of it in which its person was found allowed to be.
async fn hearing(
    doors: &Doors,
    target: &Target,
    speaker: &Speaker,
) -> Result<(Hearing, Vec<Visit>), Problem> {
    let (names, is_mine) = match target {
        Target::Everything => return Ok((Hearing::Everything, Vec::new())),
        Target::Rooms(names) => (names, false),
        Target::Mine(names) => (names, true),
    };
    if names.len() > doors.limits.rooms_per_line {
        return Err(Problem::new(Code::TooManyRooms));
    }
    let mut visits = Vec::with_capacity(names.len());
    for name in names {
        visits.push(doors.chat.visit(speaker, name).await?);
    }
    let mut audiences: Vec<_> = visits.iter().map(Visit::audience).collect();
    if is_mine {
        if speaker.person.is_none() {
            return Err(Problem::new(Code::NotSignedIn));
        }
        audiences.extend(doors.chat.own_audiences(speaker).await?);
        audiences.sort_unstable();
        audiences.dedup();
    }
    Ok((Hearing::Of(audiences), visits))
}

/// Where what was said before is read from: rooms that were named, or else the log.
struct PastOf<'a> {
    doors: &'a Doors,
    visits: Option<Vec<Visit>>,
}

/// Where a line begins; with a reason if that is not where it wanted to.
///
/// Whoever has lost their place begins again where `since` in the URL says, if it says so.
async fn begin(
    past: &PastOf<'_>,
    since: Option<Since>,
    in_url: Option<Since>,
) -> Result<(Start, Option<&'static str>), Problem> {
    let doors = past.doors;
    let lost = match since {
        None | Some(Since::Nothing) => return Ok((Start::Live, None)),
        Some(Since::All) => return Ok((past.since(None).await?, None)),
        Some(Since::Time(time)) => return Ok((past.since(Some(time)).await?, None)),
        Some(Since::Ago(duration)) => {
            let time =
                doors.chat.clock().now() - Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX);
            return Ok((past.since(Some(time)).await?, None));
        }
        Some(Since::Id(id)) => match doors.hub.standing(id).await? {
            Standing::Known(_) => return Ok((Start::After(id), None)),
            Standing::Undone(_) => "the log went back behind this id",
            Standing::Foreign => "this id is not from this log",
        },
        Some(Since::Number(number)) => {
            let epochs = doors.chat.engine().epochs().await?;
            if number <= epochs.head() {
                return Ok((after(doors, epochs.id(number)).await?, None));
            }
            "the log has not come to this number"
        }
        Some(Since::Garbled) => "this id cannot be read",
    };
    match in_url {
        Some(again @ (Since::All | Since::Time(_) | Since::Ago(_))) => {
            let (start, _) = Box::pin(begin(past, Some(again), None)).await?;
            Ok((start, Some(lost)))
        }
        _ => Ok((Start::Live, Some(lost))),
    }
}

impl PastOf<'_> {
    /// What was said since a time, or ever. Of everything, as far back as the log goes; of rooms that
    /// are named, as far back as there are messages.
    async fn since(&self, since: Option<Millis>) -> Result<Start, Problem> {
        let chat: &Arc<Chat> = &self.doors.chat;
        match &self.visits {
            None => {
                let number = chat.engine().number_before(since.unwrap_or(0)).await?;
                after(self.doors, chat.engine().epochs().await?.id(number)).await
            }
            Some(visits) => Ok(Start::Past(chat.past(visits, since).await?)),
        }
    }
}

/// After an id that the log gave just now, once this node knows of its epoch.
async fn after(doors: &Doors, id: Id) -> Result<Start, Problem> {
    doors.hub.standing(id).await?;
    Ok(Start::After(id))
}

/// Fetch clients can read a status; an EventSource would give up for ever on any but 200.
fn reads_problems(headers: &HeaderMap) -> bool {
    negotiate::names(headers, "application/problem+json")
}

/// What an EventSource hears that is turned away for now: why, and when to come back.
fn turned_away(problem: &Problem, language: Language) -> Bytes {
    let event = Event::own("problem", None, &problem.to_json(language));
    let format = Format { transport: Transport::Sse, only: Only::Event };
    [sse::retry(jittered(COME_BACK)), event.encode(format)].concat().into()
}

fn stream_headers(transport: Transport) -> [(HeaderName, HeaderValue); 4] {
    let kind = if transport == Transport::Sse { "text/event-stream" } else { "application/x-ndjson" };
    [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform")),
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
        (header::VARY, HeaderValue::from_static("accept")),
    ]
}
