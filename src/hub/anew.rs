//! What reads differently because of an entry is made anew in the ring: after a deletion or a change no memory has
//! the words that were there before, and a line that is behind hears what is so now.

use std::collections::BTreeSet;

use super::replay::{Rendered, render_surely};
use super::shared::Shared;
use super::{Erases, Rendering};
use crate::engine::{Document, Entry, Key};

/// How many entries are made anew at once.
const PAGE: usize = 128;

/// The next entries of the log with what becomes of them, and earlier ones that read differently now.
pub(super) async fn render(
    shared: &Shared,
    entries: Vec<(Entry, Option<Document>)>,
) -> (Vec<Rendered>, Vec<Rendered>) {
    let mut rendered = render_surely(shared, entries).await;
    let changes: Vec<Change> = rendered
        .iter()
        .enumerate()
        .filter(|(_, (_, made))| made.erases != Erases::Nothing)
        .map(|(place, (entry, made))| Change {
            place,
            kind: entry.kind.clone(),
            erases: made.erases,
            document: entry.document.clone(),
        })
        .collect();
    if changes.is_empty() {
        return (rendered, Vec::new());
    }
    let is_changed = |key: &Key, after: usize| {
        changes.iter().any(|change| change.place > after && change.erases.covers(&change.document, key))
    };
    // Among the new ones: what was at hand when an entry was written may have changed with a later one.
    let stale: Vec<usize> = rendered
        .iter()
        .enumerate()
        .filter(|(place, (entry, made))| {
            is_changed(&entry.document, *place)
                || made.quotes.as_ref().is_some_and(|key| is_changed(key, *place))
        })
        .map(|(place, _)| place)
        .collect();
    let again = stale.iter().map(|place| rendered[*place].0.clone()).collect();
    for (place, made) in stale.into_iter().zip(make(shared, again).await) {
        rendered[place] = made;
    }
    let (outdone, others): (Vec<Entry>, Vec<Entry>) = earlier(shared, &changes)
        .into_iter()
        .partition(|entry| changes.iter().any(|change| change.outdoes(entry)));
    let mut anew = make(shared, others).await;
    anew.extend(outdone.into_iter().map(|entry| (entry, Rendering::default())));
    (rendered, anew)
}

/// An entry because of which others read differently.
struct Change {
    /// Its place among the new ones.
    place: usize,
    kind: String,
    erases: Erases,
    document: Key,
}

impl Change {
    /// Whether it says all that an earlier entry would say now. So however often one document is changed, only the last
    /// change of it stays, and the next one is not dearer.
    fn outdoes(&self, entry: &Entry) -> bool {
        self.erases == Erases::Document && self.kind == entry.kind && self.document == entry.document
    }
}

/// The entries of the ring that changes are about, in order and each once.
fn earlier(shared: &Shared, changes: &[Change]) -> Vec<Entry> {
    let state = shared.read();
    let numbers: BTreeSet<_> =
        changes.iter().flat_map(|change| state.ring.erased(change.erases, &change.document)).collect();
    numbers.into_iter().filter_map(|number| state.ring.entry(number)).map(|heard| heard.entry()).collect()
}

/// Entries as they read now.
async fn make(shared: &Shared, entries: Vec<Entry>) -> Vec<Rendered> {
    let mut made = Vec::with_capacity(entries.len());
    for page in entries.chunks(PAGE) {
        let page = page.iter().map(|entry| (entry.clone(), None)).collect();
        made.extend(render_surely(shared, page).await);
    }
    made
}
