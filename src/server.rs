//! A placeholder so that this branch builds; the real one comes from elsewhere.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::config::Config;

/// Why the server could not start, or had to stop.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct StartError {
    address: SocketAddr,
    source: std::io::Error,
}

impl StartError {
    /// Is it that the port or the data folder is in use already?
    pub fn is_in_use(&self) -> bool {
        self.source.kind() == std::io::ErrorKind::AddrInUse
    }
}

/// A server that is listening.
pub struct Server(SocketAddr, #[expect(dead_code, reason = "a placeholder")] TcpListener);

impl Server {
    /// Begins to listen.
    pub async fn bind(config: Config) -> Result<Server, StartError> {
        let address = config.listen;
        let failed = |source| StartError { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        Ok(Server(listener.local_addr().map_err(failed)?, listener))
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.0
    }

    /// Serves until `shutdown`.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), StartError> {
        shutdown.await;
        Ok(())
    }
}
