//! `openline serve`: its flags, what it says when it is ready, and how it is told to stop. The server itself
//! is built elsewhere.

use std::io::{self, IsTerminal};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use clap::Args;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use tokio::signal::unix::{SignalKind, signal};

use super::settings::SettingsArgs;
use super::{Console, Failure};
use crate::config::{Config, DataPlace, EngineChoice};

/// How to serve.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Say where it listens as one JSON object
    #[arg(long)]
    pub json: bool,
    /// The flags that are settings.
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// Says on standard output that the server is ready at `listening`. The first line is the URL, or with
/// `json` the one object `{"url":…,"data":…,"engine":…}` (with Redis there is no `data`); that also tells where
/// the metrics are, whose port may have been left to the system.
pub fn announce(
    config: &Config,
    listening: SocketAddr,
    metrics: Option<SocketAddr>,
    json: bool,
    console: &mut Console,
) -> Result<(), Failure> {
    let banner = Banner { metrics, ..Banner::new(config, listening, lan_address()) };
    let with_code = io::stdout().is_terminal();
    let text = if json { banner.json() } else { banner.text(with_code) };
    Ok(console.line(&text)?)
}

/// Whether somebody is there to read standard error. What makes an owner is for people, not for log files.
pub fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Says by what URL whoever started the server becomes its owner.
pub fn offer_ownership(config: &Config, listening: SocketAddr, code: &str, console: &mut Console) {
    let url = base(config, listening);
    console
        .note(&format!("nobody owns this server yet; become its owner with this link:\n  {url}/join#{code}"));
}

/// How a URL begins by which the server is reached, as far as its settings tell.
pub(super) fn base(config: &Config, listening: SocketAddr) -> String {
    match &config.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => here(listening),
    }
}

/// The same from this machine.
fn here(listening: SocketAddr) -> String {
    let ip = match listening.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
    };
    format!("http://{}", SocketAddr::new(ip, listening.port()))
}

/// What there is to say about a server that is ready.
struct Banner<'a> {
    config: &'a Config,
    url: String,
    lan: Option<String>,
    metrics: Option<SocketAddr>,
}

impl<'a> Banner<'a> {
    /// `lan` is this machine's address in the local network.
    fn new(config: &'a Config, listening: SocketAddr, lan: Option<IpAddr>) -> Self {
        let all = listening.ip().is_unspecified();
        let lan = lan.filter(|_| config.lan && all);
        let lan = lan.map(|ip| format!("http://{}/", SocketAddr::new(ip, listening.port())));
        Banner { config, url: here(listening), lan, metrics: None }
    }

    fn json(&self) -> String {
        let mut object = serde_json::json!({ "url": self.url, "engine": self.config.engine });
        if self.config.engine == EngineChoice::Sqlite {
            object["data"] = serde_json::json!(self.config.data);
            if self.config.data == DataPlace::Memory {
                object["engine"] = "memory".into();
            }
        }
        if let Some(lan) = &self.lan {
            object["lan"] = lan.as_str().into();
        }
        if let Some(address) = self.metrics {
            object["metrics"] = format!("http://{address}/metrics").into();
        }
        object.to_string()
    }

    fn text(&self, with_code: bool) -> String {
        let url = &self.url;
        let mut text = format!(
            "{url}\n\n\
             Open it in a browser, or from a program:\n  \
             curl -d 'hello' {url}/rooms/lobby\n  \
             curl -N '{url}/rooms/lobby?live'\n"
        );
        if let Some(lan) = &self.lan {
            text.push_str(&format!("\nOn the local network: {lan}\n"));
            if let Some(code) = QrCode::new(lan).ok().filter(|_| with_code) {
                // Light on dark, since most terminals are dark, with the quiet zone that readers need.
                let picture = code.render().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
                text.push_str(&format!("\n{picture}\n"));
            }
        } else if self.config.lan && self.config.listen.ip().is_unspecified() {
            text.push_str("\nThis machine seems to be in no network that others could reach it by.\n");
        }
        text
    }
}

/// The address by which others in the local network reach this machine: that from which it would send to the
/// outside. Connecting a UDP socket only picks it; nothing is sent.
fn lan_address() -> Option<IpAddr> {
    // An address that is reserved for documentation (RFC 5737), so that it is nobody's.
    let outside = (Ipv4Addr::new(192, 0, 2, 1), 9);
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(outside).ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

/// For so long after the first signal, more of them are the same request: `timeout` sends SIGTERM twice, and
/// with Ctrl-C a parent may pass on what the terminal has sent already.
const SAME_REQUEST: Duration = Duration::from_secs(1);

/// Waits until the process is asked to stop, by SIGINT (Ctrl-C) or SIGTERM. Ctrl-C once more, and it stops at
/// once, with 130 as a shell would have it.
pub fn shutdown_signal() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tokio::spawn(async {
            tokio::time::sleep(SAME_REQUEST).await;
            // A new listener hears only what comes from now on.
            if let Ok(mut impatient) = signal(SignalKind::interrupt()) {
                impatient.recv().await;
                std::process::exit(130);
            }
        });
    })
}

#[cfg(test)]
mod tests {
    use super::super::scripted::console;
    use super::*;

    fn banner<'a>(config: &'a Config, listening: &str) -> Banner<'a> {
        Banner::new(config, listening.parse().expect("an address"), Some(IpAddr::from([192, 168, 1, 5])))
    }

    #[test]
    fn the_first_line_is_the_url() {
        let config = Config::default();
        let text = banner(&config, "127.0.0.1:4321").text(true);
        assert_eq!(text.lines().next(), Some("http://127.0.0.1:4321"));
        assert!(text.contains("curl -d 'hello' http://127.0.0.1:4321/rooms/lobby\n"));
        assert!(!text.contains("192.168"), "not asked to be in the network");
        assert!(banner(&config, "[::1]:80").text(false).starts_with("http://[::1]:80\n"));
    }

    #[test]
    fn an_owner_is_offered_the_link_by_which_others_come_too() {
        let config = Config::default();
        let listening = "0.0.0.0:4321".parse().expect("an address");
        let (mut console, out, notes) = console();
        offer_ownership(&config, listening, "the-code", &mut console);
        assert!(notes.text().ends_with("  http://127.0.0.1:4321/join#the-code\n"), "{}", notes.text());
        assert_eq!(out.text(), "", "what scripts read has no secret in it");
        let public_url = Some("https://chat.example.org/".to_owned());
        assert_eq!(base(&Config { public_url, ..config }, listening), "https://chat.example.org");
    }

    #[test]
    fn as_json_it_is_one_object_on_one_line() {
        let config = Config::default();
        assert_eq!(
            banner(&config, "127.0.0.1:4321").json(),
            r#"{"data":"openline-data","engine":"sqlite","url":"http://127.0.0.1:4321"}"#
        );
        let engine = "redis://ann:secret@h".to_owned().try_into().expect("a Redis");
        assert_eq!(
            banner(&Config { engine, ..Config::default() }, "127.0.0.1:4321").json(),
            r#"{"engine":"redis://ann@h:6379/0","url":"http://127.0.0.1:4321"}"#,
            "neither a folder nor a password"
        );
        let in_memory = Config { data: DataPlace::Memory, ..Config::default() };
        assert_eq!(
            banner(&in_memory, "127.0.0.1:4321").json(),
            r#"{"data":"memory","engine":"memory","url":"http://127.0.0.1:4321"}"#
        );
        let metrics = "127.0.0.1:9100".parse().ok();
        let measured = Banner { metrics, ..banner(&config, "127.0.0.1:4321") };
        assert!(measured.json().contains(r#""metrics":"http://127.0.0.1:9100/metrics""#));
    }

    #[test]
    fn in_the_local_network_it_shows_an_address_for_phones() {
        let config =
            Config { lan: true, listen: "0.0.0.0:3000".parse().expect("an address"), ..Config::default() };
        let ready = banner(&config, "0.0.0.0:3000");
        assert!(ready.text(false).starts_with("http://127.0.0.1:3000\n"));
        assert!(ready.text(false).ends_with("\nOn the local network: http://192.168.1.5:3000/\n"));
        assert!(ready.text(true).contains('█'), "a code that a phone can read");
        assert!(ready.json().contains(r#""lan":"http://192.168.1.5:3000/""#));
        let alone = Banner::new(&config, config.listen, None);
        assert!(alone.text(true).contains("in no network"));
    }
}
