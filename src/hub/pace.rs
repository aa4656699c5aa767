//! The pace of those who speak. Posts can be kept faster than they can be handed to thousands of lines; if they were
//! answered as fast, whoever listens would hear everything seconds late. So whoever speaks is answered when the lines of
//! this node have had their turn at all but the last of what was said, and the hub has heard all but the last of that.
//!
//! What counts is that a line had its turn, not that its peer took what it was sent: nobody is held up by
//! somebody who does not read.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::{Hub, RunQueue};
use crate::engine::Number;

/// How much may wait before speakers wait, too.
struct Window {
    /// Bytes of events, for the lines' next turn.
    bytes: u64,
    /// Entries that the log is ahead of the hub.
    entries: u64,
}

/// Where a write carries all that waits. Some dozens of messages: enough that each write carries many, and few enough that
/// they are a matter of milliseconds.
const WIDE: Window = Window { bytes: 16 << 10, entries: 256 };

/// Where a write carries one event whatever waits, as in many small rooms: to wait gains nothing there.
const NARROW: Window = Window { bytes: 4 << 10, entries: 16 };

/// The longest that anybody waits.
const MOST: Duration = Duration::from_secs(1);

impl Hub {
    /// Waits until the lines of this node are not far behind somebody who has said this.
    pub async fn pace(&self, said: Number) {
        let behind = || {
            let state = self.shared.read();
            state.lines.queues().find(|queue| is_behind(queue)).map(Arc::clone)
        };
        let wait = async {
            self.come_near(said).await;
            while let Some(queue) = behind() {
                let caught_up = queue.caught_up();
                // It may have caught up before it was waited for.
                if is_behind(&queue) {
                    caught_up.await;
                }
            }
        };
        // Whoever waits so long is answered all the same: what they said is kept.
        let _ = timeout(MOST, wait).await;
    }

    /// Waits until the hub is not far behind a number, if there are lines to tell.
    async fn come_near(&self, said: Number) {
        let generation = self.shared.read().generation;
        let is_far = || {
            let state = self.shared.read();
            let may_wait = state.lines.queues().map(|queue| window(queue).entries).max().unwrap_or_default();
            let is_ahead = said.0 > state.ring.head().0 + may_wait;
            // Should the log go back meanwhile, the number says nothing any more.
            is_ahead && !state.lines.is_empty() && state.generation == generation
        };
        while is_far() {
            let heard = self.shared.heard.notified();
            // It may have heard before it was waited for.
            if is_far() {
                heard.await;
            }
        }
    }
}

fn window(queue: &RunQueue) -> Window {
    if queue.is_joined() { WIDE } else { NARROW }
}

fn is_behind(queue: &RunQueue) -> bool {
    queue.unheard() > window(queue).bytes
}
