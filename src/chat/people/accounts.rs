//! Accounts: a login and a password, by which somebody can sign in anywhere.

use std::net::IpAddr;

use super::attempts::{Attempt, Attempts};
use super::login::Login;
use super::passwords;
use super::{MOST_ATTEMPTS, Person, PersonChange, PersonId, SessionToken, put, replace};
use crate::chat::rights::{Case, Deed, Reason, may};
use crate::chat::schema::{self, LoginDocument, PersonDocument, Role};
use crate::chat::{Chat, Refusal, Speaker};
use crate::engine::{Check, Commit, Outcome, Version};

/// A login and a password as they were typed.
#[derive(Clone)]
pub struct Credentials {
    /// The login, in any spelling.
    pub login: String,
    /// The password.
    pub password: String,
}

impl Chat {
    /// Gives the asker, who has none, an account.
    pub async fn open_account(&self, speaker: &Speaker, chosen: &Credentials) -> Result<Person, Refusal> {
        let asker = self.somebody(speaker).await?;
        may(self.policy(), Case::of(asker.role), Deed::OpenAccount)?;
        let (login, account) = self.account(&asker.id, chosen).await?;
        for _ in 0..MOST_ATTEMPTS {
            let (version, before) = self.stored_person(&asker.id).await?;
            let mut commit = Commit::new();
            let document = self.take_login(&mut commit, &login, &account, &before).await?;
            replace(&mut commit, &asker.id, version, &document);
            if self.tell(commit, &asker.id, PersonChange::Role, Vec::new()).await? {
                return Ok(Person::of(asker.id, document));
            }
        }
        Err(Refusal::Busy)
    }

    /// By what somebody signs in, if they have an account.
    pub async fn login_of(&self, id: &PersonId) -> Result<Option<String>, Refusal> {
        Ok(self.stored_person(id).await?.1.login)
    }

    /// Signs somebody in. Whether there is such a login is not told, not even by how long it takes.
    pub async fn sign_in(
        &self,
        given: &Credentials,
        from: IpAddr,
        device: &str,
    ) -> Result<(Person, SessionToken), Refusal> {
        let Ok(login) = Login::parse(&given.login) else { return Err(Refusal::WrongPassword) };
        let (version, account) = self.prove(&login, Some(&given.password), from).await?;
        let id = PersonId(account.person);
        let document = match self.stored_person(&id).await {
            Err(Refusal::NoSuchPerson) => return Err(Refusal::WrongPassword),
            stored => stored?.1,
        };
        let mut commit = Commit::new();
        // Should the password be another one by now, it was the wrong one.
        commit.checks.push(Check::At(schema::login(login.as_str()), version));
        let token = self.admit(&mut commit, &id, device).await?;
        match self.told(commit).await? {
            Outcome::Done { .. } => Ok((Person::of(id, document), token)),
            Outcome::Conflict => Err(Refusal::WrongPassword),
        }
    }

    /// Gives the asker another password, and ends all their sessions but this one.
    pub async fn change_password(
        &self,
        speaker: &Speaker,
        old: Option<&str>,
        new: &str,
        from: IpAddr,
    ) -> Result<(), Refusal> {
        let asker = self.somebody(speaker).await?;
        let Some(login) = self.login_of(&asker.id).await? else { return Err(Reason::Role.into()) };
        let login = Login::parse(&login)?;
        passwords::check(new, &login)?;
        let (version, account) = self.prove(&login, old, from).await?;
        let password = Some(self.accounts.passwords.hash(new).await?);
        let mut commit = Commit::new();
        let key = schema::login(login.as_str());
        commit.checks.push(Check::At(key.clone(), version));
        commit.puts.push(put(key, &LoginDocument { password, ..account }));
        let sessions = self.sessions(&asker.id).await?.into_iter().map(|session| session.id);
        let this = speaker.session.as_deref();
        self.end_in(
            &mut commit,
            &asker.id,
            sessions.filter(|session| Some(session.as_str()) != this).collect(),
        );
        match self.told(commit).await? {
            Outcome::Done { .. } => Ok(()),
            Outcome::Conflict => Err(Refusal::Busy),
        }
    }

    /// The account of a login, for who knows its password. One without a password, whose owner signs in by
    /// links, is proved by being signed in: by no password.
    pub(super) async fn prove(
        &self,
        login: &Login,
        password: Option<&str>,
        from: IpAddr,
    ) -> Result<(Version, LoginDocument), Refusal> {
        let attempt = self.attempt(&self.accounts.attempts, login, from)?;
        let key = schema::login(login.as_str());
        let found = match self.engine().get(std::slice::from_ref(&key)).await {
            Ok(mut found) => found.pop().flatten(),
            Err(error) => {
                attempt.not_made();
                return Err(error.into());
            }
        };
        let found = match found {
            Some(stored) => Some((stored.version, schema::read::<LoginDocument>(&key, &stored)?)),
            None => None,
        };
        let stored = found.as_ref().and_then(|(_, account)| account.password.as_deref());
        let is_proved = match (&found, password) {
            (Some(_), None) if stored.is_none() => Ok(true),
            _ => self.accounts.passwords.matches(password.unwrap_or_default(), stored).await,
        };
        match (is_proved, found) {
            (Ok(true), Some(found)) => {
                attempt.succeeded();
                Ok(found)
            }
            (Ok(_), _) => Err(Refusal::WrongPassword),
            (Err(refusal), _) => {
                attempt.not_made();
                Err(refusal)
            }
        }
    }

    fn attempt<'a>(
        &self,
        attempts: &'a Attempts,
        login: &Login,
        from: IpAddr,
    ) -> Result<Attempt<'a>, Refusal> {
        attempts.begin(login, from, self.clock().now()).map_err(|wait| {
            let seconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).div_ceil(1000);
            Refusal::TooManyAttempts { seconds }
        })
    }

    /// A login and what is to be stored under it, for somebody's account.
    pub(super) async fn account(
        &self,
        person: &PersonId,
        chosen: &Credentials,
    ) -> Result<(Login, LoginDocument), Refusal> {
        let login = Login::parse(&chosen.login)?;
        passwords::check(&chosen.password, &login)?;
        let password = Some(self.accounts.passwords.hash(&chosen.password).await?);
        Ok((login, LoginDocument { person: person.0.clone(), password }))
    }

    /// Adds an account to a commit, and gives the person's document with it.
    pub(super) async fn take_login(
        &self,
        commit: &mut Commit,
        login: &Login,
        account: &LoginDocument,
        person: &PersonDocument,
    ) -> Result<PersonDocument, Refusal> {
        if person.login.is_some() {
            return Err(Refusal::LoginTaken);
        }
        let key = schema::login(login.as_str());
        if self.engine().get(std::slice::from_ref(&key)).await?.iter().any(Option::is_some) {
            return Err(Refusal::LoginTaken);
        }
        commit.checks.push(Check::Absent(key.clone()));
        commit.puts.push(put(key, account));
        let login = Some(login.as_str().to_owned());
        Ok(PersonDocument { role: person.role.max(Role::Member), login, ..person.clone() })
    }
}
