//! A server that runs: its processes, its folder, and how the load generator is to speak with it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::tree;

/// How long a server may take until it answers.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often is looked whether it does.
const LOOK: Duration = Duration::from_millis(10);

/// A server under measurement, until this is dropped.
pub struct Running {
    /// Where it listens, such as `http://127.0.0.1:3000`.
    pub url: String,
    /// How one speaks with it; nothing if it speaks as Openline does.
    pub dialect: Option<PathBuf>,
    /// What was started for it, in order; ended in the opposite order.
    children: Vec<Child>,
    /// Its configuration, data and logs. Removed with it, so it stands last.
    folder: TempDir,
}

impl Running {
    /// Nothing runs yet; there is a folder inside `place`.
    pub fn new(place: &Path) -> Result<Running> {
        fs::create_dir_all(place)?;
        let folder = tempfile::Builder::new().prefix("peer-").tempdir_in(place)?;
        Ok(Running { url: String::new(), dialect: None, children: Vec::new(), folder })
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The ids of all its processes, as they are now.
    pub fn ids(&self) -> Vec<u32> {
        self.children.iter().flat_map(|child| tree::ids(child.id())).collect()
    }

    /// Starts a process whose standard input stays open until this is dropped, and whose words go to a file.
    pub fn start(&mut self, command: &mut Command) -> Result<()> {
        let log = self.log()?;
        command.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log);
        self.children.push(spawn(command)?);
        Ok(())
    }

    /// The same, and reads the first line that it says.
    pub fn start_and_hear(&mut self, command: &mut Command) -> Result<String> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(self.log()?);
        let mut child = spawn(command)?;
        let out = child.stdout.take().context("its standard output")?;
        self.children.push(child);
        let (tell, heard) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let (mut out, mut line) = (BufReader::new(out), String::new());
            let _ = out.read_line(&mut line);
            let _ = tell.send(line);
            // Whoever writes more must not be held up.
            let _ = std::io::copy(&mut out, &mut std::io::sink());
        });
        let line = heard.recv_timeout(PATIENCE).with_context(|| self.said())?;
        ensure!(!line.is_empty(), self.said());
        Ok(line.trim().to_owned())
    }

    /// Waits until somebody listens on this port of loopback.
    pub fn wait_for(&mut self, port: u16) -> Result<()> {
        let (address, began) = (SocketAddr::from((Ipv4Addr::LOCALHOST, port)), Instant::now());
        while TcpStream::connect(address).is_err() {
            let ended = self.children.last_mut().is_some_and(|child| !matches!(child.try_wait(), Ok(None)));
            if ended || began.elapsed() > PATIENCE {
                bail!(self.said());
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Waits until it has so many processes, of which some are started by others.
    pub fn wait_for_processes(&mut self, count: usize) -> Result<()> {
        let began = Instant::now();
        while self.ids().len() < count {
            ensure!(began.elapsed() < PATIENCE, self.said());
            thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Writes one of the files in `bench/peers` into its folder, with the values filled in; says where it is.
    pub fn fill(&self, name: &str, values: &[(&str, String)]) -> Result<PathBuf> {
        let source = peers().join(name);
        let mut text = fs::read_to_string(&source).with_context(|| source.display().to_string())?;
        for (name, value) in values {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        let path = self.folder().join(source.file_name().context("a file's name")?);
        fs::write(&path, text)?;
        Ok(path)
    }

    fn log(&self) -> Result<File> {
        Ok(File::options().create(true).append(true).open(self.folder().join("words"))?)
    }

    /// Why it did not start: the last that it said.
    fn said(&self) -> String {
        let words = fs::read_to_string(self.folder().join("words")).unwrap_or_default();
        let last: Vec<&str> = words.lines().rev().take(5).collect();
        format!("it did not start: {}", last.into_iter().rev().collect::<Vec<_>>().join(" | "))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            tree::end(child.id());
            let _ = child.wait();
        }
    }
}

fn spawn(command: &mut Command) -> Result<Child> {
    command.spawn().with_context(|| format!("{} cannot be started", command.get_program().display()))
}

/// The folder of the peers.
pub fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/peers")
}

/// Ports of loopback that are free now. Each is another one.
pub fn ports<const COUNT: usize>() -> Result<[u16; COUNT]> {
    let mut listeners = Vec::new();
    for _ in 0..COUNT {
        listeners.push(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?);
    }
    let mut ports = [0; COUNT];
    for (port, listener) in ports.iter_mut().zip(&listeners) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}
