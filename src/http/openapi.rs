//! `/openapi.json`: every call, for programs that write or try calls. The file is written by hand, in `docs/`.

use axum::response::{IntoResponse, Response};
use http::header;

/// The description, as it is sent.
const DESCRIPTION: &str = include_str!("../../docs/openapi.json");

/// `GET /openapi.json`
pub async fn get() -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], DESCRIPTION)
        .into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::Value;

    use super::super::code::Code;
    use super::super::words::{Language, words};
    use super::DESCRIPTION;

    fn description() -> Value {
        serde_json::from_str(DESCRIPTION).unwrap()
    }

    /// Every operation, under its method and path.
    fn operations(description: &Value) -> BTreeMap<String, Value> {
        let paths = description["paths"].as_object().unwrap();
        let items = paths.iter().flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters");
            methods.map(move |(method, operation)| (format!("{method} {path}"), operation.clone()))
        });
        items.collect()
    }

    /// All that is named by `$ref`.
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                if let Some(Value::String(reference)) = object.get("$ref") {
                    found.insert(reference.clone());
                }
                object.values().for_each(|value| references(value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    /// A path without the names of its parameters.
    fn shape(path: &str) -> String {
        let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
        parts.collect::<Vec<_>>().join("/")
    }

    /// Which methods a path has is asked of the running server, in `tests/interop/schema`.
    #[test]
    fn every_path_of_the_router_is_described_and_no_other() {
        let router = include_str!("mod.rs").split(".route(").skip(1);
        let routed: BTreeSet<_> = router.map(|route| shape(route.split('"').nth(1).unwrap())).collect();
        let description = description();
        let described = description["paths"].as_object().unwrap().keys().map(|path| shape(path)).collect();
        assert_eq!(routed, described);
    }

    #[test]
    fn every_operation_has_a_name_of_its_own_and_says_how_it_is_refused() {
        let mut names = BTreeSet::new();
        for (operation, about) in operations(&description()) {
            assert!(names.insert(about["operationId"].as_str().unwrap().to_owned()), "{operation}");
            let responses = about["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2')), "{operation}");
            assert!(responses.keys().any(|status| status.starts_with('4')), "{operation}");
        }
    }

    #[test]
    fn what_is_referred_to_is_there_and_what_is_there_is_referred_to() {
        let description = description();
        // The answer to every method that is not described.
        let mut named = BTreeSet::from(["#/components/responses/MethodNotAllowed".to_owned()]);
        references(&description, &mut named);
        let mut there = BTreeSet::new();
        for (kind, components) in description["components"].as_object().unwrap() {
            if kind != "securitySchemes" {
                let names = components.as_object().unwrap().keys();
                there.extend(names.map(|name| format!("#/components/{kind}/{name}")));
            }
        }
        assert_eq!(named, there);
    }

    #[test]
    fn every_problem_is_there_under_its_status() {
        let description = description();
        let described: BTreeMap<&str, &Value> = description["components"]["responses"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|response| {
                let schema =
                    &response["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"];
                let codes = schema["code"]["enum"].as_array().unwrap();
                codes.iter().map(|code| (code.as_str().unwrap(), &schema["status"]["const"]))
            })
            .collect();
        let ours: BTreeMap<&str, Value> = Code::ALL
            .iter()
            .map(|&code| (words(code, Language::English).slug, Value::from(code.status().as_u16())))
            .collect();
        assert_eq!(described, ours.iter().map(|(slug, status)| (*slug, status)).collect());

        let all = description["components"]["schemas"]["ProblemCode"]["enum"].as_array().unwrap();
        assert!(all.iter().map(|code| code.as_str().unwrap()).eq(ours.keys().copied()));
        for (operation, about) in operations(&description) {
            for code in about["x-problems"].as_array().into_iter().flatten() {
                let status = ours[code.as_str().unwrap()].to_string();
                assert!(about["responses"].get(&status).is_some(), "{operation}: {code}");
            }
        }
    }
}
