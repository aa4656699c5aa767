//! Who is listening: one ring of recent entries, and a cursor for each open line.
//!
//! The log is the only thing that hands an event to the hub, so what is seen live is what is stored,
//! in the same order, on every node. `ring`, `cursor`, `signals` and `presence` are pure; the tasks
//! around them are in `tasks`, a line in `line`, and what a line that fell behind reads in `replay`.

mod anew;
mod budget;
mod counters;
mod cursor;
mod gone;
mod heard;
mod line;
mod listeners;
mod memo;
mod pace;
mod presence;
mod replay;
mod ring;
mod rooms;
mod row;
mod seat;
mod signals;
mod tasks;

#[cfg(test)]
pub mod alone;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::{Notify, Semaphore};
use tokio::time::sleep;

pub use counters::{Counters, Figures};
pub use heard::{Erases, Heard, Moves, Rendering};
pub use line::{Ending, Join, Line, Start, jittered};
pub use memo::Memo;
pub use replay::{Batch, Lost, Past};
pub use seat::{RunQueue, Seat, Turn, Turns};
pub use signals::Signal;
pub use tasks::Tasks;

use crate::engine::{Audience, Document, Engine, EngineError, Entry, Epochs, Id, Number, Standing};
use crate::wire::Event;
use budget::Budget;
use gone::Losses;
use listeners::Listeners;
pub use presence::Here;
use presence::{NodeId, Presence, Who};
use ring::Ring;
use rooms::Lists;
use seat::Round;
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

    /// Whether this listener's line may go on at all: what it was opened with may have ended. Must not block.
    fn may_stay(&self, listener: &Listener) -> bool;
}

/// The number under which rights are asked for what has none: it comes after everything.
pub const SIGNAL: Number = Number(u64::MAX);

/// Whose line it is.
#[derive(Debug, Clone)]
pub struct Listener {
    /// The person, if they have given a name.
    pub person: Option<Arc<str>>,
    /// By what they are known on this line, if they are known.
    pub session: Option<Arc<str>>,
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
}

/// How many lines read from the log at a time.
const REPLAYS: usize = 16;

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

struct Shared {
    engine: Arc<dyn Engine>,
    renderer: Arc<dyn Renderer>,
    rights: Arc<dyn Rights>,
    options: Options,
    counters: Counters,
    closing: AtomicBool,
    /// Grows when what lines took a moment ago may not be so any more: with the epochs, or when entries are made anew.
    revision: AtomicU64,
    /// Turns to read from the log.
    replays: Arc<Semaphore>,
    /// Wakes whoever tells who is here.
    presence_stirs: Notify,
    state: RwLock<State>,
}

/// Behind one lock, which is held for memory work only, never across an await.
struct State {
    ring: Ring,
    signals: Signals,
    budget: Budget,
    presence: Presence,
    epochs: Epochs,
    /// Grows when the epochs change; a line that has seen another value looks where it stands.
    generation: u64,
    /// What was lost when they changed, if anything was.
    losses: Losses,
    /// What lines listen to, as far as they share it.
    lists: Lists,
    listeners: HashMap<Audience, Listeners>,
    /// Those who listen to whatever they may hear.
    everything: Listeners,
    /// All of them.
    lines: Listeners,
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
                revision: AtomicU64::new(0),
                replays: Arc::new(Semaphore::new(REPLAYS)),
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
        self.shared.counters.figures(&self.shared.read())
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

impl Shared {
    fn read(&self) -> RwLockReadGuard<'_, State> {
        // A panic while the lock was held leaves at worst a line that is not woken; go on.
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    fn revision(&self) -> u64 {
        self.revision.load(Ordering::Acquire)
    }

    /// What lines took a moment ago may not be so any more. To be called while the state is locked.
    fn revise(&self) {
        self.revision.fetch_add(1, Ordering::AcqRel);
    }

    /// Adds entries to the ring, with earlier ones in the place of what they were, and calls those who listen
    /// to their audiences.
    fn publish(&self, entries: Vec<(Entry, Rendering)>, anew: Vec<(Entry, Rendering)>) {
        let (mut audiences, mut bytes) = (Vec::<Audience>::new(), 0);
        self.counters.events.fetch_add(entries.len() as u64, Ordering::Relaxed);
        let head = {
            let mut state = self.write();
            if !anew.is_empty() {
                self.revise();
            }
            for (entry, rendering) in anew {
                state.ring.replace(Arc::new(Heard::new(entry, rendering)));
            }
            for (entry, rendering) in entries {
                audiences.extend(entry.audiences.iter().cloned());
                let heard = Heard::new(entry, rendering);
                bytes += heard.length();
                state.ring.push(Arc::new(heard));
            }
            let head = state.ring.head();
            state.epochs.advance(head);
            head
        };
        self.renderer.reached(head);
        audiences.sort_unstable();
        audiences.dedup();
        self.call(&audiences, bytes);
    }

    /// Adds a signal and calls those who may hear it, if anybody listens and it is within the budget.
    fn publish_signal(&self, signal: Signal) {
        let audience = [signal.audience.clone()];
        self.counters.signals.fetch_add(1, Ordering::Relaxed);
        {
            let mut state = self.write();
            if !state.is_heard(&signal.audience) {
                return;
            }
            if !state.budget.admits(&signal, now()) {
                self.counters.signals_dropped.fetch_add(1, Ordering::Relaxed);
                return;
            }
            state.signals.push(signal);
        }
        self.call(&audience, 0);
    }

    /// This node came too late to hear what was said up to a number: lines look for it in the log,
    /// which tells those who have missed something.
    fn skip(&self, upto: Number) {
        tracing::warn!(%upto, "entries were trimmed from the log before this node heard them");
        let mut state = self.write();
        self.revise();
        state.ring = Ring::new(upto, self.options.ring_bytes);
        state.epochs.advance(upto);
        drop(state);
        // Somebody may have got another name in what was not heard.
        self.renderer.begin_again();
        self.renderer.reached(upto);
        self.call_all();
    }

    /// Tells those who listen to an audience who they are, if there is anybody to tell.
    fn publish_here(&self, audience: Audience, here: &Here) {
        let is_heard = self.read().is_heard(&audience);
        if is_heard && let Some(event) = self.renderer.here(&audience, here) {
            self.publish_signal(Signal::gathered(audience, event));
        }
    }

    /// Calls those who listen to these audiences, to hear so many bytes.
    fn call(&self, audiences: &[Audience], bytes: usize) {
        let mut round = Round::default();
        {
            let state = self.read();
            let of_rooms = audiences.iter().filter_map(|name| state.listeners.get(name));
            of_rooms.chain([&state.everything]).for_each(|listeners| listeners.call(&mut round));
        }
        round.end(bytes);
    }

    fn call_all(&self) {
        let mut round = Round::default();
        self.read().lines.call(&mut round);
        round.end(0);
    }
}

impl State {
    /// Whether a line of this node listens to an audience.
    fn is_heard(&self, audience: &Audience) -> bool {
        !self.everything.is_empty() || self.listeners.contains_key(audience)
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
