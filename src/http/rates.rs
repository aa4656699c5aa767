//! How fast one may speak and read: so many things a second, and a stretch of them at once. Bounded in memory.
//!
//! The generic cell rate algorithm: of each person or address only one moment is kept, the one from which on
//! nothing of what they did counts any more.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::problem::{Code, Problem};
use super::{Doors, address};
use crate::chat::Person;

/// Of how many people and addresses is remembered how fast they are; all beyond them count as one.
const MOST_REMEMBERED: usize = 100_000;

/// Fewer than so many are not worth forgetting.
const SWEEP_FROM: usize = 1024;
/// How often it is looked at most whether there is room again: it is to look at all of them.
const SWEEP_EVERY: Duration = Duration::from_millis(100);

/// How many times as fast as one person all at one address may be together: a school may have one, and whoever gives
/// themselves a thousand names has one, too.
const PEOPLE_AT_AN_ADDRESS: u32 = 20;
/// How many times as fast one may read as change something.
const READS_TO_A_CHANGE: u32 = 10;

/// Whose rate it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Whose {
    /// A person's, wherever they are.
    Person(Arc<str>),
    /// Everybody's at an address who has no name.
    Address(IpAddr),
    /// Of all for whom there was no room.
    Rest,
}

/// Who is counted for what they do.
#[derive(Debug, Clone)]
pub struct Counted {
    whose: Whose,
    address: IpAddr,
}

impl Counted {
    /// A person at an address, or somebody there who has no name. A network of 64 bits is one address.
    pub fn of(person: Option<&Person>, address: IpAddr) -> Self {
        let address = address::as_one(address);
        let whose = match person {
            Some(person) => Whose::Person(person.id.0.as_str().into()),
            None => Whose::Address(address),
        };
        Counted { whose, address }
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// To change something, or to say it.
    Change,
    /// To read.
    Read,
}

impl Doors {
    /// Counts one thing that somebody wants to do, unless it is one too many.
    pub(super) fn count(&self, who: &Counted, doing: Doing) -> Result<(), Problem> {
        self.rates.admit(who, doing, Instant::now()).map_err(|wait| {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            Problem::for_seconds(Code::TooFast, seconds)
        })
    }
}

/// How fast everybody is.
#[derive(Debug)]
pub struct Rates {
    changes: Pace,
    reads: Pace,
}

/// How fast everybody is at one kind of thing: each by themselves, and all at an address together.
#[derive(Debug)]
struct Pace {
    each: Meter,
    address: Meter,
}

impl Rates {
    /// Each may change so many things a second in the long run, and so many at once. No bound if either is 0.
    pub fn new(per_second: u32, burst: u32) -> Self {
        let times = |by: u32| Pace::new(per_second.saturating_mul(by), burst.saturating_mul(by));
        Rates { changes: times(1), reads: times(READS_TO_A_CHANGE) }
    }

    /// Counts one thing; if it is one too many, how long to wait until it is not.
    pub fn admit(&self, who: &Counted, doing: Doing, now: Instant) -> Result<(), Duration> {
        let pace = match doing {
            Doing::Change => &self.changes,
            Doing::Read => &self.reads,
        };
        pace.each.admit(who.whose.clone(), now)?;
        // Only what one may oneself counts for all: whoever is too fast does not use up what is others'.
        let together = pace.address.admit(Whose::Address(who.address), now);
        together.inspect_err(|_| pace.each.take_back(&who.whose))
    }
}

impl Pace {
    fn new(per_second: u32, burst: u32) -> Self {
        let times = |by: u32| Meter::new(per_second.saturating_mul(by), burst.saturating_mul(by));
        Pace { each: times(1), address: times(PEOPLE_AT_AN_ADDRESS) }
    }
}

/// How fast each of many is.
#[derive(Debug)]
struct Meter {
    /// The time that one thing takes; none if there is no bound.
    each: Option<Duration>,
    /// How far ahead of the clock somebody may be.
    ahead: Duration,
    known: Mutex<Known>,
    most: usize,
}

/// From when on each is as free as if they had done nothing. Whoever is free already need not be known.
#[derive(Debug)]
struct Known {
    free_at: HashMap<Whose, Instant>,
    /// With so many, those who are free are forgotten; and again, if there is no room for more, after a while.
    sweep_at: usize,
    swept: Option<Instant>,
}

impl Meter {
    /// So many things a second in the long run, and so many at once. No bound if either is 0.
    fn new(per_second: u32, burst: u32) -> Self {
        let each = (per_second > 0 && burst > 0).then(|| Duration::from_secs(1) / per_second.max(1));
        let ahead = each.unwrap_or_default().saturating_mul(burst.saturating_sub(1));
        Meter {
            each,
            ahead,
            known: Mutex::new(Known { free_at: HashMap::new(), sweep_at: SWEEP_FROM, swept: None }),
            most: MOST_REMEMBERED,
        }
    }

    /// Counts one thing; if it is one too many, how long to wait until it is not, and it does not count.
    fn admit(&self, whose: Whose, now: Instant) -> Result<(), Duration> {
        let Some(each) = self.each else { return Ok(()) };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.sweep(now, self.most);
        let has_room = known.free_at.len() < self.most || known.free_at.contains_key(&whose);
        let at = known.free_at.entry(if has_room { whose } else { Whose::Rest }).or_insert(now);
        let begins = (*at).max(now);
        let early = (begins - now).saturating_sub(self.ahead);
        if !early.is_zero() {
            return Err(early);
        }
        *at = begins + each;
        Ok(())
    }

    /// What was counted was not done after all.
    fn take_back(&self, whose: &Whose) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(each), Some(at)) = (self.each, known.free_at.get_mut(whose)) {
            *at = at.checked_sub(each).unwrap_or(*at);
        }
    }
}

impl Known {
    /// Forgets those who are free, each time that twice as many have come.
    fn sweep(&mut self, now: Instant, most: usize) {
        let was_just_swept =
            self.swept.is_some_and(|swept| now.saturating_duration_since(swept) < SWEEP_EVERY);
        let is_full = self.free_at.len() >= most && !was_just_swept;
        if self.free_at.len() >= self.sweep_at || is_full {
            self.free_at.retain(|_, at| *at > now);
            self.sweep_at = (self.free_at.len() * 2).max(SWEEP_FROM);
            self.swept = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn ann() -> Whose {
        Whose::Person("ann".into())
    }

    fn known(rates: &Meter) -> usize {
        rates.known.lock().unwrap().free_at.len()
    }

    fn admitted(rates: &Meter, whose: &Whose, now: Instant) -> usize {
        (0..10_000).filter(|_| rates.admit(whose.clone(), now).is_ok()).count()
    }

    #[test]
    fn a_stretch_at_once_and_then_so_many_a_second() {
        let (rates, now) = (Meter::new(100, 1000), Instant::now());
        assert_eq!(admitted(&rates, &ann(), now), 1000);
        assert_eq!(admitted(&rates, &ann(), now + SECOND), 100);
        assert_eq!(admitted(&rates, &ann(), now + SECOND * 3), 200);
        assert_eq!(admitted(&rates, &ann(), now + SECOND * 60), 1000, "and no more is saved up");
        assert_eq!(admitted(&rates, &Whose::Address([127, 0, 0, 1].into()), now), 1000, "another's");
    }

    #[test]
    fn who_is_refused_is_told_when_they_are_not() {
        let (rates, now) = (Meter::new(4, 1), Instant::now());
        assert!(rates.admit(ann(), now).is_ok());
        let wait = rates.admit(ann(), now).unwrap_err();
        assert_eq!(wait, SECOND / 4);
        assert!(rates.admit(ann(), now + wait).is_ok(), "refusals do not count");
    }

    #[test]
    fn nothing_is_bounded_by_nothing() {
        let now = Instant::now();
        for rates in [Meter::new(0, 10), Meter::new(10, 0)] {
            assert_eq!(admitted(&rates, &ann(), now), 10_000);
            assert_eq!(known(&rates), 0);
        }
    }

    #[test]
    fn those_for_whom_there_is_no_room_are_bounded_together() {
        let (rates, now) = (Meter { most: 3, ..Meter::new(1, 2) }, Instant::now());
        for n in 0..100u8 {
            let _ = rates.admit(Whose::Address([127, 0, 0, n].into()), now);
        }
        assert_eq!(known(&rates), 4, "and the rest");
        assert!(rates.admit(ann(), now).is_err());
        // Once the first are forgotten, there is room.
        assert!(rates.admit(ann(), now + SECOND * 200).is_ok());
        assert_eq!(known(&rates), 1);
    }

    #[test]
    fn who_gives_themselves_many_names_is_known_by_the_address() {
        let (rates, now) = (Rates::new(10, 5), Instant::now());
        let counted = |n: u32, address: u8| Counted {
            whose: Whose::Person(n.to_string().into()),
            address: [192, 0, 2, address].into(),
        };
        let come = |address| {
            let names = (0..1_000).filter(|n| rates.admit(&counted(*n, address), Doing::Change, now).is_ok());
            names.count()
        };
        assert_eq!(come(1), 5 * usize::try_from(PEOPLE_AT_AN_ADDRESS).unwrap());
        assert_eq!(come(1), 0);
        assert_eq!(come(2), 100, "from another");
        let reads = || rates.admit(&counted(7, 3), Doing::Read, now).is_ok();
        assert_eq!((0..1_000).filter(|_| reads()).count(), 50, "who reads is counted apart");
        let changes = |address| rates.admit(&counted(5_000, address), Doing::Change, now).is_ok();
        assert_eq!((10..200).filter(|address| changes(*address)).count(), 5, "a person wherever they are");
    }

    #[test]
    fn who_is_too_fast_uses_up_nothing_of_others() {
        let (rates, now) = (Rates::new(10, 5), Instant::now());
        let counted =
            |name: &str| Counted { whose: Whose::Person(name.into()), address: [192, 0, 2, 1].into() };
        let admitted = |name: &str, times: usize| {
            (0..times).filter(|_| rates.admit(&counted(name), Doing::Change, now).is_ok()).count()
        };
        assert_eq!(admitted("mallory", 10_000), 5);
        assert_eq!(admitted("ann", 5), 5, "at the same address");
        let others = (0..1_000).map(|n| admitted(&n.to_string(), 1)).sum::<usize>();
        assert_eq!(others, 90, "all that the address has");
        assert_eq!(admitted("eve", 100), 0);
        // What was refused to the address is not counted for her.
        let elsewhere = Counted { address: [192, 0, 2, 2].into(), ..counted("eve") };
        let at_once = (0..10).filter(|_| rates.admit(&elsewhere, Doing::Change, now).is_ok()).count();
        assert_eq!(at_once, 5);
    }

    #[test]
    fn a_full_memory_is_looked_through_now_and_then_only() {
        let (rates, now) = (Meter { most: 3, ..Meter::new(1, 2) }, Instant::now());
        let come = |n: u8, now| rates.admit(Whose::Address([127, 0, 0, n].into()), now).is_ok();
        assert!((0..4).all(|n| come(n, now)));
        assert_eq!(rates.known.lock().unwrap().swept, Some(now));
        come(4, now + SWEEP_EVERY / 2);
        assert_eq!(rates.known.lock().unwrap().swept, Some(now));
        come(5, now + SWEEP_EVERY);
        assert_eq!(rates.known.lock().unwrap().swept, Some(now + SWEEP_EVERY));
    }

    #[test]
    fn who_is_free_is_forgotten() {
        let (rates, now) = (Meter::new(10, 10), Instant::now());
        for n in 0..10_000u32 {
            rates
                .admit(
                    Whose::Address(std::net::Ipv4Addr::from(n).into()),
                    now + Duration::from_millis(u64::from(n)),
                )
                .unwrap();
        }
        assert!(known(&rates) <= SWEEP_FROM);
    }
}
