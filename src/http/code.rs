//! The kinds of problems, each with its status.

use http::StatusCode;

/// What went wrong, for programs. Each is explained by its words, in `words`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    AddressLimit,
    Archived,
    BadBody,
    BadClient,
    BadCursor,
    BadEmoji,
    BadHandshake,
    BadHost,
    BadJson,
    BadKey,
    BadLink,
    BadLogin,
    BadName,
    BadParameter,
    BadReply,
    BadRoom,
    BadSetting,
    BadType,
    BadUtf8,
    Banned,
    BlankMessage,
    Busy,
    Closing,
    EditTooLate,
    Foreign,
    Internal,
    KeyOfDeleted,
    KeyReused,
    LastOwner,
    LoginTaken,
    MessageGone,
    MethodNotAllowed,
    NameTaken,
    NoSuchMessage,
    NoSuchPage,
    NoSuchPerson,
    NoSuchRoom,
    NotAcceptable,
    NotAllowed,
    NotSignedIn,
    OutcomeUnknown,
    ReservedType,
    SlowMode,
    StoreUnavailable,
    TooFast,
    TooLarge,
    TooManyAttempts,
    TooManyLines,
    TooManyOfYours,
    TooManyPeople,
    TooManyReactions,
    TooManyRooms,
    UnknownField,
    UnsupportedType,
    WeakPassword,
    WrongPassword,
}

impl Code {
    /// All of them, for the documentation and its test.
    pub const ALL: [Code; 56] = [
        Code::AddressLimit,
        Code::Archived,
        Code::BadBody,
        Code::BadClient,
        Code::BadCursor,
        Code::BadEmoji,
        Code::BadHandshake,
        Code::BadHost,
        Code::BadJson,
        Code::BadKey,
        Code::BadLink,
        Code::BadLogin,
        Code::BadName,
        Code::BadParameter,
        Code::BadReply,
        Code::BadRoom,
        Code::BadSetting,
        Code::BadType,
        Code::BadUtf8,
        Code::Banned,
        Code::BlankMessage,
        Code::Busy,
        Code::Closing,
        Code::EditTooLate,
        Code::Foreign,
        Code::Internal,
        Code::KeyOfDeleted,
        Code::KeyReused,
        Code::LastOwner,
        Code::LoginTaken,
        Code::MessageGone,
        Code::MethodNotAllowed,
        Code::NameTaken,
        Code::NoSuchMessage,
        Code::NoSuchPage,
        Code::NoSuchPerson,
        Code::NoSuchRoom,
        Code::NotAcceptable,
        Code::NotAllowed,
        Code::NotSignedIn,
        Code::OutcomeUnknown,
        Code::ReservedType,
        Code::SlowMode,
        Code::StoreUnavailable,
        Code::TooFast,
        Code::TooLarge,
        Code::TooManyAttempts,
        Code::TooManyLines,
        Code::TooManyOfYours,
        Code::TooManyPeople,
        Code::TooManyReactions,
        Code::TooManyRooms,
        Code::UnknownField,
        Code::UnsupportedType,
        Code::WeakPassword,
        Code::WrongPassword,
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
            Code::NotSignedIn | Code::WrongPassword => StatusCode::UNAUTHORIZED,
            Code::Foreign | Code::Archived | Code::Banned | Code::EditTooLate | Code::NotAllowed => {
                StatusCode::FORBIDDEN
            }
            Code::NoSuchPage
            | Code::NoSuchRoom
            | Code::BadLink
            | Code::NoSuchMessage
            | Code::NoSuchPerson => StatusCode::NOT_FOUND,
            Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Code::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Code::Busy | Code::LastOwner | Code::LoginTaken | Code::NameTaken => StatusCode::CONFLICT,
            Code::KeyOfDeleted | Code::MessageGone => StatusCode::GONE,
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
            | Code::UnknownField
            | Code::BadEmoji
            | Code::BadLogin
            | Code::BadSetting
            | Code::TooManyOfYours
            | Code::TooManyPeople
            | Code::TooManyReactions
            | Code::WeakPassword => StatusCode::UNPROCESSABLE_ENTITY,
            Code::AddressLimit
            | Code::TooManyLines
            | Code::SlowMode
            | Code::TooFast
            | Code::TooManyAttempts => StatusCode::TOO_MANY_REQUESTS,
            Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Code::Closing | Code::OutcomeUnknown | Code::StoreUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Whether the same may succeed later, so that a line should try again.
    pub fn may_pass(self) -> bool {
        matches!(self.status(), StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS)
    }
}
