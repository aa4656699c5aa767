//! What somebody may want to do: one table of the words for it.

/// Makes the deeds from their table: the name, the word in a room's `may`, and the words of the documentation.
macro_rules! deeds {
    (
        $(#[$in_room_doc:meta])* in room { $($(#[$room_doc:meta])* $room:ident: $room_word:literal, $room_words:literal;)* }
        $(#[$here_doc:meta])* here { $($(#[$server_doc:meta])* $server:ident: $server_word:literal, $server_words:literal;)* }
    ) => {
        /// What somebody wants to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Deed {
            $($(#[$room_doc])* $room,)*
            $($(#[$server_doc])* $server,)*
        }

        impl Deed {
            $(#[$in_room_doc])*
            pub const IN_ROOM: &[Deed] = &[$(Deed::$room,)*];

            $(#[$here_doc])*
            pub const HERE: &[Deed] = &[$(Deed::$server,)*];

            /// As it is written in a room's `may`.
            pub fn word(self) -> &'static str {
                match self {
                    $(Deed::$room => $room_word,)*
                    $(Deed::$server => $server_word,)*
                }
            }

            /// As it is called in the documentation.
            pub fn in_words(self) -> &'static str {
                match self {
                    $(Deed::$room => $room_words,)*
                    $(Deed::$server => $server_words,)*
                }
            }
        }
    };
}

deeds! {
    /// Those in a room, in the order of the documentation.
    in room {
        /// Hear what is said in a room, and read what was said.
        Hear: "hear", "hear and read";
        /// Say something in it, and sign that they are about to.
        Say: "say", "say something";
        /// React to a message.
        React: "react", "react to a message";
        /// Change a message; nobody changes what another said.
        Edit: "edit", "edit one's own message";
        /// Delete what they said themselves.
        Delete: "delete", "delete one's own message";
        /// Delete what somebody else said.
        DeleteOthers: "delete_others", "delete another's message";
        /// Note how far they have read, and what they want to be told of.
        Mark: "mark", "have a read mark and a notification level";
        /// See who is in it, who of them is there, and how far they have read.
        SeeInside: "see_inside", "see who is in it";
        /// Come into a room by themselves.
        Join: "join", "come in";
        /// Go out of it.
        Leave: "leave", "go out";
        /// Bring somebody else into it.
        Add: "add", "bring somebody in";
        /// Take somebody else out of it.
        Remove: "remove", "take a guest out";
        /// Keep somebody out of it, or let them in again.
        Ban: "ban", "ban a guest";
        /// Change its name, topic and settings, who keeps it, and whether it is only to be read.
        Settle: "settle", "change name, topic, settings, keepers; archive";
    }
    /// Those that concern no room, in the order of the documentation.
    here {
        /// Make a public room by speaking in it.
        MakePublic: "make_public", "make a public room by speaking in it";
        /// Make a public room and keep it.
        Found: "found", "make a public room and keep it";
        /// Make a private or direct room.
        MakePrivate: "make_private", "make a private or direct room";
        /// Become a guest by giving a name.
        Arrive: "arrive", "give a name";
        /// Have an account by choosing a login.
        OpenAccount: "open_account", "open an account";
        /// Come in, or have another role, by a link.
        Redeem: "redeem", "redeem a link";
        /// Choose another password.
        ChangePassword: "change_password", "change one's password";
        /// Make a link by which they sign in on another device.
        LinkDevice: "link_device", "sign in on another device by a link";
        /// See who is on this server.
        SeePeople: "see_people", "see who is on the server";
        /// Make a link that gives a role.
        Invite: "invite", "invite";
        /// See and revoke a link.
        Revoke: "revoke", "see and revoke a link";
        /// Make a link by which that person can sign in.
        HelpIn: "help_in", "make a sign-in link for somebody";
        /// Give that person another role.
        Promote: "promote", "give somebody another role";
        /// Delete the account of that person.
        Expel: "expel", "delete somebody's account";
        /// Make a bot.
        MakeBot: "make_bot", "make a bot";
        /// Make a new token for that bot.
        RenewBot: "renew_bot", "make a new token for a bot";
    }
}
