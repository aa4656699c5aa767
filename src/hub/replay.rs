//! What a line reads when the ring does not reach back to its cursor: the log, in pages.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use tokio::time::sleep;

use super::Rendering;
use super::heard::Heard;
use super::shared::Shared;
use crate::engine::{Document, EngineError, Entry, EpochId, Hearing, Id, LogPage, Number};

/// How many entries are read at once.
const PAGE: usize = 128;

/// How often and how long to wait for the hub before a log that is ahead of it is read again.
const WAITS: u32 = 20;
const PATIENCE: Duration = Duration::from_millis(100);

/// How long to wait before what must be heard is asked for again.
const INSISTENCE: Duration = Duration::from_millis(200);

/// A piece of what a line has to catch up with.
#[derive(Debug)]
pub struct Batch {
    /// The entries, in order.
    pub entries: Vec<Arc<Heard>>,
    /// With them the line is done with everything up to here.
    pub upto: Number,
}

/// Why a line cannot catch up.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// Something that it had yet to hear has been trimmed from the log.
    #[error("the log no longer reaches back so far")]
    Trimmed,
    /// The log went back while it was read; the hub knows what that means for the line.
    #[error("the log went back")]
    WentBack,
    /// The store does not answer.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Batches in order. Ends where the log, or what stands before it, ends.
pub type Past = BoxStream<'static, Result<Batch, Lost>>;

/// The log after a number, for those who ask. Each item is a page; a full stop when it is empty.
///
/// The pages must be of the log as the hub knows it (in this `generation`), since their numbers are named
/// by its epochs. If the log has gone on to another epoch, waits until the hub has heard of it.
pub(super) fn from_log(shared: Arc<Shared>, hearing: Hearing, after: Number, generation: u64) -> Past {
    stream::try_unfold((shared, hearing, after), move |(shared, hearing, after)| async move {
        loop {
            // So many pages at a time: a crowd that comes back does not fill the memory, nor the store's hands.
            let turn = Arc::clone(&shared.replays).acquire_owned().await;
            let (entries, upto, epoch) = match shared.engine.log(&hearing, after, PAGE).await? {
                LogPage::Expired { .. } => return Err(Lost::Trimmed),
                LogPage::Entries { entries, upto, epoch } => (entries, upto, epoch),
            };
            if shared.current_epoch(generation)? != epoch || upto < after {
                drop(turn);
                shared.wait_for_epoch(generation).await?;
                continue;
            }
            if upto == after {
                return Ok(None);
            }
            let rendered = render(&shared, entries).await?;
            // The names of the entries are those of this generation only if it has not ended meanwhile.
            shared.current_epoch(generation)?;
            return Ok(Some((Batch { entries: heard(rendered), upto }, (shared, hearing, upto))));
        }
    })
    .boxed()
}

/// What a line takes of rendered entries.
pub(super) fn heard(rendered: Vec<Rendered>) -> Vec<Arc<Heard>> {
    rendered.into_iter().map(|(entry, made)| Arc::new(Heard::new(entry, made))).collect()
}

impl Shared {
    /// Entries with their ids.
    fn named(&self, entries: Vec<(Entry, Option<Document>)>) -> Vec<(Id, Entry, Option<Document>)> {
        let state = self.read();
        let named = entries.into_iter();
        named.map(|(entry, document)| (state.epochs.id(entry.number), entry, document)).collect()
    }

    /// The epoch that is given out in this generation.
    pub(super) fn current_epoch(&self, generation: u64) -> Result<EpochId, Lost> {
        let state = self.read();
        if state.generation == generation { Ok(state.epochs.current()) } else { Err(Lost::WentBack) }
    }

    /// Waits until the hub has heard of the epoch that the log shows; if it does not, the log may be read again.
    async fn wait_for_epoch(&self, generation: u64) -> Result<(), Lost> {
        for _ in 0..WAITS {
            sleep(PATIENCE).await;
            self.current_epoch(generation)?;
        }
        Ok(())
    }
}

/// An entry with what becomes of it.
pub(super) type Rendered = (Entry, Rendering);

/// Entries with what becomes of them.
pub(super) async fn render(
    shared: &Shared,
    entries: Vec<(Entry, Option<Document>)>,
) -> Result<Vec<Rendered>, EngineError> {
    let named = shared.named(entries);
    let made = shared.renderer.render(&named).await?;
    Ok(paired(named, made))
}

/// The same; insists, since leaving one out would be a silent gap.
pub(super) async fn render_surely(shared: &Shared, entries: Vec<(Entry, Option<Document>)>) -> Vec<Rendered> {
    let named = shared.named(entries);
    loop {
        match shared.renderer.render(&named).await {
            Ok(made) => return paired(named, made),
            Err(error) => {
                tracing::warn!(%error, "entries cannot be read just now");
                sleep(INSISTENCE).await;
            }
        }
    }
}

fn paired(named: Vec<(Id, Entry, Option<Document>)>, made: Vec<Rendering>) -> Vec<Rendered> {
    named.into_iter().map(|(_, entry, _)| entry).zip(made).collect()
}
