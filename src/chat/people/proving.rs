//! To prove that somebody is who they say they are: by a password, so often and no oftener.

use std::net::IpAddr;

use super::attempts::Asking;
use super::login::Login;
use crate::chat::schema::{self, LoginDocument};
use crate::chat::{Chat, Refusal};
use crate::engine::Version;

/// The account of a login, for who knows its password.
pub(super) struct Proved {
    pub(super) version: Version,
    pub(super) document: LoginDocument,
}

impl Chat {
    /// The account of a login, for who knows its password. One without a password, whose owner signs in by
    /// links, is proved by being signed in: by no password.
    pub(super) async fn prove(
        &self,
        login: &Login,
        asking: Asking<'_>,
        password: Option<&str>,
        from: IpAddr,
    ) -> Result<Proved, Refusal> {
        let attempt = self.accounts.attempts.begin(asking, from, self.clock().now()).map_err(|wait| {
            let seconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).div_ceil(1000);
            Refusal::TooManyAttempts { seconds }
        })?;
        let found = match self.stored::<LoginDocument>(&schema::login(login.as_str())).await {
            Ok(found) => found,
            Err(error) => {
                attempt.not_made();
                return Err(error.into());
            }
        };
        let stored = found.as_ref().and_then(|(_, account)| account.password.as_deref());
        let is_proved = match (&found, password) {
            (Some(_), None) if stored.is_none() => Ok(true),
            _ => self.accounts.passwords.matches(password.unwrap_or_default(), stored).await,
        };
        match (is_proved, found) {
            (Ok(true), Some((version, document))) => {
                attempt.succeeded();
                Ok(Proved { version, document })
            }
            (Ok(_), _) => Err(Refusal::WrongPassword),
            (Err(refusal), _) => {
                attempt.not_made();
                Err(refusal)
            }
        }
    }
}
