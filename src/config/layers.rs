//! From what was written (a file, variables, flags) to one [`Config`]. Each layer is checked by itself, so
//! that an error can say where it was made.

use std::path::Path;

use serde::Deserialize;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use super::settings::{self, Field, Shape};
use super::{Config, check};

/// What is wrong with the settings, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct ConfigError {
    /// The file and line, the variable, the flag or the key.
    pub place: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl ConfigError {
    pub(super) fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        ConfigError { place: place.into(), what: what.into() }
    }
}

/// One value given outside of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// How it was given, such as `--listen`.
    pub name: String,
    /// The key that it sets, such as `limits.body_bytes`.
    pub key: String,
    /// The value as text; a list has commas between its items.
    pub text: String,
}

/// Variables that are not settings: which file to read, and where the commands find the server.
const OTHER_VARIABLES: [&str; 2] = ["OPENLINE_CONFIG", "OPENLINE_URL"];

impl Config {
    /// Everything in its order: defaults < `file` < `environment` < `flags`. Of the environment only what
    /// begins with `OPENLINE_` is looked at; an empty variable counts as not set.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: impl IntoIterator<Item = Given>,
    ) -> Result<Config, ConfigError> {
        let mut merged = file.map(read_file).transpose()?.unwrap_or_default();
        let variables = environment.into_iter().filter_map(|(name, text)| variable(name, text));
        let defaults = Table::try_from(Config::default())
            .map_err(|error| ConfigError::new("the defaults", error.to_string()))?;
        for given in variables.chain(flags.into_iter().map(Ok)) {
            let given = given?;
            let layer = layer(&given, &defaults);
            Config::deserialize(layer.clone())
                .map_err(|error| ConfigError::new(&given.name, error.message()))?;
            merge(&mut merged, layer);
        }
        let config =
            Config::deserialize(merged).map_err(|error| ConfigError::new("the settings", error.message()))?;
        check::ready(config)
    }
}

fn read_file(path: &Path) -> Result<Table, ConfigError> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::new(&shown, error.to_string()))?;
    let mut table = parse(&text).map_err(|(offset, what)| {
        let line = 1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
        ConfigError::new(format!("{shown}:{line}"), what)
    })?;
    anchor(&mut table, path.parent().unwrap_or(Path::new("")));
    Ok(table)
}

/// The table that a file's text is, or the offset at which it is wrong, and why.
fn parse(text: &str) -> Result<Table, (usize, String)> {
    let place = |error: toml::de::Error| {
        (error.span().map_or(text.len(), |span| span.start), error.message().trim_end().replace('\n', " "))
    };
    let document = DeTable::parse(text).map_err(place)?;
    unknown_key(document.get_ref(), Config::FIELDS, &mut Vec::new())?;
    toml::from_str::<Config>(text).map_err(place)?;
    toml::from_str(text).map_err(place)
}

/// Is there a key that means nothing?
fn unknown_key(
    table: &DeTable<'_>,
    fields: &'static [Field],
    path: &mut Vec<String>,
) -> Result<(), (usize, String)> {
    for (key, value) in table {
        let name: &str = key.get_ref();
        path.push(name.to_owned());
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            let known = Config::keys().collect::<Vec<_>>();
            return Err((key.span().start, unknown("key", &path.join("."), &known)));
        };
        if let (Shape::Section(inner), DeValue::Table(table)) = (&field.shape, Spanned::get_ref(value)) {
            unknown_key(table, inner, path)?;
        }
        path.pop();
    }
    Ok(())
}

impl Config {
    /// Every key, such as `limits.body_bytes`.
    pub fn keys() -> impl Iterator<Item = String> {
        settings::paths(Config::FIELDS).into_iter().map(|path| path.join("."))
    }
}

/// What to say about a name that is not known. The nearest one may stand in another section.
fn unknown(kind: &str, name: &str, known: &[String]) -> String {
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let near = |candidate: &String| {
        strsim::jaro_winkler(name, candidate).max(strsim::jaro_winkler(&last(name), &last(candidate)))
    };
    let nearest =
        known.iter().map(|candidate| (near(candidate), candidate)).max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((likeness, nearest)) if likeness > 0.75 => {
            format!("there is no {kind} `{name}`; did you mean `{nearest}`?")
        }
        _ => format!("there is no {kind} `{name}`"),
    }
}

/// Relative paths in a file start from the file.
fn anchor(table: &mut Table, folder: &Path) {
    let data = table.get_mut("data").filter(|data| data.as_str() != Some("memory"));
    if let Some(Value::String(path)) = data {
        *path = folder.join(&path).to_string_lossy().into_owned();
    }
    for (section, key) in [("pages", "dir"), ("redis", "ca")] {
        let path = table.get_mut(section).and_then(|section| section.get_mut(key));
        if let Some(Value::String(path)) = path {
            *path = folder.join(&path).to_string_lossy().into_owned();
        }
    }
}

/// What an environment variable gives, if it is one of ours.
fn variable(name: String, text: String) -> Option<Result<Given, ConfigError>> {
    let ours = name.starts_with("OPENLINE_") && !OTHER_VARIABLES.contains(&name.as_str());
    if !ours || text.is_empty() || is_of_kubernetes(&name, &text) {
        return None;
    }
    Some(match Config::keys().find(|key| variable_name(key) == name) {
        Some(key) => Ok(Given { name, key, text }),
        None => {
            let known = Config::keys().map(|key| variable_name(&key)).collect::<Vec<_>>();
            Err(ConfigError::new("the environment", unknown("setting", &name, &known)))
        }
    })
}

fn variable_name(key: &str) -> String {
    format!("OPENLINE_{}", key.replace('.', "_").to_uppercase())
}

/// Kubernetes gives every pod such variables for each service, and a service may well be called openline.
fn is_of_kubernetes(name: &str, text: &str) -> bool {
    name.starts_with("OPENLINE_SERVICE_")
        || name.starts_with("OPENLINE_PORT_")
        || (name == "OPENLINE_PORT" && text.contains("://"))
}

/// A table of only the one key. Its default tells what kind of value the text is.
fn layer(given: &Given, defaults: &Table) -> Table {
    let path: Vec<&str> = given.key.split('.').collect();
    let (first, rest) = path.split_first().unwrap_or((&"", &[]));
    let default = rest.iter().try_fold(defaults.get(*first), |value, name| Some(value?.get(name)));
    let text = given.text.trim();
    let value = match default.flatten() {
        Some(Value::Boolean(_)) => text.parse().ok().map(Value::Boolean),
        Some(Value::Integer(_)) => text.parse().ok().map(Value::Integer),
        Some(Value::Array(_)) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Some(Value::Array(items.map(Value::from).collect()))
        }
        _ => None,
    };
    let value = value.unwrap_or_else(|| Value::from(text));
    let value = rest
        .iter()
        .rev()
        .fold(value, |value, name| Value::Table(Table::from_iter([((*name).to_owned(), value)])));
    Table::from_iter([((*first).to_owned(), value)])
}

/// Lays `above` over `below`, key by key.
fn merge(below: &mut Table, above: Table) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => merge(below, above),
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}
