//! The rights as a table: the one in the documentation is this one.

use super::*;
use crate::chat::schema::Newcomers;

const ROLES: [Role; 5] = [Role::Stranger, Role::Guest, Role::Member, Role::Moderator, Role::Owner];
const ROOM_DEEDS: [Deed; 12] = [
    Deed::Hear,
    Deed::Say,
    Deed::React,
    Deed::Edit,
    Deed::Delete,
    Deed::DeleteOthers,
    Deed::Join,
    Deed::Leave,
    Deed::Add,
    Deed::Remove,
    Deed::Ban,
    Deed::Settle,
];

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

fn room_table(title: &str, kind: RoomKind) -> String {
    let (room, columns) = (room(kind), columns(kind));
    let heads: String = columns.iter().map(|(name, ..)| format!(" {name} |")).collect();
    let mut table = format!("## {title}\n\n| |{heads}\n|---|{}\n", "---|".repeat(columns.len()));
    for deed in ROOM_DEEDS {
        let marks: String = columns
            .iter()
            .map(|(_, role, place)| {
                let case = Case::in_room(*role, &room, *place).over(Role::Guest, Some(Place::Member));
                format!(" {} |", mark(may(&Policy::default(), case, deed)))
            })
            .collect();
        table += &format!("| {} |{marks}\n", in_words(deed));
    }
    table
}

fn server_table() -> String {
    let heads: String = ROLES.iter().map(|role| format!(" {} |", word(*role))).collect();
    let mut table = format!("## On the server\n\n| |{heads}\n|---|{}\n", "---|".repeat(ROLES.len()));
    for deed in Deed::ALL.into_iter().filter(|deed| !ROOM_DEEDS.contains(deed)) {
        let overs: &[(Role, &str)] = match deed {
            Deed::Invite => &[
                (Role::Guest, " as a guest"),
                (Role::Member, " as a member"),
                (Role::Moderator, " as a moderator"),
            ],
            Deed::HelpIn | Deed::Expel => &[
                (Role::Guest, ": a guest"),
                (Role::Member, ": a member"),
                (Role::Moderator, ": a moderator"),
            ],
            _ => &[(Role::Stranger, "")],
        };
        for (over, whom) in overs {
            let marks: String = ROLES
                .iter()
                .map(|role| {
                    format!(" {} |", mark(may(&Policy::default(), Case::of(*role).over(*over, None), deed)))
                })
                .collect();
            table += &format!("| {}{whom} |{marks}\n", in_words(deed));
        }
    }
    table
}

fn word(role: Role) -> &'static str {
    match role {
        Role::Stranger => "stranger",
        Role::Guest => "guest",
        Role::Member => "member",
        Role::Moderator => "moderator",
        Role::Owner => "owner",
    }
}

fn in_words(deed: Deed) -> &'static str {
    match deed {
        Deed::Hear => "hear and read",
        Deed::Say => "say something",
        Deed::React => "react to a message",
        Deed::Edit => "edit one's own message",
        Deed::Delete => "delete one's own message",
        Deed::DeleteOthers => "delete another's message",
        Deed::Join => "come in",
        Deed::Leave => "go out",
        Deed::Add => "bring somebody in",
        Deed::Remove => "take a guest out",
        Deed::Ban => "ban a guest",
        Deed::Settle => "change name, topic, settings, keepers; archive",
        Deed::MakePublic => "make a public room",
        Deed::MakePrivate => "make a private or direct room",
        Deed::Arrive => "give a name",
        Deed::OpenAccount => "open an account",
        Deed::SeePeople => "see who is on the server",
        Deed::Invite => "invite",
        Deed::HelpIn => "make a sign-in link for somebody",
        Deed::Promote => "give somebody another role",
        Deed::Expel => "delete somebody's account",
        Deed::MakeBot => "make a bot",
    }
}

#[test]
fn the_documentation_shows_who_may_do_what() {
    let tables = format!(
        "<!-- rights -->\n{}\n{}\n{}\n{}<!-- /rights -->",
        room_table("In a public room", RoomKind::Public),
        room_table("In a private room", RoomKind::Private),
        room_table("In a direct room", RoomKind::Direct),
        server_table()
    );
    let documented = include_str!("../../../docs/rights.md");
    assert!(documented.contains(&tables), "docs/rights.md should say:\n{tables}");
}

fn every_case(mut check: impl FnMut(Case<'_>, &str)) {
    for kind in [RoomKind::Public, RoomKind::Private, RoomKind::Direct] {
        for archived in [false, true] {
            let room = RoomDocument { archived, ..room(kind) };
            for role in ROLES {
                for place in [None, Some(Place::Member), Some(Place::Keeper), Some(Place::Banned)] {
                    for over in ROLES {
                        let case = Case::in_room(role, &room, place).over(over, Some(Place::Member));
                        check(
                            case,
                            &format!("{kind:?} archived={archived} {role:?} {place:?} over {over:?}"),
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
        for deed in ROOM_DEEDS {
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
        for deed in ROOM_DEEDS {
            if may(&Policy::default(), case, deed).is_ok() {
                let higher = Case { role: Role::Owner, ..case };
                assert!(may(&Policy::default(), higher, deed).is_ok(), "{name}: {deed:?}");
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
        if case.over >= Role::Moderator && case.over >= case.role {
            assert!(may(&Policy::default(), case, Deed::Ban).is_err(), "{name}");
        }
    });
}
