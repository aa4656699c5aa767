//! Attempts to sign in: how long to wait before the next one, by login and by address. Pure but for its
//! lock; bounded in memory. Every node counts its own.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::PersonId;
use super::login::Login;
use crate::engine::Millis;

/// How many failures cost nothing: people mistype, and many people can share an address.
const FREE_BY_LOGIN: u32 = 5;
const FREE_BY_ADDRESS: u32 = 30;
/// The first wait after those; each further failure doubles it, up to the longest. In milliseconds.
const FIRST_WAIT: Millis = 1000;
const LONGEST_WAIT: Millis = 5 * 60 * 1000;
/// After how long without a failure all is forgotten, in milliseconds.
const FORGOTTEN_AFTER: Millis = 3600 * 1000;
/// How many logins and addresses are remembered.
const MOST_REMEMBERED: usize = 20_000;

/// Who is asked to prove who they are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asking<'a> {
    /// Whoever wants to sign in by a login.
    Anybody(&'a Login),
    /// Somebody who is signed in already. They are counted apart: who guesses at their login from elsewhere does
    /// not keep them from changing their password.
    Known(&'a PersonId),
}

/// Whose attempts are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Whose {
    Login(String),
    Person(String),
    Address(IpAddr),
}

/// The failures of one.
#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Millis,
}

/// All failures of late.
#[derive(Debug, Default)]
pub(super) struct Attempts(Mutex<HashMap<Whose, Failures>>);

/// An attempt that is under way. It counts as failed unless it is said to have succeeded, so that many at
/// the same time count, too.
#[derive(Debug)]
pub(super) struct Attempt<'a> {
    attempts: &'a Attempts,
    whose: [Whose; 2],
}

impl Attempts {
    /// Begins an attempt, or says how long to wait before the next.
    pub(super) fn begin(
        &self,
        asking: Asking<'_>,
        address: IpAddr,
        now: Millis,
    ) -> Result<Attempt<'_>, Duration> {
        let who = match asking {
            Asking::Anybody(login) => Whose::Login(login.as_str().to_owned()),
            Asking::Known(person) => Whose::Person(person.0.clone()),
        };
        let whose = [who, Whose::Address(address)];
        let mut failures = self.lock();
        let waits = whose.iter().map(|whose| failures.get(whose).map_or(0, |known| known.wait(whose, now)));
        let wait = waits.max().unwrap_or(0);
        if wait > 0 {
            return Err(Duration::from_millis(wait.unsigned_abs()));
        }
        for whose in &whose {
            note(&mut failures, whose, now);
        }
        Ok(Attempt { attempts: self, whose })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Whose, Failures>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt<'_> {
    /// It was the right password: whoever it is begins anew. The address gets back this one attempt only, or
    /// somebody could guess for ever who signs in to an account of their own in between.
    pub(super) fn succeeded(self) {
        let mut failures = self.attempts.lock();
        let [who, address] = &self.whose;
        failures.remove(who);
        take_back(&mut failures, address);
    }

    /// It came to nothing: the password was not looked at.
    pub(super) fn not_made(self) {
        let mut failures = self.attempts.lock();
        self.whose.iter().for_each(|whose| take_back(&mut failures, whose));
    }
}

impl Failures {
    /// How long to wait from now on, in milliseconds; not at all if that is not above zero.
    fn wait(&self, whose: &Whose, now: Millis) -> Millis {
        let free = match whose {
            Whose::Login(_) | Whose::Person(_) => FREE_BY_LOGIN,
            Whose::Address(_) => FREE_BY_ADDRESS,
        };
        match self.count.checked_sub(free) {
            Some(over) if !self.is_forgotten(now) => {
                let wait = FIRST_WAIT.saturating_mul(1 << over.min(20)).min(LONGEST_WAIT);
                // A clock that went back makes nobody wait longer than the longest wait.
                (self.last + wait - now).min(LONGEST_WAIT)
            }
            _ => 0,
        }
    }

    fn is_forgotten(&self, now: Millis) -> bool {
        now - self.last >= FORGOTTEN_AFTER
    }
}

fn note(failures: &mut HashMap<Whose, Failures>, whose: &Whose, now: Millis) {
    if !failures.contains_key(whose) && failures.len() >= MOST_REMEMBERED {
        make_place(failures, now);
    }
    let known = failures.entry(whose.clone()).or_insert(Failures { count: 0, last: now });
    if known.is_forgotten(now) {
        known.count = 0;
    }
    *known = Failures { count: known.count.saturating_add(1), last: now };
}

fn take_back(failures: &mut HashMap<Whose, Failures>, whose: &Whose) {
    if let Entry::Occupied(mut known) = failures.entry(whose.clone()) {
        known.get_mut().count = known.get().count.saturating_sub(1);
        if known.get().count == 0 {
            known.remove();
        }
    }
}

/// Forgets what is old, and the oldest quarter if that is not enough.
fn make_place(failures: &mut HashMap<Whose, Failures>, now: Millis) {
    failures.retain(|_, known| !known.is_forgotten(now));
    if failures.len() < MOST_REMEMBERED {
        return;
    }
    let mut times: Vec<_> = failures.values().map(|known| known.last).collect();
    let (_, &mut oldest_to_keep, _) = times.select_nth_unstable(MOST_REMEMBERED / 4);
    let mut surplus = MOST_REMEMBERED / 4;
    failures.retain(|_, known| {
        let goes = surplus > 0 && known.last <= oldest_to_keep;
        surplus -= usize::from(goes);
        !goes
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Millis = 1_795_000_000_000;

    fn login(text: &str) -> Login {
        Login::parse(text).unwrap()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn begin<'a>(
        attempts: &'a Attempts,
        name: &str,
        from: &str,
        now: Millis,
    ) -> Result<Attempt<'a>, Duration> {
        attempts.begin(Asking::Anybody(&login(name)), address(from), now)
    }

    fn wait(attempts: &Attempts, name: &str, from: &str, now: Millis) -> u64 {
        begin(attempts, name, from, now).err().map_or(0, |wait| wait.as_secs())
    }

    #[test]
    fn each_failure_doubles_the_wait_up_to_minutes() {
        let attempts = Attempts::default();
        let mut now = NOON;
        for _ in 0..FREE_BY_LOGIN {
            assert_eq!(wait(&attempts, "ann", "192.0.2.1", now), 0);
        }
        for expected in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            assert_eq!(wait(&attempts, "ann", "192.0.2.1", now), expected);
            assert_eq!(wait(&attempts, "ann", "198.51.100.9", now), expected, "from elsewhere, too");
            now += Millis::try_from(expected).unwrap() * 1000;
            assert_eq!(wait(&attempts, "ann", "192.0.2.1", now), 0);
        }
        assert_eq!(wait(&attempts, "ben", "198.51.100.9", now), 0, "nobody else waits");
        assert_eq!(wait(&attempts, "ann", "192.0.2.1", NOON - 86_400_000), 300, "the clock went back");
        assert_eq!(wait(&attempts, "ann", "192.0.2.1", now + FORGOTTEN_AFTER), 0);
        assert_eq!(wait(&attempts, "ann", "192.0.2.1", now + FORGOTTEN_AFTER), 0, "all is forgotten");
    }

    #[test]
    fn who_guesses_at_many_logins_is_known_by_the_address() {
        let attempts = Attempts::default();
        for n in 0..FREE_BY_ADDRESS {
            assert_eq!(wait(&attempts, &format!("somebody{n}"), "192.0.2.1", NOON), 0);
            // Signing in to an account of one's own changes nothing.
            if let Ok(attempt) = begin(&attempts, "mallory", "192.0.2.1", NOON) {
                attempt.succeeded();
            }
        }
        assert_eq!(wait(&attempts, "ann", "192.0.2.1", NOON), 1);
        assert_eq!(wait(&attempts, "ann", "192.0.2.2", NOON), 0, "the neighbours");
    }

    #[test]
    fn who_is_signed_in_is_not_kept_waiting_by_those_who_guess_at_their_login() {
        let (attempts, ann) = (Attempts::default(), PersonId("ann".to_owned()));
        for _ in 0..=FREE_BY_LOGIN {
            wait(&attempts, "ann", "192.0.2.1", NOON);
        }
        assert_eq!(wait(&attempts, "ann", "198.51.100.9", NOON), 1);
        let known = |now| attempts.begin(Asking::Known(&ann), address("198.51.100.9"), now);
        for _ in 0..FREE_BY_LOGIN {
            assert!(known(NOON).is_ok());
        }
        assert!(known(NOON).is_err(), "they guess as often as anybody");
    }

    #[test]
    fn who_signs_in_begins_anew_and_many_at_once_count() {
        let attempts = Attempts::default();
        let under_way: Vec<_> =
            (0..FREE_BY_LOGIN).map(|_| begin(&attempts, "ann", "192.0.2.1", NOON).unwrap()).collect();
        assert_eq!(wait(&attempts, "ann", "192.0.2.1", NOON), 1);
        let mut under_way = under_way.into_iter();
        under_way.next().unwrap().not_made();
        assert_eq!(wait(&attempts, "ann", "192.0.2.1", NOON), 0);
        assert_eq!(wait(&attempts, "ann", "192.0.2.1", NOON), 1);
        under_way.next().unwrap().succeeded();
        assert_eq!(wait(&attempts, "ann", "192.0.2.1", NOON), 0);
    }

    #[test]
    fn what_is_remembered_is_bounded_and_the_youngest_stay() {
        let attempts = Attempts::default();
        let most = u32::try_from(MOST_REMEMBERED).unwrap();
        for n in 0..most * 3 {
            let from = std::net::Ipv4Addr::from(n).to_string();
            let _ = begin(&attempts, &format!("person{n}"), &from, NOON + Millis::from(n));
            assert!(attempts.lock().len() <= MOST_REMEMBERED);
        }
        let youngest = Whose::Login(format!("person{}", most * 3 - 1));
        assert!(attempts.lock().contains_key(&youngest));
        assert!(attempts.lock().len() >= MOST_REMEMBERED / 2);
    }
}
