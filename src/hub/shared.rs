//! What all handles and lines of a hub share, and what is done with what comes from the log.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};

use tokio::sync::{Notify, Semaphore};

use super::budget::Budget;
use super::counters::{Counters, Figures};
use super::follower::Follower;
use super::gone::{Gone, Losses};
use super::heard::{Erases, Heard, Rendering};
use super::listeners::Listeners;
use super::presence::{Here, Presence};
use super::queue::Round;
use super::ring::Ring;
use super::rooms::Lists;
use super::signals::{Signal, Signals};
use super::{Options, Renderer, Rights, now};
use crate::engine::{Audience, Engine, Entry, Epochs, Number};

/// What all handles of a hub share.
pub(super) struct Shared {
    pub(super) engine: Arc<dyn Engine>,
    pub(super) renderer: Arc<dyn Renderer>,
    pub(super) rights: Arc<dyn Rights>,
    pub(super) options: Options,
    pub(super) counters: Counters,
    pub(super) closing: AtomicBool,
    /// Who hears the log, if that is nobody's task.
    pub(super) follower: OnceLock<Weak<Follower>>,
    /// Grows when what lines took a moment ago may not be so any more: with the epochs, or when earlier entries read
    /// differently.
    pub(super) revision: AtomicU64,
    /// Turns to read from the log.
    pub(super) replays: Arc<Semaphore>,
    /// Places for what is read of a past before its line wants it.
    pub(super) ahead: Arc<Semaphore>,
    /// Wakes whoever waits for the hub to have heard more of the log.
    pub(super) heard: Notify,
    /// Wakes whoever tells who is here.
    pub(super) presence_stirs: Notify,
    pub(super) state: RwLock<State>,
}

/// What changes, behind one lock, which is held for memory work only, never across an await.
pub(super) struct State {
    pub(super) ring: Ring,
    pub(super) signals: Signals,
    pub(super) budget: Budget,
    pub(super) presence: Presence,
    pub(super) epochs: Epochs,
    /// Grows when the epochs change; a line that has seen another value looks where it stands.
    pub(super) generation: u64,
    /// What was lost when they changed, if anything was.
    pub(super) losses: Losses,
    /// What lines listen to, as far as they share it.
    pub(super) lists: Lists,
    pub(super) listeners: HashMap<Audience, Listeners>,
    /// Those who listen to whatever they may hear.
    pub(super) everything: Listeners,
    /// All of them.
    pub(super) lines: Listeners,
}

impl Shared {
    pub(super) fn read(&self) -> RwLockReadGuard<'_, State> {
        // A panic while the lock was held leaves at worst a line that is not woken; go on.
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    pub(super) fn revision(&self) -> u64 {
        self.revision.load(Ordering::Acquire)
    }

    /// What lines took a moment ago may not be so any more. To be called while the state is locked.
    pub(super) fn revise(&self) {
        self.revision.fetch_add(1, Ordering::AcqRel);
    }

    /// Adds entries to the ring, with earlier ones in the place of what they were, and calls those who listen
    /// to their audiences.
    pub(super) fn publish(&self, entries: Vec<(Entry, Rendering)>, anew: Vec<(Entry, Rendering)>) {
        let (mut audiences, mut bytes) = (Vec::<Audience>::new(), 0);
        self.counters.events.fetch_add(entries.len() as u64, Ordering::Relaxed);
        let head = {
            let mut state = self.write();
            // Also for what lies behind the ring, and is being read.
            if entries.iter().any(|(_, rendering)| rendering.erases != Erases::Nothing) {
                self.revise();
            }
            for (entry, rendering) in anew {
                state.ring.replace(Arc::new(Heard::new(entry, rendering)));
            }
            for (entry, rendering) in entries {
                audiences.extend(entry.audiences.iter().cloned());
                let heard = Heard::new(entry, rendering);
                if heard.audiences.iter().any(|name| state.is_heard(name)) {
                    bytes += heard.length();
                }
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
        // Last: who is woken looks whether the lines, too, have heard it.
        self.heard.notify_waiters();
    }

    /// Adds a signal and calls those who may hear it, if anybody listens and it is within the budget.
    pub(super) fn publish_signal(&self, signal: Signal) {
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

    /// The epochs have changed. If the log went back behind what this node has heard, the ring is of no
    /// use; every line looks where it stands.
    pub(super) fn begin_epoch(&self, epochs: Epochs, after: Number) {
        let mut state = self.write();
        let heard = state.ring.head();
        let kept = epochs.common_with(&state.epochs).min(heard);
        state.generation += 1;
        self.revise();
        if kept < heard {
            let gone = Gone::of(&state.ring, kept);
            gone.report();
            self.counters.went_back(heard.0 - kept.0);
            let generation = state.generation;
            state.losses.note(gone, generation);
        }
        // (After a loss the log may have come to the same number again.)
        if kept < heard || after != heard {
            state.ring = Ring::new(after, self.options.ring_bytes);
        }
        state.epochs = epochs;
        drop(state);
        self.heard.notify_waiters();
        self.renderer.begin_again();
        self.call_all();
    }

    /// This node came too late to hear what was said up to a number: lines look for it in the log,
    /// which tells those who have missed something.
    pub(super) fn skip(&self, upto: Number) {
        tracing::warn!(%upto, "entries were trimmed from the log before this node heard them");
        let mut state = self.write();
        self.revise();
        state.ring = Ring::new(upto, self.options.ring_bytes);
        state.epochs.advance(upto);
        drop(state);
        self.heard.notify_waiters();
        // Somebody may have got another name in what was not heard.
        self.renderer.begin_again();
        self.renderer.reached(upto);
        self.call_all();
    }

    /// Tells those who listen to an audience who they are, if there is anybody to tell. That is once a second at most, and
    /// not told again: so it is not of the budget.
    pub(super) fn publish_here(&self, audience: Audience, here: &Here) {
        let is_heard = self.read().is_heard(&audience);
        if is_heard && let Some(event) = self.renderer.here(&audience, here) {
            self.counters.signals.fetch_add(1, Ordering::Relaxed);
            self.write().signals.push(Signal::gathered(audience.clone(), event));
            self.call(&[audience], 0);
        }
    }

    /// Calls those who listen to these audiences, to hear so many bytes.
    pub(super) fn call(&self, audiences: &[Audience], bytes: usize) {
        let mut round = Round::default();
        {
            let state = self.read();
            let of_rooms = audiences.iter().filter_map(|name| state.listeners.get(name));
            of_rooms.chain([&state.everything]).for_each(|listeners| listeners.call(&mut round));
        }
        round.end(bytes);
    }

    /// The counters, beside what is held now.
    pub(super) fn figures(&self) -> Figures {
        let (counters, state) = (&self.counters, self.read());
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Figures {
            events: read(&counters.events),
            signals: read(&counters.signals),
            signals_dropped: read(&counters.signals_dropped),
            deliveries: read(&counters.deliveries),
            ring_misses: read(&counters.ring_misses),
            resets: read(&counters.resets),
            rewinds: read(&counters.rewinds),
            lost: read(&counters.lost),
            head: state.ring.head(),
            ring_entries: state.ring.entries(),
            lines: state.lines.count(),
            other_nodes: state.presence.other_nodes(),
            presence_dropped: state.presence.dropped(),
        }
    }

    pub(super) fn call_all(&self) {
        let mut round = Round::default();
        self.read().lines.call(&mut round);
        round.end(0);
    }
}

impl State {
    /// Whether a line of this node listens to an audience, or is about to: those that have yet to get their seat are
    /// counted among who is here.
    pub(super) fn is_heard(&self, audience: &Audience) -> bool {
        !self.everything.is_empty()
            || self.listeners.contains_key(audience)
            || self.presence.has_own_in(audience)
    }
}
