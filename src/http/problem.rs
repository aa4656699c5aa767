//! Every answer is a result or a clear error: `application/problem+json` (RFC 9457), in the reader's
//! language. This is the one place where what went wrong gets a status, a code and words.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use serde_json::json;

pub use super::code::Code;
use super::words::{Language, words};
use crate::chat::{BadDraft, Refusal};
use crate::engine::EngineError;

/// What went wrong, with what is particular to this case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    code: Code,
    /// Which parameter, field or name it was, or what would be right; already in plain words.
    about: Option<String>,
}

impl Problem {
    /// A problem of this kind.
    pub fn new(code: Code) -> Self {
        Problem { code, about: None }
    }

    /// A problem of this kind, with the name of the field or parameter, or with what a parser said.
    pub fn about(code: Code, about: impl Into<String>) -> Self {
        Problem { code, about: Some(about.into()) }
    }

    /// What kind it is.
    pub fn code(&self) -> Code {
        self.code
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
            object["about"] = json!(about);
        }
        object
    }

    /// The answer to somebody who sent these headers.
    pub fn answer(&self, headers: &HeaderMap) -> Response {
        let language = Language::of(headers);
        let mut response = Response::new(Body::from(self.to_json(language).to_string() + "\n"));
        *response.status_mut() = self.code.status();
        let answers = response.headers_mut();
        answers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        answers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        answers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answers.insert(header::VARY, HeaderValue::from_static("accept, accept-language"));
        if self.code.may_pass() {
            answers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
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

/// Turns a problem that a handler gave into its answer, in the language of the request's headers.
/// What the handler said in headers of its own (`Allow`, say) stays.
pub fn translate(response: Response, headers: &HeaderMap) -> Response {
    let Some(problem) = response.extensions().get::<Problem>() else {
        return response;
    };
    let mut answer = problem.answer(headers);
    for (name, value) in response.headers() {
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
            Refusal::BadPersonName | Refusal::BadLogin | Refusal::WeakPassword => Code::BadName,
            Refusal::Engine(error) => return error.clone().into(),
        };
        Problem::new(code)
    }
}
