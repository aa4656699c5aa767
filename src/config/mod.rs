//! What can be set: one struct, from defaults < `openline.toml` < environment < flags.
//!
//! [`Config::load`] reads all of it once and checks it; what comes out is ready to be used. The doc comments
//! here are what `openline.example.toml` says.

#![allow(rustdoc::bare_urls, reason = "the doc comments are also the words of openline.example.toml")]

mod check;
mod example;
mod layers;
mod settings;
mod span;
mod values;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;

pub use check::prefix;
pub use example::example;
pub use layers::{ConfigError, Given};
pub use span::Span;
pub use values::{DataPlace, EngineChoice, LogFormat};

use crate::chat::{Arrival, Circle, Policy};
use crate::engine::{RedisOptions, Secret, Synchronous};
use settings::{Shape, settings};

settings! {
    /// Everything that can be set.
    pub struct Config {
        /// The address and port to listen on. Port 0 takes a free one.
        #[serde(with = "values::address")]
        listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 3000)),
        /// Listen on the local network too, so that phones and other machines can come in: on all addresses
        /// instead of only this machine's own.
        lan: bool = false,
        /// The folder where everything is kept, or "memory" to keep nothing. A relative path in this file
        /// starts from this file.
        data: DataPlace = DataPlace::Folder(PathBuf::from("openline-data")),
        /// What keeps it: "sqlite" in that folder, on this machine; or a Redis that several machines share:
        /// "redis://user@host:6379/0", "rediss://…" with TLS, or
        /// "redis-sentinel://user@host:26379,host,host/mymaster/0". Then there is no folder.
        engine: EngineChoice = EngineChoice::Sqlite,
        /// The URL under which people reach this server, if it is behind a proxy or has a name.
        public_url: Option<String> = None => "\"https://chat.example.org\"",
        /// Host names by which it may be asked for, besides addresses, localhost and the one in public_url.
        /// Any other is refused, since a foreign web page could be behind it.
        hosts: Vec<String> = Vec::new(),
        /// Origins, such as "https://www.example.org", whose web pages may speak for the people who visit
        /// them.
        origins: Vec<String> = Vec::new(),
        /// The networks of reverse proxies, such as "10.0.0.0/8", whose word on who is asking is believed.
        #[serde(deserialize_with = "values::networks")]
        trusted_proxies: Vec<IpNet> = Vec::new(),
        /// How long lines may take to end when the server is stopped.
        grace: Span = Span::seconds(10),
        /// The address and port of a listener for metrics. It tells much: keep it from strangers.
        #[serde(with = "values::optional_address")]
        metrics: Option<SocketAddr> = None => "\"127.0.0.1:9100\"",
        /// What is logged: "error", "warn", "info", "debug", "trace", or a filter such as
        /// "info,openline::http=debug".
        log: String = "info".to_owned(),
        /// How it is logged: "text" or "json".
        log_format: LogFormat = LogFormat::Text,
        sections {
            /// Bounds on what one request, one line or one address can use up.
            limits: Limits = Shape::Section(Limits::FIELDS),
            /// How lines are kept alive and written.
            stream: Stream = Shape::Section(Stream::FIELDS),
            /// The recent events in memory that all lines share.
            ring: Ring = Shape::Section(Ring::FIELDS),
            /// How long things are kept.
            retention: Retention = Shape::Section(Retention::FIELDS),
            /// The SQLite engine.
            sqlite: Sqlite = Shape::Section(Sqlite::FIELDS),
            /// The Redis engine.
            redis: Redis = Shape::Section(Redis::FIELDS),
            /// Rooms.
            rooms: Rooms = Shape::Section(Rooms::FIELDS),
            /// People.
            people: People = Shape::Section(People::FIELDS),
            /// Paths of your own that stand for a room and how to read it.
            routes: BTreeMap<String, String> =
                Shape::Open("\"/chat\" = \"lobby?only=data&since=all&field=message\""),
            /// A folder of web pages to serve beside the rooms.
            pages: Option<Pages> = Shape::Section(Pages::FIELDS),
        }
    }
}

settings! {
    /// Bounds on what one request, one line or one address can use up.
    pub struct Limits {
        /// The largest body of a request, and the largest message on a WebSocket.
        #[serde(with = "values::size")]
        body_bytes: usize = 64 * 1024,
        /// The largest head of a request, at least 8 KiB.
        #[serde(with = "values::size")]
        head_bytes: usize = 16 * 1024,
        /// How many rooms one line may hear.
        rooms_per_line: usize = 256,
        /// How many lines may be open; 0 for as many as the system lets us have files.
        lines: usize = 0,
        /// How many lines one address may have open; 0 for no bound.
        lines_per_address: usize = 1000,
        /// How long a request may take to say its head.
        head_timeout: Span = Span::seconds(10),
        /// How long a line may take nothing of what is written to it.
        write_timeout: Span = Span::seconds(30),
        /// The largest signal, such as that somebody is typing.
        #[serde(with = "values::size")]
        signal_bytes: usize = 4 * 1024,
        /// How many changes a person, or an address without a name, may make in a second; 0 for no bound. They may
        /// read ten times as much, and all at one address together may do twenty times that.
        posts_per_second: u32 = 100,
        /// How many they may make at once before that counts.
        posts_burst: u32 = 1000,
        /// How many signals (somebody is typing, has read, is away) a room is told in a second, at most; more are
        /// left out. 0 for no bound.
        signals_per_second: u32 = 20,
        /// How many connections one address may have open, those of lines among them; 0 for no bound. A proxy
        /// whose word is believed may have any number.
        connections_per_address: usize = 4000,
    }
}

settings! {
    /// How lines are kept alive and written.
    pub struct Stream {
        /// A quiet line is given a sign of life this often.
        heartbeat: Span = Span::seconds(15),
        /// How long a browser is told to wait before it connects again.
        retry: Span = Span::seconds(2),
        /// How much is written to a line in one go, at most.
        #[serde(with = "values::size")]
        batch_bytes: usize = 64 * 1024,
        /// How many threads write lines. 0: half as many as there are cores.
        threads: usize = 0,
    }
}

settings! {
    /// The recent events in memory that all lines share.
    pub struct Ring {
        /// How many bytes of events it holds. A line that falls behind further reads from the log.
        #[serde(with = "values::size")]
        bytes: usize = 64 * 1024 * 1024,
        /// How many signals it holds.
        signals: usize = 1024,
    }
}

settings! {
    /// How long things are kept.
    pub struct Retention {
        /// How old an entry of the log may grow: so long can a line be away and miss nothing.
        log_age: Span = Span::days(7),
        /// How many entries the log holds.
        log_entries: u64 = 1_000_000,
        /// How old a message may grow, or "never" to keep all.
        #[serde(with = "span::or_never")]
        history_age: Option<Span> = None,
        /// How many messages a room keeps; 0 for all.
        history_messages: u64 = 0,
    }
}

settings! {
    /// The SQLite engine.
    pub struct Sqlite {
        /// "full": what was acknowledged survives a loss of power. "normal": a loss of power may undo the
        /// last moments. "off": so may a crash of the system, and it may ruin the file.
        synchronous: Synchronous = Synchronous::Full,
    }
}

settings! {
    /// The Redis engine.
    pub struct Redis {
        /// What every key of this server begins with in Redis, so that several servers can share one: letters,
        /// digits and - _ . : (at most 64).
        prefix: String = "openline".to_owned(),
        /// The password of Redis; wins over one in the URL. Better in the environment
        /// (OPENLINE_REDIS_PASSWORD) than in a file or a URL.
        #[serde(with = "values::secret")]
        password: Option<Secret> = None => "\"…\"",
        /// The password of the Sentinels, if they want one.
        #[serde(with = "values::secret")]
        sentinel_password: Option<Secret> = None => "\"…\"",
        /// How many replicas must have a message, too, before it is acknowledged.
        wait_replicas: u32 = 0,
        /// How long Redis may take to answer.
        timeout: Span = Span::seconds(3),
        /// Start even if this Redis may throw away what it keeps when its memory is full.
        allow_eviction: bool = false,
        /// A file of certificates (PEM) to trust beside the system's, for rediss://. A relative path in this
        /// file starts from this file.
        ca: Option<PathBuf> = None => "\"redis-ca.pem\"",
    }
}

impl Redis {
    /// What the engine wants to know.
    pub fn options(&self) -> RedisOptions {
        let chosen = self.clone();
        RedisOptions {
            prefix: chosen.prefix,
            wait_replicas: chosen.wait_replicas,
            timeout: chosen.timeout.0,
            allow_eviction: chosen.allow_eviction,
            ca: chosen.ca,
            sentinel_password: chosen.sentinel_password,
        }
    }
}

settings! {
    /// Rooms.
    pub struct Rooms {
        /// Who may make a public room, by saying something in it or by hand: "anyone", "guests" (who have given
        /// a name), "members" (who have an account), "moderators" or "nobody".
        create: Circle = Circle::Anyone,
        /// For how long people can change what they have said, or "never" for no end.
        #[serde(with = "span::or_never")]
        edit_window: Option<Span> = None,
    }
}

settings! {
    /// People.
    pub struct People {
        /// Who hears and reads what is said in public rooms: "anyone", "guests", "members".
        hear: Circle = Circle::Anyone,
        /// Who speaks in public rooms: "anyone", "guests", "members".
        speak: Circle = Circle::Anyone,
        /// Who becomes a guest by giving a name: "anyone", or only who is "invited" by a link.
        arrive: Arrival = Arrival::Anyone,
    }
}

impl Config {
    /// What the rules of the chat are to be.
    pub fn policy(&self) -> Policy {
        Policy {
            hear: self.people.hear,
            speak: self.people.speak,
            create: self.rooms.create,
            arrive: self.people.arrive,
            edit_window: self.rooms.edit_window.map(|window| window.0),
        }
    }
}

settings! {
    /// A folder of web pages to serve beside the rooms.
    pub struct Pages {
        /// The folder. A relative path in this file starts from this file.
        dir: PathBuf = PathBuf::new() => "\"site\"",
    }
}
