//! Who is asking: the person by their cookie or token, the client by its own word, the address by its peer.

use std::net::IpAddr;
use std::sync::Arc;

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::accept::Peer;
use super::ask::{Ask, client_name};
use super::problem::{Code, Problem};
use super::rates::{Counted, Doing};
use super::{Doors, address};
use crate::chat::{Listening, Person, SessionToken, Speaker};
use crate::engine::any_number;
use crate::hub::Listener;

/// The cookie by which a device is known.
const COOKIE: &str = "openline";
/// How long browsers keep it, in seconds: 400 days, the most that they allow.
const COOKIE_LASTS: u32 = 400 * 24 * 3600;
/// In which header a client says who it is.
const CLIENT_HEADER: HeaderName = HeaderName::from_static("openline-client");

/// Who sent a request.
pub struct Asker {
    /// The person, if they have given a name.
    pub person: Option<Person>,
    /// By what they are known.
    pub session: Option<Arc<str>>,
    /// The same as their cookie has it, if it is by that.
    pub cookie: Option<SessionToken>,
    /// The client, if it has a name.
    pub client: Option<Arc<str>>,
    /// Whether it chose that name itself.
    pub named_itself: bool,
    /// From where.
    pub address: IpAddr,
}

impl Asker {
    /// Reads who is asking from a request's head, and counts it as one of the things that they may do so fast.
    pub async fn of(doors: &Doors, parts: &Parts, ask: &Ask) -> Result<Self, Problem> {
        let address = address_of(doors, parts);
        let doing = if parts.method.is_safe() { Doing::Read } else { Doing::Change };
        let (token, person, is_cookie) = match bearer(&parts.headers) {
            // A program with a token that is not known is told so, and never taken for a stranger.
            Some(token) => {
                let person = match &token {
                    Some(token) => doors.chat.known_by(token).await?,
                    None => None,
                };
                if person.is_none() {
                    // Whoever tries one after the other is counted for it.
                    doors.count(&Counted::of(None, address), doing)?;
                    return Err(Problem::new(Code::NotSignedIn));
                }
                (token, person, false)
            }
            None => match session(&parts.headers) {
                Some(token) => (Some(token.clone()), doors.chat.known_by(&token).await?, true),
                None => (None, None, false),
            },
        };
        let token = token.filter(|_| person.is_some());
        let session = token.as_ref().map(|token| token.session().into());
        let cookie = token.filter(|_| is_cookie);
        let client = match (parts.headers.get(CLIENT_HEADER), &ask.client) {
            (Some(value), _) => Some(client_name(value.to_str().unwrap_or(""))?.into()),
            (None, Some(client)) => Some(client.as_str().into()),
            (None, None) => None,
        };
        let named_itself = client.is_some();
        let asker = Asker { person, session, cookie, named_itself, client, address };
        doors.count(&asker.counted(), doing)?;
        Ok(asker)
    }

    /// From which network: whoever has an address of IPv6 has all those of its network.
    pub fn network(&self) -> IpAddr {
        address::as_one(self.address)
    }

    /// Who is counted for what they do.
    pub fn counted(&self) -> Counted {
        Counted::of(self.person.as_ref(), self.address)
    }

    /// As somebody who says something.
    pub fn speaker(&self) -> Speaker {
        Speaker {
            person: self.person.clone(),
            client: self.client.clone(),
            named_itself: self.named_itself,
            session: self.session.clone(),
        }
    }

    /// As somebody who listens. A client that has not chosen a name is given one, which it keeps for
    /// what it says on the same connection.
    pub fn listener(&mut self, listening: &Listening) -> Listener {
        let made = || format!("{:016x}", any_number()).into();
        Listener {
            person: self.person.as_ref().map(|person| person.id.0.as_str().into()),
            has_ended: listening.has_ended(),
            client: Arc::clone(self.client.get_or_insert_with(made)),
            may_return: self.person.is_some() || self.named_itself,
        }
    }
}

/// The address that a request came from.
pub fn address_of(doors: &Doors, parts: &Parts) -> IpAddr {
    let peer = parts.extensions.get::<Peer>().map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0.ip());
    address::client_address(peer, &parts.headers, &doors.trusted_proxies)
}

/// The token in `Authorization: Bearer …` (RFC 6750), if there is such a header. What it has in it may be none.
fn bearer(headers: &HeaderMap) -> Option<Option<SessionToken>> {
    // What is not even text is certainly not known.
    let Ok(given) = headers.get(header::AUTHORIZATION)?.to_str() else { return Some(None) };
    let (scheme, token) = given.split_once(' ').unwrap_or((given, ""));
    // Other schemes are for a proxy in front of us.
    scheme.eq_ignore_ascii_case("bearer").then(|| SessionToken::read(token.trim()))
}

/// The token in the cookie.
fn session(headers: &HeaderMap) -> Option<SessionToken> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(name, value)| (name == COOKIE).then(|| SessionToken::read(value))?)
}

/// The cookie that makes a device known. Scripts cannot read it, and other sites cannot send it.
pub fn set_cookie(token: &SessionToken, is_secure: bool) -> Option<HeaderValue> {
    let secure = if is_secure { "; Secure" } else { "" };
    let secret = token.reveal();
    let cookie = format!("{COOKIE}={secret}; Path=/; Max-Age={COOKIE_LASTS}; HttpOnly; SameSite=Lax{secure}");
    let mut value = HeaderValue::from_str(&cookie).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The cookie that makes a device forget by what it was known.
pub fn forget_cookie(is_secure: bool) -> HeaderValue {
    HeaderValue::from_static(match is_secure {
        true => "openline=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure",
        false => "openline=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
    })
}
