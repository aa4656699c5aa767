//! Links: codes by which somebody comes in. The code itself is with whoever was given it; what is stored, and
//! what a link is known by otherwise, is its hash.

use std::cmp::Reverse;
use std::time::Duration;

use super::{PersonId, author, put, secret};
use crate::chat::rights::{Case, Deed, Reason, may};
use crate::chat::schema::{self, Gift, LinkDocument, Role, UsedDocument};
use crate::chat::{Chat, Refusal, RoomName, Speaker};
use crate::engine::{Check, Commit, Direction, EngineError, Key, KeyRange, Millis, Put, Version};
use crate::wire::Author;

/// How long a link lasts by which somebody signs in on another device, and one by which a moderator helps
/// somebody in, and one that makes an owner.
const OWN_DEVICE: Duration = Duration::from_secs(10 * 60);
const HELP_IN: Duration = Duration::from_secs(24 * 3600);
const OWNER: Duration = Duration::from_secs(24 * 3600);
/// How many links are looked through at a time, and at most.
const PIECE: usize = 500;
const MOST_LOOKED_THROUGH: usize = 10_000;

/// A link that was made. Its code is never told again.
#[derive(Clone)]
pub struct NewLink {
    /// By which it can be revoked.
    pub id: String,
    /// What whoever redeems it brings.
    pub code: String,
    /// When it ends.
    pub expires: Millis,
}

/// A link that can be redeemed.
#[derive(Debug, Clone)]
pub struct Link {
    /// By which it can be revoked.
    pub id: String,
    /// What it gives, to how many more, until when.
    pub document: LinkDocument,
}

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
    pub(super) by: Option<String>,
    take: Take,
}

#[derive(Debug, Clone)]
enum Take {
    Stored { key: Key, version: Version, document: LinkDocument },
    Signed { key: Key, expires: Millis },
}

impl Found {
    /// Adds to a commit that it was redeemed once more. Of many at once, one is first.
    pub(super) fn take(&self, commit: &mut Commit, now: Millis) {
        match &self.take {
            Take::Stored { key, version, document } => {
                commit.checks.push(Check::At(key.clone(), *version));
                match document.uses.saturating_sub(1) {
                    0 => commit.deletes.push(key.clone()),
                    uses => {
                        commit.puts.push(link_put(key.clone(), &LinkDocument { uses, ..document.clone() }));
                    }
                }
            }
            Take::Signed { key, expires } => {
                commit.checks.push(Check::Absent(key.clone()));
                commit
                    .puts
                    .push(Put { expires: Some(*expires), ..put(key.clone(), &UsedDocument { at: now }) });
            }
        }
    }
}

impl Chat {
    /// Makes a link that gives a role to so many people, and brings them into a room.
    pub async fn invite(
        &self,
        speaker: &Speaker,
        role: Role,
        room: Option<&RoomName>,
        uses: u32,
        lasts: Duration,
    ) -> Result<NewLink, Refusal> {
        let asker = self.somebody(speaker).await?;
        may(self.policy(), Case::of(asker.role).over(role, None), Deed::Invite)?;
        let room = match room {
            None => None,
            Some(name) => {
                let visit = self.visit(speaker, name).await?;
                if !visit.room.exists() {
                    return Err(Refusal::NoSuchRoom);
                }
                may(self.policy(), visit.case().over(role, None), Deed::Add)?;
                Some(visit.room.id.to_string())
            }
        };
        self.make_link(Gift::Place { role, room }, uses, lasts, Some(&asker.id)).await
    }

    /// Makes a link by which the asker signs in on another device.
    pub async fn link_for_own_device(&self, speaker: &Speaker) -> Result<NewLink, Refusal> {
        let asker = self.somebody(speaker).await?;
        if asker.bot {
            return Err(Reason::Kind.into());
        }
        let gift = Gift::SignIn { person: asker.id.0.clone() };
        self.make_link(gift, 1, OWN_DEVICE, Some(&asker.id)).await
    }

    /// Makes a link by which somebody else can sign in who cannot any more.
    pub async fn link_for(&self, speaker: &Speaker, person: &PersonId) -> Result<NewLink, Refusal> {
        let asker = self.somebody(speaker).await?;
        let them = self.stored_person(person).await?.1;
        may(self.policy(), Case::of(asker.role).over(them.role, None), Deed::HelpIn)?;
        if them.bot {
            return Err(Reason::Kind.into());
        }
        let gift = Gift::SignIn { person: person.0.clone() };
        self.make_link(gift, 1, HELP_IN, Some(&asker.id)).await
    }

    /// Makes a link by which somebody becomes an owner. Only for whoever runs the server.
    pub async fn owner_link(&self) -> Result<NewLink, Refusal> {
        let gift = Gift::Place { role: Role::Owner, room: None };
        self.make_link(gift, 1, OWNER, None).await
    }

    async fn make_link(
        &self,
        gives: Gift,
        uses: u32,
        lasts: Duration,
        by: Option<&PersonId>,
    ) -> Result<NewLink, Refusal> {
        let (code, at) = (secret::random(), self.clock().now());
        let expires = at.saturating_add(Millis::try_from(lasts.as_millis()).unwrap_or(Millis::MAX));
        let (id, by) = (secret::hash(&code), by.map(|id| id.0.clone()));
        let mut commit = Commit::new();
        commit.puts.push(link_put(schema::link(&id), &LinkDocument { gives, uses, by, at, expires }));
        self.settled(commit).await?;
        Ok(NewLink { id, code, expires })
    }

    /// The links that the asker may revoke, the newest first.
    pub async fn links(&self, speaker: &Speaker) -> Result<Vec<Link>, Refusal> {
        let asker = self.somebody(speaker).await?;
        let is_shown = |link: &LinkDocument| {
            let is_invitation = matches!(link.gives, Gift::Place { .. });
            let case = Case::of(asker.role).over(gives_at_most(link), None);
            let is_own = link.by.as_ref() == Some(&asker.id.0);
            is_own || (is_invitation && may(self.policy(), case, Deed::Invite).is_ok())
        };
        let mut links = self.links_where(is_shown).await?;
        links.sort_by_key(|link| Reverse(link.document.at));
        Ok(links)
    }

    /// Revokes a link. Those who may only revoke their own do not learn which others there are.
    pub async fn revoke(&self, speaker: &Speaker, id: &str) -> Result<(), Refusal> {
        let asker = self.somebody(speaker).await?;
        let key = schema::link(id);
        let link = match self.engine().get(std::slice::from_ref(&key)).await?.pop().flatten() {
            Some(stored) => Some(schema::read::<LinkDocument>(&key, &stored)?),
            None => None,
        };
        let is_own = link.as_ref().is_some_and(|link| link.by.as_ref() == Some(&asker.id.0));
        if !is_own {
            let over = link.as_ref().map_or(Role::Guest, gives_at_most);
            may(self.policy(), Case::of(asker.role).over(over, None), Deed::Invite)?;
        }
        link.ok_or(Refusal::BadLink)?;
        self.settled(Commit { deletes: vec![key], ..Commit::new() }).await?;
        Ok(())
    }

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
        let by = self.person_named(found.by.as_deref()).await?.map(author);
        Ok(Look { gift: found.gift, room, by })
    }

    /// The link of a code. Whatever is wrong with it, it is the same refusal.
    pub(super) async fn find_link(&self, code: &str) -> Result<Found, Refusal> {
        let now = self.clock().now();
        let signed = self.accounts.owner_key.as_ref().and_then(|key| key.check(code, now));
        let found = match signed {
            Some(signed) => {
                let key = schema::used(&signed.nonce);
                let is_used =
                    self.engine().get(std::slice::from_ref(&key)).await?.iter().any(Option::is_some);
                let gift = Gift::Place { role: Role::Owner, room: None };
                let take = Take::Signed { key, expires: signed.expires };
                (!is_used).then_some(Found { gift, by: None, take })
            }
            None if secret::is_one(code) => self.stored_link(schema::link(&secret::hash(code)), now).await?,
            None => None,
        };
        let found = found.ok_or(Refusal::BadLink)?;
        // Who made it must still be somebody, and so must be who signs in by it.
        let person = match &found.gift {
            Gift::SignIn { person } => Some(person),
            Gift::Place { .. } => None,
        };
        for id in found.by.iter().chain(person) {
            if self.person_named(Some(id)).await?.is_none_or(|person| person.gone) {
                return Err(Refusal::BadLink);
            }
        }
        Ok(found)
    }

    async fn stored_link(&self, key: Key, now: Millis) -> Result<Option<Found>, EngineError> {
        let Some(stored) = self.engine().get(std::slice::from_ref(&key)).await?.pop().flatten() else {
            return Ok(None);
        };
        let document: LinkDocument = schema::read(&key, &stored)?;
        if document.expires <= now || document.uses == 0 {
            return Ok(None);
        }
        let (gift, by) = (document.gives.clone(), document.by.clone());
        Ok(Some(Found { gift, by, take: Take::Stored { key, version: stored.version, document } }))
    }

    /// Deletes what somebody who is gone has made, and what lets them in.
    pub(super) async fn forget_links_of(&self, id: &PersonId) -> Result<(), Refusal> {
        let is_theirs = |link: &LinkDocument| {
            let lets_them_in = matches!(&link.gives, Gift::SignIn { person } if *person == id.0);
            lets_them_in || link.by.as_ref() == Some(&id.0)
        };
        let links = self.links_where(is_theirs).await?;
        for links in links.chunks(PIECE) {
            let deletes = links.iter().map(|link| schema::link(&link.id)).collect();
            self.settled(Commit { deletes, ..Commit::new() }).await?;
        }
        Ok(())
    }

    async fn links_where(&self, is_wanted: impl Fn(&LinkDocument) -> bool) -> Result<Vec<Link>, EngineError> {
        let mut found = Vec::new();
        let mut range = KeyRange::under(&Key::new("link"));
        for _ in 0..MOST_LOOKED_THROUGH / PIECE {
            let page = self.engine().scan(range.clone(), PIECE, Direction::Forward).await?;
            for (key, stored) in &page {
                let document: LinkDocument = schema::read(key, stored)?;
                if is_wanted(&document) {
                    found.push(Link { id: key.last_part().unwrap_or_default().to_owned(), document });
                }
            }
            match page.last() {
                Some((last, _)) if page.len() == PIECE => range.start = format!("{last}\0"),
                _ => break,
            }
        }
        Ok(found)
    }
}

/// The role that a link gives to somebody new.
fn gives_at_most(link: &LinkDocument) -> Role {
    match link.gives {
        Gift::Place { role, .. } => role,
        Gift::SignIn { .. } => Role::Guest,
    }
}

fn link_put(key: Key, document: &LinkDocument) -> Put {
    Put { expires: Some(document.expires), ..put(key, document) }
}
