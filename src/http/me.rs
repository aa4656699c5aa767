//! `/me`: to give a name and a face, to have an account, to ask under which name one is known here, and to
//! leave for good.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Request, StatusCode, header};
use serde::{Deserialize, Serialize};

use super::identity::{Asker, forget_cookie, set_cookie};
use super::problem::Problem;
use super::wish::{Wished, asker, perhaps_wished, wished};
use super::{Doors, device, done, json};
use crate::chat::{Credentials, Person, PersonObject, Profile, SessionToken};

/// Who one is, as oneself sees it.
#[derive(Serialize)]
pub struct Me {
    #[serde(flatten)]
    person: PersonObject,
    #[serde(skip_serializing_if = "Option::is_none")]
    login: Option<String>,
    session: String,
}

impl Me {
    /// Somebody who is known by a session.
    pub async fn of(doors: &Doors, person: Person, session: &str) -> Result<Self, Problem> {
        let login = doors.chat.login_of(&person.id).await?;
        Ok(Me { person: person.object(), login, session: session.to_owned() })
    }
}

/// Tells somebody who they are from now on, and their device by what it is known.
pub async fn welcome(
    doors: &Doors,
    parts: &http::request::Parts,
    person: Person,
    token: &SessionToken,
) -> Result<Response, Problem> {
    let me = Me::of(doors, person, &token.session()).await?;
    let mut response = (StatusCode::CREATED, json(&me)).into_response();
    let cookie = set_cookie(token, doors.is_secure(parts));
    response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/me"));
    Ok(response)
}

/// `GET /me`: who is known by the cookie, or 204. A cookie that was given long ago is given again: browsers
/// forget it at last, and whoever returns is to be known.
pub async fn get(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, asker) = asker(&doors, request).await?;
    match asker {
        Asker { person: Some(person), session: Some(session), cookie, .. } => {
            let has_aged = match &cookie {
                Some(token) => doors.chat.has_aged(token).await?,
                None => false,
            };
            let cookie = cookie.filter(|_| has_aged);
            let cookie = cookie.and_then(|token| set_cookie(&token, doors.is_secure(&parts)));
            let mut response = json(&Me::of(&doors, person, &session).await?);
            response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
            Ok(response)
        }
        // No error: every newcomer asks.
        _ => Ok(done()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileWish {
    name: Option<String>,
    face: Option<String>,
}

impl From<ProfileWish> for Profile {
    fn from(ProfileWish { name, face }: ProfileWish) -> Self {
        Profile { name, face }
    }
}

/// `PUT /me`: a new name or face, for somebody who is known or for somebody new.
pub async fn put(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let Wished { parts, asker, wish } = wished::<ProfileWish>(&doors, request).await?;
    let profile = wish.into();
    match &asker.session {
        Some(session) => {
            let person = doors.chat.present_as(&asker.speaker(), &profile).await?;
            Ok(json(&Me::of(&doors, person, session).await?))
        }
        None => {
            let (person, token) = doors.chat.arrive_as(&profile, &device::label(&parts.headers)).await?;
            welcome(&doors, &parts, person, &token).await
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goodbye {
    password: Option<String>,
}

/// `DELETE /me`: the account and the person are deleted.
pub async fn delete(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let Wished { parts, asker, wish } = perhaps_wished::<Goodbye>(&doors, request).await?;
    let password = wish.password.as_deref();
    let _share = doors.share_of_hashing(&asker)?;
    doors.chat.leave_for_good(&asker.speaker(), password, asker.network()).await?;
    Ok(signed_out(&doors, &parts))
}

/// Done, and the device forgets by what it was known.
pub fn signed_out(doors: &Doors, parts: &http::request::Parts) -> Response {
    let mut response = done();
    response.headers_mut().insert(header::SET_COOKIE, forget_cookie(doors.is_secure(parts)));
    response
}

/// A login and a password, as they are sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialsWish {
    login: String,
    password: String,
}

impl From<CredentialsWish> for Credentials {
    fn from(CredentialsWish { login, password }: CredentialsWish) -> Self {
        Credentials { login, password }
    }
}

/// `PUT /me/account`: a login and a password for somebody who has none.
pub async fn put_account(
    State(doors): State<Arc<Doors>>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let Wished { asker, wish, .. } = wished::<CredentialsWish>(&doors, request).await?;
    let _share = doors.share_of_hashing(&asker)?;
    let person = doors.chat.open_account(&asker.speaker(), &wish.into()).await?;
    Ok(json(&Me::of(&doors, person, asker.session.as_deref().unwrap_or_default()).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordWish {
    old: Option<String>,
    password: String,
}

/// `PUT /me/password`: another password; all other devices are signed out.
pub async fn put_password(
    State(doors): State<Arc<Doors>>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let Wished { asker, wish, .. } = wished::<PasswordWish>(&doors, request).await?;
    let (old, new) = (wish.old.as_deref(), wish.password.as_str());
    let _share = doors.share_of_hashing(&asker)?;
    doors.chat.change_password(&asker.speaker(), old, new, asker.network()).await?;
    Ok(done())
}
