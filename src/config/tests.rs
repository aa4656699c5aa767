use std::path::Path;

use super::*;
use crate::engine::{RedisPlace, Secret};

fn load_with(
    file: Option<&str>,
    variables: &[(&str, &str)],
    flags: &[(&str, &str)],
) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("openline.toml");
    if let Some(text) = file {
        std::fs::write(&path, text).expect("written");
    }
    let variables = variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let flags = flags.iter().map(|(key, text)| Given {
        name: format!("--{key}"),
        key: (*key).to_owned(),
        text: (*text).to_owned(),
    });
    let prefix = format!("{}/", folder.path().display());
    let mut loaded = Config::load(file.map(|_| path.as_path()), variables, flags);
    if let Err(error) = &mut loaded {
        error.place = error.place.replace(&prefix, "");
    }
    loaded
}

fn file_error(text: &str) -> String {
    load_with(Some(text), &[], &[]).expect_err(text).to_string()
}

fn variable_error(name: &str, text: &str) -> String {
    load_with(None, &[(name, text)], &[]).expect_err(name).to_string()
}

#[test]
fn nothing_given_is_the_default() {
    assert_eq!(load_with(None, &[], &[]), Ok(Config::default()));
    assert_eq!(load_with(Some(""), &[("HOME", "/"), ("OPENLINE_LISTEN", "")], &[]), Ok(Config::default()));
}

#[test]
fn each_layer_wins_over_the_one_below() {
    let file = "grace = '1s'\nlog = 'warn'\nlan = true\n[limits]\nlines = 1\nbody_bytes = '1MiB'\n";
    let variables =
        [("OPENLINE_GRACE", "2s"), ("OPENLINE_LIMITS_LINES", "2"), ("OPENLINE_HOSTS", "a.org, B.org")];
    let config = load_with(Some(file), &variables, &[("grace", "3s")]).expect("right");
    assert_eq!(config.grace, Span::seconds(3));
    assert_eq!(config.limits.lines, 2);
    assert_eq!(config.log, "warn");
    assert_eq!(config.limits.body_bytes, 1 << 20);
    assert_eq!(config.limits.head_bytes, 16 * 1024, "a sibling keeps its default");
    assert_eq!(config.hosts, ["a.org", "b.org"]);
}

#[test]
fn every_key_can_be_set_by_a_variable() {
    let defaults = toml::Table::try_from(Config::default()).expect("a table");
    let keys: Vec<String> = Config::keys().collect();
    assert!(keys.len() > 30 && keys.contains(&"limits.body_bytes".to_owned()), "{keys:?}");
    for key in keys {
        let value = key
            .split('.')
            .try_fold(toml::Value::Table(defaults.clone()), |value, name| value.get(name).cloned());
        let text = match value {
            Some(toml::Value::String(text)) => text,
            Some(toml::Value::Array(_)) => "10.0.0.0/8".to_owned(),
            Some(value) => value.to_string(),
            None => "127.0.0.1:1".to_owned(),
        };
        let name = format!("OPENLINE_{}", key.replace('.', "_").to_uppercase());
        if let Err(error) = load_with(None, &[(&name, &text)], &[]) {
            // Understood as this key, though such a value is not a right one for it.
            assert!(["public_url", "hosts", "origins"].contains(&error.place.as_str()), "{error}");
        }
    }
}

#[test]
fn errors_in_a_file_say_where_and_what() {
    assert_eq!(file_error("\nlisen = 1"), "openline.toml:2: there is no key `lisen`; did you mean `listen`?");
    assert_eq!(
        file_error("[limits]\n\nbody_byte = 1"),
        "openline.toml:3: there is no key `limits.body_byte`; did you mean `limits.body_bytes`?"
    );
    assert_eq!(
        file_error("body_bytes = 1"),
        "openline.toml:1: there is no key `body_bytes`; did you mean `limits.body_bytes`?",
        "the right name in the wrong place"
    );
    assert_eq!(file_error("zzz = 1"), "openline.toml:1: there is no key `zzz`");
    assert_eq!(
        file_error("[stream]\nheartbeat = '15'"),
        "openline.toml:2: `15` is not a span of time; write a whole number and ms, s, m, h or d, such as 15s"
    );
    assert_eq!(
        file_error("listen = 'localhost'"),
        "openline.toml:1: `localhost` is not an address and port, such as 127.0.0.1:3000 or [::1]:3000"
    );
    assert!(file_error("lan = 'yes'").starts_with("openline.toml:1: invalid type"));
    assert!(file_error("[ring]\nbytes = true").contains(":2: expected a size"));
    assert!(file_error("lan = \n").starts_with("openline.toml:1: "));
    assert!(file_error("[rooms]\ncreate = 'all'").contains("`anyone`"));
    let missing = Config::load(Some(Path::new("/nowhere/openline.toml")), [], []).expect_err("missing");
    assert!(missing.to_string().starts_with("/nowhere/openline.toml: No such file"));
}

#[test]
fn errors_elsewhere_say_which_variable_or_flag() {
    assert_eq!(
        variable_error("OPENLINE_LIMIT_BODY_BYTES", "1"),
        "the environment: there is no setting `OPENLINE_LIMIT_BODY_BYTES`; did you mean `OPENLINE_LIMITS_BODY_BYTES`?"
    );
    assert!(variable_error("OPENLINE_PORT", "3000").starts_with("the environment: there is no setting"));
    assert!(variable_error("OPENLINE_LAN", "yes").starts_with("OPENLINE_LAN: invalid type"));
    assert!(
        variable_error("OPENLINE_LIMITS_LINES", "-1").starts_with("OPENLINE_LIMITS_LINES: invalid value")
    );
    assert!(variable_error("OPENLINE_TRUSTED_PROXIES", "10.0.0.0/8,x").contains("`x` is not a network"));
    let error = load_with(None, &[], &[("grace", "soon")]).expect_err("wrong").to_string();
    assert!(error.starts_with("--grace: `soon` is not a span"), "{error}");
}

#[test]
fn variables_of_others_are_left_alone() {
    let variables = [
        ("OPENLINE_CONFIG", "x"),
        ("OPENLINE_URL", "http://x"),
        ("OPENLINE_PORT", "tcp://10.0.0.1:3000"),
        ("OPENLINE_PORT_3000_TCP_ADDR", "10.0.0.1"),
        ("OPENLINE_SERVICE_HOST", "10.0.0.1"),
        ("OPENLINEX", "1"),
    ];
    assert_eq!(load_with(None, &variables, &[]), Ok(Config::default()));
}

#[test]
fn relative_paths_in_a_file_start_from_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("openline.toml");
    std::fs::write(&path, "data = 'd'\n[pages]\ndir = '/p'\n[redis]\nca = 'c'").expect("written");
    let config = Config::load(Some(&path), [], []).expect("right");
    assert_eq!(config.redis.ca, Some(folder.path().join("c")));
    assert_eq!(config.data, DataPlace::Folder(folder.path().join("d")));
    assert_eq!(config.pages, Some(Pages { dir: "/p".into() }));
    std::fs::write(&path, "data = 'memory'\n").expect("written");
    assert_eq!(Config::load(Some(&path), [], []).expect("right").data, DataPlace::Memory);
    let given = ("OPENLINE_DATA".to_owned(), "d".to_owned());
    let config = Config::load(Some(&path), [given], []).expect("right");
    assert_eq!(
        config.data,
        DataPlace::Folder("d".into()),
        "what is given elsewhere starts from where one is"
    );
}

#[test]
fn what_cannot_work_is_refused() {
    for (text, part) in [
        ("engine = 'oracle'", "openline.toml:1: there is no engine `oracle`; write \"sqlite\", or where"),
        ("engine = 'redis://a,b'", "openline.toml:1: several hosts are Sentinels"),
        ("[redis]\nprefix = ''", "redis.prefix: `` must be 1 to 64"),
        ("[redis]\nprefix = '{a}'", "redis.prefix: `{a}` must be 1 to 64"),
        ("[redis]\ntimeout = '0s'", "redis.timeout: it must be longer than nothing"),
        ("engine = 'redis://h'\n[redis]\nca = 'ca.pem'", "redis.ca: certificates are for TLS"),
        ("public_url = 'chat.example.org'", "public_url: "),
        ("public_url = 'https://a.org/chat'", "public_url: "),
        ("public_url = 'ftp://a.org'", "public_url: "),
        ("origins = ['*']", "origins: "),
        ("hosts = ['a.org:3000']", "hosts: `a.org:3000` is not a host name"),
        ("log = 'a=b=c'", "log: `a=b=c` is not a log filter"),
        ("[limits]\nhead_bytes = 100", "limits.head_bytes: 100 is too little"),
        ("[ring]\nbytes = 100", "ring.bytes: 100 is too little"),
        ("[stream]\nheartbeat = '0s'", "stream.heartbeat: it must be longer than nothing"),
        ("[routes]\nchat = 'lobby'", "routes: `chat` must begin with /"),
        ("[pages]", "pages.dir: say which folder"),
    ] {
        let error = file_error(text);
        assert!(error.starts_with(part), "{text}: {error}");
    }
}

#[test]
fn what_comes_out_is_ready() {
    let config = load_with(
        Some(
            "lan = true\npublic_url = 'HTTPS://Chat.Example.org/'\ntrusted_proxies = ['10.0.0.0/8', '::1']\n",
        ),
        &[],
        &[],
    )
    .expect("right");
    assert_eq!(config.listen.to_string(), "0.0.0.0:3000");
    assert_eq!(config.public_url.as_deref(), Some("https://chat.example.org"));
    assert_eq!(config.trusted_proxies[1].to_string(), "::1/128");
    let config = load_with(Some("lan = true\nlisten = '192.168.1.5:80'"), &[], &[]).expect("right");
    assert_eq!(config.listen.to_string(), "192.168.1.5:80", "an address that was chosen stays");
    let config = load_with(Some("[retention]\nhistory_age = '30d'"), &[], &[]).expect("right");
    assert_eq!(config.retention.history_age, Some(Span::days(30)));
}

/// The place of a Redis in the settings.
fn redis(config: &Config) -> &RedisPlace {
    let EngineChoice::Redis(place) = &config.engine else { panic!("no Redis: {:?}", config.engine) };
    place
}

#[test]
fn an_engine_comes_from_each_layer_and_its_password_wins_over_the_one_in_the_url() {
    let file = "engine = 'redis://ann:of-url@h'\n[redis]\nwait_replicas = 1\ntimeout = '5s'\n";
    let config = load_with(Some(file), &[], &[]).expect("right");
    assert_eq!(redis(&config).to_string(), "redis://ann@h:6379/0");
    assert_eq!(redis(&config).password, Some(Secret::new("of-url")));
    assert_eq!((config.redis.wait_replicas, config.redis.timeout), (1, Span::seconds(5)));
    let of_variable = ("OPENLINE_REDIS_PASSWORD", "12345");
    let config = load_with(Some(file), &[of_variable], &[]).expect("right");
    assert_eq!(redis(&config).password, Some(Secret::new("12345")), "also if it looks like a number");
    let given = [("OPENLINE_ENGINE", "rediss://variable"), of_variable];
    let config = load_with(Some(file), &given, &[("engine", "redis://flag/1")]).expect("right");
    assert_eq!(redis(&config).to_string(), "redis://flag:6379/1");
    assert_eq!(
        load_with(Some(file), &[], &[("engine", "sqlite")]).expect("right").engine,
        EngineChoice::Sqlite
    );
}

#[test]
fn no_password_is_ever_shown() {
    let file =
        "engine = 'redis://ann:secret1@h'\n[redis]\npassword = 'secret2'\nsentinel_password = 'secret3'\n";
    let config = load_with(Some(file), &[], &[]).expect("right");
    let toml = toml::to_string(&config).expect("TOML");
    let json = serde_json::to_string(&config).expect("JSON");
    for shown in [format!("{config:?}"), json, toml.clone()] {
        assert!(!shown.contains("secret"), "{shown}");
    }
    assert!(toml.contains("engine = \"redis://ann@h:6379/0\"\n"), "{toml}");
    assert!(toml.contains("\npassword = \"(hidden)\"\nsentinel_password = \"(hidden)\"\n"), "{toml}");
    for (file, part) in [
        ("engine = 'redis://u:sec/ret@h'", ":1: in the user and the password"),
        ("engine = 'redis:secret@h'", ":1: write \"sqlite\", or where a Redis is"),
        ("engine = 'redis:secret'", ":1: write \"sqlite\", or where a Redis is"),
        ("engine = 'reddis://secret@h'", ":1: the address of a Redis begins with redis://"),
        ("engine = 'redis://h:secret'", ":1: a port is a number"),
        ("[redis]\npassword = 1234567", ":2: expected a password in quotes"),
        ("[redis]\npassword = '(hidden)'", ":2: `(hidden)` stands for a password"),
        ("[redis]\npassword = secret", ":2: "),
        ("[redis]\npassword = 'secret", ":2: "),
    ] {
        let error = file_error(file);
        assert!(error.starts_with(&format!("openline.toml{part}")), "{file}: {error}");
        assert!(!error.contains("ret") && !error.contains("1234567"), "{error}");
    }
}

#[test]
fn the_effective_settings_read_back_as_the_same() {
    let config =
        load_with(Some("metrics = '127.0.0.1:9'\n[routes]\n'/a' = 'b'\n[pages]\ndir = '/p'\n"), &[], &[])
            .expect("right");
    let text = toml::to_string(&config).expect("TOML");
    assert_eq!(toml::from_str::<Config>(&text).expect("read back"), config);
}

#[test]
fn the_example_file_is_fresh_and_says_the_defaults() {
    let example = example().expect("made");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openline.example.toml");
    let stored = std::fs::read_to_string(path).expect("openline.example.toml");
    assert_eq!(stored, example, "to make it anew: openline config --example > openline.example.toml");
    assert_eq!(toml::from_str::<Config>(&example).expect("it parses"), Config::default());

    // With every key set to what it shows, only what has no default is not the default.
    let is_setting = |rest: &str| {
        let name = rest.split(" = ").next().unwrap_or_default().trim_matches(['[', ']', '"', '/']);
        rest.starts_with('[')
            || (rest.contains(" = ") && name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
    };
    let all: String = example
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| is_setting(rest)).unwrap_or(line).to_owned() + "\n")
        .collect();
    let mut config: Config = toml::from_str(&all).expect("it parses");
    assert_eq!(config.public_url.take().as_deref(), Some("https://chat.example.org"));
    assert!(config.metrics.take().is_some());
    assert_eq!(config.pages.take(), Some(Pages { dir: "site".into() }));
    assert_eq!(std::mem::take(&mut config.routes).len(), 1);
    assert!(config.redis.password.take().is_some() && config.redis.sentinel_password.take().is_some());
    assert_eq!(config.redis.ca.take(), Some("redis-ca.pem".into()));
    assert_eq!(config, Config::default());
    for key in Config::keys() {
        let name = key.rsplit('.').next().unwrap_or_default();
        assert!(all.contains(&format!("\n{name} = ")), "{key} is shown");
    }
}
