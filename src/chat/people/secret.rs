//! Secrets that we hand out: 32 random bytes as base64url. Only their hashes are stored, and looking one
//! up by its hash takes as long whether it is nearly right or not at all.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::engine;

/// How many characters a secret has.
const LENGTH: usize = 43;

/// A secret that nobody had before.
pub(super) fn random() -> String {
    URL_SAFE_NO_PAD.encode(engine::random_bytes::<32>())
}

/// Whether a text could be a secret of ours.
pub(super) fn is_one(text: &str) -> bool {
    text.len() == LENGTH && URL_SAFE_NO_PAD.decode(text).is_ok()
}

/// What is stored of a secret: SHA-256 in hexadecimal. The secret is random, so nothing slower is needed.
pub(super) fn hash(secret: &str) -> String {
    Sha256::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_random_and_known_by_its_form() {
        let (one, other) = (random(), random());
        assert!(one != other && is_one(&one) && hash(&one) != hash(&other));
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        for bad in ["", "x", &one[1..], &format!("{one}x"), &"é".repeat(20), &"!".repeat(LENGTH)] {
            assert!(!is_one(bad), "{bad:?}");
        }
    }
}
