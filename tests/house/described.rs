//! Whether an answer is as `docs/openapi.json` says: whatever a test is refused with, its operation must name.

use std::sync::OnceLock;

use serde_json::Value;

/// What any call may be refused with, and so no operation names.
const GENERAL: [&str; 16] = [
    "bad-body",
    "bad-client",
    "bad-host",
    "bad-json",
    "bad-utf8",
    "busy",
    "closing",
    "foreign",
    "internal",
    "method-not-allowed",
    "not-signed-in",
    "outcome-unknown",
    "store-unavailable",
    "too-fast",
    "too-large",
    "unknown-field",
];

/// The description.
pub fn description() -> &'static Value {
    static DESCRIPTION: OnceLock<Value> = OnceLock::new();
    DESCRIPTION.get_or_init(|| serde_json::from_str(include_str!("../../docs/openapi.json")).expect("JSON"))
}

/// The operation of a call, if it is one that is described.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let paths = description()["paths"].as_object()?;
    let parts: Vec<_> = path.split('/').collect();
    let fits = |template: &str| {
        let template: Vec<_> = template.split('/').collect();
        let is_filled = |(one, part): (&&str, &&str)| one.starts_with('{') || one == part;
        template.len() == parts.len() && template.iter().zip(&parts).all(is_filled)
    };
    // A part that is written out comes before one that stands for any.
    let template = paths.keys().filter(|template| fits(template)).min_by_key(|it| it.matches('{').count())?;
    paths[template].get(if method == "HEAD" { "get".to_owned() } else { method.to_lowercase() })
}

/// Fails the test if a call is refused in a way of which the description does not know.
pub fn check(method: &str, path: &str, status: u16, body: &str) {
    let Some(operation) = operation(method, path) else { return };
    let Ok(problem) = serde_json::from_str::<Value>(body) else { return };
    let Some(code) = problem["code"].as_str().filter(|_| status >= 400) else { return };
    let own = operation["x-problems"].as_array().into_iter().flatten().any(|own| own == code);
    assert!(
        own || GENERAL.contains(&code),
        "docs/openapi.json does not say that {method} {path} ({}) may be refused with {code}",
        operation["operationId"]
    );
    assert!(operation["responses"].get(status.to_string()).is_some(), "{method} {path}: {status}");
}

#[test]
fn what_any_call_may_be_refused_with_is_said_once() {
    let text = description()["info"]["description"].as_str().unwrap();
    assert!(GENERAL.iter().all(|code| text.contains(&format!("`{code}`"))), "{text}");
    for path in description()["paths"].as_object().unwrap().values() {
        for operation in path.as_object().unwrap().values() {
            for code in operation["x-problems"].as_array().into_iter().flatten() {
                assert!(!GENERAL.contains(&code.as_str().unwrap()), "{}: {code}", operation["operationId"]);
            }
        }
    }
}
