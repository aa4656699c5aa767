//! The engine of many machines: everything in one Redis that all nodes share.

mod place;

pub use place::{Address, BadPlace, RedisPlace, Secret, Servers};
