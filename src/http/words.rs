//! The words of errors in the language of whoever reads them, in English or 简体中文: those of a problem stand in
//! `code`, these are those of its reason.

use super::code::Code;
pub use super::code::Words;
pub use super::language::Language;
use crate::chat::{BadRoomName, Reason, Setting};
use crate::hub::Ending;

/// The words of a problem in a language.
pub fn words(code: Code, language: Language) -> Words {
    match language {
        Language::English => code.english(),
        Language::Chinese => code.chinese(),
    }
}

/// Something that is said in each language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InBoth {
    english: &'static str,
    chinese: &'static str,
}

impl InBoth {
    /// It in a language.
    pub fn said_in(self, language: Language) -> &'static str {
        match language {
            Language::English => self.english,
            Language::Chinese => self.chinese,
        }
    }
}

const fn both(english: &'static str, chinese: &'static str) -> InBoth {
    InBoth { english, chinese }
}

/// Why a WebSocket is closed with a binary message.
pub const ONLY_TEXT: InBoth = both("only text is understood here", "这里只接受文本");

/// Why a line has ended, where there is no room for more.
pub fn ending(ending: Ending) -> InBoth {
    match ending {
        Ending::Shutdown => both("the server is restarting", "服务器正在重启"),
        Ending::Unavailable => both("the store does not answer", "存储暂时不可用"),
        Ending::SignedOut => both("signed out: come in again", "已退出登录：请重新登录"),
        Ending::Reset => both("reset: something was missed", "重置：错过了一些内容"),
    }
}

/// Why somebody may not do something.
pub fn reason(reason: Reason) -> InBoth {
    match reason {
        Reason::NoSuchRoom => both("there is no such room", "没有这个房间"),
        Reason::NotSignedIn => both("this takes a name", "请先起一个名字"),
        Reason::Banned => both("you are banned from this room", "你已被禁止进入此房间"),
        Reason::Archived => both("this room is only to be read", "此房间只能阅读"),
        Reason::NotInRoom => both("only those who are in this room may do this", "只有房间里的人可以这样做"),
        Reason::Role => both("your role does not allow this", "你的角色不允许这样做"),
        Reason::Kind => both("this cannot be done in a room of this kind", "在这种房间里不能这样做"),
        Reason::TheirRole => both("this cannot be done to somebody of that role", "不能对这种角色的人这样做"),
        Reason::Bot => both("this is not for programs", "这不适用于程序"),
        Reason::NoAccount => both("this takes an account", "这需要一个账号"),
        Reason::TheirAccount => {
            both("somebody with an account does not become a guest", "有账号的人不能变成访客")
        }
        Reason::NotOwn => both("only who said it may change it", "只有说的人自己可以修改"),
        Reason::TooLate => both("it is too late to change this message", "修改此消息的时间已过"),
    }
}

/// Why a text cannot be the name of a room.
pub fn bad_room_name(bad: BadRoomName) -> InBoth {
    match bad {
        BadRoomName::Empty => both("a room's name has at least one character", "房间名至少有一个字符"),
        BadRoomName::TooLong => {
            both("a room's name has at most 64 characters and 200 bytes", "房间名最多 64 个字符、200 字节")
        }
        BadRoomName::OnlyDots => both("a room's name is not made of dots only", "房间名不能全是点"),
        BadRoomName::LeadingTilde => both(
            "a room's name does not begin with ~, and this is not the id of a hidden room",
            "房间名不能以 ~ 开头，这也不是隐藏房间的标识",
        ),
        BadRoomName::BadCharacter => {
            both("a room's name has letters, digits and - _ . ~ only", "房间名只能有文字、数字和 - _ . ~")
        }
    }
}

/// What a setting can be.
pub fn setting(setting: Setting) -> InBoth {
    match setting {
        Setting::Title => both("a title has 1 to 64 characters", "标题为 1 到 64 个字符"),
        Setting::Topic => both("a topic has at most 250 characters", "话题最多 250 个字符"),
        Setting::Slow => both("slow is at most six hours, in seconds", "慢速模式（slow）以秒计，最长六小时"),
        Setting::Role => both(
            "the role of a link is guest, member or moderator",
            "链接的角色（role）为 guest、member 或 moderator",
        ),
        Setting::Uses => both("the uses of a link are 1 to 1000", "链接的次数（uses）为 1 到 1000"),
        Setting::Hours => both("the hours of a link are 1 to 8760", "链接的时长（hours）为 1 到 8760 小时"),
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
        for &code in Code::ALL {
            let (english, chinese) = (words(code, Language::English), words(code, Language::Chinese));
            assert!(english.title.is_ascii() && !chinese.title.is_ascii(), "{}", english.slug);
        }
    }
}
