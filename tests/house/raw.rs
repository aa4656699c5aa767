//! A bare connection, for what no HTTP library would send.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::soon;
use crate::running::Running;

/// A connection with nothing sent yet.
pub async fn connect(server: &Running) -> TcpStream {
    soon(TcpStream::connect(server.address())).await.expect("a connection")
}

/// All that comes until the server closes; a reset counts as the end, since what came before it came.
pub async fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut chunk = [0; 8192];
    while let Ok(read @ 1..) = soon(stream.read(&mut chunk)).await {
        text.extend_from_slice(&chunk[..read]);
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// Sends bytes and gives all that the server answers until it closes.
pub async fn exchange(server: &Running, bytes: &[u8]) -> String {
    let mut stream = connect(server).await;
    // It may refuse and close before it has everything.
    let _ = stream.write_all(bytes).await;
    rest(&mut stream).await
}

/// The same, for a request that is cut short: the client says that no more will come.
pub async fn exchange_cut(server: &Running, bytes: &[u8]) -> String {
    let mut stream = connect(server).await;
    stream.write_all(bytes).await.unwrap();
    stream.shutdown().await.unwrap();
    rest(&mut stream).await
}
