//! A page of the database file, as far as needed to find what SQLite leaves in its unused middle.
//!
//! The format is SQLite's own (<https://www.sqlite.org/fileformat2.html#b_tree_pages>): a header, pointers
//! to the cells, a gap, the cells.

use std::ops::Range;

/// The first page begins with the header of the file.
const FILE_HEADER: usize = 100;

/// From so many pages on, the first byte does not tell a page of a tree from another any more: pages
/// that hold the rest of a long row, or list free pages, begin with the number of a page.
pub(super) const MOST_PAGES: u32 = 1 << 25;

/// The gap between the pointers and the cells of a page, if it is not all zero. There is none on a page
/// that does not belong to a tree. The file must have fewer than [`MOST_PAGES`] pages.
pub(super) fn remains(number: u32, page: &[u8]) -> Option<Range<usize>> {
    let start = if number == 1 { FILE_HEADER } else { 0 };
    let header_bytes = match page.get(start)? {
        2 | 5 => 12,
        10 | 13 => 8,
        _ => return None,
    };
    let number_at = |at: usize| Some(usize::from(u16::from_be_bytes([*page.get(at)?, *page.get(at + 1)?])));
    let cells = number_at(start + 3)?;
    let content = match number_at(start + 5)? {
        0 => 65_536,
        content => content,
    };
    let gap = start + header_bytes + 2 * cells..content;
    page.get(gap.clone())?.iter().any(|byte| *byte != 0).then_some(gap)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A leaf of 64 bytes with two cells, from byte 50 on, and something in its gap.
    fn leaf() -> Vec<u8> {
        let mut page = vec![0; 64];
        page[0] = 10;
        page[3..7].copy_from_slice(&[0, 2, 0, 50]);
        page[8..12].copy_from_slice(&[0, 50, 0, 57]);
        page[50..].fill(1);
        page[30] = 7;
        page
    }

    #[test]
    fn what_is_between_pointers_and_cells_is_found() {
        let mut page = leaf();
        assert_eq!(remains(2, &page), Some(12..50));
        page[12..50].fill(0);
        assert_eq!(remains(2, &page), None);
        let mut first = vec![9; FILE_HEADER];
        first.extend(leaf());
        first[FILE_HEADER + 6] = 150;
        assert_eq!(remains(1, &first), Some(112..150));
    }

    #[test]
    fn a_page_of_no_tree_is_left_alone() {
        for first in [0, 1, 3, 255] {
            let mut page = leaf();
            page[0] = first;
            assert_eq!(remains(2, &page), None);
        }
    }

    proptest! {
        #[test]
        fn no_page_makes_it_stumble(number in 1..3_u32, page in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Some(gap) = remains(number, &page) {
                prop_assert!(gap.end <= page.len() && gap.start >= 8);
            }
        }
    }
}
