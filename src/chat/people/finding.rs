//! To find the link of a code, and whether it still gives what it says: a link is never better than who made it.

use super::links::revoke_in;
use super::{Person, PersonId, StoredPerson, author, secret};
use crate::chat::rights::{Case, Deed, may};
use crate::chat::schema::{self, Gift, LinkDocument, Role, UsedDocument};
use crate::chat::{Chat, Refusal};
use crate::engine::{Commit, EngineError, Key, Millis, Version};
use crate::wire::Author;

/// What somebody sees of a link before they redeem it.
#[derive(Debug, Clone)]
pub struct Look {
    /// What it gives.
    pub gift: Gift,
    /// The id and the title of the room that it leads into.
    pub room: Option<(String, String)>,
    /// Who made it.
    pub by: Option<Author>,
}

/// A link that was found, and how one of its uses is taken.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) gift: Gift,
    /// Who made it, if it was not whoever runs the server.
    pub(super) by: Option<StoredPerson>,
    /// Who signs in by it, as they were when it was asked whether that is allowed.
    pub(super) person: Option<StoredPerson>,
    take: Take,
    /// The version of its maker's place in the room that it leads into, if that is what allows it.
    makers_place: Option<(Key, Option<Version>)>,
}

#[derive(Debug, Clone)]
enum Take {
    Stored { id: String, version: Version, document: LinkDocument },
    Signed { key: Key, expires: Millis },
}

impl Found {
    /// The id of who made it.
    pub(super) fn maker(&self) -> Option<&str> {
        self.by.as_ref().map(|by| by.id.0.as_str())
    }

    /// Adds to a commit that it was redeemed once more, while who made it may still give what it gives. Of many at
    /// once, one is first.
    pub(super) fn take(&self, commit: &mut Commit, redeemer: &PersonId, now: Millis) {
        if let Some(by) = self.by.as_ref().filter(|by| by.id != *redeemer) {
            by.hold(commit);
            if let Some((place, version)) = &self.makers_place {
                commit.check(place, *version);
            }
        }
        match &self.take {
            Take::Stored { id, version, document } => {
                commit.check(&schema::link(id), Some(*version));
                match document.uses.saturating_sub(1) {
                    0 => revoke_in(commit, id, document),
                    uses => {
                        let left = LinkDocument { uses, ..document.clone() };
                        commit.put_until(schema::link(id), &left, document.expires);
                    }
                }
            }
            Take::Signed { key, expires } => {
                commit.check(key, None);
                commit.put_until(key.clone(), &UsedDocument { at: now }, *expires);
            }
        }
    }
}

impl Chat {
    /// What a code gives.
    pub async fn look(&self, code: &str) -> Result<Look, Refusal> {
        let found = self.find_link(code).await?;
        let room = match &found.gift {
            Gift::Place { room: Some(id), .. } => {
                let room = self.room_of_id(id).await?;
                Some((id.clone(), room.document().name.clone()))
            }
            _ => None,
        };
        let by = found.by.map(|by| author(Person::of(by.id, by.document)));
        Ok(Look { gift: found.gift, room, by })
    }

    /// The link of a code. Whatever is wrong with it, it is the same refusal.
    pub(super) async fn find_link(&self, code: &str) -> Result<Found, Refusal> {
        let now = self.clock().now();
        if let Some(signed) = self.accounts.owner_key.as_ref().and_then(|key| key.check(code, now)) {
            let key = schema::used(&signed.nonce);
            if self.is_stored(&key).await? {
                return Err(Refusal::BadLink);
            }
            let gift = Gift::Place { role: Role::Owner, room: None };
            let take = Take::Signed { key, expires: signed.expires };
            return Ok(Found { gift, by: None, person: None, take, makers_place: None });
        }
        let (id, version, document) = self.stored_link(code, now).await?.ok_or(Refusal::BadLink)?;
        let (gift, maker) = (document.gives.clone(), document.by.clone());
        let take = Take::Stored { id, version, document };
        let mut found = Found { gift, by: None, person: None, take, makers_place: None };
        if let Some(maker) = maker {
            let maker = self.somebody_of(&PersonId(maker)).await?;
            self.allow_gift(&mut found, &maker).await?;
            found.by = Some(maker);
        }
        Ok(found)
    }

    async fn stored_link(
        &self,
        code: &str,
        now: Millis,
    ) -> Result<Option<(String, Version, LinkDocument)>, EngineError> {
        if !secret::is_one(code) {
            return Ok(None);
        }
        let id = secret::hash(code);
        let stored = self.stored::<LinkDocument>(&schema::link(&id)).await?;
        let lasting = stored.filter(|(_, link)| link.expires > now && link.uses > 0);
        Ok(lasting.map(|(version, document)| (id, version, document)))
    }

    /// Somebody whom a link is about, who must still be there.
    async fn somebody_of(&self, id: &PersonId) -> Result<StoredPerson, Refusal> {
        self.stored_person(id).await.map_err(|refusal| match refusal {
            Refusal::NoSuchPerson => Refusal::BadLink,
            other => other,
        })
    }

    /// Asks again whether who made a link may give what it gives: they, and whom it lets in, may have other roles
    /// by now, or have left the room.
    async fn allow_gift(&self, found: &mut Found, maker: &StoredPerson) -> Result<(), Refusal> {
        let case = Case::of(&maker.document);
        let bad = |_| Refusal::BadLink;
        match found.gift.clone() {
            Gift::SignIn { person } if person == maker.id.0 => {
                may(self.policy(), case, Deed::LinkDevice).map_err(bad)?;
                found.person = Some(maker.clone());
            }
            Gift::SignIn { person } => {
                let them = self.somebody_of(&PersonId(person)).await?;
                may(self.policy(), case.over(&them.document), Deed::HelpIn).map_err(bad)?;
                found.person = Some(them);
            }
            Gift::Place { role, room } => {
                may(self.policy(), case.giving(role), Deed::Invite).map_err(bad)?;
                let Some(id) = room else { return Ok(()) };
                let room = self.room_of_id(&id).await?;
                let (document, member) = (room.document(), room.member(&maker.id.0));
                let place = member.as_ref().map(|member| member.place);
                let case = Case::in_room(&maker.document, &document, place).giving(role);
                may(self.policy(), case, Deed::Add).map_err(bad)?;
                let version = member.map(|member| member.version);
                found.makers_place = Some((schema::member(&id, &maker.id.0), version));
            }
        }
        Ok(())
    }
}
