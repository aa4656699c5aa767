//! Ids: what is accepted is written again as the same place.

#![no_main]

use libfuzzer_sys::fuzz_target;
use openline::wire::Id;

fuzz_target!(|text: &str| {
    if let Ok(id) = text.parse::<Id>() {
        assert_eq!(id.to_string().parse(), Ok(id));
    }
});
