//! Pages of other sites: what they may ask of us, which is nothing that writes, nor a WebSocket.
//!
//! A server on localhost or in an office is within reach of every page that somebody there opens.
//! So a foreign `Origin` may not write, with a cookie or without, and a name in `Host` that is not
//! ours (DNS rebinding) is not served at all.

use std::net::IpAddr;

use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue, Method, Uri};

use super::negotiate::asks_for_websocket;
use super::problem::{Code, Problem};

/// The names that we go by, and the origins of other sites that are welcome.
#[derive(Debug, Clone, Default)]
pub struct Welcome {
    hosts: Vec<String>,
    origins: Vec<String>,
}

impl Welcome {
    /// `hosts` are names without port; `origins` look like `https://example.org`. The host and the
    /// origin of `public_url` are ours too.
    pub fn new(hosts: &[String], origins: &[String], public_url: Option<&str>) -> Self {
        let mut hosts: Vec<_> = hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
        let mut origins: Vec<_> =
            origins.iter().map(|origin| origin.trim_end_matches('/').to_ascii_lowercase()).collect();
        if let Some((scheme, rest)) = public_url.and_then(|url| url.split_once("://")) {
            let authority = rest.split('/').next().unwrap_or_default();
            hosts.push(host_of(authority).to_ascii_lowercase());
            origins.push(format!("{scheme}://{authority}").to_ascii_lowercase());
        }
        Welcome { hosts, origins }
    }

    /// Whether a request may be served.
    pub fn check(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        let host = requested_host(uri, headers).ok_or(Problem::new(Code::BadHost))?;
        if !self.is_ours(host_of(host)) {
            return Err(Problem::about(Code::BadHost, host_of(host)));
        }
        if method.is_safe() && !asks_for_websocket(headers) {
            return Ok(());
        }
        let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        match (text(header::ORIGIN), text(HeaderName::from_static("sec-fetch-site"))) {
            (Some(origin), _) if same_origin(origin, host) || self.invites(origin) => Ok(()),
            (Some(origin), _) => Err(Problem::about(Code::Foreign, origin)),
            (None, Some("cross-site" | "same-site")) => Err(Problem::new(Code::Foreign)),
            (None, _) => Ok(()),
        }
    }

    fn is_ours(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        bare.parse::<IpAddr>().is_ok()
            || host == "localhost"
            || host.ends_with(".localhost")
            || self.hosts.contains(&host)
    }

    fn invites(&self, origin: &str) -> bool {
        self.origins.contains(&origin.to_ascii_lowercase())
    }

    /// Headers that let a welcome origin, which is who asks, read the answer (WHATWG Fetch, section 3.2).
    pub fn cors(&self, origin: Option<&HeaderValue>, answer: &mut HeaderMap) {
        if self.origins.is_empty() {
            return;
        }
        answer.append(header::VARY, HeaderValue::from_static("origin"));
        let Some(origin) = origin else { return };
        if !origin.to_str().is_ok_and(|origin| self.invites(origin)) {
            return;
        }
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        for (name, value) in [
            (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, PUT, PATCH, DELETE"),
            (
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "authorization, content-type, idempotency-key, last-event-id, openline-client",
            ),
            (header::ACCESS_CONTROL_EXPOSE_HEADERS, "link, location, idempotent-replayed, retry-after"),
            (header::ACCESS_CONTROL_MAX_AGE, "600"),
        ] {
            answer.insert(name, HeaderValue::from_static(value));
        }
    }
}

fn requested_host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let in_uri = uri.authority().map(http::uri::Authority::as_str);
    let mut in_headers = headers.get_all(header::HOST).iter();
    let host = in_uri.or(in_headers.next().and_then(|value| value.to_str().ok()))?;
    // Two hosts: whoever stands in between may have looked at the other one.
    in_headers.next().is_none().then_some(host)
}

/// The host without its port.
fn host_of(authority: &str) -> &str {
    match authority.rfind(':') {
        Some(colon) if !authority[colon..].contains(']') => &authority[..colon],
        _ => authority,
    }
}

/// Whether an origin is that of the page we serve. The scheme does not count: a proxy may speak TLS.
fn same_origin(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    let bare = |authority: &str| authority.strip_suffix(port).unwrap_or(authority).to_ascii_lowercase();
    bare(authority) == bare(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &Method, host: &str, more: &[(&'static str, &str)]) -> Result<(), Code> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        for (name, value) in more {
            headers.insert(*name, value.parse().unwrap());
        }
        let welcome = Welcome::new(
            &["chat.local".into()],
            &["https://friend.example".into()],
            Some("https://chat.example/"),
        );
        welcome.check(method, &Uri::from_static("/rooms/lobby"), &headers).map_err(|problem| problem.code())
    }

    #[test]
    fn only_our_own_names_are_served() {
        for host in [
            "localhost:3000",
            "a.localhost",
            "127.0.0.1:3000",
            "[::1]:3000",
            "192.168.1.7",
            "chat.local",
            "CHAT.example",
        ] {
            assert_eq!(check(&Method::GET, host, &[]), Ok(()), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", ""] {
            assert_eq!(check(&Method::GET, host, &[]), Err(Code::BadHost), "{host}");
        }
    }

    #[test]
    fn a_foreign_page_may_read_what_anybody_may_but_not_write() {
        let host = "127.0.0.1:3000";
        assert_eq!(check(&Method::GET, host, &[("origin", "https://evil.example")]), Ok(()));
        for origin in ["https://evil.example", "null", "http://127.0.0.1:3001", "http://127.0.0.1"] {
            assert_eq!(check(&Method::POST, host, &[("origin", origin)]), Err(Code::Foreign), "{origin}");
        }
        for origin in ["http://127.0.0.1:3000", "https://friend.example", "https://chat.example"] {
            assert_eq!(check(&Method::POST, host, &[("origin", origin)]), Ok(()), "{origin}");
        }
        assert_eq!(check(&Method::POST, host, &[("sec-fetch-site", "cross-site")]), Err(Code::Foreign));
        assert_eq!(check(&Method::POST, host, &[("sec-fetch-site", "same-origin")]), Ok(()));
        assert_eq!(check(&Method::POST, host, &[]), Ok(()));
    }

    #[test]
    fn a_websocket_writes_so_it_is_looked_at_like_a_post() {
        let upgrade =
            [("upgrade", "websocket"), ("connection", "upgrade"), ("origin", "https://evil.example")];
        assert_eq!(check(&Method::GET, "127.0.0.1:3000", &upgrade), Err(Code::Foreign));
    }

    #[test]
    fn a_default_port_may_be_left_away() {
        assert_eq!(check(&Method::POST, "chat.example", &[("origin", "https://chat.example:443")]), Ok(()));
    }
}
