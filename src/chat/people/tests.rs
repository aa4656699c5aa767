//! The rules for people, over the memory engine.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::chat::{Policy, RoomName};
use crate::engine::{Clock, Memory};

mod coming_in;

const NOON: i64 = 1_795_000_000_000;
const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
const HOUR: i64 = 3_600_000;

fn chat_with(policy: Policy) -> (Arc<Chat>, Clock) {
    let clock = Clock::manual(NOON);
    let engine = Arc::new(Memory::new(clock.clone()));
    (Arc::new(Chat::new(engine, clock.clone(), policy).with_owner_key(OwnerKey::random())), clock)
}

fn chat() -> (Arc<Chat>, Clock) {
    chat_with(Policy::default())
}

fn named(name: &str) -> Profile {
    Profile { name: Some(name.to_owned()), face: None }
}

fn wish(name: &str) -> RedeemWish {
    RedeemWish { profile: named(name), ..RedeemWish::default() }
}

fn speaker(person: &Person, token: &SessionToken) -> Speaker {
    Speaker { person: Some(person.clone()), session: Some(token.session().into()), ..Speaker::default() }
}

async fn guest(chat: &Chat, name: &str) -> Speaker {
    let (person, token) = chat.arrive(name).await.unwrap();
    speaker(&person, &token)
}

async fn redeemed(chat: &Chat, link: &NewLink, name: &str) -> Speaker {
    let Redeemed { person, token } = chat.redeem(&Speaker::default(), &link.code, &wish(name)).await.unwrap();
    speaker(&person, &token.unwrap())
}

async fn owner(chat: &Chat) -> Speaker {
    let link = chat.owner_link().await.unwrap();
    redeemed(chat, &link, "Olga").await
}

fn id(speaker: &Speaker) -> PersonId {
    speaker.person.as_ref().unwrap().id.clone()
}

async fn role(chat: &Chat, speaker: &Speaker) -> Role {
    chat.person_named(Some(&id(speaker).0)).await.unwrap().unwrap().role
}

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

#[tokio::test]
async fn a_device_is_known_as_long_as_it_is_seen_now_and_then() {
    let (chat, clock) = chat();
    let (ann, token) = chat.arrive_as(&named("Ann"), "Firefox on Mac").await.unwrap();
    let seen = async || {
        let known = chat.known_by(&token).await.unwrap().is_some();
        // What was seen is noted by a task of its own.
        tokio::task::yield_now().await;
        (known, chat.sessions(&ann.id).await.unwrap().first().map(|session| session.seen))
    };
    assert_eq!(seen().await, (true, Some(NOON)));
    clock.set(NOON + HOUR / 2);
    assert_eq!(seen().await, (true, Some(NOON)), "not more than once an hour");
    clock.set(NOON + 399 * 24 * HOUR);
    assert_eq!(seen().await, (true, Some(NOON + 399 * 24 * HOUR)));
    clock.set(NOON + 798 * 24 * HOUR);
    assert!(seen().await.0, "from then on the time begins anew");
    clock.set(NOON + 1199 * 24 * HOUR);
    assert_eq!(seen().await, (false, None));
}

#[tokio::test]
async fn a_device_is_given_its_token_anew_before_it_forgets_it() {
    let (chat, clock) = chat();
    let (_, token) = chat.arrive("Ann").await.unwrap();
    let has_aged = async || chat.has_aged(&token).await.unwrap();
    assert!(!has_aged().await);
    clock.set(NOON + 29 * 24 * HOUR);
    assert!(!has_aged().await);
    clock.set(NOON + 30 * 24 * HOUR);
    assert!(has_aged().await);
}

#[tokio::test]
async fn a_session_that_ends_while_it_is_noted_as_seen_does_not_come_back() {
    let (chat, clock) = chat();
    let (ann, token) = chat.arrive("Ann").await.unwrap();
    clock.set(NOON + 2 * HOUR);
    assert!(chat.known_by(&token).await.unwrap().is_some());
    // The note is under way, on this one thread, and the end comes first.
    let key = schema::session(&ann.id.0, &token.session());
    chat.engine().commit(Commit { deletes: vec![key], ..Commit::new() }.into()).await.unwrap();
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert!(chat.sessions(&ann.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_link_is_redeemed_as_often_as_it_says_and_by_none_too_late() {
    let (chat, clock) = chat();
    let olga = owner(&chat).await;
    let link = chat.invite(&olga, Role::Member, None, 2, WEEK).await.unwrap();
    let ann = redeemed(&chat, &link, "Ann").await;
    assert_eq!(role(&chat, &ann).await, Role::Member);
    // Who has all that it gives takes nothing of it.
    assert!(chat.redeem(&ann, &link.code, &wish("Ann")).await.unwrap().token.is_none());
    assert_eq!(chat.links(&olga).await.unwrap()[0].document.uses, 1);
    redeemed(&chat, &link, "Ben").await;
    let third = chat.redeem(&Speaker::default(), &link.code, &wish("Cara")).await;
    assert_eq!(third.unwrap_err(), Refusal::BadLink);

    let late = chat.invite(&olga, Role::Guest, None, 1, WEEK).await.unwrap();
    clock.set(late.expires);
    assert_eq!(chat.look(&late.code).await.unwrap_err(), Refusal::BadLink);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_redeem_the_last_use_at_once_one_comes_in() {
    let (chat, _) = chat();
    let olga = owner(&chat).await;
    let link = chat.invite(&olga, Role::Guest, None, 1, WEEK).await.unwrap();
    let racing = (0..20).map(|n| {
        let (chat, code) = (Arc::clone(&chat), link.code.clone());
        tokio::spawn(
            async move { chat.redeem(&Speaker::default(), &code, &wish(&format!("Racer {n}"))).await },
        )
    });
    let mut came_in = 0;
    for racer in racing.collect::<Vec<_>>() {
        match racer.await.unwrap() {
            Ok(_) => came_in += 1,
            Err(refusal) => assert_eq!(refusal, Refusal::BadLink),
        }
    }
    assert_eq!(came_in, 1);
    assert_eq!(chat.find_people(&olga, "racer", 50).await.unwrap().len(), 1, "no half of another was left");
}

#[tokio::test]
async fn a_link_brings_into_its_room_whoever_redeems_it() {
    let (chat, _) = chat();
    let olga = owner(&chat).await;
    let room = RoomName::parse("garden").unwrap();
    chat.join(&olga, &room).await.unwrap();
    let link = chat.invite(&olga, Role::Member, Some(&room), 9, WEEK).await.unwrap();
    let look = chat.look(&link.code).await.unwrap();
    assert_eq!(look.room, Some(("garden".into(), "garden".into())));
    assert_eq!(look.by.unwrap().name, "Olga");
    let newcomer = redeemed(&chat, &link, "Ann").await;
    let before = guest(&chat, "Ben").await;
    let risen = chat.redeem(&before, &link.code, &RedeemWish::default()).await.unwrap();
    assert!(risen.token.is_none(), "they are known on this device already");
    for person in [&newcomer, &before] {
        assert_eq!(chat.rooms_of(&id(person).0).await.unwrap(), ["garden"]);
        assert_eq!(role(&chat, person).await, Role::Member);
    }
    chat.ban(&olga, &room, &id(&before).0, "").await.unwrap();
    let banned = chat.redeem(&before, &link.code, &RedeemWish::default()).await;
    assert_eq!(banned.unwrap_err(), Refusal::Banned);
}

#[tokio::test]
async fn a_link_is_no_better_than_who_made_it() {
    let (chat, _) = chat();
    let olga = owner(&chat).await;
    let link = chat.invite(&olga, Role::Moderator, None, 1, WEEK).await.unwrap();
    let moderator = redeemed(&chat, &link, "Mia").await;
    let for_member = chat.invite(&moderator, Role::Member, None, 5, WEEK).await.unwrap();
    let member = redeemed(&chat, &for_member, "Ann").await;
    for (who, gives) in [(&moderator, Role::Moderator), (&member, Role::Guest)] {
        assert!(chat.invite(who, gives, None, 1, WEEK).await.is_err(), "{gives:?}");
    }
    assert!(chat.link_for(&moderator, &id(&olga)).await.is_err(), "nobody becomes an owner that way");
    assert!(chat.link_for(&moderator, &id(&member)).await.is_ok());
    chat.expel(&olga, &id(&moderator)).await.unwrap();
    let late = chat.redeem(&Speaker::default(), &for_member.code, &wish("Ben")).await;
    assert_eq!(late.unwrap_err(), Refusal::BadLink, "who made it is gone");
}

#[tokio::test]
async fn a_device_that_signs_in_by_a_link_is_nobody_else_any_more() {
    let (chat, _) = chat();
    let (ann, ben) = (guest(&chat, "Ann").await, guest(&chat, "Ben").await);
    let link = chat.link_for_own_device(&ann).await.unwrap();
    let redeemed = chat.redeem(&ben, &link.code, &RedeemWish::default()).await.unwrap();
    assert_eq!(redeemed.person.id, id(&ann));
    assert!(chat.sessions(&id(&ben)).await.unwrap().is_empty());
    assert_eq!(chat.sessions(&id(&ann)).await.unwrap().len(), 2);
    let again = chat.redeem(&Speaker::default(), &link.code, &RedeemWish::default()).await;
    assert_eq!(again.unwrap_err(), Refusal::BadLink);
}

#[tokio::test]
async fn a_signed_code_makes_one_owner_within_a_day() {
    let (chat, clock) = chat();
    let key = chat.accounts.owner_key.clone().unwrap();
    assert!(!chat.has_owner().await.unwrap());
    let (code, late) = (key.sign(NOON), key.sign(NOON));
    let ann = guest(&chat, "Ann").await;
    chat.redeem(&ann, &code, &RedeemWish::default()).await.unwrap();
    assert_eq!(role(&chat, &ann).await, Role::Owner);
    assert!(chat.has_owner().await.unwrap());
    let again = chat.redeem(&Speaker::default(), &code, &wish("Ben")).await;
    assert_eq!(again.unwrap_err(), Refusal::BadLink);
    clock.set(NOON + 24 * HOUR);
    let late = chat.redeem(&Speaker::default(), &late, &wish("Ben")).await;
    assert_eq!(late.unwrap_err(), Refusal::BadLink);
}

#[tokio::test]
async fn a_server_that_has_an_owner_keeps_one() {
    let (chat, _) = chat();
    let (olga, otto) = (owner(&chat).await, owner(&chat).await);
    // Both step down at once: one stays.
    let (olgas, ottos) = (id(&olga), id(&otto));
    let (one, other) =
        tokio::join!(chat.promote(&olga, &olgas, Role::Member), chat.promote(&otto, &ottos, Role::Member),);
    let refusals: Vec<_> = [one, other].into_iter().filter_map(Result::err).collect();
    assert_eq!(refusals, [Refusal::LastOwner]);
    let last = if role(&chat, &olga).await == Role::Owner { olga } else { otto };
    assert_eq!(chat.leave_for_good(&last, None, HERE).await, Err(Refusal::LastOwner));
    assert!(chat.sessions(&id(&last)).await.unwrap().len() == 1, "nothing was half done");
}

#[tokio::test]
async fn roles_are_given_by_owners_and_an_account_stays_one() {
    let (chat, _) = chat();
    let (olga, ann) = (owner(&chat).await, guest(&chat, "Ann").await);
    assert_eq!(chat.promote(&olga, &id(&ann), Role::Moderator).await.unwrap().role, Role::Moderator);
    assert!(chat.promote(&ann, &id(&ann), Role::Owner).await.is_err());
    let account = Credentials { login: "ann".into(), password: "correct horse".into() };
    chat.open_account(&ann, &account).await.unwrap();
    assert_eq!(role(&chat, &ann).await, Role::Moderator);
    assert!(chat.promote(&olga, &id(&ann), Role::Guest).await.is_err());
    assert!(chat.promote(&olga, &id(&ann), Role::Stranger).await.is_err());
    assert_eq!(chat.promote(&olga, &id(&ann), Role::Member).await.unwrap().role, Role::Member);
}

#[tokio::test]
async fn a_bot_is_known_by_its_newest_token_only() {
    let (chat, clock) = chat();
    let olga = owner(&chat).await;
    let (bot, first) = chat.make_bot(&olga, &named("Weather")).await.unwrap();
    assert!(bot.bot && bot.role == Role::Member);
    let second = chat.renew_bot(&olga, &bot.id).await.unwrap();
    assert!(chat.known_by(&first).await.unwrap().is_none());
    clock.set(NOON + 9_999 * 24 * HOUR);
    assert!(chat.known_by(&second).await.unwrap().is_some(), "it does not end by itself");
    tokio::task::yield_now().await;
    clock.set(NOON + 99_999 * 24 * HOUR);
    assert!(chat.known_by(&second).await.unwrap().is_some(), "nor once it was seen");
    let as_bot = speaker(&bot, &second);
    assert!(chat.make_bot(&as_bot, &named("Another")).await.is_err());
    assert!(chat.link_for_own_device(&as_bot).await.is_err());
    assert!(chat.promote(&olga, &bot.id, Role::Owner).await.is_err());
    assert_eq!(chat.renew_bot(&olga, &id(&olga)).await.unwrap_err(), Refusal::NoSuchPerson);
}

#[tokio::test]
async fn where_one_must_be_invited_a_name_is_not_enough() {
    let policy = Policy { arrive: crate::chat::Arrival::Invited, ..Policy::default() };
    let (chat, _) = chat_with(policy);
    assert_eq!(chat.arrive("Ann").await.unwrap_err(), Refusal::NotSignedIn);
    let olga = owner(&chat).await;
    let link = chat.invite(&olga, Role::Guest, None, 1, WEEK).await.unwrap();
    let ann = redeemed(&chat, &link, "Ann").await;
    let account = Credentials { login: "ann".into(), password: "correct horse".into() };
    assert!(chat.open_account(&ann, &account).await.is_err(), "a guest stays one");
}

#[tokio::test]
async fn who_is_gone_leaves_no_name_no_login_and_no_device() {
    let (chat, _) = chat();
    let ann = guest(&chat, "Ann").await;
    let account = Credentials { login: "ann".into(), password: "correct horse".into() };
    chat.open_account(&ann, &account).await.unwrap();
    chat.join(&ann, &RoomName::parse("garden").unwrap()).await.unwrap();
    let link = chat.link_for_own_device(&ann).await.unwrap();
    assert_eq!(chat.leave_for_good(&ann, Some("wrong"), HERE).await, Err(Refusal::WrongPassword));
    chat.leave_for_good(&ann, Some("correct horse"), HERE).await.unwrap();
    let gone = chat.person_named(Some(&id(&ann).0)).await.unwrap().unwrap();
    assert!(gone.gone && gone.name.is_empty() && gone.role == Role::Guest);
    assert_eq!(chat.look(&link.code).await.unwrap_err(), Refusal::BadLink);
    assert_eq!(chat.present_as(&ann, &named("Again")).await.unwrap_err(), Refusal::NotSignedIn);
    for key in [
        schema::login("ann"),
        schema::session(&id(&ann).0, ann.session.as_deref().unwrap()),
        schema::link(&link.id),
        schema::member("garden", &id(&ann).0),
        schema::my_room(&id(&ann).0, "garden"),
    ] {
        assert_eq!(chat.engine().get(std::slice::from_ref(&key)).await.unwrap(), [None], "{key}");
    }
}
