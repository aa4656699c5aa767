//! The table: one row a call or command, one column a person.

/// The people of the story, by what they are to Ann's rooms: a stranger; guests who are outside of all, were removed,
/// are banned, are in the private and the public one; a member and a moderator, who are in none; and the friend with
/// whom Ann has a direct room.
pub const WHO: [&str; 8] =
    ["stranger", "outsider", "removed", "banned", "inside", "member", "moderator", "friend"];

/// One call or command, and what each of [`WHO`] is answered.
pub struct Row {
    /// The operation of the description, or the verb of a WebSocket.
    pub name: &'static str,
    /// Its path; none for a verb.
    pub path: &'static str,
    /// What is sent with it.
    pub body: &'static str,
    /// The codes of problems, in short: see [`code`].
    answers: &'static str,
}

impl Row {
    /// Whether it is sent over a WebSocket.
    pub fn is_verb(&self) -> bool {
        self.path.is_empty()
    }

    /// What each of [`WHO`] is answered.
    pub fn answers(&self) -> impl Iterator<Item = Expected> {
        self.answers.split_whitespace().map(code)
    }
}

/// What somebody is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// They may.
    May,
    /// It is not tried.
    Untried,
    /// They are refused with this code.
    Refused(&'static str),
}

/// The codes by which somebody is refused for what they are.
pub const REFUSALS: [&str; 4] = ["no-such-room", "not-signed-in", "not-allowed", "banned"];

fn code(short: &'static str) -> Expected {
    match short {
        "-" => Expected::May,
        "." => Expected::Untried,
        "hidden" => Expected::Refused("no-such-room"),
        "name" => Expected::Refused("not-signed-in"),
        "not" => Expected::Refused("not-allowed"),
        "banned" => Expected::Refused("banned"),
        code => Expected::Refused(code),
    }
}

const fn call(name: &'static str, path: &'static str, body: &'static str, answers: &'static str) -> Row {
    Row { name, path, body, answers }
}

const fn verb(name: &'static str, body: &'static str, answers: &'static str) -> Row {
    Row { name, path: "", body, answers }
}

/// In the private room and in the direct one, what those inside may and others do not find.
const INSIDE: &str = "hidden hidden hidden hidden -   hidden hidden hidden";
const INSIDE_NOT: &str = "hidden hidden hidden hidden not hidden hidden hidden";
const FRIEND: &str = "hidden hidden hidden hidden hidden hidden hidden -";
const FRIEND_NOT: &str = "hidden hidden hidden hidden hidden hidden hidden not";
/// In the public room, what everybody with a name may, or only those who keep it, or nobody.
const NAMED: &str = "name - - banned - - - -";
const KEEPERS: &str = "name not not banned not not - not";
const NOBODY: &str = "name not not banned not not not not";
/// On the server.
const GUESTS: &str = "name - - - - - - -";
const MODERATORS: &str = "name not not not not not - not";
const OWNERS: &str = "name not not not not not not not";

/// `{p}` is Ann's private room, `{u}` her public room, `{d}` her direct room with her friend; `{mp}`, `{mu}`, `{md}`
/// are messages of hers in them; `{ann}`, `{owner}`, `{banned}` and `{inside}` are people, `{link}` is a link of the
/// owner's, `{bot}` a bot and `{session}` a device of Ann's.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    call("postMessage", "/rooms/{p}", r#"{"body":"x"}"#, INSIDE),
    call("postMessage", "/rooms/{p}", r#"{"body":"x","store":false}"#, INSIDE),
    call("postMessage", "/rooms/{u}", r#"{"body":"x"}"#, "- - - banned - - - -"),
    call("postMessage", "/rooms/{u}", r#"{"body":"x","store":false}"#, "- - - banned - - - -"),
    call("postMessage", "/rooms/{d}", r#"{"body":"x"}"#, FRIEND),
    call("postMessage", "/rooms/{u}", r#"{"body":"x","reply_to":"{mp}"}"#, "bad-reply bad-reply bad-reply banned bad-reply bad-reply bad-reply bad-reply"),
    call("editMessage", "/rooms/{p}/{mp}", r#"{"body":"x"}"#, INSIDE_NOT),
    call("editMessage", "/rooms/{u}/{mu}", r#"{"body":"x"}"#, NOBODY),
    call("editMessage", "/rooms/{d}/{md}", r#"{"body":"x"}"#, FRIEND_NOT),
    call("editMessage", "/rooms/{u}/{mp}", r#"{"body":"x"}"#, "name no-such-message no-such-message banned no-such-message no-such-message no-such-message no-such-message"),
    call("deleteMessage", "/rooms/{p}/{mp}", "", INSIDE_NOT),
    call("deleteMessage", "/rooms/{u}/{mu}", "", KEEPERS),
    call("deleteMessage", "/rooms/{d}/{md}", "", FRIEND_NOT),
    call("react", "/rooms/{p}/{mp}/reactions/%F0%9F%91%8D", "", INSIDE),
    call("react", "/rooms/{u}/{mu}/reactions/%F0%9F%91%8D", "", NAMED),
    call("react", "/rooms/{d}/{md}/reactions/%F0%9F%91%8D", "", FRIEND),
    call("unreact", "/rooms/{p}/{mp}/reactions/%F0%9F%91%8D", "", INSIDE),
    call("unreact", "/rooms/{u}/{mu}/reactions/%F0%9F%91%8D", "", NAMED),
    call("unreact", "/rooms/{d}/{md}/reactions/%F0%9F%91%8D", "", FRIEND),
    call("createRoom", "/rooms", r#"{"kind":"private","title":"x","people":["{ann}"]}"#, GUESTS),
    call("createRoom", "/rooms", r#"{"kind":"direct","people":["{ann}","{owner}"]}"#, GUESTS),
    call("createRoom", "/rooms", r#"{"kind":"public","name":"{u}"}"#, "name name-taken name-taken name-taken name-taken name-taken name-taken name-taken"),
    call("changeRoom", "/rooms/{p}/about", r#"{"title":"x"}"#, INSIDE_NOT),
    call("changeRoom", "/rooms/{u}/about", r#"{"topic":"x"}"#, KEEPERS),
    call("changeRoom", "/rooms/{d}/about", r#"{"topic":"x"}"#, FRIEND_NOT),
    call("changeRoom", "/rooms/{u}/about", r#"{"archived":true}"#, KEEPERS),
    call("putRoomPerson", "/rooms/{p}/people/me", "", INSIDE),
    call("putRoomPerson", "/rooms/{p}/people/{owner}", "", INSIDE),
    call("putRoomPerson", "/rooms/{p}/people/{banned}", "", INSIDE_NOT),
    call("putRoomPerson", "/rooms/{p}/people/{inside}", r#"{"role":"keeper"}"#, INSIDE_NOT),
    call("putRoomPerson", "/rooms/{u}/people/me", "", NAMED),
    call("putRoomPerson", "/rooms/{u}/people/{ann}", r#"{"role":"member"}"#, KEEPERS),
    call("putRoomPerson", "/rooms/{d}/people/{owner}", "", FRIEND_NOT),
    call("putRoomPerson", "/rooms/{d}/people/{ann}", r#"{"role":"keeper"}"#, FRIEND_NOT),
    call("removeRoomPerson", "/rooms/{p}/people/{ann}", "", INSIDE_NOT),
    call("removeRoomPerson", "/rooms/{u}/people/{ann}", "", KEEPERS),
    call("removeRoomPerson", "/rooms/{d}/people/{ann}", "", FRIEND_NOT),
    call("removeRoomPerson", "/rooms/{d}/people/me", "", FRIEND_NOT),
    call("ban", "/rooms/{p}/bans/{ann}", "", INSIDE_NOT),
    call("ban", "/rooms/{u}/bans/{ann}", "", KEEPERS),
    call("ban", "/rooms/{d}/bans/{ann}", "", FRIEND_NOT),
    call("unban", "/rooms/{p}/bans/{banned}", "", INSIDE_NOT),
    call("unban", "/rooms/{u}/bans/{banned}", "", KEEPERS),
    call("unban", "/rooms/{d}/bans/{banned}", "", FRIEND_NOT),
    call("markRoom", "/rooms/{p}/me", r#"{"read":"{mp}"}"#, INSIDE),
    call("markRoom", "/rooms/{u}/me", r#"{"read":"{mu}"}"#, "name not not banned - not not not"),
    call("markRoom", "/rooms/{d}/me", r#"{"level":"none"}"#, FRIEND),
    call("typing", "/rooms/{p}/typing", "", INSIDE),
    call("typing", "/rooms/{u}/typing", "", NAMED),
    call("typing", "/rooms/{d}/typing", "", FRIEND),
    call("putMe", "/me", r#"{"name":"x"}"#, "- - - - - - - -"),
    call("deleteMe", "/me", "", "name - - - - wrong-password - -"),
    call("makeAccount", "/me/account", r#"{"login":"owner","password":"long enough 1"}"#, "name - - - - login-taken - -"),
    call("setPassword", "/me/password", r#"{"password":"long enough 1"}"#, "name not not not not wrong-password not not"),
    call("endSession", "/me/sessions/{session}", "", "name no-such-page no-such-page no-such-page no-such-page no-such-page no-such-page no-such-page"),
    call("makePhoneLink", "/me/link", "", GUESTS),
    call("setPresence", "/me/presence", r#"{"state":"away"}"#, GUESTS),
    call("signIn", "/session", r#"{"login":"owner","password":"not this one"}"#, "wrong-password wrong-password . . . wrong-password . ."),
    call("signOut", "/session", "", "name . . . . . . ."),
    call("makeLink", "/links", r#"{"role":"guest"}"#, MODERATORS),
    call("makeLink", "/links", r#"{"role":"moderator"}"#, OWNERS),
    call("deleteLink", "/links/{link}", "", MODERATORS),
    call("lookAtLink", "/links/look", r#"{"code":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#, "bad-link bad-link bad-link bad-link bad-link bad-link bad-link bad-link"),
    call("redeemLink", "/links/redeem", r#"{"code":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","name":"x"}"#, "bad-link bad-link bad-link bad-link bad-link bad-link bad-link bad-link"),
    call("setRole", "/people/{ann}", r#"{"role":"owner"}"#, OWNERS),
    call("deletePerson", "/people/{owner}", "", OWNERS),
    call("deletePerson", "/people/{ann}", "", MODERATORS),
    call("makeSignInLink", "/people/{owner}/link", "", OWNERS),
    call("makeSignInLink", "/people/{ann}/link", "", MODERATORS),
    call("createBot", "/bots", r#"{"name":"x"}"#, MODERATORS),
    call("newBotToken", "/bots/{bot}/token", "", MODERATORS),
    verb("post", r#"{"room":"{p}","body":"x"}"#, INSIDE),
    verb("post", r#"{"room":"{u}","body":"x"}"#, "- - - banned - - - -"),
    verb("post", r#"{"room":"{d}","body":"x"}"#, FRIEND),
    verb("signal", r#"{"room":"{p}","body":"x"}"#, INSIDE),
    verb("signal", r#"{"room":"{u}","body":"x"}"#, "- - - banned - - - -"),
    verb("signal", r#"{"room":"{d}","body":"x"}"#, FRIEND),
    verb("edit", r#"{"room":"{p}","message":"{mp}","body":"x"}"#, INSIDE_NOT),
    verb("edit", r#"{"room":"{u}","message":"{mu}","body":"x"}"#, NOBODY),
    verb("edit", r#"{"room":"{d}","message":"{md}","body":"x"}"#, FRIEND_NOT),
    verb("delete", r#"{"room":"{p}","message":"{mp}"}"#, INSIDE_NOT),
    verb("delete", r#"{"room":"{u}","message":"{mu}"}"#, KEEPERS),
    verb("delete", r#"{"room":"{d}","message":"{md}"}"#, FRIEND_NOT),
    verb("react", r#"{"room":"{p}","message":"{mp}","emoji":"👍","on":true}"#, INSIDE),
    verb("react", r#"{"room":"{u}","message":"{mu}","emoji":"👍","on":true}"#, NAMED),
    verb("react", r#"{"room":"{d}","message":"{md}","emoji":"👍","on":true}"#, FRIEND),
    verb("subscribe", r#"{"room":"{p}"}"#, INSIDE),
    verb("subscribe", r#"{"room":"{u}"}"#, "- - - - - - - -"),
    verb("subscribe", r#"{"room":"{d}"}"#, FRIEND),
    verb("unsubscribe", r#"{"room":"{p}"}"#, INSIDE),
    verb("unsubscribe", r#"{"room":"{d}"}"#, FRIEND),
];
