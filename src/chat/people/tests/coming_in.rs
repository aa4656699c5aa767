//! By what somebody comes in, and what ends it.

use super::*;
use crate::chat::rights::Reason;
use crate::chat::tests::watched::Watched;
use crate::chat::{Change, Settings};
use crate::engine::KeyRange;

const PASSWORD: &str = "correct horse";

fn account(login: &str) -> Credentials {
    Credentials { login: login.into(), password: PASSWORD.into() }
}

/// A moderator whom an owner has invited.
async fn moderator(chat: &Chat, olga: &Speaker, name: &str) -> Speaker {
    let link = chat.invite(olga, Role::Moderator, None, 1, WEEK).await.unwrap();
    redeemed(chat, &link, name).await
}

#[tokio::test]
async fn a_link_is_worth_what_its_maker_is_when_it_is_redeemed() {
    let (chat, _) = chat();
    let olga = owner(&chat).await;
    let (mia, ann) = (moderator(&chat, &olga, "Mia").await, guest(&chat, "Ann").await);
    let come_in = async |code: &str| chat.redeem(&Speaker::default(), code, &wish("Eve")).await.map(drop);

    // Who was helped in has become an owner: the link would make one of whoever has it.
    let help = chat.link_for(&mia, &id(&ann)).await.unwrap();
    chat.promote(&olga, &id(&ann), Role::Owner).await.unwrap();
    assert_eq!(come_in(&help.code).await, Err(Refusal::BadLink));
    chat.promote(&olga, &id(&ann), Role::Member).await.unwrap();
    assert_eq!(come_in(&help.code).await, Ok(()), "as long as she may help her in");

    // A moderator who is one no more invites nobody, and helps nobody in.
    let invitation = chat.invite(&mia, Role::Guest, None, 9, WEEK).await.unwrap();
    let help = chat.link_for(&mia, &id(&ann)).await.unwrap();
    assert_eq!(come_in(&invitation.code).await, Ok(()));
    chat.promote(&olga, &id(&mia), Role::Member).await.unwrap();
    for code in [&invitation.code, &help.code] {
        assert_eq!(come_in(code).await, Err(Refusal::BadLink));
        assert_eq!(chat.look(code).await.unwrap_err(), Refusal::BadLink);
    }
    chat.promote(&olga, &id(&mia), Role::Moderator).await.unwrap();
    assert_eq!(come_in(&invitation.code).await, Ok(()));
}

#[tokio::test]
async fn who_was_taken_out_of_a_room_brings_nobody_into_it_nor_themselves() {
    let (chat, _) = chat();
    let olga = owner(&chat).await;
    let mia = moderator(&chat, &olga, "Mia").await;
    let new = crate::chat::NewRoom {
        kind: schema::RoomKind::Private,
        name: "Attic".into(),
        people: vec![id(&mia).0],
        ..Default::default()
    };
    let (attic, _) = chat.make(&olga, new).await.unwrap();
    let link = chat.invite(&mia, Role::Guest, Some(&attic), 9, WEEK).await.unwrap();
    chat.remove(&olga, &attic, &id(&mia).0).await.unwrap();
    for who in [&mia, &Speaker::default()] {
        let refused = chat.redeem(who, &link.code, &wish("Eve")).await.unwrap_err();
        assert_eq!(refused, Refusal::BadLink);
    }
    chat.add(&olga, &attic, &id(&mia).0, None).await.unwrap();
    assert!(chat.redeem(&Speaker::default(), &link.code, &wish("Eve")).await.is_ok());
    let archived = Settings { archived: Some(true), ..Settings::default() };
    chat.settle(&olga, &attic, &archived).await.unwrap();
    assert_eq!(
        chat.look(&link.code).await.unwrap_err(),
        Refusal::BadLink,
        "nobody is brought into an archive"
    );
}

#[tokio::test]
async fn a_new_password_ends_every_other_session_and_the_links_that_were_to_begin_one() {
    let (chat, _) = chat();
    let olga = owner(&chat).await;
    let ann = guest(&chat, "Ann").await;
    chat.open_account(&ann, &account("ann")).await.unwrap();
    for n in 0..3 {
        chat.sign_in(&account("ann"), HERE, &n.to_string()).await.unwrap();
    }
    let links =
        [chat.link_for_own_device(&ann).await.unwrap(), chat.link_for(&olga, &id(&ann)).await.unwrap()];
    chat.change_password(&ann, Some(PASSWORD), "another horse", HERE).await.unwrap();
    assert_eq!(chat.sessions(&id(&ann)).await.unwrap().len(), 1);
    for link in links {
        let refused = chat.redeem(&Speaker::default(), &link.code, &RedeemWish::default()).await;
        assert_eq!(refused.unwrap_err(), Refusal::BadLink);
        for list in [schema::entrance(&id(&ann).0, &link.id), schema::invitation(&id(&olga).0, &link.id)] {
            assert!(!chat.is_stored(&list).await.unwrap());
        }
    }
}

#[tokio::test]
async fn a_bot_comes_in_by_its_token_only() {
    let (chat, _) = chat();
    let olga = owner(&chat).await;
    let (bot, token) = chat.make_bot(&olga, &named("Robot")).await.unwrap();
    let as_bot = speaker(&bot, &token);
    let refused = Refusal::NotAllowed(Reason::Bot);
    assert_eq!(chat.open_account(&as_bot, &account("robot")).await.unwrap_err(), refused);
    assert_eq!(chat.link_for_own_device(&as_bot).await.map(|_| ()).unwrap_err(), refused);
    assert_eq!(chat.link_for(&olga, &bot.id).await.map(|_| ()).unwrap_err(), refused);
    let link = chat.invite(&olga, Role::Moderator, None, 1, WEEK).await.unwrap();
    assert_eq!(chat.redeem(&as_bot, &link.code, &RedeemWish::default()).await.unwrap_err(), refused);

    // One that has a login from before does not sign in by it.
    let ann = guest(&chat, "Ann").await;
    chat.open_account(&ann, &account("ann")).await.unwrap();
    let stored = chat.stored_person(&id(&ann)).await.unwrap();
    let mut commit = Commit::new();
    stored.replace(&mut commit, &PersonDocument { bot: true, ..stored.document.clone() });
    chat.engine().commit(commit.into()).await.unwrap();
    chat.people.forget_all();
    assert_eq!(chat.sign_in(&account("ann"), HERE, "").await.unwrap_err(), Refusal::WrongPassword);
}

#[tokio::test]
async fn nobody_hides_the_links_of_others_behind_their_own() {
    let (chat, clock) = chat();
    let olga = owner(&chat).await;
    let mia = moderator(&chat, &olga, "Mia").await;
    let invitation = chat.invite(&olga, Role::Guest, None, 1, WEEK).await.unwrap();
    let eve = guest(&chat, "Eve").await;
    for _ in 0..50 {
        chat.link_for_own_device(&eve).await.unwrap();
    }
    assert_eq!(chat.link_for_own_device(&eve).await.map(|_| ()).unwrap_err(), Refusal::TooManyLinks);
    let ids = async |who| -> Vec<String> {
        chat.links(who).await.unwrap().into_iter().map(|link| link.id).collect()
    };
    assert_eq!(ids(&eve).await.len(), 50);
    assert_eq!(ids(&mia).await, [invitation.id.as_str()], "and nothing of hers");
    chat.revoke(&eve, &ids(&eve).await[0]).await.unwrap();
    assert!(chat.link_for_own_device(&eve).await.is_ok());
    clock.set(NOON + HOUR);
    assert!(chat.link_for_own_device(&eve).await.is_ok(), "they end by themselves");
    assert_eq!(ids(&eve).await.len(), 1);

    for _ in 0..1_000 {
        chat.invite(&mia, Role::Guest, None, 1, WEEK).await.unwrap();
    }
    let refused = chat.invite(&mia, Role::Guest, None, 1, WEEK).await.map(|_| ()).unwrap_err();
    assert_eq!(refused, Refusal::TooManyLinks);
    assert_eq!(ids(&olga).await.len(), 1_001);
}

#[tokio::test]
async fn a_login_that_is_taken_is_found_before_the_work_of_hashing() {
    let (chat, _) = chat();
    let ann = guest(&chat, "Ann").await;
    chat.open_account(&ann, &account("ann")).await.unwrap();
    let ben = guest(&chat, "Ben").await;
    let everything = chat.accounts.passwords.everything();
    assert_eq!(chat.open_account(&ben, &account("ben")).await.unwrap_err(), Refusal::Overloaded);
    assert_eq!(chat.open_account(&ben, &account("ANN")).await.unwrap_err(), Refusal::LoginTaken);
    assert_eq!(chat.open_account(&ann, &account("other")).await.unwrap_err(), Refusal::LoginTaken);
    drop(everything);
    assert!(chat.open_account(&ben, &account("ben")).await.is_ok());
}

#[tokio::test]
async fn who_redeems_a_link_has_their_password_hashed_once_however_often_it_is_tried() {
    let clock = Clock::manual(NOON);
    let inside = Arc::new(Memory::new(clock.clone()));
    let engine = Watched::over(Arc::clone(&inside));
    let other = Arc::new(Chat::new(inside, clock.clone(), Policy::default()));
    let chat = Arc::new(Chat::new(Arc::clone(&engine) as _, clock, Policy::default()));
    let olga = owner(&other).await;
    let link = other.invite(&olga, Role::Member, None, 9, WEEK).await.unwrap();
    // Somebody else is quicker, and from then on nothing more can be hashed.
    let (node, code, hashing) = (Arc::clone(&other), link.code.clone(), Arc::clone(&chat));
    engine.before_commit(async move {
        node.redeem(&Speaker::default(), &code, &wish("Quick")).await.unwrap();
        std::mem::forget(hashing.accounts.passwords.everything());
    });
    let wish = RedeemWish { account: Some(account("ann")), ..wish("Ann") };
    let ann = chat.redeem(&Speaker::default(), &link.code, &wish).await.unwrap().person;
    assert!(ann.account && !engine.is_waiting());
}

#[tokio::test]
async fn who_is_signed_in_changes_their_password_while_others_guess_at_it() {
    let (chat, _) = chat();
    let ann = guest(&chat, "Ann").await;
    chat.open_account(&ann, &account("ann")).await.unwrap();
    let wrong = Credentials { login: "ann".into(), password: "wrong horse".into() };
    let mut refused = Ok(());
    for n in 0..10 {
        let from = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, n));
        refused = chat.sign_in(&wrong, from, "").await.map(drop);
    }
    assert!(matches!(refused, Err(Refusal::TooManyAttempts { .. })));
    chat.change_password(&ann, Some(PASSWORD), "another horse", HERE).await.unwrap();
    chat.leave_for_good(&ann, Some("another horse"), HERE).await.unwrap();
}

#[tokio::test]
async fn who_rises_and_comes_into_a_room_by_one_link_is_known_by_every_node_for_both() {
    let (chat, _) = chat();
    let olga = owner(&chat).await;
    let garden = RoomName::parse("garden").unwrap();
    chat.join(&olga, &garden).await.unwrap();
    let link = chat.invite(&olga, Role::Moderator, Some(&garden), 1, WEEK).await.unwrap();
    let ann = guest(&chat, "Ann").await;
    let before = chat.engine().epochs().await.unwrap().head();
    chat.redeem(&ann, &link.code, &RedeemWish::default()).await.unwrap();
    // The very entry by which she comes in says that her role is another.
    let log = chat.engine().log(&crate::engine::Hearing::Everything, before, 9).await.unwrap();
    let crate::engine::LogPage::Entries { entries, .. } = log else { panic!("{log:?}") };
    let facts = crate::chat::MemberFacts::of(&entries[0].0).unwrap();
    assert!(facts.rose && facts.change == Change::Joined, "{facts:?}");
    assert_eq!(role(&chat, &ann).await, Role::Moderator);
}

#[tokio::test]
async fn people_are_found_by_the_words_of_their_names_however_many_there_are() {
    let clock = Clock::manual(NOON);
    let engine = Watched::new(&clock);
    let chat = Chat::new(Arc::clone(&engine) as _, clock, Policy::default());
    let ann = guest(&chat, "Ann Lee").await;
    for n in 0..3_000 {
        guest(&chat, &format!("Guest {n}")).await;
    }
    guest(&chat, "Leo").await;
    guest(&chat, "林小雨").await;
    let names = async |words: &str| -> Vec<String> {
        chat.find_people(&ann, words, 9).await.unwrap().into_iter().map(|person| person.name).collect()
    };
    assert_eq!(names(" LE ").await, ["Leo", "Ann Lee"]);
    assert_eq!(names("小雨").await, ["林小雨"]);
    assert_eq!(names("").await.len(), 9);
    for _ in 0..2 {
        guest(&chat, "Zoe Zack Zara").await;
    }
    assert_eq!(names("za").await, ["Zoe Zack Zara"; 2], "each once, however many of their words begin so");
    assert!(names("zz").await.is_empty());
    engine.take();
    names("zz").await;
    let cost = engine.take();
    assert!(cost.calls <= 3 && cost.documents <= 3, "{cost:?}");
    chat.present_as(&ann, &named("Anna")).await.unwrap();
    assert_eq!((names("lee").await, names("ann").await), (vec![], vec!["Anna".to_owned()]));
    chat.leave_for_good(&ann, None, HERE).await.unwrap();
    let bob = guest(&chat, "Bob").await;
    assert!(chat.find_people(&bob, "ann", 9).await.unwrap().is_empty());
}

#[tokio::test]
async fn guests_who_have_long_been_gone_and_are_in_no_room_are_forgotten() {
    let (chat, clock) = chat();
    let olga = owner(&chat).await;
    let garden = RoomName::parse("garden").unwrap();
    let (gone, inside, account, seen) = (
        guest(&chat, "Gone").await,
        guest(&chat, "Inside").await,
        guest(&chat, "Account").await,
        guest(&chat, "Seen").await,
    );
    for n in 0..300 {
        guest(&chat, &format!("Crowd {n}")).await;
    }
    chat.join(&inside, &garden).await.unwrap();
    chat.open_account(&account, &self::account("account")).await.unwrap();
    let sweep = async || chat.sweep(&crate::chat::Retention::default()).await.unwrap();
    clock.set(NOON + 399 * 24 * HOUR);
    let link = chat.link_for_own_device(&seen).await.unwrap();
    let again = chat.redeem(&Speaker::default(), &link.code, &RedeemWish::default()).await;
    assert!(again.is_ok(), "this one has come back");
    sweep().await;
    assert!(chat.is_stored(&schema::person(&id(&gone).0)).await.unwrap(), "not a day too early");
    clock.set(NOON + 400 * 24 * HOUR);
    for _ in 0..3 {
        sweep().await;
    }
    for (who, is_there) in [(&gone, false), (&inside, true), (&account, true), (&seen, true), (&olga, true)] {
        assert_eq!(chat.is_stored(&schema::person(&id(who).0)).await.unwrap(), is_there);
    }
    let people = KeyRange::under(&crate::engine::Key::new("person"));
    let left = chat.engine().scan(people, 999, crate::engine::Direction::Forward).await.unwrap();
    assert_eq!(left.len(), 4);
    let called = KeyRange::under(&crate::engine::Key::new("called"));
    let left = chat.engine().scan(called, 999, crate::engine::Direction::Forward).await.unwrap();
    assert_eq!(left.len(), 4, "nobody finds them any more");
}
