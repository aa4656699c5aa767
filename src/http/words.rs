//! The words of every error that a person may read, in English and 简体中文.

use super::code::Code;
pub use super::language::Language;

/// A problem in words.
pub struct Words {
    /// The code, as programs see it.
    pub slug: &'static str,
    /// What went wrong.
    pub title: &'static str,
    /// What would be right.
    pub detail: &'static str,
}

/// The words of a problem in a language.
pub fn words(code: Code, language: Language) -> Words {
    let (slug, english, chinese) = table(code);
    let (title, detail) = match language {
        Language::English => english,
        Language::Chinese => chinese,
    };
    Words { slug, title, detail }
}

type Row = (&'static str, (&'static str, &'static str), (&'static str, &'static str));

/// One row a problem: its slug, then title and detail in each language.
fn table(code: Code) -> Row {
    match code {
        Code::AddressLimit => (
            "address-limit",
            (
                "Too many open lines from your address",
                "Close some, or ask the operator to raise limits.lines_per_address.",
            ),
            ("来自你的地址的连接太多", "请关闭一些连接，或请管理员调高 limits.lines_per_address。"),
        ),
        Code::Archived => (
            "archived",
            ("This room is only to be read", "It was archived; who keeps it can open it again."),
            ("此房间已归档，只能阅读", "管理此房间的人可以重新打开它。"),
        ),
        Code::BadBody => (
            "bad-body",
            (
                "The body could not be read",
                "Send the whole body, with a Content-Length that matches or in whole chunks.",
            ),
            ("无法读取请求正文", "请发送完整的正文，并使 Content-Length 与之相符。"),
        ),
        Code::BadClient => (
            "bad-client",
            ("This cannot be the name of a client", "A client's name has 1 to 64 visible ASCII characters."),
            ("客户端标识无效", "客户端标识为 1 到 64 个可见的 ASCII 字符。"),
        ),
        Code::BadCursor => (
            "bad-cursor",
            ("This is not a place in the log", "Use an id such as 5f3a09c1-1027, or a number."),
            ("位置无效", "请使用形如 5f3a09c1-1027 的标识，或一个数字。"),
        ),
        Code::BadEmoji => (
            "bad-emoji",
            ("This is not one emoji", "React with one emoji, percent-encoded in the path."),
            ("这不是一个表情", "请用一个表情回应，并在路径中以百分号编码。"),
        ),
        Code::BadHandshake => (
            "bad-handshake",
            (
                "This is not a WebSocket handshake that can be answered",
                "Use GET, Sec-WebSocket-Version 13 and a key of 16 bytes in Base64.",
            ),
            ("无法完成 WebSocket 握手", "请使用 GET、Sec-WebSocket-Version 13 以及 16 字节的 Base64 密钥。"),
        ),
        Code::BadHost => (
            "bad-host",
            (
                "This server does not go by that name",
                "Use an address or localhost, or add the name to hosts in the configuration.",
            ),
            ("此服务器不使用该主机名", "请使用地址或 localhost，或在配置的 hosts 中加入该名称。"),
        ),
        Code::BadJson => (
            "bad-json",
            ("The JSON could not be read", "Send one JSON object, such as {\"body\":\"hello\"}."),
            ("无法解析 JSON", "请发送一个 JSON 对象，例如 {\"body\":\"你好\"}。"),
        ),
        Code::BadKey => (
            "bad-key",
            ("This cannot be a key", "A key has 1 to 200 bytes and no control characters."),
            ("键无效", "键为 1 到 200 字节，且不含控制字符。"),
        ),
        Code::BadLink => (
            "bad-link",
            ("This link is not valid, or not any more", "Ask whoever gave it to you for another."),
            ("此链接无效或已失效", "请向给你链接的人再要一个。"),
        ),
        Code::BadLogin => (
            "bad-login",
            ("This cannot be a login", "A login has 3 to 64 letters, digits and - _ . @"),
            ("登录名无效", "登录名为 3 到 64 个字母、数字或 - _ . @。"),
        ),
        Code::BadName => (
            "bad-name",
            (
                "This cannot be a name",
                "A name has 1 to 40 characters, at least one of them a letter or digit.",
            ),
            ("名字无效", "名字为 1 到 40 个字符，其中至少有一个文字或数字。"),
        ),
        Code::BadParameter => (
            "bad-parameter",
            (
                "A parameter of the URL has a value that it cannot have",
                "See the protocol's page for the values that it takes.",
            ),
            ("URL 参数的值无效", "可用的值见协议文档。"),
        ),
        Code::BadReply => (
            "bad-reply",
            (
                "The message that this answers is not in this room",
                "Give the id of a message of this room in reply_to.",
            ),
            ("所回复的消息不在此房间", "请在 reply_to 中填写此房间内某条消息的标识。"),
        ),
        Code::BadRoom => (
            "bad-room",
            (
                "This cannot be the name of a room",
                "A room's name has 1 to 64 letters, digits and - _ . ~, not only dots, and does not begin with ~.",
            ),
            ("房间名无效", "房间名为 1 到 64 个文字、数字或 - _ . ~，不能全是点，也不能以 ~ 开头。"),
        ),
        Code::BadSetting => (
            "bad-setting",
            (
                "A room cannot be set like this",
                "A title has 1 to 64 characters, a topic at most 250, and slow mode at most six hours.",
            ),
            ("房间不能这样设置", "标题为 1 到 64 个字符，话题最多 250 个，慢速模式最长六小时。"),
        ),
        Code::BadType => (
            "bad-type",
            ("This cannot be a type", "A type is a letter, then at most 63 letters, digits and . _ -"),
            ("类型无效", "类型以字母开头，其后最多 63 个字母、数字或 . _ -"),
        ),
        Code::BadUtf8 => (
            "bad-utf8",
            ("The text is not UTF-8", "Send text in UTF-8."),
            ("文本不是 UTF-8", "请以 UTF-8 发送文本。"),
        ),
        Code::Banned => (
            "banned",
            ("You are banned from this room", "Whoever keeps the room can let you in again."),
            ("你已被禁止进入此房间", "管理此房间的人可以让你重新进来。"),
        ),
        Code::BlankMessage => (
            "blank-message",
            ("There is nothing in this message", "Send some text, or JSON with a body or data."),
            ("消息为空", "请发送一些文字，或包含 body 或 data 的 JSON。"),
        ),
        Code::Busy => (
            "busy",
            ("Too many changed the same thing at once", "Try again."),
            ("同时修改的人太多", "请重试。"),
        ),
        Code::Closing => (
            "closing",
            ("The server is restarting", "Come back in a moment."),
            ("服务器正在重启", "请稍后再来。"),
        ),
        Code::EditTooLate => (
            "edit-too-late",
            ("It is too late to change this message", "Say what is right in a new one."),
            ("修改此消息的时间已过", "请在新消息中更正。"),
        ),
        Code::Foreign => (
            "foreign",
            (
                "A page of another site may not do this",
                "Add its origin to origins in the configuration if it should.",
            ),
            ("其他网站的页面不能这样做", "如需允许，请在配置的 origins 中加入其来源。"),
        ),
        Code::Internal => (
            "internal",
            ("Something went wrong in the server", "It is written in the server's log."),
            ("服务器内部出错", "详情见服务器日志。"),
        ),
        Code::KeyOfDeleted => (
            "key-of-deleted",
            ("The message that was sent with this key has been deleted", "Use a new key to send another."),
            ("用此键发送的消息已被删除", "如要另发一条，请使用新的键。"),
        ),
        Code::KeyReused => (
            "key-reused",
            ("This key was used for another message", "Use a new key for each message."),
            ("此键已用于另一条消息", "请为每条消息使用新的键。"),
        ),
        Code::LastOwner => (
            "last-owner",
            ("The last owner cannot step down", "Make somebody else an owner first."),
            ("最后一位所有者不能卸任", "请先让另一个人成为所有者。"),
        ),
        Code::LoginTaken => {
            ("login-taken", ("This login is taken", "Choose another."), ("此登录名已被使用", "请换一个。"))
        }
        Code::MessageGone => (
            "message-gone",
            ("The message has been deleted", "Nothing more can be done with it."),
            ("此消息已被删除", "无法再对它进行操作。"),
        ),
        Code::MethodNotAllowed => (
            "method-not-allowed",
            ("This cannot be done here", "The header Allow says what can."),
            ("此处不支持该方法", "可用的方法见 Allow 头。"),
        ),
        Code::NameTaken => (
            "name-taken",
            ("Another room has this name", "Choose another."),
            ("已有房间使用此名称", "请换一个。"),
        ),
        Code::NoSuchMessage => (
            "no-such-message",
            ("There is no such message in this room", "It may have been deleted."),
            ("此房间没有这条消息", "它可能已被删除。"),
        ),
        Code::NoSuchPage => (
            "no-such-page",
            ("There is nothing here", "Rooms are at /rooms/NAME."),
            ("这里什么也没有", "房间位于 /rooms/名称。"),
        ),
        Code::NoSuchPerson => (
            "no-such-person",
            ("There is no such person", "They may have deleted their account."),
            ("没有这个人", "对方可能已注销。"),
        ),
        Code::NoSuchRoom => (
            "no-such-room",
            (
                "There is no such room",
                "Check the name; on this server rooms are not made by speaking in them.",
            ),
            ("没有这个房间", "请检查名称；此服务器不会因发言而新建房间。"),
        ),
        Code::NotAcceptable => (
            "not-acceptable",
            (
                "This is not to be had in that form",
                "Ask for text/html, text/event-stream, application/x-ndjson or application/json.",
            ),
            (
                "没有这种形式",
                "请使用 text/html、text/event-stream、application/x-ndjson 或 application/json。",
            ),
        ),
        Code::NotAllowed => (
            "not-allowed",
            ("You may not do this here", "The field about says why."),
            ("你不能在这里这样做", "about 字段说明了原因。"),
        ),
        Code::NotSignedIn => (
            "not-signed-in",
            ("This takes a name", "Give a name with PUT /me, or sign in again."),
            ("请先说明你是谁", "请用 PUT /me 起一个名字，或重新登录。"),
        ),
        Code::OutcomeUnknown => (
            "outcome-unknown",
            (
                "The store did not say whether it has this",
                "It may have been kept. Repeat it with the same key, or look first.",
            ),
            ("存储没有确认结果", "它可能已经保存。请用同一个键重试，或先查看。"),
        ),
        Code::ReservedType => (
            "reserved-type",
            ("This type has a meaning of its own", "Choose another type."),
            ("该类型已有固定含义", "请换一个类型。"),
        ),
        Code::SlowMode => (
            "slow-mode",
            ("This room is in slow mode", "Wait as long as Retry-After says."),
            ("此房间处于慢速模式", "请按 Retry-After 所示等待。"),
        ),
        Code::StoreUnavailable => (
            "store-unavailable",
            (
                "The store does not answer just now",
                "Nothing was changed. Try again in a moment, with the same key.",
            ),
            ("存储暂时不可用", "没有任何更改。请稍后用同一个键重试。"),
        ),
        Code::TooFast => (
            "too-fast",
            ("Too many changes in too short a time", "Wait as long as Retry-After says."),
            ("短时间内操作太多", "请按 Retry-After 所示等待。"),
        ),
        Code::TooLarge => (
            "too-large",
            ("The body is too large", "The limit is limits.body_bytes in the configuration."),
            ("请求正文过大", "上限为配置中的 limits.body_bytes。"),
        ),
        Code::TooManyAttempts => (
            "too-many-attempts",
            ("Too many attempts to sign in", "Wait as long as Retry-After says."),
            ("尝试登录次数太多", "请按 Retry-After 所示等待。"),
        ),
        Code::TooManyLines => (
            "too-many-lines",
            ("The server has no room for another line", "Try again later."),
            ("服务器无法再接受连接", "请稍后重试。"),
        ),
        Code::TooManyOfYours => (
            "too-many-of-yours",
            ("You have as many of these as you can have", "Leave some rooms, or end some links, first."),
            ("你拥有的已达上限", "请先离开一些房间，或停用一些链接。"),
        ),
        Code::TooManyPeople => (
            "too-many-people",
            ("Too many people for this room", "A direct room has at most 10, a new private one at most 51."),
            ("房间人数过多", "私聊最多 10 人，新建的私密房间最多 51 人。"),
        ),
        Code::TooManyReactions => (
            "too-many-reactions",
            ("This message has as many reactions as it can have", "Use one that is there already."),
            ("此消息的回应已达上限", "请使用已有的回应。"),
        ),
        Code::TooManyRooms => (
            "too-many-rooms",
            ("Too many rooms on one line", "The limit is limits.rooms_per_line in the configuration."),
            ("一个连接上的房间太多", "上限为配置中的 limits.rooms_per_line。"),
        ),
        Code::UnknownField => (
            "unknown-field",
            (
                "There is a field that means nothing here",
                "A message has body, data, key, reply_to, type and store.",
            ),
            ("存在未知字段", "消息可包含 body、data、key、reply_to、type 和 store。"),
        ),
        Code::UnsupportedType => (
            "unsupported-type",
            ("A message cannot be sent in that form", "Send text, JSON, XML or a form."),
            ("不支持这种形式的消息", "请发送文本、JSON、XML 或表单。"),
        ),
        Code::WeakPassword => (
            "weak-password",
            ("This cannot be a password", "A password has 8 to 1024 bytes, and is not the login."),
            ("密码不合要求", "密码为 8 到 1024 字节，且不能与登录名相同。"),
        ),
        Code::WrongPassword => (
            "wrong-password",
            (
                "The login or the password is wrong",
                "Ask a moderator for a sign-in link if you have forgotten it.",
            ),
            ("登录名或密码错误", "如果忘记了，请向管理员要一个登录链接。"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_protocol_lists_every_problem() {
        let protocol = include_str!("../../docs/protocol.md");
        let mut rows: Vec<String> = Code::ALL
            .iter()
            .map(|code| {
                let words = words(*code, Language::English);
                format!(
                    "| `{}` | {} | {}. {} |\n",
                    words.slug,
                    code.status().as_u16(),
                    words.title,
                    words.detail
                )
            })
            .collect();
        rows.sort_unstable();
        let table = format!("|---|---|---|\n{}<!-- /problems -->", rows.concat());
        assert!(protocol.contains(&table), "the table in docs/protocol.md should be:\n{table}");
    }

    #[test]
    fn every_problem_has_a_name_of_its_own_and_words_in_both_languages() {
        let mut slugs: Vec<_> = Code::ALL.iter().map(|code| words(*code, Language::English).slug).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), Code::ALL.len());
        for code in Code::ALL {
            let (english, chinese) = (words(code, Language::English), words(code, Language::Chinese));
            assert!(english.title.is_ascii() && !chinese.title.is_ascii(), "{}", english.slug);
        }
    }
}
