//! How a struct of settings is declared: each key once, with its doc comment and its default. The example
//! file, the names in the environment and the check for unknown keys all come from that.

/// One key, or one section of keys.
#[derive(Debug)]
pub struct Field {
    /// As it is written in the file.
    pub name: &'static str,
    /// The lines of its doc comment.
    pub doc: &'static [&'static str],
    /// What it is.
    pub shape: Shape,
}

/// What stands under a name.
#[derive(Debug)]
pub enum Shape {
    /// A value; with an example as it is written in TOML, if the default would not show what to write.
    Key(Option<&'static str>),
    /// A table with these keys.
    Section(&'static [Field]),
    /// A table whose keys the user chooses, with an example line.
    Open(&'static str),
}

/// Declares a struct of settings: `name: Type = default,` and, if the default does not show what to write,
/// `=> "example"`; then `sections { name: Type = shape, }`.
macro_rules! settings {
    (
        $(#[doc = $struct_doc:literal])+
        pub struct $Struct:ident {
            $(
                $(#[doc = $doc:literal])+
                $(#[serde $serde:tt])?
                $name:ident: $Type:ty = $default:expr $(=> $example:literal)?,
            )*
            $(sections {
                $(
                    $(#[doc = $section_doc:literal])+
                    $section:ident: $Section:ty = $shape:expr,
                )+
            })?
        }
    ) => {
        $(#[doc = $struct_doc])+
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $Struct {
            $(
                $(#[doc = $doc])+
                $(#[serde $serde])?
                pub $name: $Type,
            )*
            $($(
                $(#[doc = $section_doc])+
                pub $section: $Section,
            )+)?
        }

        impl $Struct {
            /// The keys, in the order in which they are shown.
            pub const FIELDS: &'static [$crate::config::settings::Field] = &[
                $($crate::config::settings::Field {
                    name: stringify!($name),
                    doc: &[$($doc),+],
                    shape: $crate::config::settings::Shape::Key(
                        $crate::config::settings::settings!(@example $($example)?)
                    ),
                },)*
                $($($crate::config::settings::Field {
                    name: stringify!($section),
                    doc: &[$($section_doc),+],
                    shape: $shape,
                },)+)?
            ];
        }

        impl Default for $Struct {
            fn default() -> Self {
                $Struct { $($name: $default,)* $($($section: Default::default(),)+)? }
            }
        }
    };
    (@example) => { None };
    (@example $example:literal) => { Some($example) };
}

pub(super) use settings;

/// Every path from the top to a key, such as `limits.body_bytes`.
pub fn paths(fields: &'static [Field]) -> Vec<Vec<&'static str>> {
    let mut paths = Vec::new();
    for field in fields {
        match field.shape {
            Shape::Key(_) => paths.push(vec![field.name]),
            Shape::Section(inner) => paths.extend(self::paths(inner).into_iter().map(|mut path| {
                path.insert(0, field.name);
                path
            })),
            Shape::Open(_) => {}
        }
    }
    paths
}
