//! Many nodes on one Redis: real servers, real failures. One file a subject.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "whatever fails in a test fails the test")]
#![allow(clippy::print_stdout, reason = "what was measured is told")]

#[path = "../house/client.rs"]
#[allow(dead_code, reason = "the tests of one node use all of it")]
mod client;
#[path = "../house/described.rs"]
mod described;
#[path = "../endurance/room.rs"]
mod room;
#[path = "../running/mod.rs"]
mod running;
#[path = "../house/somebody.rs"]
#[allow(dead_code, reason = "the tests of one node use all of it")]
mod somebody;
#[path = "../endurance/subscriber.rs"]
mod subscriber;

mod failover;
mod gone;
mod idle;
mod listener;
mod live;
mod network;
mod node;
mod promises;
mod secrets;
mod slow;
mod together;
mod tools;
mod went_back;
