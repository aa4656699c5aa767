//! Every answer is a result or a clear error: `application/problem+json` (RFC 9457), in the reader's
//! language. This is the one place where what went wrong gets a status, a code and words.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde_json::json;

pub use super::code::Code;
use super::words::{self, InBoth, Language, words};
use crate::chat::{BadDraft, Refusal};
use crate::engine::EngineError;

/// After how many seconds to try again what may pass, if nobody knows better.
const USUAL_WAIT: u64 = 2;

/// What went wrong, with what is particular to this case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    code: Code,
    /// Which parameter, field or name it was, or what would be right.
    about: Option<About>,
    /// After how many seconds the same may succeed, if that is known.
    wait: Option<u64>,
}

/// What is particular to a case.
#[derive(Debug, Clone, PartialEq, Eq)]
enum About {
    /// The name of something, or what a parser said.
    Named(String),
    /// Words for the reader.
    Said(InBoth),
}

impl Problem {
    /// A problem of this kind.
    pub fn new(code: Code) -> Self {
        Problem { code, about: None, wait: None }
    }

    /// A problem of this kind, with the name of the field or parameter, or with what a parser said.
    pub fn about(code: Code, about: impl Into<String>) -> Self {
        Problem { code, about: Some(About::Named(about.into())), wait: None }
    }

    /// A problem of this kind, with the reason in words.
    pub fn because(code: Code, reason: InBoth) -> Self {
        Problem { code, about: Some(About::Said(reason)), wait: None }
    }

    /// A problem of this kind that is over in some seconds.
    pub fn for_seconds(code: Code, seconds: u64) -> Self {
        Problem { code, about: None, wait: Some(seconds.max(1)) }
    }

    /// What kind it is.
    pub fn code(&self) -> Code {
        self.code
    }

    /// After how many seconds to try again, if that may succeed.
    fn retry_after(&self) -> Option<u64> {
        self.code.may_pass().then(|| self.wait.unwrap_or(USUAL_WAIT))
    }

    /// The object as it is sent, in a language.
    pub fn to_json(&self, language: Language) -> serde_json::Value {
        let words = words(self.code, language);
        let mut object = json!({
            "type": format!("urn:openline:{}", words.slug),
            "title": words.title,
            "status": self.code.status().as_u16(),
            "code": words.slug,
            "detail": words.detail,
        });
        if let Some(about) = &self.about {
            object["about"] = match about {
                About::Named(name) => json!(name),
                About::Said(reason) => json!(reason.said_in(language)),
            };
        }
        if let Some(seconds) = self.retry_after() {
            object["retry_after"] = json!(seconds);
        }
        object
    }

    /// The answer in a language.
    fn answer(&self, language: Language) -> Response {
        let mut response = Response::new(Body::from(self.to_json(language).to_string() + "\n"));
        *response.status_mut() = self.code.status();
        let answers = response.headers_mut();
        answers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        answers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        answers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answers.insert(header::VARY, HeaderValue::from_static("accept, accept-language"));
        if self.code == Code::NotSignedIn {
            // RFC 9110, section 15.5.2: a 401 says how to be known. This scheme makes no browser ask.
            answers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        answers.extend(self.retry_after().map(|seconds| (header::RETRY_AFTER, HeaderValue::from(seconds))));
        response
    }
}

/// The problem travels in the response's extensions until [`translate`] knows the reader's language.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.code.status();
        response.extensions_mut().insert(self);
        response
    }
}

/// Turns a problem that a handler gave into its answer in the reader's language. What the handler said in headers of
/// its own (`Allow`, say) stays, but for how long nothing is.
pub fn translate(response: Response, language: Language) -> Response {
    let Some(problem) = response.extensions().get::<Problem>() else {
        return response;
    };
    let mut answer = problem.answer(language);
    for (name, value) in response.headers().iter().filter(|(name, _)| *name != header::CONTENT_LENGTH) {
        answer.headers_mut().insert(name, value.clone());
    }
    answer
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        tracing::warn!(%error, "the store failed");
        Problem::new(match error {
            EngineError::Unavailable(_) => Code::StoreUnavailable,
            EngineError::Unknown(_) => Code::OutcomeUnknown,
        })
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let code = match &refusal {
            Refusal::NoSuchRoom => Code::NoSuchRoom,
            Refusal::BadDraft(BadDraft::Blank) => Code::BlankMessage,
            Refusal::BadDraft(BadDraft::Key) => Code::BadKey,
            Refusal::BadDraft(BadDraft::Type) => Code::BadType,
            Refusal::BadDraft(BadDraft::ReservedType(kind)) => {
                return Problem::about(Code::ReservedType, kind.as_str());
            }
            Refusal::BadDraft(BadDraft::ReplyTo) | Refusal::NoSuchReply => Code::BadReply,
            Refusal::KeyReused => Code::KeyReused,
            Refusal::KeyOfDeleted => Code::KeyOfDeleted,
            Refusal::Busy => Code::Busy,
            Refusal::BadPersonName => Code::BadName,
            Refusal::NotAllowed(reason) => {
                return Problem::because(Code::NotAllowed, words::reason(*reason));
            }
            Refusal::NotSignedIn => Code::NotSignedIn,
            Refusal::Banned => Code::Banned,
            Refusal::Archived => Code::Archived,
            Refusal::BadRoomName(bad) => return Problem::because(Code::BadRoom, words::bad_room_name(*bad)),
            Refusal::BadSetting(setting) => {
                return Problem::because(Code::BadSetting, words::setting(*setting));
            }
            Refusal::NameTaken => Code::NameTaken,
            Refusal::NoSuchPerson => Code::NoSuchPerson,
            Refusal::TooManyPeople => Code::TooManyPeople,
            Refusal::TooManyRooms | Refusal::TooManyLinks => Code::TooManyOfYours,
            Refusal::TheirRooms => Code::TooManyOfTheirs,
            Refusal::Overloaded => Code::Overloaded,
            Refusal::SlowMode { seconds } => return Problem::for_seconds(Code::SlowMode, *seconds),
            Refusal::NoSuchMessage => Code::NoSuchMessage,
            Refusal::MessageGone => Code::MessageGone,
            Refusal::EditTooLate => Code::EditTooLate,
            Refusal::BadEmoji => Code::BadEmoji,
            Refusal::TooManyReactions => Code::TooManyReactions,
            Refusal::BadLink => Code::BadLink,
            Refusal::WrongPassword => Code::WrongPassword,
            Refusal::TooManyAttempts { seconds } => {
                return Problem::for_seconds(Code::TooManyAttempts, *seconds);
            }
            Refusal::BadLogin => Code::BadLogin,
            Refusal::LoginTaken => Code::LoginTaken,
            Refusal::WeakPassword => Code::WeakPassword,
            Refusal::LastOwner => Code::LastOwner,
            Refusal::Engine(error) => return error.clone().into(),
        };
        Problem::new(code)
    }
}
