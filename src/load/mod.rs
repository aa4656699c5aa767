//! The load generator: very many lines and some posters, on threads that wait until something happens, so that
//! they cost less than the server they measure. Every line is checked: nothing lost, repeated or out of order.
//!
//! It knows nothing of what a server is inside; how it is spoken to is a [`Dialect`]. `openline bench`, `bench/`
//! and the endurance tests are built on it.

mod answer;
mod asker;
mod chat;
mod connect;
mod crowd;
mod delays;
mod dialect;
mod faults;
mod figures;
mod frames;
mod hearing;
mod ledger;
mod lines;
mod mark;
mod measure;
mod pace;
mod part;
mod people;
mod plan;
mod posters;
mod process;
mod reader;
mod replay;
mod request;
mod round;
mod run;
mod storm;
mod team;
mod verdict;
mod what;

pub use asker::Asker;
pub use crowd::Crowd;
pub use delays::{Delays, nanos, now};
pub use dialect::{Between, Carrier, Dialect, Greeted, Listen, Post, Resume};
pub use faults::Faults;
pub use figures::{Chat, Figures, Quantiles, Replay, Resident, Storm, median};
pub use hearing::{Hearing, Share, Tally};
pub use ledger::{Order, Span};
pub use lines::Lines;
pub use mark::Mark;
pub use measure::measure;
pub use pace::Pace;
pub use part::{ARGUMENT, Report, Role, Since, Wish, serve};
pub use plan::Plan;
pub use posters::{Posted, Posters, Voices, post};
pub use process::{Process, Processes, kernel_memory};
pub use request::Start;
pub use run::Show;
pub use team::Team;
pub use what::What;
