//! What a line reads when the ring does not reach back to its cursor: the log, in pages.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

use super::heard::Heard;
use super::{Rendering, Shared};
use crate::engine::{Document, EngineError, Entry, Hearing, LogPage, Number};

/// How many entries are read at once.
const PAGE: usize = 128;

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
    /// The store does not answer.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Batches in order. Ends where the log, or what stands before it, ends.
pub type Past = BoxStream<'static, Result<Batch, Lost>>;

/// The log after a number, for those who ask. Each item is a page; a full stop when it is empty.
pub(super) fn from_log(shared: Arc<Shared>, hearing: Hearing, after: Number) -> Past {
    stream::try_unfold((shared, hearing, after), |(shared, hearing, after)| async move {
        let (entries, upto) = match shared.engine.log(&hearing, after, PAGE).await? {
            LogPage::Expired { .. } => return Err(Lost::Trimmed),
            LogPage::Entries { entries, upto } => (entries, upto),
        };
        if upto <= after {
            return Ok(None);
        }
        let rendered = render(&shared, entries.into_iter().map(|entry| (entry, None)).collect()).await?;
        let entries = rendered.into_iter().map(|(entry, made)| Arc::new(Heard::new(entry, made))).collect();
        Ok(Some((Batch { entries, upto }, (shared, hearing, upto))))
    })
    .boxed()
}

/// Entries with what becomes of them.
pub(super) async fn render(
    shared: &Shared,
    entries: Vec<(Entry, Option<Document>)>,
) -> Result<Vec<(Entry, Rendering)>, EngineError> {
    let named: Vec<_> = {
        let state = shared.read();
        entries
            .into_iter()
            .map(|(entry, document)| (state.epochs.id(entry.number), entry, document))
            .collect()
    };
    let rendered = shared.renderer.render(&named).await?;
    Ok(named.into_iter().map(|(_, entry, _)| entry).zip(rendered).collect())
}
