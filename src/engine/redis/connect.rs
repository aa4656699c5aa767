//! From a place to connections: finds the primary, with the help of Sentinels if there are some, and makes
//! sure that it is one.

use std::time::Duration;

use redis::aio::{MultiplexedConnection, PubSub};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo,
    TlsCertificates, cmd,
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
        })
    }

    /// A connection whose answers may take `patience`.
    pub(super) async fn connect(&self, patience: Duration) -> Result<MultiplexedConnection, Trouble> {
        let client = self.primary().await?;
        let mut connection = self.open(&client, patience).await?;
        let role: redis::Value = cmd("ROLE").query_async(&mut connection).await?;
        match role {
            redis::Value::Array(parts) if parts.first().is_some_and(is_primary) => Ok(connection),
            _ => Err(Trouble::unsent("it is a replica, not the primary".to_owned())),
        }
    }

    /// A connection that only listens to channels. One to a replica would do as well.
    pub(super) async fn listen(&self) -> Result<PubSub, Trouble> {
        let client = self.primary().await?;
        match timeout(self.connecting(), client.get_async_pubsub()).await {
            Ok(connection) => Ok(connection?),
            Err(_) => Err(Trouble::unsent("Redis does not answer in time".to_owned())),
        }
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

    async fn primary(&self) -> Result<Client, Trouble> {
        match &self.place.servers {
            Servers::One(address) => self.client(address, self.login()),
            Servers::Sentinels { list, primary } => {
                let mut trouble = Trouble::unsent("there is no Sentinel to ask".to_owned());
                for sentinel in list {
                    match self.ask(sentinel, primary).await {
                        Ok(address) => return self.client(&address, self.login()),
                        Err(error) => trouble = error,
                    }
                }
                Err(Trouble {
                    reason: format!("no Sentinel knows the primary: {}", trouble.reason),
                    ..trouble
                })
            }
        }
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

fn is_primary(role: &redis::Value) -> bool {
    matches!(role, redis::Value::BulkString(word) if word == b"master")
}
