//! Guests who have not come back for so long that no device knows them any more, and who are in no room, are
//! forgotten: whoever wants to can give a thousand names. What they said stays, by nobody.

use super::called::rename;
use super::sessions::LAST;
use super::{PersonId, StoredPerson};
use crate::chat::schema::{self, PersonDocument, Role};
use crate::chat::{Chat, Refusal};
use crate::engine::{Commit, Direction, EngineError, Key, KeyRange, Version};

/// How many people are looked at in one sweep; the next one goes on from there.
const PIECE: usize = 200;

impl Chat {
    /// Looks at some people more, and forgets those of them who are to be. Gives how many went.
    pub(in crate::chat) async fn forget_guests(&self) -> Result<usize, Refusal> {
        let mut range = KeyRange::under(&Key::new("person"));
        if let Some(after) = self.accounts.looked_at().take() {
            range.start = format!("{after}\0");
        }
        let page = self.engine().scan(range, PIECE, Direction::Forward).await?;
        if page.len() == PIECE {
            *self.accounts.looked_at() = page.last().map(|(key, _)| key.clone());
        }
        let mut forgotten = 0;
        for (key, stored) in page {
            let document: PersonDocument = schema::read(&key, &stored)?;
            let id = PersonId(key.last_part().unwrap_or_default().to_owned());
            if self.is_long_gone(&id, &document).await? {
                self.forget_guest(id, stored.version, document).await?;
                forgotten += 1;
            }
        }
        Ok(forgotten)
    }

    async fn is_long_gone(&self, id: &PersonId, person: &PersonDocument) -> Result<bool, EngineError> {
        let is_guest = person.role == Role::Guest && person.login.is_none() && !person.bot && !person.gone;
        if !is_guest || self.clock().now() - person.at < LAST {
            return Ok(false);
        }
        for under in [schema::sessions(&id.0), schema::mine(&id.0)] {
            let range = KeyRange::under(&under);
            if !self.engine().scan(range, 1, Direction::Forward).await?.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn forget_guest(
        &self,
        id: PersonId,
        version: Version,
        document: PersonDocument,
    ) -> Result<(), EngineError> {
        let guest = StoredPerson { id, version, document };
        let mut commit = Commit::new();
        // Should they come in just now by a link, they are another version.
        guest.hold(&mut commit);
        rename(&mut commit, &guest.id, &guest.document.name, "");
        commit.deletes.push(schema::person(&guest.id.0));
        self.commit_surely(commit).await?;
        self.people.forget(&guest.id);
        Ok(())
    }
}
