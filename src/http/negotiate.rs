//! Which form of a room is wanted (RFC 9110, section 12.5.1): a page, a stream or a page of history.

use http::{HeaderMap, Method, header};

/// A form in which a room can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The chat page.
    Html,
    /// A live stream of server-sent events.
    Sse,
    /// A live stream of JSON objects, one a line.
    Ndjson,
    /// A page of history.
    Json,
    /// A WebSocket.
    WebSocket,
}

/// Those that can be named in `Accept`, in the order that decides when all else is equal.
const OFFERED: [(Form, &str, &str); 4] = [
    (Form::Html, "text", "html"),
    (Form::Sse, "text", "event-stream"),
    (Form::Ndjson, "application", "x-ndjson"),
    (Form::Json, "application", "json"),
];

/// How many ranges of one `Accept` are read.
const MOST_RANGES: usize = 32;

/// The form that a request asks for; `live` is whether its URL has `?live`. `None`: none fits.
pub fn form(method: &Method, headers: &HeaderMap, live: bool) -> Option<Form> {
    if method == Method::GET && asks_for_websocket(headers) {
        return Some(Form::WebSocket);
    }
    let wanted = if accepts(headers).all(|value| value.trim().is_empty()) {
        Some(Form::Json)
    } else {
        best(&accepts(headers).flat_map(ranges).collect::<Vec<_>>())
    };
    match (live, wanted) {
        // `?live` makes a stream of what would have been a page.
        (true, Some(Form::Sse)) => Some(Form::Sse),
        (true, _) => Some(Form::Ndjson),
        (false, wanted) => wanted,
    }
}

/// Whether a request wants to become a WebSocket (RFC 6455, section 4.2.1).
pub fn asks_for_websocket(headers: &HeaderMap) -> bool {
    let has = |name, word: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(word)))
    };
    has(header::UPGRADE, "websocket") && has(header::CONNECTION, "upgrade")
}

/// Whether an `Accept` names a type itself, not by a wildcard.
pub fn names(headers: &HeaderMap, media_type: &str) -> bool {
    let Some((kind, subtype)) = media_type.split_once('/') else { return false };
    accepts(headers).flat_map(ranges).any(|range| range.is(kind, subtype) && range.weight > 0)
}

fn accepts(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers.get_all(header::ACCEPT).iter().map(|value| value.to_str().unwrap_or(""))
}

/// The best of what is offered: named types before wildcards, then by weight, then in our order.
fn best(accepted: &[Range<'_>]) -> Option<Form> {
    let (mut named, mut by_wildcard) = (None::<Weighed>, None::<Weighed>);
    let find = |kind, subtype| accepted.iter().find(|range| range.is(kind, subtype));
    let anything = find("*", "*");
    for (form, kind, subtype) in OFFERED {
        match (find(kind, subtype), find(kind, "*").or(anything)) {
            (Some(range), _) => raise(&mut named, range.weight, form),
            (None, Some(range)) => raise(&mut by_wildcard, range.weight, form),
            (None, None) => {}
        }
    }
    // Who accepts anything, such as curl, is given what ends: the page of history.
    let by_wildcard = by_wildcard.map(|(_, form)| {
        let takes_json = accepted.iter().any(|range| {
            range.subtype == "*" && !range.kind.eq_ignore_ascii_case("text") && range.weight > 0
        });
        let refuses_json =
            accepted.iter().any(|range| range.subtype.eq_ignore_ascii_case("json") && range.weight == 0);
        if takes_json && !refuses_json { Form::Json } else { form }
    });
    named.map(|(_, form)| form).or(by_wildcard)
}

/// A form and how much it is wanted, in thousandths.
type Weighed = (u16, Form);

fn raise(best: &mut Option<Weighed>, weight: u16, form: Form) {
    if weight > 0 && best.is_none_or(|(other, _)| weight > other) {
        *best = Some((weight, form));
    }
}

struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    /// Thousandths; 0 means not acceptable.
    weight: u16,
}

impl Range<'_> {
    fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind) && self.subtype.eq_ignore_ascii_case(subtype)
    }
}

fn ranges(accepted: &str) -> impl Iterator<Item = Range<'_>> {
    accepted.split(',').take(MOST_RANGES).filter_map(|item| {
        let mut parts = item.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        Some(Range { kind: kind.trim(), subtype: subtype.trim(), weight: weight.map_or(1000, thousandths) })
    })
}

/// A weight in thousandths; what is not one counts as the lowest that still accepts.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1000")]
fn thousandths(weight: &str) -> u16 {
    weight.parse::<f32>().map_or(1, |weight| (weight.clamp(0.0, 1.0) * 1000.0).round() as u16)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asked(accepted: &str) -> Option<Form> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accepted.parse().unwrap());
        form(&Method::GET, &headers, false)
    }

    #[test]
    fn each_asker_gets_its_form() {
        for (accepted, expected) in [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", Some(Form::Html)),
            ("text/event-stream", Some(Form::Sse)),
            ("application/x-ndjson", Some(Form::Ndjson)),
            ("application/json", Some(Form::Json)),
            ("*/*", Some(Form::Json)),
            ("", Some(Form::Json)),
            ("text/event-stream;q=0.1, */*", Some(Form::Sse)),
            ("application/json;q=0.5, text/event-stream;q=0.6", Some(Form::Sse)),
            ("application/json, text/html", Some(Form::Html)),
            ("TEXT/HTML", Some(Form::Html)),
            ("text/*", Some(Form::Html)),
            ("application/*", Some(Form::Json)),
            ("application/json;q=0, */*;q=0.1", Some(Form::Html)),
            ("application/problem+json, text/event-stream", Some(Form::Sse)),
            ("image/png", None),
            ("text/html;q=0", None),
            ("nonsense", None),
        ] {
            assert_eq!(asked(accepted), expected, "{accepted}");
        }
    }

    #[test]
    fn several_accepts_are_one() {
        let mut headers = HeaderMap::new();
        let mut also = |accepted: &str| {
            headers.append(header::ACCEPT, accepted.parse().unwrap());
            form(&Method::GET, &headers, false)
        };
        assert_eq!(also(""), Some(Form::Json));
        assert_eq!(also("application/json;q=0.5"), Some(Form::Json));
        assert_eq!(also("image/png, Text/Event-Stream;q=0.6"), Some(Form::Sse));
        assert_eq!(also("*/*"), Some(Form::Sse));
    }

    #[test]
    fn live_makes_a_stream_of_a_page() {
        let mut headers = HeaderMap::new();
        assert_eq!(form(&Method::GET, &headers, true), Some(Form::Ndjson));
        headers.insert(header::ACCEPT, "text/event-stream".parse().unwrap());
        assert_eq!(form(&Method::GET, &headers, true), Some(Form::Sse));
    }

    #[test]
    fn an_upgrade_comes_before_all_else() {
        let mut headers = HeaderMap::new();
        headers.insert(header::UPGRADE, "WebSocket".parse().unwrap());
        headers.insert(header::CONNECTION, "keep-alive, Upgrade".parse().unwrap());
        assert_eq!(form(&Method::GET, &headers, false), Some(Form::WebSocket));
        headers.remove(header::CONNECTION);
        assert_eq!(form(&Method::GET, &headers, false), Some(Form::Json));
    }

    proptest! {
        #[test]
        fn any_accept_is_read(accepted in "[ -~]{0,80}", more in "(text/|application/|\\*|/|;|q=|,|[a-z0-9.])*") {
            for accepted in [accepted, more] {
                let twice = (asked(&accepted), asked(&accepted));
                prop_assert_eq!(twice.0, twice.1);
                let refused = format!("{accepted},text/html;q=0");
                let named = ranges(&accepted).any(|range| range.is("text", "html"));
                prop_assert!(named || asked(&refused) != Some(Form::Html), "{}", refused);
            }
        }

        #[test]
        fn the_heavier_of_two_named_types_wins(one in 1..1000_u16, two in 1..1000_u16) {
            let weight = |thousandths: u16| f32::from(thousandths) / 1000.0;
            let accepted =
                format!("application/json;q={}, text/event-stream;q={}", weight(one), weight(two));
            let expected = if one > two { Form::Json } else { Form::Sse };
            prop_assert_eq!(asked(&accepted), Some(expected));
        }
    }
}
