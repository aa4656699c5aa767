//! A server started by another program: under `strace`, or with a file system of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// It runs until this is dropped.
pub struct Wrapped {
    child: Child,
    /// The process id of the server, which may be a child of the other program.
    pub pid: i32,
    pub address: SocketAddr,
}

impl Wrapped {
    /// Starts `server` as the arguments of `wrapper`.
    pub fn start(mut wrapper: Command, server: &Command) -> Wrapped {
        let name = wrapper.get_program().to_string_lossy().into_owned();
        wrapper.arg(server.get_program()).args(server.get_args());
        for (variable, _) in server.get_envs().filter(|(_, value)| value.is_none()) {
            wrapper.env_remove(variable);
        }
        let wrapper = wrapper.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = wrapper.spawn().unwrap_or_else(|error| {
            panic!("`{name}` cannot be run ({error}): install it, on Debian with `apt-get install {name}`")
        });
        let mut first = String::new();
        let output = child.stdout.take().expect("its standard output");
        BufReader::new(output).read_line(&mut first).expect("its first line");
        let ready: serde_json::Value = serde_json::from_str(&first)
            .unwrap_or_else(|_| panic!("the server did not start under `{name}`; it said {first:?}"));
        let url = ready["url"].as_str().expect("a url").trim_start_matches("http://");
        let own = child.id();
        // `unshare` becomes the server; `strace` has it as its child.
        let children = fs::read_to_string(format!("/proc/{own}/task/{own}/children")).unwrap_or_default();
        let server = children.split_whitespace().next().and_then(|pid| pid.parse().ok());
        let pid = server.unwrap_or(own.cast_signed());
        Wrapped { child, pid, address: url.parse().expect("an address") }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends the server, and waits for the program that started it.
    pub fn stop(&mut self) {
        if let Some(pid) = Pid::from_raw(self.pid) {
            // It may have ended by itself.
            let _ = kill_process(pid, Signal::KILL);
        }
        self.child.wait().expect("to reap the child");
    }
}

impl Drop for Wrapped {
    fn drop(&mut self) {
        self.stop();
    }
}
