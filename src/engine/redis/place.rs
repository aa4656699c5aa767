//! Where a Redis is, and as whom to go there: read from what people write, and written again without the
//! password.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What a user's name keeps as it is when it is written into a URL.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The port of a Redis that names none.
const PORT: u16 = 6379;
/// The port of a Sentinel that names none.
const SENTINEL_PORT: u16 = 26379;

/// Something that must not be seen: it is never shown, neither by `Display` nor by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret made of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Secret(text.into())
    }

    /// The secret itself, for whoever it is meant for.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// A host and a port. The host is a name or an address; one of IPv6 has no brackets here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Whom to ask for.
    pub host: String,
    /// At which port.
    pub port: u16,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Address { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// Whom to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Servers {
    /// The Redis itself.
    One(Address),
    /// Those who know which Redis is the primary at the moment.
    Sentinels {
        /// Any of them will do; never empty.
        list: Vec<Address>,
        /// The name under which they watch the primary.
        primary: String,
    },
}

/// Where a Redis is, and as whom to go there.
///
/// Written `redis://[user[:password]@]host[:6379][/db]`, or
/// `redis-sentinel://[user[:password]@]host[:26379],host,…/PRIMARY-NAME[/db]`; with TLS `rediss://` and
/// `rediss-sentinel://`. User and password are percent-encoded, and those of the Redis, not of the Sentinels.
/// Written back (`Display`) it has everything but the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisPlace {
    /// Whom to ask.
    pub servers: Servers,
    /// Whether everything is said over TLS, also to Sentinels.
    pub tls: bool,
    /// The user, if it is not the default one.
    pub user: Option<String>,
    /// The password, if one is needed.
    pub password: Option<Secret>,
    /// The number of the database.
    pub database: u32,
}

/// What is wrong with how a place is written. Never repeats what could be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPlace {
    /// It does not begin as the address of a Redis.
    #[error(
        "the address of a Redis begins with redis://, rediss://, redis-sentinel:// or rediss-sentinel://"
    )]
    Scheme,
    /// A Unix socket.
    #[error(
        "Redis on a Unix socket is not supported; let it listen on 127.0.0.1 and write redis://127.0.0.1"
    )]
    UnixSocket,
    /// The user or the password has a character that means something else in a URL.
    #[error(
        "in the user and the password of a URL the characters / ? # @ : % [ ] and all that are not ASCII are \
         percent-encoded (@ is %40); a password is better set as OPENLINE_REDIS_PASSWORD"
    )]
    UserInfo,
    /// Something after `?` or `#`.
    #[error("nothing may follow ? or # in the address of a Redis; what else can be set is in [redis]")]
    Query,
    /// A host is missing or has characters that no host has.
    #[error("a Redis is written as a host and perhaps a port, such as redis.example.org:6379 or [::1]:6379")]
    Host,
    /// A port that is none.
    #[error("a port is a number from 1 to 65535")]
    Port,
    /// Several hosts without Sentinel.
    #[error(
        "several hosts are Sentinels, written redis-sentinel://host,host,host/NAME; otherwise there is one host"
    )]
    SeveralHosts,
    /// Sentinels, but not what they watch.
    #[error(
        "say which primary the Sentinels watch, by its name in letters, digits and . - _, such as \
         redis-sentinel://host,host,host/mymaster"
    )]
    Primary,
    /// A database that is none.
    #[error("after the last / stands the number of the database, such as /0, and nothing else")]
    Database,
}

impl FromStr for RedisPlace {
    type Err = BadPlace;

    fn from_str(text: &str) -> Result<Self, BadPlace> {
        let (scheme, rest) = text.split_once("://").ok_or(BadPlace::Scheme)?;
        let (is_sentinel, tls) = match scheme {
            "redis" => (false, false),
            "rediss" => (false, true),
            "redis-sentinel" => (true, false),
            "rediss-sentinel" => (true, true),
            "unix" | "redis+unix" => return Err(BadPlace::UnixSocket),
            _ => return Err(BadPlace::Scheme),
        };
        // The last @, so that whatever stands before it, however it is written, is taken for a secret.
        let (who, rest) = rest.rsplit_once('@').map_or((None, rest), |(who, rest)| (Some(who), rest));
        let (user, password) = who.map(user_info).transpose()?.unwrap_or_default();
        if rest.contains(['?', '#']) {
            return Err(BadPlace::Query);
        }
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (servers, database) =
            if is_sentinel { sentinels(hosts, path)? } else { (Servers::One(one(hosts)?), path) };
        Ok(RedisPlace { servers, tls, user, password, database: number(database)? })
    }
}

impl fmt::Display for RedisPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.tls { "rediss" } else { "redis" })?;
        if matches!(self.servers, Servers::Sentinels { .. }) {
            f.write_str("-sentinel")?;
        }
        f.write_str("://")?;
        if let Some(user) = &self.user {
            write!(f, "{}@", utf8_percent_encode(user, ENCODED))?;
        }
        match &self.servers {
            Servers::One(address) => write!(f, "{address}/")?,
            Servers::Sentinels { list, primary } => {
                for (place, address) in list.iter().enumerate() {
                    let comma = if place == 0 { "" } else { "," };
                    write!(f, "{comma}{address}")?;
                }
                write!(f, "/{primary}/")?;
            }
        }
        write!(f, "{}", self.database)
    }
}

/// The user and the password; what is empty is not there.
fn user_info(text: &str) -> Result<(Option<String>, Option<Secret>), BadPlace> {
    let decoded = |text: &str| {
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"/?#@:[]".contains(&byte);
        let is_whole = text
            .split('%')
            .skip(1)
            .all(|after| after.len() >= 2 && after.bytes().take(2).all(|digit| digit.is_ascii_hexdigit()));
        if !is_whole || !text.bytes().all(is_plain) {
            return Err(BadPlace::UserInfo);
        }
        let decoded = percent_decode_str(text).decode_utf8().map_err(|_| BadPlace::UserInfo)?;
        Ok(Some(decoded.into_owned()).filter(|text| !text.is_empty()))
    };
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    Ok((decoded(user)?, decoded(password)?.map(Secret)))
}

fn one(hosts: &str) -> Result<Address, BadPlace> {
    if hosts.contains(',') {
        return Err(BadPlace::SeveralHosts);
    }
    address(hosts, PORT)
}

/// The Sentinels, and what follows the name of the primary.
fn sentinels<'a>(hosts: &str, path: &'a str) -> Result<(Servers, &'a str), BadPlace> {
    let list = hosts.split(',').map(|host| address(host, SENTINEL_PORT)).collect::<Result<_, _>>()?;
    let (primary, database) = path.split_once('/').unwrap_or((path, ""));
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    if primary.is_empty() || !primary.bytes().all(is_name) {
        return Err(BadPlace::Primary);
    }
    Ok((Servers::Sentinels { list, primary: primary.to_owned() }, database))
}

fn address(text: &str, usual: u16) -> Result<Address, BadPlace> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or(BadPlace::Host)?;
            host.parse::<Ipv6Addr>().map_err(|_| BadPlace::Host)?;
            let port =
                if port.is_empty() { None } else { Some(port.strip_prefix(':').ok_or(BadPlace::Host)?) };
            (host, port)
        }
        None => {
            let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
            let is_of_hosts = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
            if host.is_empty() || !host.bytes().all(is_of_hosts) {
                return Err(BadPlace::Host);
            }
            (host, port)
        }
    };
    let port = match port {
        Some(port) => digits(port).filter(|port| *port > 0).ok_or(BadPlace::Port)?,
        None => usual,
    };
    Ok(Address { host: host.to_owned(), port })
}

fn number(database: &str) -> Result<u32, BadPlace> {
    if database.is_empty() { Ok(0) } else { digits(database).ok_or(BadPlace::Database) }
}

/// A number that is written without a sign.
fn digits<T: FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> RedisPlace {
        text.parse().expect(text)
    }

    #[test]
    fn one_redis_is_a_host_and_what_else_is_needed() {
        let whole = place("rediss://ann:p%40ss%2Fw%C3%B6rd@redis.example.org:6380/3");
        assert_eq!(whole.servers, Servers::One(Address { host: "redis.example.org".to_owned(), port: 6380 }));
        assert!(whole.tls);
        assert_eq!(whole.user.as_deref(), Some("ann"));
        assert_eq!(whole.password.as_ref().map(Secret::reveal), Some("p@ss/wörd"));
        assert_eq!(whole.database, 3);
        let bare = place("redis://localhost");
        assert_eq!(bare.servers, Servers::One(Address { host: "localhost".to_owned(), port: 6379 }));
        assert_eq!((bare.tls, bare.user, bare.password, bare.database), (false, None, None, 0));
        assert_eq!(place("redis://:pw@localhost").password, Some(Secret::new("pw")));
        assert_eq!(
            place("redis://[::1]/").servers,
            Servers::One(Address { host: "::1".to_owned(), port: 6379 })
        );
    }

    #[test]
    fn sentinels_are_several_and_name_what_they_watch() {
        let place = place("redis-sentinel://u:p@a,b:5000,[2001:db8::1]:1/my-master.1/2");
        let Servers::Sentinels { list, primary } = &place.servers else { panic!("{place}") };
        let list: Vec<String> = list.iter().map(Address::to_string).collect();
        assert_eq!(list, ["a:26379", "b:5000", "[2001:db8::1]:1"]);
        assert_eq!((primary.as_str(), place.database), ("my-master.1", 2));
    }

    #[test]
    fn what_is_written_back_reads_the_same_but_for_the_password() {
        for (written, shown) in [
            ("redis://h", "redis://h:6379/0"),
            ("rediss://:secret@[::1]:1/2", "rediss://[::1]:1/2"),
            ("redis://a%20b:secret@h:6379", "redis://a%20b@h:6379/0"),
            ("rediss-sentinel://u:secret@a,b/m", "rediss-sentinel://u@a:26379,b:26379/m/0"),
        ] {
            let place = place(written);
            assert_eq!(place.to_string(), shown);
            assert!(!format!("{place:?}").contains("secret"), "{place:?}");
            assert_eq!(shown.parse(), Ok(RedisPlace { password: None, ..place }));
        }
    }

    #[test]
    fn what_is_wrong_is_said_and_no_password_with_it() {
        for (text, wrong) in [
            ("redis:secret@h", BadPlace::Scheme),
            ("http://h", BadPlace::Scheme),
            ("REDIS://h", BadPlace::Scheme),
            ("unix:///run/redis.sock", BadPlace::UnixSocket),
            ("redis+unix:///run/redis.sock", BadPlace::UnixSocket),
            ("redis://u:se/cret@h", BadPlace::UserInfo),
            ("redis://u:se#cret@h", BadPlace::UserInfo),
            ("redis://u:secret@more@h", BadPlace::UserInfo),
            ("redis://u:secret%@h", BadPlace::UserInfo),
            ("redis://u:secret%ff@h", BadPlace::UserInfo),
            ("redis://u:secret%4", BadPlace::Port),
            ("redis://h:secret", BadPlace::Port),
            ("redis://h:0", BadPlace::Port),
            ("redis://h:65536", BadPlace::Port),
            ("redis://h:+1", BadPlace::Port),
            ("redis://h:", BadPlace::Port),
            ("redis://", BadPlace::Host),
            ("redis:///0", BadPlace::Host),
            ("redis://::1", BadPlace::Host),
            ("redis://[::1", BadPlace::Host),
            ("redis://[secret]", BadPlace::Host),
            ("redis://[::1]6379", BadPlace::Host),
            ("redis://a b", BadPlace::Host),
            ("redis://a,b", BadPlace::SeveralHosts),
            ("redis-sentinel://a,,b/m", BadPlace::Host),
            ("redis-sentinel://a,b", BadPlace::Primary),
            ("redis-sentinel://a,b/m m", BadPlace::Primary),
            ("redis-sentinel://a,b/m/x", BadPlace::Database),
            ("redis://h/-1", BadPlace::Database),
            ("redis://h/0/1", BadPlace::Database),
            ("redis://h/99999999999", BadPlace::Database),
            ("redis://h?db=1", BadPlace::Query),
            ("redis://h/0#x", BadPlace::Query),
        ] {
            let error = text.parse::<RedisPlace>().expect_err(text);
            assert_eq!(error, wrong, "{text}");
            assert!(!error.to_string().contains("cret"), "{error}");
        }
    }
}
