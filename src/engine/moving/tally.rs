//! What has passed by in a move: counted, and summed up in one checksum.

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::super::Millis;
use super::{Kept, Piece, Size};

/// Counts, and SHA-256 over the canonical form of everything in its order: for each item a letter, then its
/// parts, each text after its length; numbers are 64 bits, little-endian.
pub(super) struct Tally {
    /// Documents that are gone by then are counted and not summed.
    until: Millis,
    sum: Sha256,
    lasting: u64,
    trims: u64,
    /// All documents.
    pub(super) documents: u64,
    /// All entries.
    pub(super) entries: u64,
}

impl Tally {
    pub(super) fn new(until: Millis) -> Self {
        Tally { until, sum: Sha256::new(), lasting: 0, trims: 0, documents: 0, entries: 0 }
    }

    pub(super) fn add(&mut self, piece: &Piece) {
        match piece {
            Piece::Documents(documents) => documents.iter().for_each(|kept| self.document(kept)),
            Piece::Entries(entries) => {
                for entry in entries {
                    self.entries += 1;
                    self.sum.update(b"e");
                    self.number(Some(entry.number.0));
                    self.number(Some(entry.at.cast_unsigned()));
                    self.text(entry.kind.as_bytes());
                    self.text(entry.document.as_str().as_bytes());
                    self.number(Some(entry.audiences.len() as u64));
                    for audience in &entry.audiences {
                        self.text(audience.0.as_bytes());
                    }
                    self.number(entry.facts.as_ref().map(|facts| facts.len() as u64));
                    self.sum.update(entry.facts.as_deref().unwrap_or_default());
                }
            }
            Piece::Trims(trims) => {
                for (audience, number) in trims {
                    self.trims += 1;
                    self.sum.update(b"t");
                    self.text(audience.0.as_bytes());
                    self.number(Some(number.0));
                }
            }
        }
    }

    fn document(&mut self, kept: &Kept) {
        self.documents += 1;
        if kept.expires.is_some_and(|expires| expires <= self.until) {
            return;
        }
        self.lasting += 1;
        self.sum.update(b"d");
        self.text(kept.key.as_str().as_bytes());
        self.text(&kept.json);
        self.number(kept.number.map(|number| number.0));
        self.number(kept.expires.map(Millis::cast_unsigned));
    }

    fn text(&mut self, text: &[u8]) {
        self.number(Some(text.len() as u64));
        self.sum.update(text);
    }

    /// A number, or that there is none.
    fn number(&mut self, number: Option<u64>) {
        self.sum.update([u8::from(number.is_some())]);
        self.sum.update(number.unwrap_or_default().to_le_bytes());
    }

    /// What must also be the size of the store that was read.
    pub(super) fn size(&self) -> Size {
        Size { documents: self.lasting, entries: self.entries }
    }

    /// The checksum that both have, or what is different.
    pub(super) fn same_as(&self, other: Tally) -> Result<String, String> {
        for (what, mine, others) in [
            ("documents", self.lasting, other.lasting),
            ("entries", self.entries, other.entries),
            ("trimmed audiences", self.trims, other.trims),
        ] {
            if mine != others {
                return Err(format!("{others} {what} instead of {mine}"));
            }
        }
        let [mine, others] =
            [self.sum.clone(), other.sum].map(|sum| format!("{:x}", Bytes::copy_from_slice(&sum.finalize())));
        if mine == others { Ok(mine) } else { Err(format!("its checksum is {others} instead of {mine}")) }
    }
}
