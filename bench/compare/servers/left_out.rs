//! Who has no part in which scenario, and why.

use openline::load::{Carrier, What};

use super::{Contender, Keep, Server};
use crate::floors::Kind;
use crate::scenarios::Scenario;

/// Why a scenario without lines is measured only once.
const ALIKE: &str = "it has no lines, and posts are the same";
const TOO_MANY: &str = "a million sends a second are more than the machine has";

impl Contender {
    /// Why it has no part in this scenario, if it has none; an empty reason where nobody would ask.
    pub fn cannot(self, scenario: &Scenario) -> Option<&'static str> {
        let is_sse = self.carrier == Carrier::Sse;
        match (self.server, scenario.what) {
            (Server::Openline(Keep::Redis), _) if !scenario.with_redis || !is_sse => Some(""),
            (Server::Openline(Keep::SqliteAlone), what) => (what != What::Replay).then_some(""),
            (Server::Openline(Keep::SqliteSmallRing), what) => (what != What::Burst).then_some(""),
            (Server::Openline(_), What::Burst) => {
                Some("it keeps what was said in memory, up to 64 MiB or all")
            }
            (Server::Openline(_), What::Publish) => (!is_sse).then_some(ALIKE),
            (Server::Openline(_), _) => None,
            (Server::Floor(kind), _) => self.floor_cannot(kind, scenario),
            (_, What::Storm | What::Replay) => self.cannot_replay(),
            (_, What::Chat) => Some("it is no chat: nobody types, reads or is present"),
            (Server::Nchan(_) | Server::Pushpin, What::Publish) => (!is_sse).then_some(ALIKE),
            (Server::Flask, _) if scenario.lines > 1_000 => {
                Some("each line holds a connection to Redis as well: three files a line")
            }
            (Server::Pushpin, _) => None,
            _ => scenario.only_joining.then_some(TOO_MANY),
        }
    }

    /// A floor is there for one kind of measurement each.
    fn floor_cannot(self, kind: Kind, scenario: &Scenario) -> Option<&'static str> {
        let does = match kind {
            Kind::Send | Kind::Join => matches!(scenario.what, What::Listen | What::Idle),
            Kind::Replay => scenario.what.is_replay(),
            Kind::Sync | Kind::Commit => scenario.what == What::Publish && self.carrier == Carrier::Sse,
        };
        if !does && !scenario.is_check() {
            return Some("");
        }
        (kind == Kind::Send && scenario.only_joining).then_some(TOO_MANY)
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
