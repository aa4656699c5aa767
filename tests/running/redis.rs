//! A real Redis for a test: `redis-server` as a child process on a free port of loopback, with a folder and a
//! `redis.conf` of its own. It owns the child, can kill, pause and start it again, and speaks to it.
//!
//! Included with `#[path]` by the tests of the library too, so it uses nothing but what stands here.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what cannot be fails the test")]

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// How long a server may take for anything before the test gives up.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long to wait before asking again for what can only be asked for.
const LOOK: Duration = Duration::from_millis(20);

/// Where it says that it takes connections. A Sentinel has words of its own.
const READY: [&str; 2] = ["Ready to accept connections", "Sentinel ID is"];

/// What a server is to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Redis,
    Sentinel,
}

/// A running `redis-server`, or one that was killed and may be started again on its folder and port.
pub struct RedisServer {
    role: Role,
    folder: TempDir,
    port: u16,
    /// Where it speaks TLS, if it has a certificate.
    tls_port: Option<u16>,
    password: Option<String>,
    child: Option<Child>,
    /// All that it has said, over restarts.
    log: Arc<Mutex<String>>,
}

impl RedisServer {
    /// One that keeps nothing on the disk.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// One that has each write on the disk before it answers, and so loses nothing when it is killed.
    pub fn durable() -> Self {
        Self::with(&["appendonly yes", "appendfsync always"])
    }

    /// One with these lines in its `redis.conf`, such as `maxmemory 10mb`.
    pub fn with(lines: &[&str]) -> Self {
        Self::launch_new(Role::Redis, lines)
    }

    /// A copy of the server behind this address, which it has when this returns. These lines are added.
    pub fn replica_of(primary: SocketAddr, lines: &[&str]) -> Self {
        let of = format!("replicaof {} {}", primary.ip(), primary.port());
        // Otherwise a primary waits some seconds for more replicas before it sends anything.
        let mut all = vec![of.as_str(), "repl-diskless-sync-delay 0"];
        all.extend(lines);
        let replica = Self::with(&all);
        replica.wait_until("it is in step", |replica| replica.info("master_link_status") == "up");
        replica
    }

    /// A Sentinel with these lines in its configuration.
    pub fn sentinel(lines: &[&str]) -> Self {
        Self::launch_new(Role::Sentinel, lines)
    }

    fn launch_new(role: Role, lines: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let password = lines.iter().find_map(|line| line.strip_prefix("requirepass ")).map(str::to_owned);
        let mut server = RedisServer {
            role,
            folder,
            port: 0,
            tls_port: None,
            password,
            child: None,
            log: Arc::new(Mutex::new(String::new())),
        };
        let has_tls = lines.iter().any(|line| line.starts_with("tls-cert-file "));
        loop {
            server.port = free_port();
            server.tls_port = has_tls.then(free_port);
            server.configure(lines);
            match server.launch() {
                Ok(()) => return server,
                // Between the look and the bind another program of this machine took the port. It has served
                // nothing yet, so it just gets another: the test does not begin before it has one.
                Err(said) if said.contains("Address already in use") => server.log.lock().unwrap().clear(),
                Err(said) => panic!("redis-server did not start; it said:\n{said}"),
            }
        }
    }

    fn configure(&self, lines: &[&str]) {
        let folder = self.folder.path().display();
        let tls = self.tls_port.map(|port| format!("tls-port {port}\n")).unwrap_or_default();
        let mut all =
            format!("bind 127.0.0.1\nport {}\ndir {folder}\nlogfile \"\"\ndaemonize no\n{tls}", self.port);
        if self.role == Role::Redis {
            all.push_str("save \"\"\nenable-debug-command yes\n");
        }
        lines.iter().for_each(|line| all.extend([line, "\n"]));
        fs::write(self.conf(), all).expect("redis.conf");
    }

    /// Starts it and waits until it says that it is ready; what it said instead if it has ended.
    fn launch(&mut self) -> Result<(), String> {
        let mut command = Command::new("redis-server");
        command.arg(self.conf());
        if self.role == Role::Sentinel {
            command.arg("--sentinel");
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("redis-server is missing: apt-get install redis-server");
        let stdout = child.stdout.take().expect("its standard output");
        self.child = Some(child);
        let (log, (say, said)) = (Arc::clone(&self.log), mpsc::channel());
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let is_ready = READY.iter().any(|words| line.contains(words));
                log.lock().unwrap().extend([&line, "\n"]);
                if is_ready {
                    let _ = say.send(());
                }
            }
        });
        match said.recv_timeout(PATIENCE) {
            Ok(()) => {
                self.wait_until("it answers", |server| {
                    server.try_cli(&["PING"]).is_ok_and(|pong| pong == "PONG")
                });
                Ok(())
            }
            Err(_) => {
                self.kill();
                Err(self.log())
            }
        }
    }

    /// Ends it at once, as a crash would (SIGKILL).
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("to kill Redis");
            child.wait().expect("to reap Redis");
        }
    }

    /// Starts it again after a [`kill`](Self::kill), on the same port and folder: with what its disk has.
    pub fn start_again(&mut self) {
        assert!(self.child.is_none(), "it still runs");
        let since = Instant::now();
        // An outgoing connection of another process may have its port for a moment: nothing listens there,
        // and it is this port that the nodes know.
        while let Err(said) = self.launch() {
            assert!(said.contains("Address already in use") && since.elapsed() < PATIENCE, "{said}");
            thread::sleep(LOOK);
        }
    }

    /// Stops its process, connections and all, without ending it (SIGSTOP).
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on after a [`pause`](Self::pause).
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let pid = self.child.as_ref().expect("a running Redis").id();
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process id");
        kill_process(pid, signal).expect("to signal Redis");
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// What a node is given as its engine, such as `redis://127.0.0.1:4321/0`, without a password.
    pub fn url(&self) -> String {
        format!("redis://{}/0", self.address())
    }

    /// The same over TLS. Its lines must have named a certificate, `tls-cert-file` and the rest.
    pub fn tls_url(&self) -> String {
        format!("rediss://127.0.0.1:{}/0", self.tls_port.expect("a Redis with a certificate"))
    }

    /// Where it keeps its files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// All that it has written to its log since the beginning, over restarts.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    fn conf(&self) -> std::path::PathBuf {
        self.folder.path().join("redis.conf")
    }

    /// Sends a command and gives the answer, the parts of a list each on a line. An error fails the test.
    pub fn cli(&self, words: &[&str]) -> String {
        self.try_cli(words).unwrap_or_else(|error| panic!("{words:?}: {error}\n{}", self.log()))
    }

    /// Sends a command and gives the answer, or the error: Redis's own or the connection's.
    pub fn try_cli(&self, words: &[&str]) -> Result<String, String> {
        ask(self.address(), self.password.as_deref(), words)
    }

    /// One value of `INFO`; empty if it is not there.
    pub fn info(&self, name: &str) -> String {
        let info = self.cli(&["INFO", "everything"]);
        let value = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        value.unwrap_or_default().trim_end().to_owned()
    }

    /// Waits until it is the primary (`master`) or a replica (`slave`). Whoever gives it another role cuts its
    /// connections, the one that asks too.
    pub fn wait_until_it_is(&self, role: &str) {
        self.wait_until(role, |redis| {
            let answer = redis.try_cli(&["ROLE"]);
            answer.is_ok_and(|words| words.lines().next() == Some(role))
        });
    }

    /// Waits until something is so that can only be asked for.
    pub fn wait_until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let since = Instant::now();
        while !is_so(self) {
            assert!(since.elapsed() < PATIENCE, "waited in vain until {what}\n{}", self.log());
            thread::sleep(LOOK);
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port of loopback on which nothing listens just now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// Sends one command on a connection of its own and gives the answer as text, or the error.
pub fn ask(server: SocketAddr, password: Option<&str>, words: &[&str]) -> Result<String, String> {
    let mut stream = connect(server).map_err(|error| error.to_string())?;
    let mut exchange = |words: &[&str]| -> Result<String, String> {
        let mut command = format!("*{}\r\n", words.len());
        words.iter().for_each(|word| command.push_str(&format!("${}\r\n{word}\r\n", word.len())));
        stream.get_mut().write_all(command.as_bytes()).map_err(|error| error.to_string())?;
        answer(&mut stream).map_err(|error| error.to_string())?
    };
    if let Some(password) = password {
        exchange(&["AUTH", password])?;
    }
    exchange(words)
}

fn connect(server: SocketAddr) -> io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect_timeout(&server, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(BufReader::new(stream))
}

/// Reads one answer of RESP 2: text, or Redis's error.
fn answer(stream: &mut BufReader<TcpStream>) -> io::Result<Result<String, String>> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let line = line.trim_end();
    let (kind, rest) = line.split_at_checked(1).ok_or(io::ErrorKind::UnexpectedEof)?;
    let count = || rest.parse::<i64>().map_err(io::Error::other);
    Ok(match kind {
        "-" => Err(rest.to_owned()),
        "$" => match usize::try_from(count()?) {
            Err(_) => Ok(String::new()),
            Ok(bytes) => {
                let mut text = vec![0; bytes + 2];
                stream.read_exact(&mut text)?;
                text.truncate(bytes);
                Ok(String::from_utf8_lossy(&text).into_owned())
            }
        },
        "*" => {
            let parts = (0..count()?).map(|_| answer(stream)).collect::<io::Result<Vec<_>>>()?;
            parts.into_iter().collect::<Result<Vec<_>, _>>().map(|parts| parts.join("\n"))
        }
        _ => Ok(rest.to_owned()),
    })
}
