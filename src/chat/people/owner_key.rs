//! The owner's key: a file beside the data. Whoever can read it is the owner of the machine, and may make
//! a link by which somebody becomes an owner here, while the server runs and without asking it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::engine::{self, Millis};

/// The file in the data folder.
const FILE: &str = "owner.key";
/// How long a link lasts, in milliseconds: a day.
const LINKS_LAST: Millis = 24 * 3600 * 1000;
/// How a code that was signed begins; no other has a dot.
const SIGN: &str = "o.";

/// The key by which owner links are signed.
#[derive(Clone)]
pub struct OwnerKey([u8; 32]);

/// A signed code whose signature is right and which has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signed {
    /// What makes it different from all others: it is redeemed once.
    pub nonce: String,
    /// When it ends.
    pub expires: Millis,
}

impl OwnerKey {
    /// The key in a data folder, which is made if there is none. Only its owner can read the file.
    pub fn in_folder(folder: &Path) -> io::Result<Self> {
        let path = folder.join(FILE);
        match Self::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            known => return known,
        }
        // Written whole under another name first: nobody ever reads half a key.
        let key = engine::random_bytes::<32>();
        let made = folder.join(format!("{FILE}.{}", URL_SAFE_NO_PAD.encode(engine::random_bytes::<6>())));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&made)?;
        let written = file.write_all(&key).and_then(|()| file.sync_all());
        // A link, since it fails where somebody was quicker; theirs is the key then.
        let placed = written.and_then(|()| std::fs::hard_link(&made, &path));
        std::fs::remove_file(&made)?;
        match placed {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Self::read(&path),
        }
    }

    #[cfg(test)]
    pub(super) fn random() -> Self {
        OwnerKey(engine::random_bytes())
    }

    fn read(path: &Path) -> io::Result<Self> {
        let mut bytes = Vec::new();
        File::open(path)?.take(33).read_to_end(&mut bytes)?;
        let key = bytes.try_into().map_err(|_| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{} is not a key of ours", path.display()))
        })?;
        Ok(OwnerKey(key))
    }

    /// A new code that makes an owner of whoever redeems it first, within a day.
    pub fn sign(&self, now: Millis) -> String {
        let nonce = URL_SAFE_NO_PAD.encode(engine::random_bytes::<16>());
        let said = format!("{SIGN}{}.{nonce}", now + LINKS_LAST);
        let mac = URL_SAFE_NO_PAD.encode(self.mac(&said).finalize().into_bytes());
        format!("{said}.{mac}")
    }

    /// Reads a code that we have signed.
    pub(super) fn check(&self, code: &str, now: Millis) -> Option<Signed> {
        let (said, mac) = code.rsplit_once('.')?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        // Compares in constant time.
        self.mac(said).verify_slice(&mac).ok()?;
        let (expires, nonce) = said.strip_prefix(SIGN)?.split_once('.')?;
        let expires = expires.parse().ok()?;
        (now < expires).then(|| Signed { nonce: nonce.to_owned(), expires })
    }

    fn mac(&self, said: &str) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key");
        mac.update(said.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const NOON: Millis = 1_795_000_000_000;

    #[test]
    fn the_key_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let made = OwnerKey::in_folder(folder.path()).unwrap();
        assert_eq!(made.0, OwnerKey::in_folder(folder.path()).unwrap().0);
        let files: Vec<_> = folder.path().read_dir().unwrap().map(|file| file.unwrap()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(folder.path().join(FILE), "short").unwrap();
        assert!(OwnerKey::in_folder(folder.path()).is_err(), "a file that somebody broke is not overwritten");
        assert!(OwnerKey::in_folder(&folder.path().join("nowhere")).is_err());
    }

    #[test]
    fn many_who_make_it_at_once_have_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let keys: Vec<_> = std::thread::scope(|scope| {
            let made: Vec<_> =
                (0..8).map(|_| scope.spawn(|| OwnerKey::in_folder(folder.path()).unwrap().0)).collect();
            made.into_iter().map(|made| made.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
    }

    #[test]
    fn only_what_was_signed_and_has_not_ended_is_taken() {
        let (key, other) = (OwnerKey([1; 32]), OwnerKey([2; 32]));
        let code = key.sign(NOON);
        let signed = key.check(&code, NOON).unwrap();
        assert_eq!(signed.expires, NOON + LINKS_LAST);
        assert_ne!(key.check(&key.sign(NOON), NOON).unwrap().nonce, signed.nonce);
        assert_eq!(key.check(&code, NOON + LINKS_LAST), None);
        assert_eq!(other.check(&code, NOON), None);
        let later = code.replace(&signed.expires.to_string(), &(signed.expires + 1).to_string());
        let (said, mac) = code.rsplit_once('.').unwrap();
        for bad in ["", ".", "o", "o..", "o.1.", said, &later, &code[1..], &format!("{said}.{}", &mac[1..])] {
            assert_eq!(key.check(bad, NOON), None, "{bad:?}");
        }
    }
}
