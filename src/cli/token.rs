//! `openline token`: what lets somebody in whom the server does not know yet. Whoever may run it has the data
//! folder, or the password of the Redis, and could change everything anyway.

use std::sync::Arc;

use clap::{Args, Subcommand};

use super::serve::base;
use super::settings::SettingsArgs;
use super::{Console, Exit, Failure};
use crate::chat::{Chat, OwnerKey};
use crate::config::{Config, DataPlace, EngineChoice};
use crate::engine::{Clock, Engine, Redis};

/// For whom.
#[derive(Debug, Args)]
pub struct TokenArgs {
    #[command(subcommand)]
    whose: Whose,
}

#[derive(Debug, Subcommand)]
enum Whose {
    /// Print a link by which somebody becomes an owner: once, within a day. The server may be running
    Owner(SettingsArgs),
}

/// Makes a link and prints it.
pub async fn run(args: &TokenArgs, console: &mut Console) -> Result<(), Failure> {
    let Whose::Owner(settings) = &args.whose;
    let config = settings.load()?;
    let code = owner_code(&config).await?;
    Ok(console.line(&format!("{}/join#{code}", base(&config, config.listen)))?)
}

/// A code that makes an owner. A folder is locked by its server, so it is signed with the key that both can
/// read; a Redis takes it as any other link.
async fn owner_code(config: &Config) -> Result<String, Failure> {
    let clock = Clock::system();
    match (&config.engine, &config.data) {
        (EngineChoice::Redis(place), _) => {
            let redis = Redis::open(place.clone(), config.redis.options(), clock.clone()).await;
            let engine: Arc<dyn Engine> = Arc::new(redis.map_err(|error| Failure::new(Exit::Other, error))?);
            let chat = Chat::new(Arc::clone(&engine), clock, config.policy());
            let link = chat.owner_link().await.map_err(|error| Failure::new(Exit::Other, error));
            engine.close().await;
            Ok(link?.code)
        }
        (_, DataPlace::Memory) => Err(Failure::said(
            Exit::Usage,
            "with data = \"memory\" nothing is kept that could be shared: the server prints a link when it starts",
        )),
        (_, DataPlace::Folder(folder)) => {
            let key = OwnerKey::in_folder(folder).map_err(|error| {
                Failure::said(Exit::Other, format!("the owner's key in {}: {error}", folder.display()))
            })?;
            Ok(key.sign(clock.now()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_link_is_signed_with_the_key_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataPlace::Folder(folder.path().to_owned());
        let config = Config { data, ..Config::default() };
        let (one, other) = (owner_code(&config).await.unwrap(), owner_code(&config).await.unwrap());
        assert!(one.starts_with("o.") && one != other);
    }

    #[tokio::test]
    async fn where_nothing_is_kept_there_is_nothing_to_sign_with() {
        let memory = Config { data: DataPlace::Memory, ..Config::default() };
        assert_eq!(owner_code(&memory).await.unwrap_err().exit, Exit::Usage);
        let nowhere = DataPlace::Folder("/nowhere/at/all".into());
        let failure = owner_code(&Config { data: nowhere, ..Config::default() }).await.unwrap_err();
        assert!(failure.text().contains("/nowhere/at/all"), "{}", failure.text());
    }
}
