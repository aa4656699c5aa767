//! The kinds of problems, each with its status.

use http::StatusCode;

/// What went wrong, for programs. Each is explained by its words, in `words`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    AddressLimit,
    BadBody,
    BadClient,
    BadCursor,
    BadHandshake,
    BadHost,
    BadJson,
    BadKey,
    BadName,
    BadParameter,
    BadReply,
    BadRoom,
    BadType,
    BadUtf8,
    BlankMessage,
    Busy,
    Closing,
    Foreign,
    Internal,
    KeyOfDeleted,
    KeyReused,
    MethodNotAllowed,
    NoSuchPage,
    NoSuchRoom,
    NotAcceptable,
    OutcomeUnknown,
    ReservedType,
    StoreUnavailable,
    TooLarge,
    TooManyLines,
    TooManyRooms,
    UnknownField,
    UnsupportedType,
}

impl Code {
    /// All of them, for the documentation and its test.
    pub const ALL: [Code; 33] = [
        Code::AddressLimit,
        Code::BadBody,
        Code::BadClient,
        Code::BadCursor,
        Code::BadHandshake,
        Code::BadHost,
        Code::BadJson,
        Code::BadKey,
        Code::BadName,
        Code::BadParameter,
        Code::BadReply,
        Code::BadRoom,
        Code::BadType,
        Code::BadUtf8,
        Code::BlankMessage,
        Code::Busy,
        Code::Closing,
        Code::Foreign,
        Code::Internal,
        Code::KeyOfDeleted,
        Code::KeyReused,
        Code::MethodNotAllowed,
        Code::NoSuchPage,
        Code::NoSuchRoom,
        Code::NotAcceptable,
        Code::OutcomeUnknown,
        Code::ReservedType,
        Code::StoreUnavailable,
        Code::TooLarge,
        Code::TooManyLines,
        Code::TooManyRooms,
        Code::UnknownField,
        Code::UnsupportedType,
    ];

    /// The status that goes with it.
    pub fn status(self) -> StatusCode {
        match self {
            Code::BadBody
            | Code::BadClient
            | Code::BadCursor
            | Code::BadHandshake
            | Code::BadJson
            | Code::BadParameter
            | Code::BadRoom
            | Code::BadUtf8 => StatusCode::BAD_REQUEST,
            Code::Foreign => StatusCode::FORBIDDEN,
            Code::NoSuchPage | Code::NoSuchRoom => StatusCode::NOT_FOUND,
            Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Code::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Code::Busy => StatusCode::CONFLICT,
            Code::KeyOfDeleted => StatusCode::GONE,
            Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Code::UnsupportedType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::BadHost => StatusCode::MISDIRECTED_REQUEST,
            Code::BadKey
            | Code::BadName
            | Code::BadReply
            | Code::BadType
            | Code::BlankMessage
            | Code::KeyReused
            | Code::ReservedType
            | Code::TooManyRooms
            | Code::UnknownField => StatusCode::UNPROCESSABLE_ENTITY,
            Code::AddressLimit | Code::TooManyLines => StatusCode::TOO_MANY_REQUESTS,
            Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Code::Closing | Code::OutcomeUnknown | Code::StoreUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Whether the same may succeed later, so that a line should try again.
    pub fn may_pass(self) -> bool {
        matches!(self.status(), StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS)
    }
}
