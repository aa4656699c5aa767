//! Who is compared: Openline, the floors, and the peers.

mod left_out;
mod ours;
mod peers;
mod redis;
mod running;

use std::path::Path;

use anyhow::Result;
use openline::load::Carrier;
pub use ours::Keep;
pub use running::Running;

use crate::floors::Kind;

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

/// What a server is in the comparison. The tables tell them in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Openline.
    Openline,
    /// A floor.
    Floor,
    /// Another server.
    Peer,
}

/// Everybody, in the order of the tables.
pub fn in_order() -> Vec<Contender> {
    let mut all: Vec<Contender> = everybody().collect();
    all.sort_by_key(|contender| contender.server.group());
    all
}

/// Everybody, in the order in which they take turns in each round.
pub fn everybody() -> impl Iterator<Item = Contender> {
    use Server::{Flask, Floor, Nchan, NodeSse, Openline, Pushpin, SocketIo, Ws};
    let both = [
        Floor(Kind::Send),
        Floor(Kind::Join),
        Floor(Kind::Replay),
        Floor(Kind::Sync),
        Floor(Kind::Commit),
        Openline(Keep::Memory),
        Openline(Keep::Sqlite),
        Openline(Keep::SqliteAlone),
        Openline(Keep::SqliteSmallRing),
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
}

impl Server {
    /// Its name.
    pub fn name(self) -> String {
        match self {
            Server::Openline(Keep::Memory) => "openline-memory".to_owned(),
            Server::Openline(Keep::Sqlite) => "openline-sqlite".to_owned(),
            Server::Openline(Keep::SqliteAlone) => "openline-sqlite-no-ring".to_owned(),
            Server::Openline(Keep::SqliteSmallRing) => "openline-sqlite-small-ring".to_owned(),
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

    /// What it is in the comparison.
    pub fn group(self) -> Group {
        match self {
            Server::Openline(_) => Group::Openline,
            Server::Floor(_) => Group::Floor,
            _ => Group::Peer,
        }
    }

    /// Whether it may be held against this floor: what is said to the one that syncs is on the disk when it is
    /// answered, and whoever promises less has no such floor.
    pub fn is_held_against(self, floor: Kind) -> bool {
        let is_durable =
            matches!(self, Server::Openline(Keep::Sqlite) | Server::Floor(Kind::Sync | Kind::Commit));
        !matches!(floor, Kind::Sync | Kind::Commit) || is_durable
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
