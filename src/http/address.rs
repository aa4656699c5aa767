//! Where a request comes from: the peer, or behind proxies of our own the address that they tell.

use std::net::{IpAddr, Ipv6Addr};

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of whoever asks. `X-Forwarded-For` is read from its end, and only as far as the
/// addresses in it are those of trusted proxies; what stands further left may be made up.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
    let mut address = peer.to_canonical();
    if !is_trusted(address) {
        return address;
    }
    let told: Vec<&str> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    for text in told.iter().rev().map(|text| text.trim()) {
        if !is_trusted(address) {
            break;
        }
        match text.parse::<IpAddr>() {
            Ok(before) => address = before.to_canonical(),
            Err(_) => break,
        }
    }
    address
}

/// What counts as one address: an IPv6 network of 64 bits is one customer's.
pub fn as_one(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(peer: &str, told: &str) -> String {
        let mut headers = HeaderMap::new();
        if !told.is_empty() {
            headers.insert("x-forwarded-for", told.parse().unwrap());
        }
        let trusted = ["127.0.0.1/32".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_what_our_own_proxies_tell_is_believed() {
        assert_eq!(address("192.0.2.7", "198.51.100.1"), "192.0.2.7");
        assert_eq!(address("127.0.0.1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(address("127.0.0.1", "6.6.6.6, 198.51.100.1"), "198.51.100.1");
        assert_eq!(address("127.0.0.1", "198.51.100.1, 10.1.2.3"), "198.51.100.1");
        assert_eq!(address("127.0.0.1", "nonsense"), "127.0.0.1");
        assert_eq!(address("::ffff:127.0.0.1", "198.51.100.1"), "198.51.100.1");
    }

    #[test]
    fn a_network_of_64_bits_is_one_address() {
        let one = as_one("2001:db8:1:2:3:4:5:6".parse().unwrap());
        assert_eq!(one, as_one("2001:db8:1:2::9".parse().unwrap()));
        assert_ne!(one, as_one("2001:db8:1:3::9".parse().unwrap()));
    }
}
