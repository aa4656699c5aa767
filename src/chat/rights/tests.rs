//! The rights as tables: those in the documentation are these.

use std::time::Duration;

use super::*;
use crate::chat::schema::Newcomers;

const ROLES: [Role; 5] = [Role::Stranger, Role::Guest, Role::Member, Role::Moderator, Role::Owner];

fn room(kind: RoomKind) -> RoomDocument {
    RoomDocument { name: "a".into(), kind, history: Newcomers::All, ..RoomDocument::default() }
}

fn mark(outcome: Result<(), Reason>) -> &'static str {
    if outcome.is_ok() { "✓" } else { "·" }
}

/// Who somebody can be to a room of a kind, in words, as the columns of a table.
fn columns(kind: RoomKind) -> Vec<(&'static str, Role, Option<Place>)> {
    let inside = [
        ("in", Role::Guest, Some(Place::Member)),
        ("keeps", Role::Guest, Some(Place::Keeper)),
        ("moderator in", Role::Moderator, Some(Place::Member)),
    ];
    match kind {
        RoomKind::Public => vec![
            ("stranger", Role::Stranger, None),
            ("guest", Role::Guest, None),
            inside[0],
            inside[1],
            ("moderator", Role::Moderator, None),
            ("banned", Role::Guest, Some(Place::Banned)),
        ],
        RoomKind::Private => {
            let outside = ("owner outside", Role::Owner, None);
            vec![outside, inside[0], inside[1], inside[2], ("banned", Role::Guest, Some(Place::Banned))]
        }
        RoomKind::Direct => vec![("owner outside", Role::Owner, None), inside[0], inside[2]],
    }
}

/// A table with these heads, and a mark for each column of each row.
fn table(title: &str, heads: &[&str], rows: Vec<(String, Vec<Result<(), Reason>>)>) -> String {
    let columns: String = heads.iter().map(|head| format!(" {head} |")).collect();
    let mut table = format!("## {title}\n\n| |{columns}\n|---|{}\n", "---|".repeat(heads.len()));
    for (deed, outcomes) in rows {
        let marks: String = outcomes.into_iter().map(|outcome| format!(" {} |", mark(outcome))).collect();
        table += &format!("| {deed} |{marks}\n");
    }
    table
}

const OWN: What = What { own: true, age: 0 };
const ANOTHERS: What = What { own: false, age: 0 };

fn room_table(title: &str, kind: RoomKind) -> String {
    let (room, columns) = (room(kind), columns(kind));
    let heads: Vec<_> = columns.iter().map(|(head, ..)| *head).collect();
    let row = |words: &str, deed, what| {
        let outcomes = columns.iter().map(|(_, role, place)| {
            let case = Case::in_room(*role, &room, *place).over(Role::Guest).over_place(Some(Place::Member));
            may(&Policy::default(), case.about(what), deed)
        });
        (words.to_owned(), outcomes.collect())
    };
    let mut rows = Vec::new();
    for &deed in Deed::IN_ROOM {
        rows.push(row(deed.in_words(), deed, OWN));
        if deed == Deed::Edit {
            rows.push(row("edit another's message", deed, ANOTHERS));
        }
    }
    table(title, &heads, rows)
}

/// Who speaks in a public room, by its settings.
fn speaking_table() -> String {
    let columns = [
        ("stranger", Role::Stranger, None),
        ("guest", Role::Guest, None),
        ("guest in", Role::Guest, Some(Place::Member)),
        ("member in", Role::Member, Some(Place::Member)),
        ("keeps", Role::Guest, Some(Place::Keeper)),
        ("moderator", Role::Moderator, None),
    ];
    let heads: Vec<_> = columns.iter().map(|(head, ..)| *head).collect();
    let usual = room(RoomKind::Public);
    let rows = [
        ("`post`: everyone", usual.clone()),
        ("`post`: members", RoomDocument { post: Posting::Members, ..usual.clone() }),
        ("`post`: moderators", RoomDocument { post: Posting::Moderators, ..usual.clone() }),
        ("`slow`", RoomDocument { slow: 10, ..usual.clone() }),
        ("`archived`", RoomDocument { archived: true, ..usual }),
    ];
    let rows = rows.into_iter().map(|(words, room)| {
        let outcomes = columns
            .iter()
            .map(|(_, role, place)| may(&Policy::default(), Case::in_room(*role, &room, *place), Deed::Say));
        (words.to_owned(), outcomes.collect())
    });
    table("Who speaks in a public room", &heads, rows.collect())
}

fn server_table() -> String {
    let people = ROLES.map(|role| Who { account: role >= Role::Member, ..Who::of(role) });
    let bot = Who { bot: true, ..Who::of(Role::Member) };
    let is = |words: &'static str, change: fn(Case<'static>) -> Case<'static>| (words, change);
    let mut rows = Vec::new();
    for &deed in Deed::HERE {
        let cases = match deed {
            Deed::Invite => vec![
                is(" as a guest", |case| case.giving(Role::Guest)),
                is(" as a member", |case| case.giving(Role::Member)),
                is(" as a moderator", |case| case.giving(Role::Moderator)),
            ],
            Deed::Revoke => vec![
                is(": one's own", |case| case),
                is(": another's, for a guest", |case| case.giving(Role::Guest).about(ANOTHERS)),
                is(": another's, for a moderator", |case| case.giving(Role::Moderator).about(ANOTHERS)),
            ],
            Deed::HelpIn | Deed::Expel => vec![
                is(": a guest", |case| case.over(Role::Guest)),
                is(": a member", |case| case.over(Role::Member)),
                is(": a moderator", |case| case.over(Role::Moderator)),
                is(": a bot", |case| case.over(Who { bot: true, ..Who::of(Role::Member) })),
            ],
            Deed::Promote => vec![
                is(": moderator", |case| case.over(Role::Member).giving(Role::Moderator)),
                is(": guest, to a guest", |case| case.over(Role::Member).giving(Role::Guest)),
                is(": guest, to who has an account", |case| {
                    let them = Who { account: true, ..Who::of(Role::Member) };
                    case.over(them).giving(Role::Guest)
                }),
                is(": owner, to a bot", |case| {
                    case.over(Who { bot: true, ..Who::of(Role::Member) }).giving(Role::Owner)
                }),
            ],
            Deed::RenewBot => vec![
                is(" who is a member", |case| case.over(Role::Member)),
                is(" who is a moderator", |case| case.over(Role::Moderator)),
            ],
            _ => vec![is("", |case| case)],
        };
        for (words, change) in cases {
            let who = people.iter().chain([&bot]);
            let outcomes = who.map(|who| may(&Policy::default(), change(Case::of(*who)), deed)).collect();
            rows.push((format!("{}{words}", deed.in_words()), outcomes));
        }
    }
    table("On the server", &["stranger", "guest", "member", "moderator", "owner", "bot"], rows)
}

#[test]
fn the_documentation_shows_who_may_do_what() {
    let tables = format!(
        "<!-- rights -->\n{}\n{}\n{}\n{}\n{}<!-- /rights -->",
        room_table("In a public room", RoomKind::Public),
        speaking_table(),
        room_table("In a private room", RoomKind::Private),
        room_table("In a direct room", RoomKind::Direct),
        server_table()
    );
    let documented = include_str!("../../../docs/rights.md");
    assert!(documented.contains(&tables), "docs/rights.md should say:\n{tables}");
}

fn every_case(mut check: impl FnMut(Case<'_>, &str)) {
    for kind in [RoomKind::Public, RoomKind::Private, RoomKind::Direct] {
        for (archived, slow, post) in [
            (false, 0, Posting::Everyone),
            (true, 0, Posting::Everyone),
            (false, 10, Posting::Members),
            (false, 0, Posting::Moderators),
        ] {
            let room = RoomDocument { archived, slow, post, ..room(kind) };
            for role in ROLES {
                for place in [None, Some(Place::Member), Some(Place::Keeper), Some(Place::Banned)] {
                    for over in ROLES {
                        let case = Case::in_room(role, &room, place).over(over);
                        check(
                            case.over_place(Some(Place::Member)),
                            &format!("{kind:?} {archived} {post:?} {role:?} {place:?} over {over:?}"),
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn who_may_not_hear_may_do_nothing_and_does_not_learn_that_a_hidden_room_is_there() {
    let policy = Policy { hear: Circle::Guests, speak: Circle::Guests, ..Policy::default() };
    every_case(|case, name| {
        let Err(reason) = may(&policy, case, Deed::Hear) else { return };
        for &deed in Deed::IN_ROOM {
            assert!(may(&policy, case, deed).is_err(), "{name}: {deed:?}");
        }
        let (room, place) = case.room.unwrap();
        if room.kind != RoomKind::Public && !matches!(place, Some(Place::Member | Place::Keeper)) {
            assert_eq!(reason, Reason::NoSuchRoom, "{name}");
        }
    });
}

#[test]
fn a_higher_role_may_never_do_less() {
    every_case(|case, name| {
        for &deed in Deed::IN_ROOM {
            if may(&Policy::default(), case, deed).is_ok() {
                assert!(may(&Policy::default(), case.by(Role::Owner), deed).is_ok(), "{name}: {deed:?}");
            }
        }
    });
}

#[test]
fn nobody_acts_in_an_archived_room_or_over_an_equal() {
    every_case(|case, name| {
        let (room, _) = case.room.unwrap();
        for deed in [Deed::Say, Deed::React, Deed::Edit, Deed::Add] {
            assert!(!room.archived || may(&Policy::default(), case, deed).is_err(), "{name}: {deed:?}");
        }
        let their_role = case.their_role();
        if their_role >= Role::Moderator && their_role >= case.who.role {
            assert!(may(&Policy::default(), case, Deed::Ban).is_err(), "{name}");
        }
    });
}

#[test]
fn it_is_known_on_whose_role_a_right_rests() {
    let policy = Policy::default();
    every_case(|case, name| {
        for &deed in Deed::IN_ROOM {
            if may(&policy, case, deed).is_err() {
                continue;
            }
            let as_guest = may(&policy, case.by(Role::Guest), deed);
            let rests = rests_on_own_role(&policy, case, deed);
            assert_eq!(rests, case.who.role > Role::Guest && as_guest.is_err(), "{name}: {deed:?}");
        }
        if may(&policy, case, Deed::Ban).is_ok() {
            assert!(rests_on_their_role(&policy, case, Deed::Ban), "{name}");
        }
        assert!(!rests_on_their_role(&policy, Case { whom: None, ..case }, Deed::Ban));
    });
}

#[test]
fn messages_are_changed_by_who_said_them_and_for_some_time() {
    let room = room(RoomKind::Public);
    let policy = Policy { edit_window: Some(Duration::from_secs(60)), ..Policy::default() };
    let case = Case::in_room(Role::Owner, &room, Some(Place::Keeper));
    let edit = |own, age| may(&policy, case.about(What { own, age }), Deed::Edit);
    assert_eq!((edit(true, 60_000), edit(true, 60_001)), (Ok(()), Err(Reason::TooLate)));
    assert_eq!(edit(true, -5), Ok(()), "a clock that went back");
    assert_eq!(edit(false, 0), Err(Reason::NotOwn));
    let policy = Policy::default();
    assert_eq!(may(&policy, case.about(What { own: true, age: i64::MAX }), Deed::Edit), Ok(()));
}
