//! The head of a request, read without a connection's machinery (RFC 9112): enough to see at once whether somebody
//! asks for a line. Whatever is not plainly one of those is left to hyper, which reads it anew.

use axum::body::Body;
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, Request, Uri};

use super::negotiate;

/// How many headers such a request has at most.
const MOST_HEADERS: usize = 64;

/// The request that these bytes begin with, and how many bytes its head has: if it is whole, well-formed, has no
/// body, and may be for a line.
pub fn of_a_line(bytes: &[u8]) -> Option<(Request<Body>, usize)> {
    if !bytes.starts_with(b"GET ") {
        return None;
    }
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(length) = parsed.parse(bytes).ok()? else { return None };
    if parsed.version != Some(1) {
        return None;
    }
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = parsed.path?.parse::<Uri>().ok()?;
    let headers = request.headers_mut();
    headers.reserve(parsed.headers.len());
    for line in parsed.headers.iter() {
        let name = HeaderName::from_bytes(line.name.as_bytes()).ok()?;
        headers.append(name, HeaderValue::from_bytes(line.value).ok()?);
    }
    may_be_line(&request).then_some((request, length))
}

fn may_be_line(request: &Request<Body>) -> bool {
    let (uri, headers) = (request.uri(), request.headers());
    let has_body =
        headers.contains_key(header::CONTENT_LENGTH) || headers.contains_key(header::TRANSFER_ENCODING);
    let is_plain = uri.scheme().is_none() && !has_body && headers.get_all(header::HOST).iter().count() == 1;
    let asks = || {
        uri.path() == "/stream"
            || uri.query().is_some_and(|query| query.contains("live"))
            || negotiate::asks_for_websocket(headers)
            || negotiate::names(headers, "text/event-stream")
            || negotiate::names(headers, "application/x-ndjson")
    };
    is_plain && request.method() == Method::GET && asks()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(head: &str) -> Option<usize> {
        of_a_line(head.as_bytes()).map(|(_, length)| length)
    }

    #[test]
    fn what_asks_for_a_line_is_read_up_to_its_end() {
        let sse = "GET /rooms/a HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n";
        let socket = "GET /rooms/a HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
        let live = "GET /rooms/a?live HTTP/1.1\r\nHost: x\r\n\r\n";
        for head in [sse, socket, live] {
            assert_eq!(read(head), Some(head.len()));
            assert_eq!(read(&format!("{head}more")), Some(head.len()));
            assert!((0..head.len()).all(|end| read(&head[..end]).is_none()), "{head:?}");
        }
    }

    #[test]
    fn all_else_is_left_to_hyper() {
        let accept = "Accept: text/event-stream\r\n";
        for head in [
            "GET /rooms/a HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n".to_owned(),
            "GET /rooms/a HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream;q=0\r\n\r\n".to_owned(),
            format!("POST /rooms/a HTTP/1.1\r\nHost: x\r\n{accept}\r\n"),
            format!("GET /rooms/a HTTP/1.0\r\nHost: x\r\n{accept}\r\n"),
            format!("GET /rooms/a HTTP/1.1\r\n{accept}\r\n"),
            format!("GET /rooms/a HTTP/1.1\r\nHost: x\r\nHost: y\r\n{accept}\r\n"),
            format!("GET /rooms/a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n{accept}\r\n"),
            format!("GET /rooms/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n{accept}\r\n"),
            format!("GET http://y/rooms/a HTTP/1.1\r\nHost: x\r\n{accept}\r\n"),
            format!("GET /rooms/a HTTP/1.1\r\nHost: x\r\nBad name: 1\r\n{accept}\r\n"),
            "\u{0}\u{1}\u{2}".to_owned(),
        ] {
            assert!(read(&head).is_none(), "{head:?}");
        }
    }
}
