//! The open lines: how many there are by transport, and how many one address may have.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::address;
use super::problem::{Code, Problem};
use crate::wire::Transport;

/// Counts of open lines. Cheap to clone.
#[derive(Clone)]
pub struct Lines {
    shared: Arc<Shared>,
}

struct Shared {
    /// 0: as many as there are files.
    most: usize,
    most_per_address: usize,
    open: [AtomicUsize; 3],
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

/// The right to one line; giving it up makes room for another.
pub struct Place {
    shared: Arc<Shared>,
    transport: Transport,
    address: IpAddr,
}

impl Lines {
    /// No lines yet. 0 means no bound.
    pub fn new(most: usize, most_per_address: usize) -> Self {
        let shared =
            Shared { most, most_per_address, open: Default::default(), by_address: Mutex::default() };
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
        let address = address::as_one(address);
        let mut by_address = shared.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = by_address.entry(address).or_default();
        if shared.most_per_address > 0 && *lines >= shared.most_per_address {
            return Err(Problem::new(Code::AddressLimit));
        }
        *lines += 1;
        shared.open[transport as usize].fetch_add(1, Ordering::Relaxed);
        Ok(Place { shared: Arc::clone(shared), transport, address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.open[self.transport as usize].fetch_sub(1, Ordering::Relaxed);
        let mut by_address = self.shared.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lines) = by_address.get_mut(&self.address) {
            *lines -= 1;
            if *lines == 0 {
                by_address.remove(&self.address);
            }
        }
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
