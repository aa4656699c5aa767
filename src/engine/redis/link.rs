//! One connection that many share, made again when it is lost.
//!
//! Nobody waits long for a Redis that is gone: while one connects the others wait for what comes of that,
//! and for a moment after a failure all are told so at once.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, FromRedisValue};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::connect::Connector;
use super::reason::Trouble;
use super::scripts::{Keys, Script, Scripts};

/// For so long after a failure nobody tries again.
const AFTER_FAILURE: Duration = Duration::from_millis(200);

/// A connection that turns out to be lost within this was lost before; later, Redis is in trouble.
const A_MOMENT: Duration = Duration::from_millis(500);

pub(super) struct Link {
    connector: Arc<Connector>,
    load: redis::Pipeline,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connection: Option<MultiplexedConnection>,
    /// The era of the connection.
    era: u64,
    failed: Option<(Instant, Trouble)>,
}

/// A connection, and which it is.
pub(super) struct Held {
    pub(super) connection: MultiplexedConnection,
    era: u64,
}

impl Link {
    pub(super) fn new(connector: Arc<Connector>, scripts: &Scripts) -> Self {
        Link { connector, load: scripts.load(), state: Mutex::default() }
    }

    /// The connection, made if there is none. It knows the scripts.
    pub(super) async fn hold(&self) -> Result<Held, Trouble> {
        let mut state = self.state.lock().await;
        let era = self.connector.era();
        if let Some(connection) = &state.connection
            && state.era == era
        {
            return Ok(Held { connection: connection.clone(), era });
        }
        state.connection = None;
        if let Some((at, trouble)) = &state.failed
            && at.elapsed() < AFTER_FAILURE
        {
            return Err(trouble.clone());
        }
        match self.connect().await {
            Ok(connection) => {
                (state.failed, state.era) = (None, era);
                state.connection = Some(connection.clone());
                Ok(Held { connection, era })
            }
            Err(trouble) => {
                // Nothing of what anybody wanted was sent.
                let trouble = Trouble { was_refused: true, ..trouble };
                state.failed = Some((Instant::now(), trouble.clone()));
                Err(trouble)
            }
        }
    }

    async fn connect(&self) -> Result<MultiplexedConnection, Trouble> {
        let mut connection = self.connector.connect(self.connector.timeout).await?;
        self.load.exec_async(&mut connection).await?;
        Ok(connection)
    }

    /// Makes the scripts known again to a server that has forgotten them.
    pub(super) async fn load(&self, held: &mut Held) -> Result<(), Trouble> {
        Ok(self.load.exec_async(&mut held.connection).await?)
    }

    /// Lets go of a connection that is of no more use, and of all others of its era.
    pub(super) fn lose(&self, held: &Held) {
        if self.connector.era() == held.era {
            self.connector.doubt();
        }
    }

    /// Proves that Redis answers.
    pub(super) async fn check(&self) -> Result<(), Trouble> {
        self.query::<redis::Value>(&redis::cmd("PING")).await.map(drop)
    }

    /// Asks for something that changes nothing, or that may be done twice. If the connection turns out to be
    /// lost, asks once more on a new one.
    pub(super) async fn query<T: FromRedisValue>(&self, query: &Cmd) -> Result<T, Trouble> {
        let began = Instant::now();
        match self.query_once(query).await {
            Err(trouble) if trouble.is_lost && !trouble.was_refused && began.elapsed() < A_MOMENT => {
                self.query_once(query).await
            }
            Err(trouble) if trouble.is_no_script => {
                let mut held = self.hold().await?;
                self.load(&mut held).await?;
                self.query_once(query).await
            }
            answer => answer,
        }
    }

    async fn query_once<T: FromRedisValue>(&self, query: &Cmd) -> Result<T, Trouble> {
        let mut held = self.hold().await?;
        match query.query_async(&mut held.connection).await {
            Ok(answer) => Ok(answer),
            Err(error) => {
                let trouble = Trouble::from(error);
                if trouble.is_lost {
                    self.lose(&held);
                }
                Err(trouble)
            }
        }
    }

    /// Runs a script that changes nothing, or that may be run twice.
    pub(super) async fn script<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &Keys,
        arguments: impl FnOnce(&mut Cmd),
    ) -> Result<T, Trouble> {
        let mut call = script.call(keys);
        arguments(&mut call);
        self.query(&call).await
    }
}
