//! What two do at the same moment: whatever one of them was allowed is asked again if what allowed it has changed.

use std::net::{IpAddr, Ipv4Addr};

use super::watched::Watched;
use super::*;
use crate::chat::schema::{Place, Role};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);
const PASSWORD: &str = "correct horse";

/// A node that is watched, another one, and people on it.
struct World {
    engine: Arc<Watched>,
    chat: Chat,
    other: Arc<Chat>,
    /// The owner.
    olga: Speaker,
    /// A moderator, who is in the hall and keeps it not.
    mia: Speaker,
    /// A guest who is in the hall.
    ann: Speaker,
    /// Who keeps the hall.
    carl: Speaker,
    /// The number of what Carl said there.
    said: Number,
    /// A bot.
    bot: PersonId,
}

fn id(speaker: &Speaker) -> PersonId {
    speaker.person.as_ref().unwrap().id.clone()
}

fn hall() -> RoomName {
    room("hall")
}

async fn guest(chat: &Chat, name: &str) -> Speaker {
    let (person, token) = chat.arrive(name).await.unwrap();
    Speaker { person: Some(person), session: Some(token.session().into()), ..Speaker::default() }
}

fn named(name: &str) -> Profile {
    Profile { name: Some(name.to_owned()), face: None }
}

impl World {
    async fn new() -> Self {
        let clock = Clock::manual(NOON);
        let inside = Arc::new(Memory::new(clock.clone()));
        let engine = Watched::over(Arc::clone(&inside));
        let other = Arc::new(Chat::new(inside, clock.clone(), Policy::default()));
        let chat = Chat::new(Arc::clone(&engine) as _, clock, Policy::default());
        let code = other.owner_link().await.unwrap().code;
        let wish = RedeemWish { profile: named("Olga"), ..RedeemWish::default() };
        let Redeemed { person, token } = other.redeem(&Speaker::default(), &code, &wish).await.unwrap();
        let session = token.map(|token| token.session().into());
        let olga = Speaker { person: Some(person), session, ..Speaker::default() };
        let (carl, ann, mia) =
            (guest(&other, "Carl").await, guest(&other, "Ann").await, guest(&other, "Mia").await);
        other.promote(&olga, &id(&mia), Role::Moderator).await.unwrap();
        for speaker in [&carl, &ann, &mia] {
            other.join(speaker, &hall()).await.unwrap();
        }
        let said = other.say(&hall(), &carl, draft("hello", None)).await.unwrap().message.id.unwrap().number;
        let bot = other.make_bot(&olga, &named("Robot")).await.unwrap().0.id;
        World { engine, chat, other, olga, mia, ann, carl, said, bot }
    }

    /// Somebody is given another role before the next commit.
    fn promotes(&self, whom: &Speaker, role: Role) {
        let (other, olga, whom) = (Arc::clone(&self.other), self.olga.clone(), id(whom));
        self.engine.before_commit(async move {
            other.promote(&olga, &whom, role).await.unwrap();
        });
    }
}

/// What only moderators may, of those who neither keep the room nor are owners.
const OF_MODERATORS: [&str; 9] =
    ["ban", "remove", "delete", "settle", "bot", "token", "invite", "expel", "help in"];

async fn does(world: &World, who: &Speaker, what: &str) -> Result<(), Refusal> {
    let World { chat, ann, said, bot, .. } = world;
    let (hall, them) = (hall(), id(ann));
    match what {
        "ban" => chat.ban(who, &hall, &them.0, "").await,
        "remove" => chat.remove(who, &hall, &them.0).await,
        "delete" => chat.delete(who, &hall, *said).await,
        "settle" => {
            let wish = Settings { topic: Some("Another".into()), ..Settings::default() };
            chat.settle(who, &hall, &wish).await.map(drop)
        }
        "bot" => chat.make_bot(who, &named("Another")).await.map(drop),
        "token" => chat.renew_bot(who, bot).await.map(drop),
        "invite" => chat.invite(who, Role::Guest, None, 1, WEEK).await.map(drop),
        "expel" => chat.expel(who, &them).await,
        "help in" => chat.link_for(who, &them).await.map(drop),
        other => unreachable!("{other}"),
    }
}

#[tokio::test]
async fn what_a_role_allowed_is_not_done_once_it_is_another() {
    for what in OF_MODERATORS {
        let world = World::new().await;
        world.promotes(&world.mia, Role::Member);
        let refused = does(&world, &world.mia, what).await;
        assert_eq!(refused, Err(Refusal::NotAllowed(Reason::Role)), "{what}");
        assert!(!world.engine.is_waiting(), "{what}");
        // And it would have been done, had she stayed what she was.
        let world = World::new().await;
        assert_eq!(does(&world, &world.mia, what).await, Ok(()), "{what}");
    }
}

#[tokio::test]
async fn nothing_is_done_to_somebody_who_has_risen_meanwhile() {
    for what in ["ban", "remove", "expel", "help in"] {
        let world = World::new().await;
        world.promotes(&world.ann, Role::Owner);
        let refused = does(&world, &world.mia, what).await;
        assert_eq!(refused, Err(Refusal::NotAllowed(Reason::TheirRole)), "{what}");
        assert!(!world.engine.is_waiting(), "{what}");
        let still = world.other.visit(&world.ann, &hall()).await.unwrap();
        assert_eq!(still.member.unwrap().place, Place::Member, "{what}");
    }
}

#[tokio::test]
async fn an_owner_who_is_one_no_more_gives_no_roles() {
    let world = World::new().await;
    let otto = guest(&world.other, "Otto").await;
    world.other.promote(&world.olga, &id(&otto), Role::Owner).await.unwrap();
    world.promotes(&otto, Role::Member);
    let refused = world.chat.promote(&otto, &id(&world.ann), Role::Moderator).await.unwrap_err();
    assert_eq!(refused, Refusal::NotAllowed(Reason::Role));
}

#[tokio::test]
async fn what_it_takes_to_bring_somebody_in_is_decided_by_what_they_are_then() {
    let world = World::new().await;
    let (dora, bob) = (guest(&world.other, "Dora").await, guest(&world.other, "Bob").await);
    world.other.join(&dora, &hall()).await.unwrap();
    let place = async || {
        let visit = world.other.visit(&world.carl, &hall()).await.unwrap();
        visit.room.member(&id(&bob).0).map(|member| member.place)
    };

    // Somebody who keeps the room makes Bob a keeper; Dora may bring him in, not take that from him.
    let (other, carl, bobs) = (Arc::clone(&world.other), world.carl.clone(), id(&bob));
    world.engine.before_commit(async move {
        other.add(&carl, &hall(), &bobs.0, Some(Place::Keeper)).await.unwrap();
    });
    let refused = world.chat.add(&dora, &hall(), &id(&bob).0, Some(Place::Member)).await.unwrap_err();
    assert_eq!((refused, place().await), (Refusal::NotAllowed(Reason::Role), Some(Place::Keeper)));

    // They ban him; Dora may not let him in again.
    world.other.remove(&world.olga, &hall(), &id(&bob).0).await.unwrap();
    world.chat.catch_up(Number(0)).await;
    let (other, carl, bobs) = (Arc::clone(&world.other), world.carl.clone(), id(&bob));
    world.engine.before_commit(async move {
        other.ban(&carl, &hall(), &bobs.0, "").await.unwrap();
    });
    let refused = world.chat.add(&dora, &hall(), &id(&bob).0, None).await.unwrap_err();
    assert_eq!((refused, place().await), (Refusal::NotAllowed(Reason::Role), Some(Place::Banned)));
}

#[tokio::test]
async fn a_new_password_ends_what_begins_at_the_same_moment() {
    let world = World::new().await;
    let World { chat, other, engine, ann, .. } = &world;
    let account = Credentials { login: "ann".into(), password: PASSWORD.into() };
    other.open_account(ann, &account).await.unwrap();
    let before = other.link_for_own_device(ann).await.unwrap();

    // Somebody who knows the old one signs in at that moment, and makes a link to come back by.
    let (node, who) = (Arc::clone(other), ann.clone());
    engine.before_commit(async move {
        node.sign_in(&account, HERE, "a thief's").await.unwrap();
        node.link_for_own_device(&who).await.unwrap();
    });
    chat.change_password(ann, Some(PASSWORD), "another horse", HERE).await.unwrap();
    assert!(!engine.is_waiting());
    let left = other.sessions(&id(ann)).await.unwrap();
    assert_eq!(
        left.iter().map(|session| session.id.as_str()).collect::<Vec<_>>(),
        [ann.session.as_deref().unwrap()]
    );
    assert!(other.links(ann).await.unwrap().is_empty());
    assert_eq!(other.look(&before.code).await.unwrap_err(), Refusal::BadLink);

    // Who signs in with the old one while it becomes another does not.
    let (node, who) = (Arc::clone(other), ann.clone());
    engine.before_commit(async move {
        node.change_password(&who, Some("another horse"), "a third horse", HERE).await.unwrap();
    });
    let old = Credentials { login: "ann".into(), password: "another horse".into() };
    assert_eq!(chat.sign_in(&old, HERE, "").await.unwrap_err(), Refusal::WrongPassword);
    assert_eq!(other.sessions(&id(ann)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_link_gives_what_its_maker_may_give_at_the_moment_at_which_it_is_redeemed() {
    let nobody = Speaker::default();
    let wish = || RedeemWish { profile: named("Eve"), ..RedeemWish::default() };
    let world = World::new().await;
    let help = world.other.link_for(&world.mia, &id(&world.ann)).await.unwrap();
    world.promotes(&world.ann, Role::Owner);
    assert_eq!(world.chat.redeem(&nobody, &help.code, &wish()).await.unwrap_err(), Refusal::BadLink);
    assert_eq!(world.other.sessions(&id(&world.ann)).await.unwrap().len(), 1);

    let world = World::new().await;
    let invitation = world.other.invite(&world.mia, Role::Member, None, 1, WEEK).await.unwrap();
    world.promotes(&world.mia, Role::Member);
    assert_eq!(world.chat.redeem(&nobody, &invitation.code, &wish()).await.unwrap_err(), Refusal::BadLink);
    assert!(world.other.find_people(&world.olga, "eve", 9).await.unwrap().is_empty());
}
