use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::wire::sse::tests::{any_text, with_lf};
use crate::wire::{Author, EpochId, Number};

const TRANSPORTS: [Transport; 3] = [Transport::Sse, Transport::Ndjson, Transport::WebSocket];
const ONLY: [Only; 3] = [Only::Event, Only::Data, Only::Json];

fn an_id() -> Id {
    Id { epoch: EpochId(0x5f3a_09c1), number: Number(1027) }
}

fn message(body: Option<&str>, data: Option<&str>, kind: Option<&str>) -> Event {
    Event::message(&MessageObject {
        id: Some(an_id()),
        room: "lobby".into(),
        at: "2026-11-20T08:00:00.123Z".into(),
        by: Some(Author { id: "7".into(), name: "Ann".into(), face: None, bot: false, gone: false }),
        body: body.map(String::from),
        data: data.map(|json| RawValue::from_string(json.into()).expect("JSON")),
        kind: kind.map(String::from),
        ..MessageObject::default()
    })
}

/// What a line of this format gets: text, or the text of its frame.
fn encode(event: &Event, transport: Transport, only: Only) -> String {
    let bytes = event.encode(Format { transport, only });
    let is_frame = transport == Transport::WebSocket && !bytes.is_empty();
    let text = if is_frame { frame_text(&bytes).as_bytes() } else { &bytes };
    String::from_utf8(text.to_vec()).expect("text")
}

/// The one event in these bytes.
fn read_one(bytes: &[u8]) -> sse::Received {
    let mut reader = sse::Reader::new(usize::MAX);
    reader.push(bytes);
    let event = reader.next().expect("an event").expect("no bound");
    assert_eq!(reader.next(), None, "one event only");
    event
}

/// The payload of the one text frame in these bytes.
fn frame_text(frame: &[u8]) -> &str {
    assert_eq!(frame[0], 0x81);
    let head = match frame[1] {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    std::str::from_utf8(&frame[head..]).expect("text")
}

#[test]
fn each_format_has_its_own_index() {
    let mut seen = [false; Format::COUNT];
    for transport in TRANSPORTS {
        for only in ONLY {
            seen[Format { transport, only }.index()] = true;
        }
    }
    assert_eq!(seen, [true; Format::COUNT]);
}

#[test]
fn a_message_in_every_format() {
    let event = message(Some("two\nlines"), None, None);
    let object = "{\"id\":\"5f3a09c1-1027\",\"room\":\"lobby\",\"at\":\"2026-11-20T08:00:00.123Z\",\
                  \"by\":{\"id\":\"7\",\"name\":\"Ann\"},\"body\":\"two\\nlines\"}";
    let id = "id: 5f3a09c1-1027";
    let cases = [
        (Transport::Sse, Only::Event, format!("{id}\ndata: {object}\n\n")),
        (Transport::Sse, Only::Data, format!("{id}\ndata: two\ndata: lines\n\n")),
        (Transport::Sse, Only::Json, format!("{id}\ndata: \"two\\nlines\"\n\n")),
        (Transport::Ndjson, Only::Event, format!("{{\"message\":{object}}}\n")),
        (Transport::Ndjson, Only::Data, "\"two\\nlines\"\n".into()),
        (Transport::Ndjson, Only::Json, "\"two\\nlines\"\n".into()),
        (Transport::WebSocket, Only::Event, format!("{{\"message\":{object}}}")),
        (Transport::WebSocket, Only::Data, "two\nlines".into()),
        (Transport::WebSocket, Only::Json, "\"two\\nlines\"".into()),
    ];
    for (transport, only, expected) in cases {
        assert_eq!(encode(&event, transport, only), expected, "{transport:?} {only:?}");
    }
}

#[test]
fn a_type_of_its_own_is_the_name() {
    let event = message(Some("hot"), None, Some("alarm"));
    assert!(encode(&event, Transport::Sse, Only::Data).contains("\nevent: alarm\n"));
    assert!(encode(&event, Transport::Ndjson, Only::Event).starts_with("{\"alarm\":{"));
}

#[test]
fn json_over_several_lines_becomes_one_line() {
    let event = message(Some("b"), Some("{\n  \"a\":\r\n 1\n}"), None);
    assert!(!event.json.contains(['\r', '\n']));
    for only in ONLY {
        let line = encode(&event, Transport::Ndjson, only);
        assert_eq!(line.lines().count(), 1, "{line:?}");
        serde_json::from_str::<Value>(&line).expect("a line of NDJSON is JSON");
    }
    let shown = read_one(encode(&event, Transport::Sse, Only::Json).as_bytes()).data;
    assert_eq!(serde_json::from_str::<Value>(&shown).expect("JSON"), json!({"a": 1}));
}

#[test]
fn nothing_that_was_said_is_left_out() {
    for (body, data) in [(Some("b"), None), (None, Some("1")), (Some("b"), Some("1")), (None, None)] {
        for transport in TRANSPORTS {
            for only in ONLY {
                let format = Format { transport, only };
                assert!(!message(body, data, None).encode(format).is_empty());
            }
        }
    }
    let both = message(Some("b"), Some("1"), None);
    assert_eq!(encode(&both, Transport::Ndjson, Only::Json), "1\n");
    assert_eq!(encode(&message(None, None, None), Transport::Ndjson, Only::Json), "null\n");
}

#[test]
fn our_own_events_stay_out_of_plain_data_unless_an_event_source_needs_them() {
    for name in ["hello", "reset", "problem", "here"] {
        let event = Event::own(name, Some(an_id()), &json!({"x": 1}));
        for transport in TRANSPORTS {
            assert!(!encode(&event, transport, Only::Event).is_empty());
            let shown = !encode(&event, transport, Only::Data).is_empty();
            assert_eq!(shown, transport == Transport::Sse && name != "here", "{transport:?} {name}");
        }
    }
    let hello = Event::own("hello", Some(an_id()), &json!({"x": 1}));
    assert_eq!(
        encode(&hello, Transport::Sse, Only::Data),
        "id: 5f3a09c1-1027\nevent: hello\ndata: {\"x\":1}\n\n"
    );
}

proptest! {
    #[test]
    fn any_body_comes_out_as_it_went_in(body in any_text()) {
        let event = message(Some(&body), None, None);
        let id = "5f3a09c1-1027";

        let whole = read_one(encode(&event, Transport::Sse, Only::Event).as_bytes());
        let object: Value = serde_json::from_str(&whole.data).expect("JSON");
        prop_assert_eq!(&object["body"], &json!(body));
        prop_assert_eq!((whole.id.as_str(), whole.name.as_str()), (id, "message"));

        let plain = read_one(encode(&event, Transport::Sse, Only::Data).as_bytes());
        prop_assert_eq!(plain.data, with_lf(&body));

        for only in ONLY {
            let line = encode(&event, Transport::Ndjson, only);
            prop_assert_eq!(line.find(['\r', '\n']), Some(line.len() - 1), "{:?}", line);
            let value: Value = serde_json::from_str(&line).expect("JSON");
            let said = if only == Only::Event { &value["message"]["body"] } else { &value };
            prop_assert_eq!(said, &json!(body));
        }

        prop_assert_eq!(encode(&event, Transport::WebSocket, Only::Data), body);
    }
}
