//! `/links`: codes by which somebody comes in. A code is told once, and stands in the fragment of a URL, which
//! no browser sends: it is redeemed by the body of a POST.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{Request, StatusCode, header};
use serde::{Deserialize, Serialize};

use super::ask::room_name;
use super::me::{Me, welcome};
use super::problem::{Code, Problem};
use super::wish::{Wished, asker, wished};
use super::{Doors, assets, device, done, json, path};
use crate::chat::schema::{Gift, Role};
use crate::chat::{self, Credentials, Link, NewLink, Profile, Refusal, Setting, time};
use crate::wire::Author;

/// How often a link can be redeemed at most, and how many hours it lasts usually and at most.
const MOST_USES: u32 = 1000;
const USUAL_HOURS: u64 = 168;
const MOST_HOURS: u64 = 8760;

/// A link that was just made.
#[derive(Serialize)]
struct NewLinkObject {
    id: String,
    code: String,
    url: String,
    expires: String,
}

fn made(doors: &Doors, parts: &Parts, link: NewLink) -> Response {
    let url = format!("{}/join#{}", doors.origin(parts), link.code);
    let object = NewLinkObject { id: link.id, code: link.code, url, expires: time(link.expires) };
    (StatusCode::CREATED, json(&object)).into_response()
}

/// What a link gives, in one word, with the role, the room or the person.
#[derive(Serialize)]
struct GiftObject {
    gives: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
}

impl From<&Gift> for GiftObject {
    fn from(gift: &Gift) -> Self {
        match gift {
            Gift::Place { role, .. } => {
                let gives = match role {
                    Role::Owner => "owner",
                    Role::Member | Role::Moderator => "account",
                    Role::Guest | Role::Stranger => "guest",
                };
                GiftObject { gives, role: Some(*role) }
            }
            Gift::SignIn { .. } => GiftObject { gives: "sign-in", role: None },
        }
    }
}

#[derive(Serialize)]
struct Links {
    links: Vec<LinkObject>,
}

#[derive(Serialize)]
struct LinkObject {
    id: String,
    #[serde(flatten)]
    gift: GiftObject,
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<String>,
    uses_left: u32,
    expires: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    at: String,
}

impl From<Link> for LinkObject {
    fn from(Link { id, document }: Link) -> Self {
        let gift = GiftObject::from(&document.gives);
        let (room, person) = match document.gives {
            Gift::Place { room, .. } => (room, None),
            Gift::SignIn { person } => (None, Some(person)),
        };
        let (expires, at) = (time(document.expires), time(document.at));
        LinkObject { id, gift, room, person, uses_left: document.uses, expires, by: document.by, at }
    }
}

/// `GET /links`: the links that one may revoke.
pub async fn list(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (_, asker) = asker(&doors, request).await?;
    let links = doors.chat.links(&asker.speaker()).await?;
    Ok(json(&Links { links: links.into_iter().map(LinkObject::from).collect() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkWish {
    role: Role,
    room: Option<String>,
    #[serde(default = "once")]
    uses: u32,
    #[serde(default = "a_week")]
    hours: u64,
}

fn once() -> u32 {
    1
}

fn a_week() -> u64 {
    USUAL_HOURS
}

/// `POST /links`: a new link that gives a role.
pub async fn post(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let Wished { parts, asker, wish } = wished::<LinkWish>(&doors, request).await?;
    let is_role = matches!(wish.role, Role::Guest | Role::Member | Role::Moderator);
    let bounds = [
        (Setting::Role, is_role),
        (Setting::Uses, (1..=MOST_USES).contains(&wish.uses)),
        (Setting::Hours, (1..=MOST_HOURS).contains(&wish.hours)),
    ];
    if let Some((setting, _)) = bounds.iter().find(|(_, is_fit)| !is_fit) {
        return Err(Refusal::BadSetting(*setting).into());
    }
    let room = wish.room.as_deref().map(room_name).transpose()?;
    let lasts = Duration::from_secs(wish.hours * 3600);
    let link = doors.chat.invite(&asker.speaker(), wish.role, room.as_ref(), wish.uses, lasts).await?;
    Ok(made(&doors, &parts, link))
}

/// `POST /me/link`: a link by which one signs in on another device.
pub async fn for_own_device(
    State(doors): State<Arc<Doors>>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let (parts, asker) = asker(&doors, request).await?;
    let link = doors.chat.link_for_own_device(&asker.speaker()).await?;
    Ok(made(&doors, &parts, link))
}

/// `POST /people/{id}/link`: a link by which somebody else signs in.
pub async fn for_somebody(
    State(doors): State<Arc<Doors>>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let (parts, asker) = asker(&doors, request).await?;
    let link = doors.chat.link_for(&asker.speaker(), &path::person(&parts.uri)?).await?;
    Ok(made(&doors, &parts, link))
}

/// `DELETE /links/{id}`: nobody redeems it any more.
pub async fn revoke(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let (parts, asker) = asker(&doors, request).await?;
    doors.chat.revoke(&asker.speaker(), &path::link(&parts.uri)?).await?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeWish {
    code: String,
}

#[derive(Serialize)]
struct LookObject {
    #[serde(flatten)]
    gift: GiftObject,
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<RoomTitle>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<Author>,
}

#[derive(Serialize)]
struct RoomTitle {
    id: String,
    title: String,
}

/// `POST /links/look`: what a code gives.
pub async fn look(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let Wished { wish, .. } = wished::<CodeWish>(&doors, request).await?;
    let look = doors.chat.look(&wish.code).await?;
    let room = look.room.map(|(id, title)| RoomTitle { id, title });
    Ok(json(&LookObject { gift: (&look.gift).into(), room, by: look.by }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedemptionWish {
    code: String,
    name: Option<String>,
    face: Option<String>,
    login: Option<String>,
    password: Option<String>,
}

/// `POST /links/redeem`: somebody comes in by a code.
pub async fn redeem(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let Wished { parts, asker, wish } = wished::<RedemptionWish>(&doors, request).await?;
    let account = match (wish.login, wish.password) {
        (Some(login), Some(password)) => Some(Credentials { login, password }),
        (None, None) => None,
        (Some(_), None) => return Err(Problem::new(Code::WeakPassword)),
        (None, Some(_)) => return Err(Problem::new(Code::BadLogin)),
    };
    let _share = match &account {
        Some(_) => Some(doors.share_of_hashing(&asker)?),
        None => None,
    };
    let profile = Profile { name: wish.name, face: wish.face };
    let wish_of = chat::RedeemWish { profile, account, device: device::label(&parts.headers) };
    let redeemed = doors.chat.redeem(&asker.speaker(), &wish.code, &wish_of).await?;
    match (redeemed.token, asker.session) {
        (Some(token), _) => welcome(&doors, &parts, redeemed.person, &token).await,
        (None, session) => {
            let me = Me::of(&doors, redeemed.person, session.as_deref().unwrap_or_default()).await?;
            Ok((StatusCode::CREATED, json(&me)).into_response())
        }
    }
}

/// `GET /join`: the page, which reads the code from the fragment.
pub async fn page(request: Request<Body>) -> Response {
    let mut response = assets::page(request.headers());
    // Not even the page's own origin is told where somebody has come from.
    response.headers_mut().insert(header::REFERRER_POLICY, http::HeaderValue::from_static("no-referrer"));
    response
}
