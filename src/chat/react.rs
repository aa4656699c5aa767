//! To react to a message with an emoji, or not any more.

use serde::{Deserialize, Serialize};

use super::delete::Orphan;
use super::emoji::one_emoji;
use super::rights::Deed;
use super::schema::{self, MessageDocument, Reaction, kind};
use super::{Chat, Refusal, RoomName, Speaker};
use crate::engine::{Number, Outcome};
use crate::wire::MessageObject;

/// How many different emoji a message can have.
const MOST_EMOJI: usize = 12;
/// How many reactions a message can have, of all emoji together.
const MOST_REACTIONS: usize = 500;

/// What an entry says of a reaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ReactionFacts {
    /// The emoji.
    pub(super) emoji: String,
    /// Who reacted.
    pub(super) by: String,
    /// Or who does not any more.
    pub(super) on: bool,
}

impl Chat {
    /// Reacts to a message with an emoji, or takes that back. What is so already stays so. Of one that is deleted it can
    /// only be taken back, and with the last reaction its tombstone goes.
    pub async fn react(
        &self,
        speaker: &Speaker,
        name: &RoomName,
        number: Number,
        emoji: &str,
        on: bool,
    ) -> Result<MessageObject, Refusal> {
        let emoji = one_emoji(emoji).ok_or(Refusal::BadEmoji)?;
        let (message, orphan) = self.react_once(speaker, name, number, &emoji, on).await?;
        self.take_thread(orphan).await;
        Ok(message)
    }

    async fn react_once(
        &self,
        speaker: &Speaker,
        name: &RoomName,
        number: Number,
        emoji: &str,
        on: bool,
    ) -> Result<(MessageObject, Option<Orphan>), Refusal> {
        let key = self.target(speaker, name, number, Deed::React).await?.key;
        let _turn = self.turns.of(&[key]).await;
        self.insist_in(speaker, name, |visit| async move {
            let target = self.target_in(visit, number, Deed::React).await?;
            if on && target.document.deleted.is_some() {
                return Err(Refusal::MessageGone);
            }
            let person = target.visit.person_id()?.to_owned();
            let mut document = target.document.clone();
            if !set(&mut document, emoji, &person, on)? {
                return Ok(Some((self.shown(&target.visit, &target.key, document).await?, None)));
            }
            let facts = Some(schema::to_json(&ReactionFacts { emoji: emoji.to_owned(), by: person, on }));
            let change = self.change_of(&target, name, Deed::React, kind::REACTION, facts);
            let Some(mut commit) = change.await? else { return Ok(None) };
            commit.put(target.key.clone(), &document);
            let orphan = Orphan::noted(&mut commit, &target.visit.room.id, &target.key, &document);
            if self.commit_surely(commit).await? == Outcome::Conflict {
                return Ok(None);
            }
            Ok(Some((self.shown(&target.visit, &target.key, document).await?, orphan)))
        })
        .await
    }
}

/// Adds somebody's reaction to a message, or takes it away; says whether that changed anything.
fn set(document: &mut MessageDocument, emoji: &str, person: &str, on: bool) -> Result<bool, Refusal> {
    let reactions = &mut document.reactions;
    let people: usize = reactions.iter().map(|reaction| reaction.by.len()).sum();
    let place = reactions.iter().position(|reaction| reaction.emoji == emoji);
    let has_reacted = place.and_then(|place| reactions[place].by.iter().position(|by| by == person));
    match (place, has_reacted, on) {
        (_, Some(_), true) | (_, None, false) => return Ok(false),
        (_, None, true) if people >= MOST_REACTIONS => return Err(Refusal::TooManyReactions),
        (None, None, true) if reactions.len() >= MOST_EMOJI => return Err(Refusal::TooManyReactions),
        (None, _, _) => reactions.push(Reaction { emoji: emoji.to_owned(), by: vec![person.to_owned()] }),
        (Some(place), None, true) => reactions[place].by.push(person.to_owned()),
        (Some(place), Some(them), false) => {
            reactions[place].by.remove(them);
            if reactions[place].by.is_empty() {
                reactions.remove(place);
            }
        }
    }
    Ok(true)
}
