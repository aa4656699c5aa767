//! The rules for people, over the memory engine.
