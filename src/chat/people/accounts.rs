//! Accounts: a login and a password, by which somebody can sign in anywhere.

use std::net::IpAddr;

use super::attempts::Asking;
use super::login::Login;
use super::{Person, PersonChange, PersonId, SessionToken, passwords};
use crate::chat::rights::{Case, Deed, may};
use crate::chat::schema::{self, LoginDocument, PersonDocument, Role};
use crate::chat::{Chat, Refusal, Speaker};
use crate::engine::{Commit, Outcome, Version};

/// A login and a password as they were typed.
#[derive(Clone)]
pub struct Credentials {
    /// The login, in any spelling.
    pub login: String,
    /// The password.
    pub password: String,
}

/// A login and a password that will do, which is hashed by now.
pub(super) struct Account {
    login: Login,
    password: String,
}

impl Chat {
    /// Gives the asker, who has none, an account.
    pub async fn open_account(&self, speaker: &Speaker, chosen: &Credentials) -> Result<Person, Refusal> {
        let asker = self.asker(speaker).await?;
        may(self.policy(), Case::of(&asker.document), Deed::OpenAccount)?;
        let account = self.account(chosen, &asker.document).await?;
        self.insist(|| async {
            let asker = self.asker(speaker).await?;
            may(self.policy(), Case::of(&asker.document), Deed::OpenAccount)?;
            let mut commit = Commit::new();
            let document = self.take_login(&mut commit, &account, &asker.id, &asker.document).await?;
            self.change_to(commit, asker, document, PersonChange::Role).await
        })
        .await
    }

    /// By what somebody signs in, if they have an account.
    pub async fn login_of(&self, id: &PersonId) -> Result<Option<String>, Refusal> {
        Ok(self.stored_person(id).await?.document.login)
    }

    /// Signs somebody in. Whether there is such a login is not told, not even by how long it takes.
    pub async fn sign_in(
        &self,
        given: &Credentials,
        from: IpAddr,
        device: &str,
    ) -> Result<(Person, SessionToken), Refusal> {
        let Ok(login) = Login::parse(&given.login) else { return Err(Refusal::WrongPassword) };
        let proved = self.prove(&login, Asking::Anybody(&login), Some(&given.password), from).await?;
        let id = PersonId(proved.document.person.clone());
        self.insist(|| async {
            let person = match self.stored_person(&id).await {
                Err(Refusal::NoSuchPerson) => return Err(Refusal::WrongPassword),
                stored => stored?,
            };
            // A bot comes in by its token.
            if person.document.bot {
                return Err(Refusal::WrongPassword);
            }
            let mut commit = Commit::new();
            self.hold_password(&mut commit, &login, proved.version).await?;
            let token = self.admit(&mut commit, &person, device).await?;
            let is_done = self.commit_and_hear(commit).await? != Outcome::Conflict;
            Ok(is_done.then(|| (Person::of(person.id, person.document), token)))
        })
        .await
    }

    /// Gives the asker another password, and ends all by which they could come in but what they are known by now:
    /// their other sessions, and the links that sign them in.
    pub async fn change_password(
        &self,
        speaker: &Speaker,
        old: Option<&str>,
        new: &str,
        from: IpAddr,
    ) -> Result<(), Refusal> {
        let asker = self.asker(speaker).await?;
        may(self.policy(), Case::of(&asker.document), Deed::ChangePassword)?;
        let login = Login::parse(asker.document.login.as_deref().unwrap_or_default())?;
        passwords::check(new, &login)?;
        let proved = self.prove(&login, Asking::Known(&asker.id), old, from).await?;
        let password = Some(self.accounts.passwords.hash(new).await?);
        let document = LoginDocument { password, ..proved.document };
        self.insist(|| async {
            let asker = self.asker(speaker).await?;
            let mut commit = Commit::new();
            self.hold_password(&mut commit, &login, proved.version).await?;
            commit.put(schema::login(login.as_str()), &document);
            asker.hold(&mut commit);
            let sessions = self.sessions(&asker.id).await?.into_iter().map(|session| session.id);
            let this = speaker.session.as_deref();
            let others = sessions.filter(|session| Some(session.as_str()) != this);
            self.end_in(&mut commit, &asker.id, others.collect());
            commit.deletes.extend(self.keys_of_sign_ins(&asker.id).await?);
            Ok((self.commit_and_hear(commit).await? != Outcome::Conflict).then_some(()))
        })
        .await
    }

    /// Adds to a commit that it holds only while a login is as it was when its password was proved. Should the
    /// password be another one by now, it was the wrong one.
    async fn hold_password(
        &self,
        commit: &mut Commit,
        login: &Login,
        proved: Version,
    ) -> Result<(), Refusal> {
        let key = schema::login(login.as_str());
        let now = self.stored::<LoginDocument>(&key).await?;
        commit.check(&key, Some(proved));
        now.filter(|(version, _)| *version == proved).map(|_| ()).ok_or(Refusal::WrongPassword)
    }

    /// A login and a password that somebody has chosen, if they have no other and nobody else has it: that is
    /// looked up before the work of hashing.
    pub(super) async fn account(
        &self,
        chosen: &Credentials,
        person: &PersonDocument,
    ) -> Result<Account, Refusal> {
        let login = Login::parse(&chosen.login)?;
        passwords::check(&chosen.password, &login)?;
        if person.login.is_some() || self.is_stored(&schema::login(login.as_str())).await? {
            return Err(Refusal::LoginTaken);
        }
        let password = self.accounts.passwords.hash(&chosen.password).await?;
        Ok(Account { login, password })
    }

    /// Adds an account to a commit, and gives the person's document with it.
    pub(super) async fn take_login(
        &self,
        commit: &mut Commit,
        account: &Account,
        id: &PersonId,
        person: &PersonDocument,
    ) -> Result<PersonDocument, Refusal> {
        let key = schema::login(account.login.as_str());
        if person.login.is_some() || self.is_stored(&key).await? {
            return Err(Refusal::LoginTaken);
        }
        commit.check(&key, None);
        let password = Some(account.password.clone());
        commit.put(key, &LoginDocument { person: id.0.clone(), password });
        let login = Some(account.login.as_str().to_owned());
        Ok(PersonDocument { role: person.role.max(Role::Member), login, ..person.clone() })
    }
}
