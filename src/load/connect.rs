//! Connections that begin at once and are waited for later, from many addresses of this machine: a server bounds
//! the lines of an address, and an address has only so many ports.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use mio::net::TcpStream;
use socket2::{Domain, Socket, Type};

/// How many lines come from one address of 127.0.0.0/8.
const PER_ADDRESS: usize = 500;
/// What the system says of a connection that has only begun (EINPROGRESS).
const IN_PROGRESS: i32 = if cfg!(target_os = "linux") { 115 } else { 36 };

/// From which address a connection comes, if the server is on loopback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address(Ipv4Addr);

impl Address {
    /// That of a line, by its place in the whole run.
    pub fn of_line(place: usize) -> Address {
        Address::in_network(1, place)
    }

    /// That of a connection that posts.
    pub fn of_voice(place: usize) -> Address {
        Address::in_network(101, place)
    }

    fn in_network(first: u8, place: usize) -> Address {
        let address = place / PER_ADDRESS;
        let second = first.saturating_add((address / (250 * 250)).min(99) as u8);
        Address(Ipv4Addr::new(127, second, (address / 250 % 250) as u8, 1 + (address % 250) as u8))
    }
}

/// How much the system takes for a connection that does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// As much as it likes; on loopback, with its segments of 64 KiB, that is megabytes.
    Usual,
    /// Next to nothing, in the segments of a network: who sends is soon held back, as by a phone that sleeps.
    Least,
}

/// The size of segments that is taken for granted where none is told (RFC 9293, 3.7.1).
const LEAST_SEGMENT: u32 = 536;

/// Begins to connect. The stream is writable once it is connected, or has failed to.
pub fn connect(server: SocketAddr, from: Address, window: Window) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(server), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    if window == Window::Least {
        socket.set_recv_buffer_size(1)?;
        socket.set_tcp_mss(LEAST_SEGMENT)?;
    }
    if matches!(server.ip(), IpAddr::V4(ip) if ip.is_loopback()) {
        socket.bind(&SocketAddr::from((from.0, 0)).into())?;
    }
    match socket.connect(&server.into()) {
        Err(error) if error.raw_os_error() != Some(IN_PROGRESS) => Err(error),
        _ => Ok(TcpStream::from_std(socket.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_hundred_come_from_each_address() {
        let text = |place| Address::of_line(place).0.to_string();
        assert_eq!([text(0), text(499), text(500)], ["127.1.0.1", "127.1.0.1", "127.1.0.2"]);
        assert_eq!([text(125_000), text(31_250_000)], ["127.1.1.1", "127.2.0.1"]);
        assert_eq!(Address::of_voice(501).0.to_string(), "127.101.0.2");
    }
}
