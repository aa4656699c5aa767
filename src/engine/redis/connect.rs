//! From a place to connections: finds the primary, with the help of Sentinels if there are some, and makes
//! sure that it is one.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use redis::aio::{MultiplexedConnection, PubSub};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo,
    TlsCertificates, Value, cmd, from_redis_value,
};
use tokio::time::timeout;

use super::place::{Address, RedisPlace, Secret, Servers};
use super::reason::Trouble;
use super::{RedisOpenError, RedisOptions};

/// How long it may take to connect, at most.
const CONNECTING: Duration = Duration::from_secs(1);

/// Makes connections to the primary.
pub(super) struct Connector {
    place: RedisPlace,
    certificates: Option<TlsCertificates>,
    sentinel_password: Option<Secret>,
    /// How long an answer may take.
    pub(super) timeout: Duration,
    /// Grows when there is reason to think that the primary is elsewhere.
    era: AtomicU64,
    /// Which Sentinel was right last.
    sentinel: AtomicUsize,
}

impl Connector {
    pub(super) fn new(place: RedisPlace, options: &RedisOptions) -> Result<Self, RedisOpenError> {
        let authority = options.ca.as_ref().map(|file| {
            std::fs::read(file).map_err(|error| RedisOpenError::Authority { file: file.clone(), error })
        });
        Ok(Connector {
            certificates: authority
                .transpose()?
                .map(|pem| TlsCertificates { client_tls: None, root_cert: Some(pem) }),
            sentinel_password: options.sentinel_password.clone(),
            timeout: options.timeout,
            place,
            era: AtomicU64::new(0),
            sentinel: AtomicUsize::new(0),
        })
    }

    /// The present era. A connection of an earlier one may lead to a server that is not the primary any more,
    /// though it still answers: it is to be made anew, so that all connections of a node lead to one server.
    pub(super) fn era(&self) -> u64 {
        self.era.load(Ordering::SeqCst)
    }

    /// A connection was lost, or a server said that it is the wrong one: all are to be made anew.
    pub(super) fn doubt(&self) {
        self.era.fetch_add(1, Ordering::SeqCst);
    }

    /// A connection to the primary whose answers may take `patience`.
    pub(super) async fn connect(&self, patience: Duration) -> Result<MultiplexedConnection, Trouble> {
        Ok(self.primary(patience).await?.1)
    }

    /// A connection that only listens to channels.
    pub(super) async fn listen(&self) -> Result<PubSub, Trouble> {
        let (client, _) = self.primary(self.connecting()).await?;
        match timeout(self.connecting(), client.get_async_pubsub()).await {
            Ok(connection) => Ok(connection?),
            Err(_) => Err(Trouble::unsent("Redis does not answer in time".to_owned())),
        }
    }

    /// The primary, and a connection to it.
    async fn primary(&self, patience: Duration) -> Result<(Client, MultiplexedConnection), Trouble> {
        let Servers::Sentinels { list, primary } = &self.place.servers else {
            let Servers::One(address) = &self.place.servers else {
                return Err(Trouble::unsent("there is no server to ask".to_owned()));
            };
            return self.reach(address, patience).await;
        };
        // A Sentinel that was away may not have heard yet of a new primary: then another is asked.
        let first = self.sentinel.load(Ordering::Relaxed);
        let mut trouble = Trouble::unsent("there is no Sentinel to ask".to_owned());
        for place in (0..list.len()).map(|step| (first + step) % list.len()) {
            let found = match self.ask(&list[place], primary).await {
                Ok(address) => self.reach(&address, patience).await,
                Err(trouble) => Err(trouble),
            };
            match found {
                Ok(found) => {
                    self.sentinel.store(place, Ordering::Relaxed);
                    return Ok(found);
                }
                Err(error) => trouble = error,
            }
        }
        Err(Trouble { reason: format!("no Sentinel leads to the primary: {}", trouble.reason), ..trouble })
    }

    /// Connects to a server. If it is a replica now, goes to its primary instead.
    async fn reach(
        &self,
        address: &Address,
        patience: Duration,
    ) -> Result<(Client, MultiplexedConnection), Trouble> {
        let mut address = address.clone();
        for _ in 0..2 {
            let client = self.client(&address, self.login())?;
            let mut connection = self.open(&client, patience).await?;
            let role: Vec<Value> = cmd("ROLE").query_async(&mut connection).await?;
            match primary_of(&role) {
                None => return Ok((client, connection)),
                Some(primary) => address = primary,
            }
        }
        Err(Trouble::unsent(format!("{address} is a replica of a replica, not the primary")))
    }

    async fn open(&self, client: &Client, patience: Duration) -> Result<MultiplexedConnection, Trouble> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connecting()))
            .set_response_timeout(Some(patience));
        Ok(client.get_multiplexed_async_connection_with_config(&config).await?)
    }

    fn connecting(&self) -> Duration {
        self.timeout.min(CONNECTING)
    }

    /// Where the primary is, by what a Sentinel says.
    async fn ask(&self, sentinel: &Address, primary: &str) -> Result<Address, Trouble> {
        let mut login = RedisConnectionInfo::default();
        if let Some(password) = &self.sentinel_password {
            login = login.set_password(password.reveal());
        }
        let client = self.client(sentinel, login)?;
        let mut connection = self.open(&client, self.connecting()).await?;
        let mut ask = cmd("SENTINEL");
        ask.arg("GET-MASTER-ADDR-BY-NAME").arg(primary);
        let address: Option<(String, u16)> = ask.query_async(&mut connection).await?;
        let (host, port) = address
            .ok_or_else(|| Trouble::unsent(format!("the Sentinel {sentinel} does not watch {primary}")))?;
        Ok(Address { host, port })
    }

    fn client(&self, address: &Address, login: RedisConnectionInfo) -> Result<Client, Trouble> {
        let Address { host, port } = address.clone();
        let address = if self.place.tls {
            ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
        } else {
            ConnectionAddr::Tcp(host, port)
        };
        let info: ConnectionInfo = address.into_connection_info()?.set_redis_settings(login);
        Ok(match &self.certificates {
            Some(certificates) => Client::build_with_tls(info, certificates.clone())?,
            None => Client::open(info)?,
        })
    }

    fn login(&self) -> RedisConnectionInfo {
        let mut login = RedisConnectionInfo::default().set_db(self.place.database.into());
        if let Some(user) = &self.place.user {
            login = login.set_username(user);
        }
        if let Some(password) = &self.place.password {
            login = login.set_password(password.reveal());
        }
        login
    }
}

/// Whose replica a server is, by its answer to `ROLE`; none if it is a primary.
fn primary_of(role: &[Value]) -> Option<Address> {
    let text = |place: usize| from_redis_value::<String>(role.get(place)?.clone()).ok();
    if text(0)? != "slave" {
        return None;
    }
    Some(Address { host: text(1)?, port: text(2)?.parse().ok()? })
}
