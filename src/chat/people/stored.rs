//! A person as they are stored, to be changed or to rest on.

use super::PersonId;
use crate::chat::schema::{self, PersonDocument};
use crate::chat::{Chat, Refusal, Speaker};
use crate::engine::{Commit, Version};

/// A person as they are stored.
#[derive(Debug, Clone)]
pub(super) struct StoredPerson {
    pub(super) id: PersonId,
    pub(super) version: Version,
    pub(super) document: PersonDocument,
}

impl StoredPerson {
    /// Adds to a commit that it holds only while they are as they were read.
    pub(super) fn hold(&self, commit: &mut Commit) {
        commit.check(&schema::person(&self.id.0), Some(self.version));
    }

    /// Adds to a commit that they become this, if they are as they were read.
    pub(super) fn replace(&self, commit: &mut Commit, document: &PersonDocument) {
        self.hold(commit);
        commit.put(schema::person(&self.id.0), document);
    }

    /// Adds to a commit that something begins by which they come in. What ends all of that, as a new password
    /// does, holds while they are as they were read: so it misses nothing that begins at the same time.
    pub(super) fn touch(&self, commit: &mut Commit) {
        self.replace(commit, &self.document);
    }
}

impl Chat {
    /// Somebody's document, unless they are gone or have never been.
    pub(super) async fn stored_person(&self, id: &PersonId) -> Result<StoredPerson, Refusal> {
        let stored = self.stored::<PersonDocument>(&schema::person(&id.0)).await?;
        let (version, document) = stored.filter(|(_, person)| !person.gone).ok_or(Refusal::NoSuchPerson)?;
        Ok(StoredPerson { id: id.clone(), version, document })
    }

    /// Who asks, as they are stored just now.
    pub(super) async fn asker(&self, speaker: &Speaker) -> Result<StoredPerson, Refusal> {
        let asker = self.somebody(speaker).await?;
        self.stored_person(&asker.id).await.map_err(|refusal| match refusal {
            Refusal::NoSuchPerson => Refusal::NotSignedIn,
            other => other,
        })
    }
}
