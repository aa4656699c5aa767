//! What this Redis promises: said aloud when a node starts, since it is Redis that keeps everything.

use std::collections::HashMap;
use std::fmt;

use redis::cmd;

use super::link::Link;
use super::reason::Trouble;

/// The oldest Redis that has what we need (`XTRIM MINID`, exclusive ranges of streams).
const OLDEST: (u32, u32) = (6, 2);

/// What a Redis says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// `Redis 7.0.15` or `Valkey 8.0.1`.
    pub software: String,
    version: (u32, u32),
    /// What it does when its memory is full.
    eviction: String,
    persistence: Persistence,
    replicas: u32,
    wait_replicas: u32,
}

/// What survives a restart of Redis.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Persistence {
    /// Each write is on the disk before it is answered.
    Always,
    /// The append-only file is synced each second.
    EverySecond,
    /// The append-only file is synced when the system pleases, or Redis does not say when.
    Sometimes,
    /// Only snapshots.
    Snapshots,
    /// Nothing.
    Nothing,
    /// At most snapshots; it does not say whether there are any.
    Unsaid,
}

impl Promise {
    pub(super) async fn of(link: &Link, wait_replicas: u32) -> Result<Self, Trouble> {
        let info: String = link.query(cmd("INFO").arg("everything")).await?;
        let info: HashMap<&str, &str> =
            info.lines().filter_map(|line| line.trim_end().split_once(':')).collect();
        // Hosted servers often refuse this; then it is not known.
        let config = async |name: &str| -> Option<String> {
            let found: Vec<String> = link.query(cmd("CONFIG").arg("GET").arg(name)).await.ok()?;
            found.into_iter().nth(1)
        };
        let appendfsync = config("appendfsync").await;
        let save = config("save").await;
        Ok(Self::read(&info, appendfsync.as_deref(), save.as_deref(), wait_replicas))
    }

    fn read(
        info: &HashMap<&str, &str>,
        appendfsync: Option<&str>,
        save: Option<&str>,
        wait_replicas: u32,
    ) -> Self {
        let field = |name: &str| info.get(name).copied().unwrap_or_default();
        let version = field("redis_version");
        let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
        let persistence = match (field("aof_enabled"), appendfsync) {
            ("1", Some("always")) => Persistence::Always,
            ("1", Some("everysec")) => Persistence::EverySecond,
            ("1", _) => Persistence::Sometimes,
            _ if save.is_some_and(|save| !save.is_empty()) => Persistence::Snapshots,
            _ if save.is_some() => Persistence::Nothing,
            _ => Persistence::Unsaid,
        };
        let valkey = info.get("valkey_version").map(|version| format!("Valkey {version}"));
        Promise {
            software: valkey.unwrap_or_else(|| format!("Redis {version}")),
            version: (parts.next().unwrap_or(0), parts.next().unwrap_or(0)),
            eviction: field("maxmemory_policy").to_owned(),
            persistence,
            replicas: field("connected_slaves").parse().unwrap_or(0),
            wait_replicas,
        }
    }

    /// Whether a server can be run on it; else why not, and what to do.
    pub(super) fn check(&self, allow_eviction: bool) -> Result<(), String> {
        if self.version < OLDEST {
            return Err(format!("it is {}; 6.2 or later is needed", self.software));
        }
        // A `volatile-` policy drops only keys that expire by themselves, and none of ours does.
        if self.eviction.starts_with("allkeys") && !allow_eviction {
            return Err(format!(
                "it drops data without a word when its memory is full (maxmemory-policy {}). Set \
                 maxmemory-policy to noeviction, or redis.allow_eviction = true if that is what you want",
                self.eviction
            ));
        }
        Ok(())
    }
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = match self.persistence {
            Persistence::Always => "each write is on its disk before it is answered",
            Persistence::EverySecond => {
                "it writes to its disk each second: if its machine fails, the last second may be lost"
            }
            Persistence::Sometimes => {
                "it writes to its disk now and then: if its machine fails, the last moments may be lost"
            }
            Persistence::Snapshots => {
                "it keeps snapshots only: if it ends unexpectedly, what came after the last is lost"
            }
            Persistence::Nothing => "it keeps nothing on a disk: when it ends, everything is lost",
            Persistence::Unsaid => {
                "it keeps no append-only file, and does not say whether it keeps snapshots: when it ends, \
                 everything or what came after the last is lost"
            }
        };
        write!(f, "{}; {kept}; ", self.software)?;
        match (self.replicas, self.wait_replicas) {
            (0, 0) => f.write_str("it has no replicas; ")?,
            (1, 0) => f.write_str("it has 1 replica, which is not waited for; ")?,
            (many, 0) => write!(f, "it has {many} replicas, which are not waited for; ")?,
            (many, wanted) => write!(f, "an answer waits for {wanted} of its {many} replicas; ")?,
        }
        match self.eviction.as_str() {
            "noeviction" => f.write_str("it drops nothing when its memory is full"),
            "" => f.write_str("it does not say what it does when its memory is full"),
            policy if policy.starts_with("volatile") => {
                f.write_str("it drops nothing of ours when its memory is full")
            }
            policy => write!(f, "when its memory is full it DROPS DATA ({policy})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promise(info: &[(&'static str, &'static str)], fsync: Option<&str>, save: Option<&str>) -> Promise {
        Promise::read(&info.iter().copied().collect(), fsync, save, 0)
    }

    #[test]
    fn it_is_said_in_plain_words() {
        let good = promise(
            &[
                ("redis_version", "7.0.15"),
                ("aof_enabled", "1"),
                ("maxmemory_policy", "noeviction"),
                ("connected_slaves", "2"),
            ],
            Some("always"),
            None,
        );
        assert_eq!(
            good.to_string(),
            "Redis 7.0.15; each write is on its disk before it is answered; it has 2 replicas, which are not \
             waited for; it drops nothing when its memory is full"
        );
        assert_eq!(good.check(false), Ok(()));
        let bare = promise(&[("redis_version", "7.2.4"), ("valkey_version", "8.0.1")], None, Some(""));
        assert!(bare.to_string().starts_with("Valkey 8.0.1; it keeps nothing on a disk"));
    }

    #[test]
    fn what_drops_data_or_is_too_old_is_refused() {
        let of = |policy| promise(&[("redis_version", "7.0.0"), ("maxmemory_policy", policy)], None, None);
        assert_eq!(of("volatile-lru").check(false), Ok(()));
        let evicting = of("allkeys-lru");
        assert!(evicting.check(false).is_err_and(|reason| reason.contains("noeviction")));
        assert_eq!(evicting.check(true), Ok(()));
        let old = promise(&[("redis_version", "6.0.16"), ("maxmemory_policy", "noeviction")], None, None);
        assert!(old.check(true).is_err_and(|reason| reason.contains("6.2")));
    }
}
