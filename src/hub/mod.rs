//! Who is listening: one ring of recent entries, and a cursor for each open line.
//!
//! The log is the only thing that hands an event to the hub, so what is seen live is what is stored,
//! in the same order, on every node. `ring`, `cursor`, `rooms`, `signals` and `presence` are pure; the tasks
//! around them are in `tasks` (the one that follows the log is a `follower`), and what they all share in `shared`. A `line`
//! has a `seat` on a thread that writes; those who listen to the same audience sit in a `row` and are called together, by
//! way of the thread's `queue`. What a line that fell behind reads is in `replay`, how that is read in `ahead`, and who
//! speaks faster than lines can be told waits in `pace`.

mod ahead;
mod anew;
mod budget;
mod counters;
mod cursor;
mod follower;
mod gone;
mod heard;
mod line;
mod listeners;
mod memo;
mod pace;
mod presence;
mod queue;
mod replay;
mod ring;
mod rooms;
mod row;
mod seat;
mod shared;
mod signals;
mod tasks;

#[cfg(test)]
pub mod alone;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, RwLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::{Notify, Semaphore};
use tokio::time::sleep;

pub use counters::{Counters, Figures};
pub use follower::Follower;
pub use heard::{Erases, Heard, Moves, Rendering};
pub use line::{Ending, Join, Line, Start, jittered};
pub use memo::Memo;
pub use queue::{RunQueue, Turn, Turns};
pub use replay::{Batch, Lost, Past};
pub use seat::Seat;
pub use signals::Signal;
pub use tasks::Tasks;

use crate::engine::{Audience, Document, Engine, EngineError, Entry, Id, Number, Standing};
use crate::wire::Event;
use budget::Budget;
use gone::Losses;
use listeners::Listeners;
pub use presence::Here;
use presence::{NodeId, Presence, Who};
use ring::Ring;
use rooms::Lists;
use shared::{Shared, State};
use signals::Signals;

/// Makes events of what the engine tells. The layer above knows what the documents mean.
#[async_trait]
pub trait Renderer: Send + Sync + 'static {
    /// The event of each entry, in its document's present state; as many as there are entries.
    async fn render(&self, entries: &[(Id, Entry, Option<Document>)]) -> Result<Vec<Rendering>, EngineError>;

    /// The signal in a payload that some node sent, if it can be understood. (What begins with `~` is the
    /// hub's own, and never comes here.)
    fn signal(&self, payload: &Bytes) -> Option<Signal>;

    /// What is to be told of what signals have gathered; asked for once a second.
    async fn gathered(&self) -> Vec<Signal>;

    /// Everything up to here has been rendered in order, and lines are being told of it.
    fn reached(&self, upto: Number);

    /// The log went back, or begins a new epoch: what was remembered of it may not be so any more.
    fn begin_again(&self);

    /// Who listens to an audience now, as an event for that audience.
    fn here(&self, audience: &Audience, here: &Here) -> Option<Event>;
}

/// Decides, each time something is sent, whether it may be.
pub trait Rights: Send + Sync + 'static {
    /// Whether this listener may (still) hear what was said to this audience under this number; a signal has
    /// [`SIGNAL`]. Must not block.
    fn may_hear(&self, listener: &Listener, audience: &Audience, number: Number) -> bool;

    /// Whether anybody may hear all that is said to this audience, for as long as there is one. Must not block.
    fn is_open(&self, audience: &Audience) -> bool;
}

/// The number under which rights are asked for what has none: it comes after everything.
pub const SIGNAL: Number = Number(u64::MAX);

/// Whose line it is.
#[derive(Debug, Clone)]
pub struct Listener {
    /// The person, if they have given a name.
    pub person: Option<Arc<str>>,
    /// Whether what the line was opened with has ended, if it was opened with anything. It is set before the entry
    /// that tells of it is heard. All lines look at it each time, so that it is no more than a look.
    pub has_ended: Option<Arc<AtomicBool>>,
    /// The client: one page or program, under a name of its own choice, or else a name of our making.
    pub client: Arc<str>,
    /// Whether they may come back under the same name, if their line breaks.
    pub may_return: bool,
}

impl Listener {
    /// Under which name this listener counts as being here.
    fn who(&self) -> Who {
        match &self.person {
            Some(person) => Who::Person(Arc::clone(person)),
            None => Who::Client(Arc::clone(&self.client)),
        }
    }

    /// Whether their line may go on.
    fn may_stay(&self) -> bool {
        self.has_ended.as_ref().is_none_or(|has_ended| !has_ended.load(Ordering::Acquire))
    }
}

/// How many lines read from the log at a time.
const REPLAYS: usize = 16;

/// How many pieces of pasts are read before their lines want them.
const AHEAD: usize = 16;

/// How long somebody who comes back waits until this node knows of the epoch that they have seen, and how
/// often it looks.
const CATCHING_UP: Duration = Duration::from_secs(5);
const A_MOMENT: Duration = Duration::from_millis(50);

/// Sizes and times of the hub.
#[derive(Debug, Clone)]
pub struct Options {
    /// How much memory the ring may take, in bytes.
    pub ring_bytes: usize,
    /// How many signals are kept for lines that are busy.
    pub signals: usize,
    /// How many signals a second the lines of one audience are given at most; 0 for no bound.
    pub signals_per_second: u32,
    /// How often a quiet line is told that it is alive.
    pub heartbeat: Duration,
    /// After how long a line that was cut may come back; each is told a time between once and twice this.
    pub retry: Duration,
    /// How many bytes a line takes in one go.
    pub batch_bytes: usize,
}

/// All lines of this node, and what they have to hear. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    shared: Arc<Shared>,
}

impl Hub {
    /// A hub that has heard everything up to the head of the engine's log.
    pub async fn new(
        engine: Arc<dyn Engine>,
        renderer: Arc<dyn Renderer>,
        rights: Arc<dyn Rights>,
        options: Options,
    ) -> Result<Self, EngineError> {
        let epochs = engine.epochs().await?;
        renderer.reached(epochs.head());
        let state = State {
            ring: Ring::new(epochs.head(), options.ring_bytes),
            signals: Signals::new(options.signals),
            budget: Budget::new(options.signals_per_second, now()),
            presence: Presence::new(NodeId::random(), hold(options.retry), now()),
            epochs,
            generation: 0,
            losses: Losses::default(),
            lists: Lists::default(),
            listeners: HashMap::new(),
            everything: Listeners::default(),
            lines: Listeners::default(),
        };
        Ok(Hub {
            shared: Arc::new(Shared {
                engine,
                renderer,
                rights,
                options,
                counters: Counters::default(),
                closing: AtomicBool::new(false),
                follower: OnceLock::new(),
                revision: AtomicU64::new(0),
                replays: Arc::new(Semaphore::new(REPLAYS)),
                ahead: Arc::new(Semaphore::new(AHEAD)),
                heard: Notify::new(),
                presence_stirs: Notify::new(),
                state: RwLock::new(state),
            }),
        })
    }

    /// Opens a line. What it hears begins exactly where its start says.
    pub fn join(&self, join: Join) -> Line {
        Line::open(&self.shared, join)
    }

    /// The id of the last entry that this node has heard.
    pub fn head(&self) -> Id {
        let state = self.shared.read();
        state.epochs.id(state.ring.head())
    }

    /// The id of a number.
    pub fn id(&self, number: Number) -> Id {
        self.shared.read().epochs.id(number)
    }

    /// Where somebody who brings an id back stands. Asks the engine before it says that they lost
    /// something: this node may not have heard yet of what another one has told them. If that is of
    /// another epoch, waits until this node has heard of it too.
    pub async fn standing(&self, id: Id) -> Result<Standing, EngineError> {
        let deadline = Instant::now() + CATCHING_UP;
        loop {
            let known = self.shared.read().epochs.standing(id);
            if matches!(known, Standing::Known(_)) {
                return Ok(known);
            }
            let epochs = self.shared.engine.epochs().await?;
            if epochs.list() == self.shared.read().epochs.list() {
                return Ok(epochs.standing(id));
            }
            if Instant::now() > deadline {
                return Err(EngineError::Unavailable("this node is behind the log".to_owned()));
            }
            sleep(A_MOMENT).await;
        }
    }

    /// How many people and programs listen to an audience, on all nodes. Somebody who may be on their way
    /// back still counts.
    pub fn count(&self, audience: &Audience) -> usize {
        self.shared.read().presence.count(audience)
    }

    /// Whether a person listens to an audience, on any node. In a room in which a node has more than 200 it is
    /// not known of whom.
    pub fn is_here(&self, audience: &Audience, person: &str) -> bool {
        self.shared.read().presence.is_here(audience, &Who::Person(person.into()))
    }

    /// What has been counted since the start.
    pub fn figures(&self) -> Figures {
        self.shared.figures()
    }

    /// Tells the other nodes that this one ends, so that they do not wait for it. To be called when it
    /// [closes](Hub::close).
    pub async fn say_goodbye(&self) -> Result<(), EngineError> {
        let goodbye = self.shared.write().presence.goodbye();
        self.shared.engine.signal(goodbye).await
    }

    /// Ends every line, each with word of when to come back. New lines end at once.
    pub fn close(&self) {
        self.shared.closing.store(true, Ordering::SeqCst);
        self.shared.call_all();
    }
}

/// How long somebody whose line broke has to come back: as long as they may have been told to wait, and
/// some time for the way.
fn hold(retry: Duration) -> Duration {
    (retry * 2 + Duration::from_secs(2)).clamp(Duration::from_secs(5), Duration::from_secs(30))
}

/// What time it is, on a clock that nobody sets.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
