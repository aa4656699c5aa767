//! The open lines: how many there are by transport, and how many one address may have.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::per_address::{PerAddress, Share};
use super::problem::{Code, Problem};
use super::words::Language;
use crate::chat::Listening;
use crate::hub::Line;
use crate::wire::{Format, Transport};

/// Counts of open lines. Cheap to clone.
#[derive(Clone)]
pub struct Lines {
    shared: Arc<Shared>,
}

struct Shared {
    /// 0: as many as there are files.
    most: usize,
    open: [AtomicUsize; 3],
    by_address: PerAddress,
}

/// The right to one line; giving it up makes room for another.
pub struct Place {
    shared: Arc<Shared>,
    transport: Transport,
    _share: Share,
}

/// A line with its right to be there.
pub struct Open {
    /// The line.
    pub line: Line,
    /// Counts it among the open lines.
    pub _place: Place,
    /// What its listener is here is known as long as it is open.
    pub _listening: Listening,
    /// What it carries.
    pub format: Format,
    /// In which language its reader is told why it ends.
    pub language: Language,
}

impl Lines {
    /// No lines yet. 0 means no bound.
    pub fn new(most: usize, most_per_address: usize) -> Self {
        let shared = Shared { most, open: Default::default(), by_address: PerAddress::new(most_per_address) };
        Lines { shared: Arc::new(shared) }
    }

    /// How many lines are open over a transport.
    pub fn open(&self, transport: Transport) -> usize {
        self.shared.open[transport as usize].load(Ordering::Relaxed)
    }

    /// A place for one line more from this address.
    pub fn enter(&self, transport: Transport, address: IpAddr) -> Result<Place, Problem> {
        let shared = &self.shared;
        let open: usize = shared.open.iter().map(|count| count.load(Ordering::Relaxed)).sum();
        if shared.most > 0 && open >= shared.most {
            return Err(Problem::new(Code::TooManyLines));
        }
        let share = shared.by_address.take(address).ok_or(Problem::new(Code::AddressLimit))?;
        shared.open[transport as usize].fetch_add(1, Ordering::Relaxed);
        Ok(Place { shared: Arc::clone(shared), transport, _share: share })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.open[self.transport as usize].fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_lines_and_no_more() {
        let lines = Lines::new(3, 2);
        let (ann, ben) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let first = lines.enter(Transport::Sse, ann).unwrap();
        let _second = lines.enter(Transport::WebSocket, ann).unwrap();
        assert_eq!(lines.enter(Transport::Sse, ann).err().unwrap().code(), Code::AddressLimit);
        let _third = lines.enter(Transport::Sse, ben).unwrap();
        assert_eq!(lines.enter(Transport::Sse, ben).err().unwrap().code(), Code::TooManyLines);
        drop(first);
        assert_eq!(lines.open(Transport::Sse), 1);
        assert!(lines.enter(Transport::Sse, ann).is_ok());
    }
}
