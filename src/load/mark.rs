//! The mark that each message bears: who posted it, as how manyth, in which room, and when it was meant to be
//! sent. It is found in whatever bytes a server wraps around it, without reading them.

use memchr::memmem::Finder;
use memchr::memrchr;

/// What a mark begins with; JSON, HTML and URLs leave it as it is.
const NEEDLE: &[u8; 7] = b"~bench~";
/// How many hexadecimal digits follow.
const DIGITS: usize = 32;
/// How many bytes a mark has.
pub const LENGTH: usize = NEEDLE.len() + DIGITS;

/// The digits of a mark as they came: they are compared far more often than they are read.
pub type Digits = [u8; DIGITS];

/// What a message says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The room, by its place in the run.
    pub room: u16,
    /// The connection that posted it.
    pub voice: u16,
    /// Its number among those of this voice in this room, from 0.
    pub number: u32,
    /// When it was meant to be sent, in nanoseconds since 1970.
    pub time: u64,
}

impl Mark {
    /// Writes all of it.
    pub fn write(self) -> [u8; LENGTH] {
        let value = (u128::from(self.room) << 112)
            | (u128::from(self.voice) << 96)
            | (u128::from(self.number) << 64)
            | u128::from(self.time);
        let mut bytes = [0; LENGTH];
        let (needle, digits) = bytes.split_at_mut(NEEDLE.len());
        needle.copy_from_slice(NEEDLE);
        for (place, digit) in digits.iter_mut().rev().enumerate() {
            *digit = b"0123456789abcdef"[(value >> (4 * place)) as usize & 0xf];
        }
        bytes
    }

    /// As a text, to be the beginning of a message.
    pub fn text(self) -> String {
        String::from_utf8_lossy(&self.write()).into_owned()
    }

    /// Reads its digits; nothing if they are none.
    pub fn read(digits: &Digits) -> Option<Mark> {
        let mut value: u128 = 0;
        for digit in digits {
            value = value << 4 | u128::from(char::from(*digit).to_digit(16)?);
        }
        Some(Mark {
            room: (value >> 112) as u16,
            voice: (value >> 96) as u16,
            number: (value >> 64) as u32,
            time: value as u64,
        })
    }
}

/// The room in a mark's digits, which alone is needed for each delivery; nothing if they are none.
pub fn room(digits: &Digits) -> Option<usize> {
    digits[..4].iter().try_fold(0, |room, digit| match digit {
        b'0'..=b'9' => Some(room << 4 | usize::from(digit - b'0')),
        b'a'..=b'f' => Some(room << 4 | usize::from(digit - b'a' + 10)),
        _ => None,
    })
}

/// How marks are searched for: made once, shared by all lines.
pub struct Search(Finder<'static>);

impl Search {
    /// Ready to search.
    pub fn new() -> Search {
        Search(Finder::new(NEEDLE))
    }
}

impl Default for Search {
    fn default() -> Self {
        Search::new()
    }
}

/// Where the search for marks stands in one text that comes in pieces. It keeps only what may be the beginning
/// of a mark.
pub struct Scan {
    kept: [u8; LENGTH],
    length: u8,
}

impl Scan {
    /// At the beginning of a text.
    pub fn new() -> Scan {
        Scan { kept: [0; LENGTH], length: 0 }
    }

    /// Hands over each mark that this piece completes, and what stands before it in the piece.
    pub fn feed(&mut self, search: &Search, mut piece: &[u8], mut found: impl FnMut(&Digits, &[u8])) {
        if self.length > 0 {
            let has = usize::from(self.length);
            let taken = piece.len().min(LENGTH - has);
            self.kept[has..has + taken].copy_from_slice(&piece[..taken]);
            let so_far = &self.kept[..has + taken];
            self.length = 0;
            if may_begin(so_far) {
                if so_far.len() < LENGTH {
                    self.length = so_far.len() as u8;
                    return;
                }
                if let Some(digits) = so_far.last_chunk() {
                    found(digits, &[]);
                }
                piece = &piece[taken..];
            }
        }
        let mut from = 0;
        while let Some(at) = search.0.find(&piece[from..]) {
            let at = from + at;
            let Some(digits) = piece[at + NEEDLE.len()..].first_chunk() else {
                return self.keep(&piece[at..]);
            };
            found(digits, &piece[..at]);
            from = at + LENGTH;
        }
        // There is no whole needle in the rest, so only its last bytes can begin one.
        let tail = &piece[from.max(piece.len().saturating_sub(NEEDLE.len() - 1))..];
        if let Some(at) = memrchr(NEEDLE[0], tail).filter(|at| may_begin(&tail[*at..])) {
            self.keep(&tail[at..]);
        }
    }

    fn keep(&mut self, beginning: &[u8]) {
        self.kept[..beginning.len()].copy_from_slice(beginning);
        self.length = beginning.len() as u8;
    }
}

impl Default for Scan {
    fn default() -> Self {
        Scan::new()
    }
}

fn may_begin(text: &[u8]) -> bool {
    text.iter().zip(NEEDLE).all(|(byte, due)| byte == due)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(pieces: &[&[u8]]) -> Vec<Mark> {
        let (search, mut scan, mut marks) = (Search::new(), Scan::new(), Vec::new());
        for piece in pieces {
            scan.feed(&search, piece, |digits, _| {
                let mark = Mark::read(digits).expect("digits");
                assert_eq!(room(digits), Some(usize::from(mark.room)));
                marks.push(mark);
            });
        }
        marks
    }

    fn marks() -> [Mark; 3] {
        let mark = |number| Mark { room: 0xab1, voice: 63, number, time: u64::MAX - 7 };
        [mark(0), mark(u32::MAX), mark(17)]
    }

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        let text = marks()[1].text();
        assert_eq!(text, "~bench~0ab1003ffffffffffffffffffffffff8");
        assert_eq!(all(&[text.as_bytes()]), [marks()[1]]);
    }

    #[test]
    fn marks_are_found_wherever_the_text_is_cut() {
        let [a, b, c] = marks().map(Mark::text);
        let text = format!("data: {{\"body\":\"~~{a}xx~ben~\"}}\n\n{b}{c}~~bench~~bench");
        let bytes = text.as_bytes();
        for first in 0..bytes.len() {
            for second in first..bytes.len() {
                let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                assert_eq!(all(&pieces), marks(), "cut at {first} and {second}");
            }
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(all(&single), marks());
    }

    #[test]
    fn what_is_no_mark_is_none() {
        let digits = *b"0ab1003g00000000000000000000000f";
        assert_eq!(Mark::read(&digits), None);
        assert_eq!(room(b"~ab1003f00000000000000000000000f"), None);
        assert_eq!(all(&[b"~benchmark~ ~bench ~bench"]), []);
    }
}
