//! `openline.example.toml`: every key with what it means and its default, made from the declarations.

use toml::Table;

use super::settings::{Field, Shape};
use super::{Config, ConfigError};

const HEAD: &str = "\
# Everything that can be set, each with its default. Made by `openline config --example`.
#
# Take what you need into openline.toml. The same can be set in the environment (OPENLINE_LISTEN,
# OPENLINE_LIMITS_BODY_BYTES; a list has commas between its items) and partly by flags; flags win over the
# environment, and the environment over the file. Time is written 250ms, 15s, 10m, 2h, 7d; sizes in bytes, or
# as in 64KiB, 64MiB.
";

/// The example file. No key is set in it: a default that gets better later is not held back.
pub fn example() -> Result<String, ConfigError> {
    let defaults = Table::try_from(Config::default())
        .map_err(|error| ConfigError::new("the defaults", error.to_string()))?;
    let mut text = HEAD.to_owned();
    section(&mut text, Config::FIELDS, &defaults);
    Ok(text)
}

fn section(text: &mut String, fields: &[Field], values: &Table) {
    for Field { name, doc, shape } in fields {
        text.push('\n');
        for line in *doc {
            text.push_str(&format!("#{line}\n"));
        }
        match (shape, values.get(*name)) {
            (Shape::Key(Some(example)), _) => text.push_str(&format!("#{name} = {example}\n")),
            (Shape::Key(None), Some(value)) => text.push_str(&format!("#{name} = {value}\n")),
            (Shape::Key(None), None) => {}
            (Shape::Open(example), _) => text.push_str(&format!("[{name}]\n#{example}\n")),
            (Shape::Section(fields), Some(value)) => {
                text.push_str(&format!("[{name}]\n"));
                section(text, fields, value.as_table().unwrap_or(&Table::new()));
            }
            // Its being there would already mean something.
            (Shape::Section(fields), None) => {
                text.push_str(&format!("#[{name}]\n"));
                section(text, fields, &Table::new());
            }
        }
    }
}
