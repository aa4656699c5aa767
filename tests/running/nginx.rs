//! nginx in front of several nodes, as people would run it, with the configuration of `examples/two-nodes`: a
//! child process on a free port of loopback.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what cannot be fails the test")]

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::PATIENCE;
use super::redis::free_port;

/// How long to wait before looking again whether it listens.
const LOOK: Duration = Duration::from_millis(20);

/// What it is told, but for where it listens and where the nodes are.
const CONFIGURATION: &str = include_str!("../../examples/two-nodes/nginx.conf");

/// A running nginx. It ends with this.
pub struct Nginx {
    folder: TempDir,
    address: SocketAddr,
    child: Child,
}

impl Nginx {
    /// One that gives each connection to the node that has the fewest.
    pub fn before(nodes: &[SocketAddr]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect(name);
        write("nginx.conf", CONFIGURATION);
        let servers = nodes.iter().map(|node| format!("server {node} max_fails=0;\n"));
        write("nodes.conf", &servers.collect::<String>());
        loop {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
            write("listen.conf", &format!("listen {address} backlog=4096;"));
            let mut child = launch(&folder);
            if is_listening(address, &mut child) {
                return Nginx { folder, address, child };
            }
            // Between the look and the bind another program took the port; any other will do.
            let said = fs::read_to_string(folder.path().join("stderr.log")).unwrap_or_default();
            assert!(said.contains("Address already in use"), "nginx did not start; it said:\n{said}");
            fs::remove_file(folder.path().join("stderr.log")).expect("a log file");
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it is, such as `http://127.0.0.1:4321`, with this path behind it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// All that it has complained of.
    pub fn stderr(&self) -> String {
        fs::read_to_string(self.folder.path().join("stderr.log")).unwrap_or_default()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // SIGTERM, since only it takes the workers along.
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process id");
        let _ = (kill_process(pid, Signal::TERM), self.child.wait());
    }
}

fn launch(folder: &TempDir) -> Child {
    let found =
        ["/usr/sbin/nginx", "/usr/bin/nginx"].map(PathBuf::from).into_iter().find(|path| path.exists());
    let log = File::create(folder.path().join("stderr.log")).expect("a log file");
    let mut nginx = Command::new(found.unwrap_or_else(|| "nginx".into()));
    nginx.arg("-p").arg(folder.path()).arg("-c").arg(folder.path().join("nginx.conf"));
    nginx.args(["-e", "stderr", "-g", "daemon off;"]);
    let nginx = nginx.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    nginx.spawn().expect("nginx is missing: apt-get install nginx")
}

/// Waits until it takes connections; no if it has ended instead.
fn is_listening(address: SocketAddr, child: &mut Child) -> bool {
    let since = Instant::now();
    while TcpStream::connect(address).is_err() {
        if child.try_wait().expect("a child").is_some() {
            return false;
        }
        assert!(since.elapsed() < PATIENCE, "nginx does not listen");
        thread::sleep(LOOK);
    }
    // It has not ended, so it is this nginx that listens there, unless it is just about to find the port taken.
    thread::sleep(LOOK);
    child.try_wait().expect("a child").is_none()
}
