//! The languages that errors are written in, and which of them a reader prefers.

use http::{HeaderMap, header};

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
}
