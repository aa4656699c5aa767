//! The kinds of problems: one table of their statuses and of their words in English and 简体中文.

use http::StatusCode;

/// A problem in words.
pub struct Words {
    /// The code, as programs see it.
    pub slug: &'static str,
    /// What went wrong.
    pub title: &'static str,
    /// What would be right.
    pub detail: &'static str,
}

/// Makes the kinds from their table: the name, its status and its slug; then title and detail in each language.
macro_rules! problems {
    ($($code:ident: $status:ident $slug:literal, $title:literal, $detail:literal, $chinese:literal, $details:literal;)*) => {
        /// What went wrong, for programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($code,)*
        }

        impl Code {
            /// All of them, for the documentation and its test.
            #[cfg(test)]
            pub const ALL: &[Code] = &[$(Code::$code,)*];

            /// The status that goes with it.
            pub fn status(self) -> StatusCode {
                match self {
                    $(Code::$code => StatusCode::$status,)*
                }
            }

            /// Its words in English.
            pub(super) fn english(self) -> Words {
                match self {
                    $(Code::$code => Words { slug: $slug, title: $title, detail: $detail },)*
                }
            }

            /// Its words in 简体中文.
            pub(super) fn chinese(self) -> Words {
                match self {
                    $(Code::$code => Words { slug: $slug, title: $chinese, detail: $details },)*
                }
            }
        }
    };
}

impl Code {
    /// Whether the same may succeed later, so that a line should try again.
    pub fn may_pass(self) -> bool {
        let may_pass =
            matches!(self.status(), StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
        may_pass || self == Code::Busy
    }
}

problems! {
    AddressLimit: TOO_MANY_REQUESTS "address-limit",
        "Too many open lines from your address",
        "Close some, or ask the operator to raise limits.lines_per_address.",
        "来自你的地址的连接太多",
        "请关闭一些连接，或请管理员调高 limits.lines_per_address。";
    Archived: FORBIDDEN "archived",
        "This room is only to be read",
        "It was archived; who keeps it can open it again.",
        "此房间已归档，只能阅读",
        "管理此房间的人可以重新打开它。";
    BadBody: BAD_REQUEST "bad-body",
        "The body could not be read",
        "Send the whole body, with a Content-Length that matches or in whole chunks.",
        "无法读取请求正文",
        "请发送完整的正文，并使 Content-Length 与之相符。";
    BadClient: BAD_REQUEST "bad-client",
        "This cannot be the name of a client",
        "A client's name has 1 to 64 visible ASCII characters.",
        "客户端标识无效",
        "客户端标识为 1 到 64 个可见的 ASCII 字符。";
    BadCursor: BAD_REQUEST "bad-cursor",
        "This is not a place in the log",
        "Use an id such as 5f3a09c1-1027, or a number.",
        "位置无效",
        "请使用形如 5f3a09c1-1027 的标识，或一个数字。";
    BadEmoji: UNPROCESSABLE_ENTITY "bad-emoji",
        "This is not one emoji",
        "React with one emoji, percent-encoded in the path.",
        "这不是一个表情",
        "请用一个表情回应，并在路径中以百分号编码。";
    BadHandshake: BAD_REQUEST "bad-handshake",
        "This is not a WebSocket handshake that can be answered",
        "Use GET, Sec-WebSocket-Version 13 and a key of 16 bytes in Base64.",
        "无法完成 WebSocket 握手",
        "请使用 GET、Sec-WebSocket-Version 13 以及 16 字节的 Base64 密钥。";
    BadHost: MISDIRECTED_REQUEST "bad-host",
        "This server does not go by that name",
        "Use an address or localhost, or add the name to hosts in the configuration.",
        "此服务器不使用该主机名",
        "请使用地址或 localhost，或在配置的 hosts 中加入该名称。";
    BadJson: BAD_REQUEST "bad-json",
        "The JSON could not be read",
        "Send one JSON object, such as {\"body\":\"hello\"}.",
        "无法解析 JSON",
        "请发送一个 JSON 对象，例如 {\"body\":\"你好\"}。";
    BadKey: UNPROCESSABLE_ENTITY "bad-key",
        "This cannot be a key",
        "A key has 1 to 200 bytes and no control characters.",
        "键无效",
        "键为 1 到 200 字节，且不含控制字符。";
    BadLink: NOT_FOUND "bad-link",
        "This link is not valid, or not any more",
        "Ask whoever gave it to you for another.",
        "此链接无效或已失效",
        "请向给你链接的人再要一个。";
    BadLogin: UNPROCESSABLE_ENTITY "bad-login",
        "This cannot be a login",
        "A login has 3 to 64 letters, digits and - _ . @",
        "登录名无效",
        "登录名为 3 到 64 个字母、数字或 - _ . @。";
    BadName: UNPROCESSABLE_ENTITY "bad-name",
        "This cannot be a name",
        "A name has 1 to 40 characters, at least one of them a letter or digit.",
        "名字无效",
        "名字为 1 到 40 个字符，其中至少有一个文字或数字。";
    BadParameter: BAD_REQUEST "bad-parameter",
        "A parameter of the URL has a value that it cannot have",
        "See the protocol's page for the values that it takes.",
        "URL 参数的值无效",
        "可用的值见协议文档。";
    BadReply: UNPROCESSABLE_ENTITY "bad-reply",
        "The message that this answers is not in this room",
        "Give the id of a message of this room in reply_to.",
        "所回复的消息不在此房间",
        "请在 reply_to 中填写此房间内某条消息的标识。";
    BadRoom: BAD_REQUEST "bad-room",
        "This cannot be the name of a room",
        "A room's name has 1 to 64 letters, digits and - _ . ~, not only dots, and does not begin with ~.",
        "房间名无效",
        "房间名为 1 到 64 个文字、数字或 - _ . ~，不能全是点，也不能以 ~ 开头。";
    BadSetting: UNPROCESSABLE_ENTITY "bad-setting",
        "A setting has a value that it cannot have",
        "The field about says which, and what it can be.",
        "设置的值无效",
        "about 字段说明了是哪一项，以及可用的值。";
    BadType: UNPROCESSABLE_ENTITY "bad-type",
        "This cannot be a type",
        "A type is a letter, then at most 63 letters, digits and . _ -",
        "类型无效",
        "类型以字母开头，其后最多 63 个字母、数字或 . _ -";
    BadUtf8: BAD_REQUEST "bad-utf8",
        "The text is not UTF-8",
        "Send text in UTF-8.",
        "文本不是 UTF-8",
        "请以 UTF-8 发送文本。";
    Banned: FORBIDDEN "banned",
        "You are banned from this room",
        "Whoever keeps the room can let you in again.",
        "你已被禁止进入此房间",
        "管理此房间的人可以让你重新进来。";
    BlankMessage: UNPROCESSABLE_ENTITY "blank-message",
        "There is nothing in this message",
        "Send some text, or JSON with a body or data.",
        "消息为空",
        "请发送一些文字，或包含 body 或 data 的 JSON。";
    Busy: CONFLICT "busy",
        "Too many changed the same thing at once",
        "Try again.",
        "同时修改的人太多",
        "请重试。";
    Closing: SERVICE_UNAVAILABLE "closing",
        "The server is restarting",
        "Come back in a moment.",
        "服务器正在重启",
        "请稍后再来。";
    EditTooLate: FORBIDDEN "edit-too-late",
        "It is too late to change this message",
        "Say what is right in a new one.",
        "修改此消息的时间已过",
        "请在新消息中更正。";
    Foreign: FORBIDDEN "foreign",
        "A page of another site may not do this",
        "Add its origin to origins in the configuration if it should.",
        "其他网站的页面不能这样做",
        "如需允许，请在配置的 origins 中加入其来源。";
    Internal: INTERNAL_SERVER_ERROR "internal",
        "Something went wrong in the server",
        "It is written in the server's log.",
        "服务器内部出错",
        "详情见服务器日志。";
    KeyOfDeleted: GONE "key-of-deleted",
        "The message that was sent with this key has been deleted",
        "Use a new key to send another.",
        "用此键发送的消息已被删除",
        "如要另发一条，请使用新的键。";
    KeyReused: UNPROCESSABLE_ENTITY "key-reused",
        "This key was used for another message",
        "Use a new key for each message.",
        "此键已用于另一条消息",
        "请为每条消息使用新的键。";
    LastOwner: CONFLICT "last-owner",
        "The last owner cannot step down",
        "Make somebody else an owner first.",
        "最后一位所有者不能卸任",
        "请先让另一个人成为所有者。";
    LoginTaken: CONFLICT "login-taken",
        "This login is taken",
        "Choose another.",
        "此登录名已被使用",
        "请换一个。";
    MessageGone: GONE "message-gone",
        "The message has been deleted",
        "Nothing more can be done with it.",
        "此消息已被删除",
        "无法再对它进行操作。";
    MethodNotAllowed: METHOD_NOT_ALLOWED "method-not-allowed",
        "This cannot be done here",
        "The header Allow says what can.",
        "此处不支持该方法",
        "可用的方法见 Allow 头。";
    NameTaken: CONFLICT "name-taken",
        "Another room has this name",
        "Choose another.",
        "已有房间使用此名称",
        "请换一个。";
    NoSuchMessage: NOT_FOUND "no-such-message",
        "There is no such message in this room",
        "It may have been deleted.",
        "此房间没有这条消息",
        "它可能已被删除。";
    NoSuchPage: NOT_FOUND "no-such-page",
        "There is nothing here",
        "Rooms are at /rooms/NAME.",
        "这里什么也没有",
        "房间位于 /rooms/名称。";
    NoSuchPerson: NOT_FOUND "no-such-person",
        "There is no such person",
        "They may have deleted their account.",
        "没有这个人",
        "对方可能已注销。";
    NoSuchRoom: NOT_FOUND "no-such-room",
        "There is no such room",
        "Check the name, or ask somebody who is in it to bring you in.",
        "没有这个房间",
        "请检查名称，或请房间里的人带你进来。";
    NotAcceptable: NOT_ACCEPTABLE "not-acceptable",
        "This is not to be had in that form",
        "Ask for text/html, text/event-stream, application/x-ndjson or application/json.",
        "没有这种形式",
        "请使用 text/html、text/event-stream、application/x-ndjson 或 application/json。";
    NotAllowed: FORBIDDEN "not-allowed",
        "You may not do this here",
        "The field about says why.",
        "你不能在这里这样做",
        "about 字段说明了原因。";
    NotSignedIn: UNAUTHORIZED "not-signed-in",
        "This takes a name",
        "Give a name with PUT /me, or sign in again.",
        "请先说明你是谁",
        "请用 PUT /me 起一个名字，或重新登录。";
    OutcomeUnknown: SERVICE_UNAVAILABLE "outcome-unknown",
        "The store did not say whether it has this",
        "It may have been kept. Repeat it with the same key, or look first.",
        "存储没有确认结果",
        "它可能已经保存。请用同一个键重试，或先查看。";
    Overloaded: SERVICE_UNAVAILABLE "overloaded",
        "The server has too much to do just now",
        "Try again in a moment.",
        "服务器现在太忙",
        "请稍后重试。";
    ReservedType: UNPROCESSABLE_ENTITY "reserved-type",
        "This type has a meaning of its own",
        "Choose another type.",
        "该类型已有固定含义",
        "请换一个类型。";
    SlowMode: TOO_MANY_REQUESTS "slow-mode",
        "This room is in slow mode",
        "Wait as long as Retry-After says.",
        "此房间处于慢速模式",
        "请按 Retry-After 所示等待。";
    StoreUnavailable: SERVICE_UNAVAILABLE "store-unavailable",
        "The store does not answer just now",
        "Nothing was changed. Try again in a moment, with the same key.",
        "存储暂时不可用",
        "没有任何更改。请稍后用同一个键重试。";
    TooFast: TOO_MANY_REQUESTS "too-fast",
        "Too many changes in too short a time",
        "Wait as long as Retry-After says.",
        "短时间内操作太多",
        "请按 Retry-After 所示等待。";
    TooLarge: PAYLOAD_TOO_LARGE "too-large",
        "This is too large",
        "The field about names the limit in the configuration.",
        "内容过大",
        "about 字段指出了配置中的相应上限。";
    TooManyAttempts: TOO_MANY_REQUESTS "too-many-attempts",
        "Too many attempts to sign in",
        "Wait as long as Retry-After says.",
        "尝试登录次数太多",
        "请按 Retry-After 所示等待。";
    TooManyLines: TOO_MANY_REQUESTS "too-many-lines",
        "The server has no room for another line",
        "Try again later.",
        "服务器无法再接受连接",
        "请稍后重试。";
    TooManyOfTheirs: UNPROCESSABLE_ENTITY "too-many-of-theirs",
        "They are in as many rooms as others may bring them into",
        "They can still come by themselves.",
        "对方加入的房间已达上限",
        "对方仍可自行加入。";
    TooManyOfYours: UNPROCESSABLE_ENTITY "too-many-of-yours",
        "You have as many of these as you can have",
        "Leave some rooms, or end some links, first.",
        "你拥有的已达上限",
        "请先离开一些房间，或停用一些链接。";
    TooManyPeople: UNPROCESSABLE_ENTITY "too-many-people",
        "Too many people for this room",
        "A direct room has at most 10, a new private one at most 51.",
        "房间人数过多",
        "私聊最多 10 人，新建的私密房间最多 51 人。";
    TooManyReactions: UNPROCESSABLE_ENTITY "too-many-reactions",
        "This message has as many reactions as it can have",
        "Use one that is there already.",
        "此消息的回应已达上限",
        "请使用已有的回应。";
    TooManyRooms: UNPROCESSABLE_ENTITY "too-many-rooms",
        "Too many rooms on one line",
        "The limit is limits.rooms_per_line in the configuration.",
        "一个连接上的房间太多",
        "上限为配置中的 limits.rooms_per_line。";
    UnknownField: UNPROCESSABLE_ENTITY "unknown-field",
        "There is a field that means nothing here",
        "The field about names it, and those that there are.",
        "存在未知字段",
        "about 字段列出了它以及可用的字段。";
    UnsupportedType: UNSUPPORTED_MEDIA_TYPE "unsupported-type",
        "A message cannot be sent in that form",
        "Send text, JSON, XML or a form.",
        "不支持这种形式的消息",
        "请发送文本、JSON、XML 或表单。";
    WeakPassword: UNPROCESSABLE_ENTITY "weak-password",
        "This cannot be a password",
        "A password has 8 to 1024 bytes, and is not the login.",
        "密码不合要求",
        "密码为 8 到 1024 字节，且不能与登录名相同。";
    WrongPassword: UNAUTHORIZED "wrong-password",
        "The login or the password is wrong",
        "Ask a moderator for a sign-in link if you have forgotten it.",
        "登录名或密码错误",
        "如果忘记了，请向管理员要一个登录链接。";
}
