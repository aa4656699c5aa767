//! Bodies of requests: read whole, up to a bound, and understood in every form in which somebody may
//! send a message.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use http::request::Parts;
use http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::ask::Ask;
use super::problem::{Code, Problem};
use crate::chat::Draft;

/// How much of a body that is too large is read all the same, and for how long.
const MOST_DRAINED: usize = 1 << 20;
const DRAIN_FOR: Duration = Duration::from_secs(1);
/// How long a body may take to come.
const READ_FOR: Duration = Duration::from_secs(60);

/// Reads a body of at most so many bytes. One that is too large is drained a while before it is refused: a
/// connection that is closed with bytes unread is reset, and the client may never see why.
pub async fn read_body(parts: &Parts, mut body: Body, most: usize) -> Result<Bytes, Problem> {
    let announced =
        parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| length > most as u64) {
        // Who asks first (RFC 9110, section 10.1.1) sends nothing when refused; to read would be to invite.
        if !parts.headers.contains_key(header::EXPECT) {
            drain(body).await;
        }
        return Err(too_large());
    }
    match tokio::time::timeout(READ_FOR, Limited::new(&mut body, most).collect()).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if is_too_long(&*error) => {
            drain(body).await;
            Err(too_large())
        }
        Ok(Err(_)) | Err(_) => Err(Problem::new(Code::BadBody)),
    }
}

fn too_large() -> Problem {
    Problem::about(Code::TooLarge, "limits.body_bytes")
}

async fn drain(mut body: Body) {
    let reading = async {
        let mut left = MOST_DRAINED;
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, Bytes::len);
            if length >= left {
                return;
            }
            left -= length;
        }
    };
    // Whether it ended, was too much or took too long: the answer is the same.
    let _ = tokio::time::timeout(DRAIN_FOR, reading).await;
}

fn is_too_long(error: &(dyn std::error::Error + 'static)) -> bool {
    error.is::<LengthLimitError>() || error.source().is_some_and(is_too_long)
}

/// Reads JSON; what is wrong with it is told in the parser's words, which name fields and places.
pub fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(body).map_err(|_| Problem::new(Code::BadUtf8))?;
    serde_json::from_str(text).map_err(|error| {
        let said = error.to_string();
        let code = if said.starts_with("unknown field") { Code::UnknownField } else { Code::BadJson };
        Problem::about(code, said)
    })
}

/// The draft in a body, by its `Content-Type`.
pub async fn read_draft(headers: &HeaderMap, body: Bytes, ask: &Ask) -> Result<Draft, Problem> {
    let content_type = headers.get(header::CONTENT_TYPE).map_or("", |value| value.to_str().unwrap_or("?"));
    let mut parts = content_type.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
    let charset =
        parts.find_map(|part| part.to_ascii_lowercase().strip_prefix("charset=").map(str::to_owned));
    if charset.is_some_and(|name| !matches!(name.trim_matches('"'), "utf-8" | "utf8" | "us-ascii")) {
        return Err(Problem::about(Code::UnsupportedType, content_type));
    }
    let field = ask.field.as_deref();
    match media_type.as_str() {
        "application/json" => json_draft(&body, field),
        "application/x-www-form-urlencoded" => form_draft(&body, field),
        "multipart/form-data" => draft_of(multipart_fields(content_type, body).await?, field)
            .and_then(|draft| draft.ok_or(Problem::new(Code::BlankMessage))),
        "" | "application/xml" => text_draft(&body),
        text if text.starts_with("text/") || text.ends_with("+xml") => text_draft(&body),
        json if json.ends_with("+json") => json_draft(&body, field),
        _ => Err(Problem::about(Code::UnsupportedType, content_type)),
    }
}

fn text_draft(body: &[u8]) -> Result<Draft, Problem> {
    let text = std::str::from_utf8(body).map_err(|_| Problem::new(Code::BadUtf8))?;
    Ok(Draft::of_body(text.to_owned()))
}

/// JSON is a draft; or, where a route names the field of somebody's own front end, that field.
fn json_draft(body: &[u8], field: Option<&str>) -> Result<Draft, Problem> {
    let Some(field) = field else { return read_json(body) };
    let object: serde_json::Map<String, serde_json::Value> = read_json(body)?;
    match object.get(field) {
        Some(serde_json::Value::String(text)) => Ok(Draft::of_body(text.clone())),
        Some(value) => Ok(Draft::of_body(value.to_string())),
        None => Err(Problem::about(Code::BlankMessage, field)),
    }
}

/// What `curl -d` sends calls itself a form; it is one only if it has a field that we know. Else
/// the bytes are the message, as typed.
fn form_draft(body: &[u8], field: Option<&str>) -> Result<Draft, Problem> {
    let fields =
        form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    match draft_of(fields, field)? {
        Some(draft) => Ok(draft),
        None => text_draft(body),
    }
}

/// The draft in the fields of a form, if it has one; other fields belong to whoever made the form.
fn draft_of(fields: Vec<(String, String)>, field: Option<&str>) -> Result<Option<Draft>, Problem> {
    let mut draft = Draft { body: None, data: None, key: None, reply_to: None, kind: None, store: true };
    let words = field.unwrap_or("body");
    for (name, value) in fields {
        match name.as_str() {
            name if name == words => draft.body = Some(value),
            "data" => {
                let data = RawValue::from_string(value);
                draft.data =
                    Some(data.map_err(|error| Problem::about(Code::BadJson, format!("data: {error}")))?);
            }
            "key" => draft.key = Some(value),
            "reply_to" => draft.reply_to = Some(value),
            "type" => draft.kind = Some(value),
            "store" => draft.store = value != "false",
            _ => {}
        }
    }
    Ok((draft.body.is_some() || draft.data.is_some()).then_some(draft))
}

async fn multipart_fields(content_type: &str, body: Bytes) -> Result<Vec<(String, String)>, Problem> {
    let bad = |error: multer::Error| Problem::about(Code::BadBody, error.to_string());
    let boundary = multer::parse_boundary(content_type).map_err(bad)?;
    let mut form = multer::Multipart::new(stream::iter([Ok::<_, std::io::Error>(body)]), boundary);
    let mut fields = Vec::new();
    while let Some(field) = form.next_field().await.map_err(bad)? {
        let name = field.name().unwrap_or_default().to_owned();
        let value = field.bytes().await.map_err(bad)?;
        let value = String::from_utf8(value.into()).map_err(|_| Problem::new(Code::BadUtf8))?;
        fields.push((name, value));
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    async fn draft(content_type: &str, body: &str, field: Option<&str>) -> Result<Draft, Code> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        let ask = Ask { field: field.map(str::to_owned), ..Ask::default() };
        read_draft(&headers, Bytes::copy_from_slice(body.as_bytes()), &ask)
            .await
            .map_err(|problem| problem.code())
    }

    const FORM: &str = "application/x-www-form-urlencoded";

    #[tokio::test]
    async fn what_curl_sends_is_the_message_as_typed() {
        for typed in ["hello", "a=b&c", "50%", "1+1", "key=x", "a=body"] {
            assert_eq!(draft(FORM, typed, None).await.unwrap().body.as_deref(), Some(typed));
        }
    }

    #[tokio::test]
    async fn a_form_with_a_field_that_we_know_is_a_form() {
        let said = draft(FORM, "body=1%2B1+%C3%A9&key=k&send=Send", None).await.unwrap();
        assert_eq!((said.body.as_deref(), said.key.as_deref()), (Some("1+1 é"), Some("k")));
        let said = draft(FORM, "message=hi&body=no", Some("message")).await.unwrap();
        assert_eq!(said.body.as_deref(), Some("hi"));
        assert_eq!(draft(FORM, "data=%7B", None).await.unwrap_err(), Code::BadJson);
    }

    #[tokio::test]
    async fn json_is_a_draft_or_the_field_that_a_route_names() {
        let said = draft("application/json", r#"{"body":"hi","store":false}"#, None).await.unwrap();
        assert!(!said.store);
        let said = draft("application/json", r#"{"message":"hi","user":7}"#, Some("message")).await.unwrap();
        assert_eq!(said.body.as_deref(), Some("hi"));
        assert_eq!(draft("application/json", r#"{"bdy":"hi"}"#, None).await.unwrap_err(), Code::UnknownField);
        assert_eq!(draft("application/json", "[1", None).await.unwrap_err(), Code::BadJson);
    }

    #[tokio::test]
    async fn a_multipart_form_is_a_form() {
        let body =
            "--x\r\ncontent-disposition: form-data; name=\"body\"\r\n\r\nline 1\r\nline 2\r\n--x--\r\n";
        let said = draft("multipart/form-data; boundary=x", body, None).await.unwrap();
        assert_eq!(said.body.as_deref(), Some("line 1\r\nline 2"));
        assert_eq!(
            draft("multipart/form-data; boundary=x", "--x\r\nnonsense", None).await.unwrap_err(),
            Code::BadBody
        );
    }

    #[tokio::test]
    async fn other_forms_are_refused() {
        for kind in ["application/octet-stream", "image/png", "text/plain; charset=iso-8859-1"] {
            assert_eq!(draft(kind, "x", None).await.unwrap_err(), Code::UnsupportedType, "{kind}");
        }
    }

    proptest! {
        #[test]
        fn any_body_under_any_type_is_read_or_refused(
            body in proptest::collection::vec(any::<u8>(), 0..200),
            kind in "(text/plain|application/json|multipart/form-data)?(; (charset|boundary)=)?[ -~]{0,10}",
        ) {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())]);
            let ask = Ask::default();
            let reading = read_draft(&headers, Bytes::from(body), &ask);
            let _ = futures_util::FutureExt::now_or_never(reading).expect("nothing to wait for");
        }

        #[test]
        fn what_names_no_field_of_ours_is_said_as_typed(typed in "[^=&]{1,40}(=[^=]{0,20})?") {
            let name = typed.split('=').next().unwrap_or_default();
            prop_assume!(!["body", "data"].contains(&name) && !name.contains(['%', '+']));
            let draft = form_draft(typed.as_bytes(), None).unwrap();
            prop_assert_eq!(draft.body.as_deref(), Some(typed.as_str()));
        }
    }
}
