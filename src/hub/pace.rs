//! The pace of those who speak. Posts can be kept faster than they can be handed to thousands of lines; if they were
//! answered as fast, whoever listens would hear everything seconds late. So whoever speaks is answered when the lines of
//! this node have had their turn at all but the last of what was said, and the hub has heard all but the last of that.
//!
//! What counts is that a line had its turn, not that its peer took what it was sent: nobody is held up by
//! somebody who does not read.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::Hub;
use crate::engine::Number;

/// How many bytes of events may wait for the lines' next turn before speakers wait too. Some dozens of messages: enough
/// that each write carries many, and few enough that they are a matter of milliseconds.
const WINDOW: u64 = 16 << 10;

/// How many entries the log may be ahead of the hub before speakers wait.
const AHEAD: u64 = 256;

/// The longest that anybody waits.
const MOST: Duration = Duration::from_secs(1);

impl Hub {
    /// Waits until the lines of this node are not far behind somebody who has said this.
    pub async fn pace(&self, said: Number) {
        let behind = || {
            let state = self.shared.read();
            state.lines.queues().find(|queue| queue.unheard() > WINDOW).map(Arc::clone)
        };
        let wait = async {
            self.come_near(said).await;
            while let Some(queue) = behind() {
                let caught_up = queue.caught_up();
                // It may have caught up before it was waited for.
                if queue.unheard() > WINDOW {
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
            let is_ahead = said.0 > state.ring.head().0 + AHEAD;
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
