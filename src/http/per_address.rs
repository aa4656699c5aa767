//! How many of something one address has, and no more than it may: lines, connections, or passwords to be hashed.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::address;

/// Counts by address. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PerAddress {
    /// 0: no bound.
    most: usize,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One of an address's shares; giving it up makes room for another.
#[derive(Debug)]
pub struct Share(Option<(PerAddress, IpAddr)>);

impl Share {
    /// One that nobody counts.
    pub fn unbounded() -> Self {
        Share(None)
    }
}

impl PerAddress {
    /// So many for each address; 0 for no bound.
    pub fn new(most: usize) -> Self {
        PerAddress { most, taken: Arc::default() }
    }

    /// One more for an address, unless it has all that it may. A network of 64 bits is one address.
    pub fn take(&self, address: IpAddr) -> Option<Share> {
        let address = address::as_one(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let has = taken.entry(address).or_default();
        if self.most > 0 && *has >= self.most {
            return None;
        }
        *has += 1;
        Some(Share(Some((self.clone(), address))))
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let Some((of, address)) = &self.0 else { return };
        let mut taken = of.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(has) = taken.get_mut(address) {
            *has -= 1;
            if *has == 0 {
                taken.remove(address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_as_many_as_it_may_and_is_forgotten_when_it_has_none() {
        let lines = PerAddress::new(2);
        let (ann, ben) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let (first, _second) = (lines.take(ann), lines.take(ann).unwrap());
        assert!(first.is_some() && lines.take(ann).is_none());
        drop(lines.take(ben).unwrap());
        assert_eq!(lines.taken.lock().unwrap().len(), 1);
        drop(first);
        assert!(lines.take(ann).is_some());
    }

    #[test]
    fn no_bound_is_none() {
        let lines = PerAddress::new(0);
        let shares: Vec<_> = (0..1_000).map(|_| lines.take([192, 0, 2, 1].into())).collect();
        assert!(shares.iter().all(Option::is_some));
    }
}
