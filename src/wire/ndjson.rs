//! One JSON object a line: the same objects as on a WebSocket, under their event's name.
//!
//! Inside a JSON string a line break is always written `\n`, but between its tokens an author may have
//! put real ones. Here they become spaces, so that one line in is one line out whatever was stored.

use std::borrow::Cow;

use bytes::Bytes;

/// `{"name":json}`, on one line.
pub fn object(name: &str, json: &str) -> String {
    let name = serde_json::Value::from(name);
    format!("{{{name}:{}}}", one_line(json))
}

/// `{"name":json}` and a line end.
pub fn line(name: &str, json: &str) -> Bytes {
    bare(&object(name, json))
}

/// A JSON text and a line end.
pub fn bare(json: &str) -> Bytes {
    Bytes::from(format!("{}\n", one_line(json)))
}

/// The same JSON with a space for each line break between its tokens.
pub fn one_line<'a>(json: impl Into<Cow<'a, str>>) -> Cow<'a, str> {
    let json = json.into();
    if memchr::memchr2(b'\r', b'\n', json.as_bytes()).is_some() {
        Cow::Owned(json.replace(['\r', '\n'], " "))
    } else {
        json
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(line("message", "{\"a\":1}"), "{\"message\":{\"a\":1}}\n");
        assert_eq!(bare("{\r\n\"a\":\n1}"), "{  \"a\": 1}\n");
        assert_eq!(line("a\"b\n", "1"), "{\"a\\\"b\\n\":1}\n");
    }

    /// Any JSON, as the pretty printer writes it.
    fn any_pretty_json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<i64>().prop_map(serde_json::Value::from),
            "[ \\PC\"\\\\\r\n]{0,12}".prop_map(serde_json::Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
                proptest::collection::btree_map("[ a-c\"\n]{0,4}", inner, 0..4)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
        .prop_map(|value| serde_json::to_string_pretty(&value).expect("serializable"))
    }

    proptest! {
        #[test]
        fn any_json_becomes_one_line_and_stays_the_same(json in any_pretty_json()) {
            let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
            let line: serde_json::Value = serde_json::from_str(&one_line(json.as_str())).expect("JSON");
            prop_assert_eq!(line, value);
            prop_assert_eq!(one_line(json.as_str()).lines().count(), 1);
        }
    }
}
