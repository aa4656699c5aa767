//! A store read page by page: its documents, then its entries, then what was trimmed.

use super::super::{Audience, EngineError, Entry, Key, Millis, Number};
use super::{Kept, Source};

/// How much a page may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// At most so many items.
    pub items: usize,
    /// Nothing more once there are so many bytes.
    pub bytes: usize,
}

/// A page of a move.
pub const PAGE: Limit = Limit { items: 1000, bytes: 1 << 22 };

impl Limit {
    /// Takes items until the page is full; at least one, if there is one.
    pub fn fill<T, E>(
        self,
        items: impl IntoIterator<Item = Result<T, E>>,
        bytes_of: impl Fn(&T) -> usize,
    ) -> Result<Vec<T>, E> {
        let (mut page, mut bytes) = (Vec::new(), 0);
        for item in items {
            let item = item?;
            bytes += bytes_of(&item);
            page.push(item);
            if page.len() >= self.items || bytes >= self.bytes {
                break;
            }
        }
        Ok(page)
    }
}

/// A page of what is moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Documents, by the bytes of their keys.
    Documents(Vec<Kept>),
    /// Entries, by their numbers.
    Entries(Vec<Entry>),
    /// The last trimmed number of audiences, by the bytes of their names.
    Trims(Vec<(Audience, Number)>),
}

impl Piece {
    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        match self {
            Piece::Documents(documents) => documents.is_empty(),
            Piece::Entries(entries) => entries.is_empty(),
            Piece::Trims(trims) => trims.is_empty(),
        }
    }

    pub(super) fn without_expired(mut self, now: Millis) -> Self {
        if let Piece::Documents(documents) = &mut self {
            documents.retain(|kept| kept.expires.is_none_or(|expires| expires > now));
        }
        self
    }
}

/// The way through a store.
pub(super) struct Walk<'a> {
    store: &'a dyn Source,
    limit: Limit,
    at: Place,
}

/// What was read last.
enum Place {
    Document(Option<Key>),
    Entry(Number),
    Trim(Option<Audience>),
    End,
}

impl<'a> Walk<'a> {
    pub(super) fn new(store: &'a dyn Source, limit: Limit) -> Self {
        Walk { store, limit, at: Place::Document(None) }
    }

    /// The next page, or `None` when all was read.
    pub(super) async fn next(&mut self) -> Result<Option<Piece>, EngineError> {
        loop {
            match &self.at {
                Place::Document(after) => {
                    let page = self.store.documents(after.clone(), self.limit).await?;
                    self.at = match page.last() {
                        Some(last) => Place::Document(Some(last.key.clone())),
                        None => Place::Entry(Number(0)),
                    };
                    if !page.is_empty() {
                        return Ok(Some(Piece::Documents(page)));
                    }
                }
                Place::Entry(after) => {
                    let page = self.store.entries(*after, self.limit).await?;
                    self.at = page.last().map_or(Place::Trim(None), |last| Place::Entry(last.number));
                    if !page.is_empty() {
                        return Ok(Some(Piece::Entries(page)));
                    }
                }
                Place::Trim(after) => {
                    let page = self.store.trims(after.clone(), self.limit).await?;
                    self.at = page.last().map_or(Place::End, |last| Place::Trim(Some(last.0.clone())));
                    if !page.is_empty() {
                        return Ok(Some(Piece::Trims(page)));
                    }
                }
                Place::End => return Ok(None),
            }
        }
    }
}
