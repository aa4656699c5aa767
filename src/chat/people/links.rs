//! Links: codes by which somebody comes in. The code itself is with whoever was given it; what is stored, and
//! what a link is known by otherwise, is its hash. Each is listed under who made it for others, and under who
//! signs in by it.

use std::cmp::Reverse;
use std::time::Duration;

use super::{PersonId, StoredPerson, secret};
use crate::chat::rights::{Case, Deed, What, may};
use crate::chat::schema::{self, Gift, LinkDocument, ListedDocument, Role};
use crate::chat::{Chat, Refusal, RoomName, Speaker};
use crate::engine::{Commit, Direction, EngineError, Key, KeyRange, Millis, Outcome};

/// How long a link lasts by which somebody signs in on another device, and one by which a moderator helps
/// somebody in, and one that makes an owner.
const OWN_DEVICE: Duration = Duration::from_secs(10 * 60);
const HELP_IN: Duration = Duration::from_secs(24 * 3600);
const OWNER: Duration = Duration::from_secs(24 * 3600);
/// How many links one person has for their own devices, and how many they have made for others.
const MOST_OF_OWN: usize = 50;
const MOST_FOR_OTHERS: usize = 1_000;
/// How many links are read at a time.
const PIECE: usize = 500;
/// Under whom the links of whoever runs the server are listed: no person has such an id.
const OPERATOR: &str = "operator";

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
        let room = match room {
            None => None,
            Some(name) => Some(self.visit(speaker, name).await?),
        };
        self.insist(|| async {
            let asker = self.asker(speaker).await?;
            may(self.policy(), Case::of(&asker.document).giving(role), Deed::Invite)?;
            if let Some(visit) = &room {
                if !visit.room.exists() {
                    return Err(Refusal::NoSuchRoom);
                }
                may(self.policy(), visit.case().giving(role), Deed::Add)?;
            }
            self.bound(schema::invitations(&asker.id.0), MOST_FOR_OTHERS).await?;
            let room = room.as_ref().map(|visit| visit.room.id.to_string());
            let mut commit = Commit::new();
            asker.hold(&mut commit);
            self.make_link(commit, Gift::Place { role, room }, uses, lasts, Some(&asker.id)).await
        })
        .await
    }

    /// Makes a link by which the asker signs in on another device.
    pub async fn link_for_own_device(&self, speaker: &Speaker) -> Result<NewLink, Refusal> {
        self.insist(|| async {
            let asker = self.asker(speaker).await?;
            may(self.policy(), Case::of(&asker.document), Deed::LinkDevice)?;
            self.bound(schema::entrances(&asker.id.0), MOST_OF_OWN).await?;
            let mut commit = Commit::new();
            asker.touch(&mut commit);
            let gift = Gift::SignIn { person: asker.id.0.clone() };
            self.make_link(commit, gift, 1, OWN_DEVICE, Some(&asker.id)).await
        })
        .await
    }

    /// Makes a link by which somebody else can sign in who cannot any more.
    pub async fn link_for(&self, speaker: &Speaker, person: &PersonId) -> Result<NewLink, Refusal> {
        self.insist(|| async {
            let (asker, them) = (self.asker(speaker).await?, self.stored_person(person).await?);
            may(self.policy(), Case::of(&asker.document).over(&them.document), Deed::HelpIn)?;
            self.bound(schema::invitations(&asker.id.0), MOST_FOR_OTHERS).await?;
            let mut commit = Commit::new();
            asker.hold(&mut commit);
            them.touch(&mut commit);
            let gift = Gift::SignIn { person: person.0.clone() };
            self.make_link(commit, gift, 1, HELP_IN, Some(&asker.id)).await
        })
        .await
    }

    /// Makes a link by which somebody becomes an owner. Only for whoever runs the server.
    pub async fn owner_link(&self) -> Result<NewLink, Refusal> {
        let gift = || Gift::Place { role: Role::Owner, room: None };
        self.insist(|| self.make_link(Commit::new(), gift(), 1, OWNER, None)).await
    }

    /// Makes a link by this commit; nothing if it does not hold.
    async fn make_link(
        &self,
        mut commit: Commit,
        gives: Gift,
        uses: u32,
        lasts: Duration,
        by: Option<&PersonId>,
    ) -> Result<Option<NewLink>, Refusal> {
        let (code, at) = (secret::random(), self.clock().now());
        let expires = at.saturating_add(Millis::try_from(lasts.as_millis()).unwrap_or(Millis::MAX));
        let (id, by) = (secret::hash(&code), by.map(|id| id.0.clone()));
        let document = LinkDocument { gives, uses, by, at, expires };
        commit.put_until(schema::link(&id), &document, expires);
        for key in listed(&id, &document) {
            commit.put_until(key, &ListedDocument {}, expires);
        }
        let is_done = self.commit_surely(commit).await? != Outcome::Conflict;
        Ok(is_done.then_some(NewLink { id, code, expires }))
    }

    /// Refuses who has as many links under a key as there can be.
    async fn bound(&self, under: Key, most: usize) -> Result<(), Refusal> {
        let range = KeyRange::under(&under);
        let has = self.engine().scan(range, most, Direction::Forward).await?.len();
        if has < most { Ok(()) } else { Err(Refusal::TooManyLinks) }
    }

    /// The links that the asker may revoke, the newest first.
    pub async fn links(&self, speaker: &Speaker) -> Result<Vec<Link>, Refusal> {
        let asker = self.asker(speaker).await?;
        let may_see_others = may(self.policy(), Case::of(&asker.document), Deed::Invite).is_ok();
        let invitations =
            if may_see_others { Key::new("invitation") } else { schema::invitations(&asker.id.0) };
        let mut ids = self.listed_under(&invitations).await?;
        ids.extend(self.listed_under(&schema::entrances(&asker.id.0)).await?);
        let mut links = self.links_of(ids).await?;
        links.retain(|link| {
            let is_own = link.document.by.as_ref() == Some(&asker.id.0);
            let is_invitation = matches!(link.document.gives, Gift::Place { .. });
            is_own || (is_invitation && self.may_revoke(&asker, &link.document).is_ok())
        });
        links.sort_by_key(|link| Reverse(link.document.at));
        Ok(links)
    }

    /// Revokes a link. Those who may only revoke their own do not learn which others there are.
    pub async fn revoke(&self, speaker: &Speaker, id: &str) -> Result<(), Refusal> {
        let asker = self.asker(speaker).await?;
        let link = self.stored::<LinkDocument>(&schema::link(id)).await?;
        let Some((_, document)) = link else {
            may(self.policy(), Case::of(&asker.document), Deed::Invite)?;
            return Err(Refusal::BadLink);
        };
        self.may_revoke(&asker, &document)?;
        let mut commit = Commit::new();
        revoke_in(&mut commit, id, &document);
        self.commit_surely(commit).await?;
        Ok(())
    }

    fn may_revoke(&self, asker: &StoredPerson, link: &LinkDocument) -> Result<(), Refusal> {
        let own = link.by.as_ref() == Some(&asker.id.0);
        let gives = match link.gives {
            Gift::Place { role, .. } => role,
            Gift::SignIn { .. } => Role::Guest,
        };
        let case = Case::of(&asker.document).giving(gives).about(What { own, age: 0 });
        Ok(may(self.policy(), case, Deed::Revoke)?)
    }

    /// What is stored of all the links by which somebody signs in.
    pub(super) async fn keys_of_sign_ins(&self, id: &PersonId) -> Result<Vec<Key>, EngineError> {
        let mut commit = Commit::new();
        for link in self.links_of(self.listed_under(&schema::entrances(&id.0)).await?).await? {
            revoke_in(&mut commit, &link.id, &link.document);
        }
        Ok(commit.deletes)
    }

    /// Deletes what somebody who is gone has made, and what lets them in.
    pub(super) async fn forget_links_of(&self, id: &PersonId) -> Result<(), Refusal> {
        let mut ids = self.listed_under(&schema::entrances(&id.0)).await?;
        ids.extend(self.listed_under(&schema::invitations(&id.0)).await?);
        for ids in ids.chunks(PIECE) {
            let mut commit = Commit::new();
            for link in self.links_of(ids.to_vec()).await? {
                revoke_in(&mut commit, &link.id, &link.document);
            }
            self.commit_surely(commit).await?;
        }
        Ok(())
    }

    /// The ids of all links that are listed under a key.
    async fn listed_under(&self, under: &Key) -> Result<Vec<String>, EngineError> {
        let (mut range, mut ids) = (KeyRange::under(under), Vec::new());
        loop {
            let page = self.engine().scan(range.clone(), PIECE, Direction::Forward).await?;
            ids.extend(page.iter().filter_map(|(key, _)| key.last_part().map(str::to_owned)));
            match page.last() {
                Some((last, _)) if page.len() == PIECE => range.start = format!("{last}\0"),
                _ => return Ok(ids),
            }
        }
    }

    /// The links with these ids, without those that there are no more.
    async fn links_of(&self, ids: Vec<String>) -> Result<Vec<Link>, EngineError> {
        let mut links = Vec::with_capacity(ids.len());
        for ids in ids.chunks(PIECE) {
            let keys: Vec<_> = ids.iter().map(|id| schema::link(id)).collect();
            for ((id, key), stored) in ids.iter().zip(&keys).zip(self.engine().get(&keys).await?) {
                if let Some(stored) = stored {
                    links.push(Link { id: id.clone(), document: schema::read(key, &stored)? });
                }
            }
        }
        Ok(links)
    }
}

/// Where a link is listed.
fn listed(id: &str, link: &LinkDocument) -> Vec<Key> {
    let by = link.by.as_deref().unwrap_or(OPERATOR);
    match &link.gives {
        Gift::Place { .. } => vec![schema::invitation(by, id)],
        Gift::SignIn { person } if person == by => vec![schema::entrance(person, id)],
        Gift::SignIn { person } => vec![schema::entrance(person, id), schema::invitation(by, id)],
    }
}

/// Adds to a commit that there is a link no more.
pub(super) fn revoke_in(commit: &mut Commit, id: &str, link: &LinkDocument) {
    commit.deletes.push(schema::link(id));
    commit.deletes.extend(listed(id, link));
}
