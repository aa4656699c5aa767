//! The words of every error that a person may read, in English and 简体中文.

use http::{HeaderMap, header};

use super::code::Code;

/// A language that errors are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// The language that a reader prefers, by `Accept-Language` (RFC 9110, section 12.5.4).
    pub fn of(headers: &HeaderMap) -> Self {
        let accepted =
            headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let mut best = (0.0, Language::English);
        for item in accepted.split(',').take(16) {
            let mut parts = item.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight =
                parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse::<f32>().ok());
            let language = match tag.split('-').next() {
                Some("en" | "*") => Language::English,
                Some("zh") => Language::Chinese,
                _ => continue,
            };
            if weight.unwrap_or(0.0) > best.0 {
                best = (weight.unwrap_or(0.0), language);
            }
        }
        best.1
    }

    /// The tag of the language (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Chinese => "zh-CN",
        }
    }
}

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
        Code::MethodNotAllowed => (
            "method-not-allowed",
            ("This cannot be done here", "The header Allow says what can."),
            ("此处不支持该方法", "可用的方法见 Allow 头。"),
        ),
        Code::NoSuchPage => (
            "no-such-page",
            ("There is nothing here", "Rooms are at /rooms/NAME."),
            ("这里什么也没有", "房间位于 /rooms/名称。"),
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
        Code::StoreUnavailable => (
            "store-unavailable",
            (
                "The store does not answer just now",
                "Nothing was changed. Try again in a moment, with the same key.",
            ),
            ("存储暂时不可用", "没有任何更改。请稍后用同一个键重试。"),
        ),
        Code::TooLarge => (
            "too-large",
            ("The body is too large", "The limit is limits.body_bytes in the configuration."),
            ("请求正文过大", "上限为配置中的 limits.body_bytes。"),
        ),
        Code::TooManyLines => (
            "too-many-lines",
            ("The server has no room for another line", "Try again later."),
            ("服务器无法再接受连接", "请稍后重试。"),
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preferred(accepted: &str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, accepted.parse().unwrap());
        Language::of(&headers)
    }

    #[test]
    fn the_reader_gets_the_language_that_they_prefer() {
        assert_eq!(Language::of(&HeaderMap::new()), Language::English);
        assert_eq!(preferred("zh-CN,zh;q=0.9,en;q=0.8"), Language::Chinese);
        assert_eq!(preferred("en-GB,zh;q=0.9"), Language::English);
        assert_eq!(preferred("fr, zh-TW;q=0.5, en;q=0.4"), Language::Chinese);
        assert_eq!(preferred("zh;q=x, de"), Language::English);
    }

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
