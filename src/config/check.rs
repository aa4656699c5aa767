//! The one place where settings are judged: what passes here is ready to be used.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Config, ConfigError, EngineChoice, Span};

/// The settings made ready, or what is wrong with them. With `lan`, a loopback address to listen on becomes
/// all addresses; an address that was chosen stays.
pub(super) fn ready(mut config: Config) -> Result<Config, ConfigError> {
    redis(&mut config)?;
    if config.lan && config.listen.ip().is_loopback() {
        config.listen.set_ip(match config.listen {
            std::net::SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            std::net::SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        });
    }
    if let Some(url) = &mut config.public_url {
        *url = origin("public_url", url)?;
    }
    for listed in &mut config.origins {
        *listed = origin("origins", listed)?;
    }
    for host in &mut config.hosts {
        if host.is_empty() || host.contains(['/', ':', '@', ' ']) {
            return Err(wrong(
                "hosts",
                format!("`{host}` is not a host name; write only the name, without a port"),
            ));
        }
        host.make_ascii_lowercase();
    }
    if let Err(error) = tracing_subscriber::EnvFilter::try_new(&config.log) {
        return Err(wrong("log", format!("`{}` is not a log filter: {error}", config.log)));
    }
    bounds(&config)?;
    if let Some(path) = config.routes.keys().find(|path| !path.starts_with('/')) {
        return Err(wrong("routes", format!("`{path}` must begin with /")));
    }
    if config.pages.as_ref().is_some_and(|pages| pages.dir.as_os_str().is_empty()) {
        return Err(wrong("pages.dir", "say which folder the pages are in"));
    }
    Ok(config)
}

/// Whether keys in Redis can begin with this, which was given there.
pub fn prefix(place: &str, prefix: &str) -> Result<(), ConfigError> {
    let is_right = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    if !(1..=64).contains(&prefix.len()) || !prefix.bytes().all(is_right) {
        let what = format!("`{prefix}` must be 1 to 64 letters, digits and - _ . :, and nothing else");
        return Err(wrong(place, what));
    }
    Ok(())
}

/// The password that was set by itself wins over the one in the URL.
fn redis(config: &mut Config) -> Result<(), ConfigError> {
    prefix("redis.prefix", &config.redis.prefix)?;
    let EngineChoice::Redis(place) = &mut config.engine else { return Ok(()) };
    if config.redis.ca.is_some() && !place.tls {
        return Err(wrong("redis.ca", "certificates are for TLS; write rediss:// instead of redis://"));
    }
    if let Some(password) = &config.redis.password {
        place.password = Some(password.clone());
    }
    Ok(())
}

/// An http or https URL of no more than a host and perhaps a port, as a browser writes an origin.
fn origin(key: &str, text: &str) -> Result<String, ConfigError> {
    let parsed = text.parse::<http::Uri>().ok().filter(|uri| {
        let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
        let is_bare = uri.path() == "/" && uri.query().is_none() && !text.contains(['@', '#']);
        is_web && is_bare && uri.host().is_some_and(|host| !host.is_empty())
    });
    match parsed {
        Some(_) => Ok(text.trim_end_matches('/').to_ascii_lowercase()),
        None => Err(wrong(
            key,
            format!("`{text}` is not like https://chat.example.org, with nothing after the host"),
        )),
    }
}

/// Numbers below which nothing would work.
fn bounds(config: &Config) -> Result<(), ConfigError> {
    let (limits, stream, ring) = (&config.limits, &config.stream, &config.ring);
    let sizes = [
        ("limits.body_bytes", limits.body_bytes, 1),
        // The HTTP library takes no less, and a browser's head with cookies is not small.
        ("limits.head_bytes", limits.head_bytes, 8 * 1024),
        ("limits.rooms_per_line", limits.rooms_per_line, 1),
        ("limits.signal_bytes", limits.signal_bytes, 1),
        ("stream.batch_bytes", stream.batch_bytes, 1),
        ("ring.bytes", ring.bytes, limits.body_bytes),
        ("ring.signals", ring.signals, 1),
    ];
    for (key, value, least) in sizes {
        if value < least {
            return Err(wrong(key, format!("{value} is too little; it must be at least {least}")));
        }
    }
    let spans = [
        ("limits.head_timeout", limits.head_timeout),
        ("limits.write_timeout", limits.write_timeout),
        ("stream.heartbeat", stream.heartbeat),
        ("retention.log_age", config.retention.log_age),
        ("redis.timeout", config.redis.timeout),
    ];
    match spans.iter().find(|(_, span)| *span == Span::seconds(0)) {
        Some((key, _)) => Err(wrong(key, "it must be longer than nothing")),
        None => Ok(()),
    }
}

fn wrong(key: &str, what: impl Into<String>) -> ConfigError {
    ConfigError::new(key, what)
}
