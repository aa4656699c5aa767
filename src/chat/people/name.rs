//! The name by which somebody goes, and the face that stands for them.

use crate::chat::schema::PersonDocument;
use crate::chat::{Refusal, emoji, visible};

/// The longest name, in characters.
const MOST_CHARACTERS: usize = 40;

/// What somebody wants to be otherwise about themselves; what is not set stays.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// Another name.
    pub name: Option<String>,
    /// Another face, which is one emoji; none if it is empty.
    pub face: Option<String>,
}

impl Profile {
    /// Somebody's document with what they want.
    pub(super) fn of(&self, before: &PersonDocument) -> Result<PersonDocument, Refusal> {
        let name = self.name.as_deref().unwrap_or(&before.name);
        let face = match self.face.as_deref() {
            None => before.face.clone(),
            Some("") => None,
            Some(face) => Some(emoji::one_emoji(face).ok_or(Refusal::BadEmoji)?),
        };
        Ok(PersonDocument { name: checked_name(name)?, face, ..before.clone() })
    }
}

/// A name with single spaces inside and none around.
fn checked_name(name: &str) -> Result<String, Refusal> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let has_letters = name.chars().any(char::is_alphanumeric);
    let is_name = has_letters && name.chars().count() <= MOST_CHARACTERS && visible::is_all_visible(&name);
    is_name.then_some(name).ok_or(Refusal::BadPersonName)
}
