//! Who is compared: Openline, the floors, and the peers.

mod ours;
mod peers;
mod redis;
mod running;

use std::path::Path;

use anyhow::Result;
use openline::load::{Carrier, What};
pub use ours::Keep;
pub use running::Running;

use crate::floors::Kind;
use crate::scenarios::Scenario;

/// A server that takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// Openline.
    Openline(Keep),
    /// The least that a server could do.
    Floor(Kind),
    /// Nchan in nginx with so many workers.
    Nchan(u32),
    /// Pushpin.
    Pushpin,
    /// Plain Node, as tutorials write it.
    NodeSse,
    /// `ws` on Node.
    Ws,
    /// Socket.IO on Node.
    SocketIo,
    /// Flask with Redis, as tutorials write it.
    Flask,
}

/// A server and how its lines are written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contender {
    /// The server.
    pub server: Server,
    /// How.
    pub carrier: Carrier,
}

/// Everybody, in the order of the tables. In each round they take turns in this order.
pub fn everybody() -> impl Iterator<Item = Contender> {
    use Server::{Flask, Floor, Nchan, NodeSse, Openline, Pushpin, SocketIo, Ws};
    let both = [
        Floor(Kind::Send),
        Floor(Kind::Join),
        Floor(Kind::Replay),
        Openline(Keep::Memory),
        Openline(Keep::Sqlite),
        Openline(Keep::SqliteAlone),
        Openline(Keep::Redis),
        Nchan(1),
        Nchan(2),
        Pushpin,
    ];
    let sse = both.into_iter().chain([NodeSse, Flask]);
    let websocket = both.into_iter().chain([Ws, SocketIo]);
    let as_sse = sse.map(|server| Contender { server, carrier: Carrier::Sse });
    as_sse.chain(websocket.map(|server| Contender { server, carrier: Carrier::WebSocket }))
}

impl Contender {
    /// Its name, by which it can be picked and is found in the raw data.
    pub fn name(self) -> String {
        format!("{}/{}", self.server.name(), self.carrier)
    }

    /// Starts it; a folder for its data is made inside `place`.
    pub fn start(self, place: &Path) -> Result<Running> {
        match self.server {
            Server::Openline(keep) => ours::openline(place, keep),
            Server::Floor(kind) => ours::floor(place, kind),
            Server::Nchan(workers) => peers::nchan(place, self.carrier, workers),
            Server::Pushpin => peers::pushpin(place, self.carrier),
            Server::NodeSse => peers::node(place, "sse"),
            Server::Ws => peers::node(place, "ws"),
            Server::SocketIo => peers::node(place, "socketio"),
            Server::Flask => peers::flask(place),
        }
    }

    /// Why it has no part in this scenario, if it has none; an empty reason where nobody would ask.
    pub fn cannot(self, scenario: &Scenario) -> Option<&'static str> {
        let is_sse = self.carrier == Carrier::Sse;
        match (self.server, scenario.what) {
            (Server::Openline(Keep::Redis), _) if !scenario.with_redis || !is_sse => Some(""),
            (Server::Openline(Keep::SqliteAlone), what) => (what != What::Replay).then_some(""),
            (Server::Openline(_), What::Publish) => (!is_sse).then_some(ALIKE),
            (Server::Openline(_), _) => None,
            (Server::Floor(Kind::Replay), what) => (!what.is_replay()).then_some(""),
            (Server::Floor(_), what) if what.is_replay() => Some(""),
            (_, What::Storm | What::Replay) => self.cannot_replay(),
            (_, What::Chat) => Some("it is no chat: nobody types, reads or is present"),
            (Server::Floor(_), What::Publish) => Some(""),
            (Server::Nchan(_) | Server::Pushpin, What::Publish) => (!is_sse).then_some(ALIKE),
            (Server::Flask, _) if scenario.lines > 1_000 => {
                Some("each line holds a connection to Redis as well: three files a line")
            }
            (Server::Pushpin | Server::Floor(Kind::Join), _) => None,
            _ => scenario.only_joining.then_some("a million sends a second are more than the machine has"),
        }
    }

    /// Why a peer cannot send again what was missed, if it cannot.
    fn cannot_replay(self) -> Option<&'static str> {
        match self.server {
            Server::Nchan(_) if self.carrier == Carrier::Sse => None,
            Server::Nchan(_) => Some("its WebSocket tells no ids, but by a subprotocol of its own"),
            Server::Pushpin => Some("it keeps nothing: its backend would have to"),
            Server::SocketIo => Some("it recovers by a session of its own, for two minutes, not by an id"),
            _ => Some("as the tutorials write it, it keeps nothing and tells no ids"),
        }
    }
}

/// Why a scenario without lines is measured only once.
const ALIKE: &str = "it has no lines, and posts are the same";

impl Server {
    /// Its name.
    pub fn name(self) -> String {
        match self {
            Server::Openline(Keep::Memory) => "openline-memory".to_owned(),
            Server::Openline(Keep::Sqlite) => "openline-sqlite".to_owned(),
            Server::Openline(Keep::SqliteAlone) => "openline-sqlite-no-ring".to_owned(),
            Server::Openline(Keep::Redis) => "openline-redis".to_owned(),
            Server::Floor(kind) => format!("floor-{}", kind.name()),
            Server::Nchan(workers) => format!("nchan-{workers}"),
            Server::Pushpin => "pushpin".to_owned(),
            Server::NodeSse => "node-sse".to_owned(),
            Server::Ws => "ws".to_owned(),
            Server::SocketIo => "socket.io".to_owned(),
            Server::Flask => "flask-redis".to_owned(),
        }
    }

    /// What it needs that is not there: a file that `bench/peers/setup.sh` brings.
    pub fn lacks(self) -> Option<&'static str> {
        let needs: &[&'static str] = match self {
            Server::Openline(Keep::Redis) => &["/usr/bin/redis-server"],
            Server::Openline(_) | Server::Floor(_) => &[],
            Server::Nchan(_) => &["/usr/sbin/nginx", "/usr/lib/nginx/modules/ngx_nchan_module.so"],
            Server::Pushpin => &["/usr/bin/pushpin", "/usr/bin/condure", "/usr/bin/zurl"],
            Server::NodeSse => &[],
            Server::Ws => &["bench/peers/node/node_modules/ws"],
            Server::SocketIo => &["bench/peers/node/node_modules/socket.io"],
            Server::Flask => &[peers::GUNICORN, "/usr/bin/redis-server"],
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        needs.iter().copied().find(|path| !root.join(path).exists())
    }
}
