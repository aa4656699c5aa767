//! What is measured: each scenario is one run of `openline bench` against one server.

use openline::load::What;

use crate::figures::{ANSWER, COMEBACK, CPU, FROM_START, Figure, MEMORY, POSTS};
use crate::floors::Kind;

/// One thing that is measured of every server that can do it.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// Its name, by which it can be picked and is found in the raw data.
    pub name: &'static str,
    /// What it is, in words.
    pub title: &'static str,
    /// What the load generator is asked for.
    pub what: What,
    /// How many lines.
    pub lines: u32,
    /// For how many seconds it is under load before it is measured.
    pub warm_up: &'static str,
    /// Further words for the load generator.
    pub words: &'static [&'static str],
    /// The floor that it is held against, if one does the same, and by which figure.
    pub floor: Option<(Kind, Figure)>,
    /// Whether it says something of Openline on Redis.
    pub with_redis: bool,
    /// Whether only who joins what waits can do it at all.
    pub only_joining: bool,
}

impl Scenario {
    /// Whether it measures nothing, and only checks.
    pub fn is_check(&self) -> bool {
        self.name == CHECK.name
    }
}

/// Until a log on a disk is as large as it stays, as the floors' is from the beginning.
const GROWN: &str = "5";

const PLAIN: Scenario = Scenario {
    name: "",
    title: "",
    what: What::Listen,
    lines: 1_000,
    warm_up: "1",
    words: &[],
    floor: None,
    with_redis: false,
    only_joining: false,
};

/// All of them, in the order in which they are run and told.
pub const ALL: [Scenario; 24] = [
    Scenario {
        name: "one-1k",
        title: "One room, 1,000 lines, one poster",
        words: &["--posters", "1"],
        floor: Some((Kind::Send, CPU)),
        with_redis: true,
        ..PLAIN
    },
    Scenario {
        name: "one-10k",
        title: "One room, 10,000 lines, one poster",
        lines: 10_000,
        words: &["--posters", "1"],
        floor: Some((Kind::Send, CPU)),
        ..PLAIN
    },
    Scenario {
        name: "four-1k",
        title: "One room, 1,000 lines, four posters",
        words: &["--posters", "4"],
        floor: Some((Kind::Join, CPU)),
        with_redis: true,
        ..PLAIN
    },
    Scenario {
        name: "four-10k",
        title: "One room, 10,000 lines, four posters",
        lines: 10_000,
        words: &["--posters", "4"],
        floor: Some((Kind::Join, CPU)),
        ..PLAIN
    },
    Scenario {
        name: "burst-1k",
        title: "One room, 1,000 lines, four posters with 16 posts under way each",
        words: &["--posters", "4", "--in-flight", "16"],
        floor: Some((Kind::Join, CPU)),
        with_redis: true,
        ..PLAIN
    },
    Scenario {
        name: "after-burst-1k",
        title: "What a burst leaves of memory: 1,000 lines, four posters with 16 posts under way each",
        what: What::Burst,
        warm_up: "5",
        words: &["--posters", "4", "--in-flight", "16"],
        ..PLAIN
    },
    Scenario {
        name: "after-burst-10k",
        title: "The same with 10,000 lines",
        what: What::Burst,
        lines: 10_000,
        warm_up: "5",
        words: &["--posters", "4", "--in-flight", "16"],
        ..PLAIN
    },
    Scenario {
        name: "steady-1k",
        title: "One room, 1,000 lines, 100 posts a second",
        words: &["--rate", "100"],
        floor: Some((Kind::Send, CPU)),
        with_redis: true,
        ..PLAIN
    },
    Scenario {
        name: "steady-10k",
        title: "One room, 10,000 lines, 100 posts a second: a million deliveries a second",
        lines: 10_000,
        words: &["--rate", "100"],
        floor: Some((Kind::Join, CPU)),
        only_joining: true,
        ..PLAIN
    },
    Scenario {
        name: "calm-10k",
        title: "One room, 10,000 lines, 5 posts a second",
        lines: 10_000,
        words: &["--rate", "5"],
        floor: Some((Kind::Send, CPU)),
        ..PLAIN
    },
    Scenario {
        name: "rooms-1k",
        title: "1,000 rooms of 10 lines, four posters",
        lines: 10_000,
        words: &["--rooms", "1000", "--posters", "4"],
        floor: Some((Kind::Join, CPU)),
        with_redis: true,
        ..PLAIN
    },
    Scenario {
        name: "several-1k",
        title: "200 rooms on each of 1,000 lines, one poster",
        words: &["--rooms", "200", "--rooms-per-line", "200", "--posters", "1"],
        floor: Some((Kind::Send, CPU)),
        ..PLAIN
    },
    Scenario {
        name: "stuck-1k",
        title: "One room, 1,000 lines of which 1 % read nothing, 100 posts a second",
        // Until the system takes no more for those.
        warm_up: "4",
        words: &["--rate", "100", "--stuck", "1%"],
        floor: Some((Kind::Send, CPU)),
        ..PLAIN
    },
    Scenario {
        name: "storm-10k",
        title: "10,000 lines are cut and come back at once with their last ids",
        what: What::Storm,
        lines: 10_000,
        floor: Some((Kind::Replay, COMEBACK)),
        with_redis: true,
        ..PLAIN
    },
    Scenario {
        name: "storm-others",
        title: "The same, while others hear 100 posts a second",
        what: What::Storm,
        lines: 10_000,
        words: &["--rate", "100"],
        ..PLAIN
    },
    Scenario {
        name: "replay-10k",
        title: "Newcomers fetch 10,000 messages",
        what: What::Replay,
        words: &["--messages", "10000"],
        floor: Some((Kind::Replay, FROM_START)),
        with_redis: true,
        lines: 1,
        ..PLAIN
    },
    Scenario {
        name: "publish-1",
        title: "Publish only, one poster",
        what: What::Publish,
        lines: 0,
        words: &["--posters", "1"],
        floor: Some((Kind::Sync, ANSWER)),
        with_redis: true,
        warm_up: GROWN,
        ..PLAIN
    },
    Scenario {
        name: "publish-1-paced",
        title: "Publish only, one poster, 200 posts a second",
        what: What::Publish,
        lines: 0,
        words: &["--posters", "1", "--rate", "200"],
        floor: Some((Kind::Sync, ANSWER)),
        with_redis: true,
        warm_up: GROWN,
        ..PLAIN
    },
    Scenario {
        name: "publish-64",
        title: "Publish only, 64 posters",
        what: What::Publish,
        lines: 0,
        words: &["--posters", "64"],
        floor: Some((Kind::Sync, POSTS)),
        with_redis: true,
        warm_up: GROWN,
        ..PLAIN
    },
    Scenario {
        name: "idle-1k",
        title: "1,000 idle lines",
        what: What::Idle,
        floor: Some((Kind::Join, MEMORY)),
        ..PLAIN
    },
    Scenario {
        name: "idle-5k",
        title: "5,000 idle lines",
        what: What::Idle,
        lines: 5_000,
        floor: Some((Kind::Join, MEMORY)),
        ..PLAIN
    },
    Scenario {
        name: "idle-10k",
        title: "10,000 idle lines",
        what: What::Idle,
        lines: 10_000,
        floor: Some((Kind::Join, MEMORY)),
        ..PLAIN
    },
    Scenario {
        name: "idle-19k",
        title: "19,000 idle lines",
        what: What::Idle,
        lines: 19_000,
        floor: Some((Kind::Join, MEMORY)),
        ..PLAIN
    },
    Scenario {
        name: "chat-1k",
        title: "A chat of 1,000 people",
        what: What::Chat,
        with_redis: true,
        ..PLAIN
    },
];

/// Not a measurement: whether each message is heard once and in order.
pub const CHECK: Scenario = Scenario {
    name: "check",
    title: "Twenty lines, two posters",
    lines: 20,
    words: &["--posters", "2", "--rate", "200"],
    with_redis: true,
    ..PLAIN
};
