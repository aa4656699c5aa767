//! Passwords: hashed with Argon2id, away from the async threads and a few at a time, so that neither
//! memory nor the open lines suffer from many who sign in at once.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use unicode_normalization::UnicodeNormalization;

use super::login::Login;
use crate::chat::Refusal;

/// What one hash costs, as OWASP recommends for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// How many are hashed at once, and how many more may wait.
const AT_ONCE: usize = 2;
const MOST_WAITING: usize = 64;
/// The fewest characters of a password, and the most bytes.
const FEWEST_CHARACTERS: usize = 8;
const MOST_BYTES: usize = 1024;
/// What the password of nobody is compared with: it takes as long as with that of somebody.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes passwords, and compares them with their hashes.
pub(super) struct Passwords {
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Passwords {
            places: Arc::new(Semaphore::new(AT_ONCE + MOST_WAITING)),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

/// Whether a password will do for this login.
pub(super) fn check(password: &str, login: &Login) -> Result<(), Refusal> {
    let long_enough = password.chars().nth(FEWEST_CHARACTERS - 1).is_some() && password.len() <= MOST_BYTES;
    let is_login = Login::parse(password).is_ok_and(|same| same == *login);
    let is_one_character = password.chars().all(|character| password.starts_with(character));
    (long_enough && !is_login && !is_one_character).then_some(()).ok_or(Refusal::WeakPassword)
}

impl Passwords {
    /// What is stored of a password: a PHC string, with its salt and what it cost.
    pub(super) async fn hash(&self, password: &str) -> Result<String, Refusal> {
        let password = spelled(password);
        let hashed = self.in_turn(move || argon2().hash_password(password.as_bytes()));
        hashed.await?.map(|hash| hash.to_string()).map_err(|error| {
            tracing::error!(%error, "a password could not be hashed");
            Refusal::Overloaded
        })
    }

    /// Whether a password is the one of which `stored` was kept. Where nothing is kept it is not, which
    /// takes as long.
    pub(super) async fn matches(&self, password: &str, stored: Option<&str>) -> Result<bool, Refusal> {
        let (password, is_somebodys) = (spelled(password), stored.is_some());
        let stored = stored.unwrap_or(NOBODYS).to_owned();
        let matches = self.in_turn(move || {
            let hash = PasswordHash::new(&stored);
            hash.is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
        });
        Ok(matches.await? && is_somebodys)
    }

    /// All places there are: as long as they are held, nothing can be hashed.
    #[cfg(test)]
    pub(super) fn everything(&self) -> tokio::sync::OwnedSemaphorePermit {
        let places = u32::try_from(AT_ONCE + MOST_WAITING).unwrap();
        Arc::clone(&self.places).try_acquire_many_owned(places).unwrap()
    }

    /// Runs what takes long on a thread where it may. Refused when too many wait already.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let _place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Refusal::Overloaded)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Refusal::Overloaded)?;
        // The turn goes along: if the asker leaves, the work is still under way.
        let working = spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        working.await.map_err(|error| {
            tracing::error!(%error, "hashing a password failed");
            Refusal::Overloaded
        })
    }
}

/// The same password in the same bytes, whichever keyboard it was typed on (RFC 8265, section 4.2).
fn spelled(password: &str) -> String {
    password.nfc().collect()
}

fn argon2() -> Argon2<'static> {
    #[expect(clippy::expect_used, reason = "constants within Argon2's bounds")]
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("parameters");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_and_no_other_is() {
        let passwords = Passwords::default();
        let stored = passwords.hash("Caf\u{e9} am See").await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_ne!(stored, passwords.hash("Caf\u{e9} am See").await.unwrap(), "each has a salt of its own");
        assert!(passwords.matches("Caf\u{e9} am See", Some(&stored)).await.unwrap());
        assert!(passwords.matches("Cafe\u{301} am See", Some(&stored)).await.unwrap(), "typed elsewhere");
        assert!(!passwords.matches("cafe am See", Some(&stored)).await.unwrap());
        assert!(!passwords.matches("", None).await.unwrap());
    }

    #[tokio::test]
    async fn nobodys_password_takes_as_long_as_somebodys() {
        let passwords = Passwords::default();
        let stored = passwords.hash("correct horse").await.unwrap();
        let mut fastest = [Duration::MAX; 2];
        for _ in 0..5 {
            for (fastest, stored) in fastest.iter_mut().zip([Some(stored.as_str()), None]) {
                let began = Instant::now();
                passwords.matches("wrong", stored).await.unwrap();
                *fastest = began.elapsed().min(*fastest);
            }
        }
        // Were nobody's not hashed at all, it would be a thousand times faster.
        assert!(fastest[1] * 3 > fastest[0], "{fastest:?}");
        assert!(PasswordHash::new(NOBODYS).is_ok());
    }

    #[tokio::test]
    async fn only_so_many_wait_for_their_turn() {
        let passwords = Passwords::default();
        let turns = Arc::clone(&passwords.turns).acquire_many_owned(2).await.unwrap();
        let mut waiting: Vec<_> =
            (0..AT_ONCE + MOST_WAITING).map(|_| Box::pin(passwords.in_turn(|| ()))).collect();
        assert!(waiting.iter_mut().all(|waiting| waiting.now_or_never().is_none()));
        assert_eq!(passwords.matches("x", None).await, Err(Refusal::Overloaded));
        drop((waiting, turns));
        assert_eq!(passwords.matches("x", None).await, Ok(false));
    }

    #[test]
    fn weak_passwords_are_refused() {
        let login = Login::parse("ann.lee").unwrap();
        let (longest, longer) = ("xy".repeat(512), "x".repeat(1025));
        for good in ["12345678x", "correct horse", "八个汉字的好密码", &longest] {
            assert_eq!(check(good, &login), Ok(()), "{good}");
        }
        for bad in ["", "1234567", "Ann.Lee", "aaaaaaaaaaaa", &longer] {
            assert_eq!(check(bad, &login), Err(Refusal::WeakPassword), "{bad}");
        }
        assert_eq!(check("ANN.LEE1", &Login::parse("ann.lee1").unwrap()), Err(Refusal::WeakPassword));
    }
}
