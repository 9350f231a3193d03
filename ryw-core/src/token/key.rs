//! The secret that makes a token ours.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::Error;

/// The fewest bytes of a secret: as many as a tag of HMAC-SHA-256 has before it is cut.
const MIN_LEN: usize = 32;

/// A secret with which tokens are signed and verified: HMAC-SHA-256.
///
/// All processes that are to read each other's tokens have the same. `Debug` does not show it.
///
/// ```
/// use ryw_core::TokenKey;
///
/// // From wherever the application keeps its secrets: `openssl rand -base64 32`.
/// let key = TokenKey::from_base64("kEWzZ2pYo2GqHk0s3Wm1bXr8iQ5r7mVvN9tqQeZr2nM=")?;
/// assert!(TokenKey::new(b"too short").is_err());
/// # Ok::<(), ryw_core::Error>(())
/// ```
#[derive(Clone)]
pub struct TokenKey {
    /// With the key in it already.
    mac: Hmac<Sha256>,
    hint: u8,
}

impl TokenKey {
    /// The key of these bytes, which are to be random: no password.
    ///
    /// # Errors
    /// If there are fewer than 32.
    pub fn new(secret: impl AsRef<[u8]>) -> Result<Self, Error> {
        let secret = secret.as_ref();
        if secret.len() < MIN_LEN {
            return Err(Error::config(format!(
                "a key for tokens has at least {MIN_LEN} bytes, this has {}: make one by `openssl rand -base64 32`",
                secret.len()
            )));
        }
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret) else {
            unreachable!("a key of HMAC may have any length")
        };
        let hint = mac.clone().chain_update(b"ryw key hint").finalize().into_bytes()[0];
        Ok(Self { mac, hint })
    }

    /// The key of these bytes in base64 (of the usual alphabet or of that for URLs, padded or not).
    ///
    /// # Errors
    /// If the text is no base64, or of fewer than 32 bytes.
    pub fn from_base64(secret: &str) -> Result<Self, Error> {
        use base64::Engine as _;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD;

        let text = secret.trim().trim_end_matches('=').replace('+', "-").replace('/', "_");
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| {
            Error::config("the key for tokens is no base64: make one by `openssl rand -base64 32`")
        })?;
        Self::new(bytes)
    }

    /// A byte that says, to whoever has the key, that this may be it. It says nothing to others.
    pub(super) const fn hint(&self) -> u8 {
        self.hint
    }

    /// The MAC, to be given the message.
    pub(super) fn mac(&self) -> Hmac<Sha256> {
        self.mac.clone()
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_key_is_said_and_the_key_is_not() {
        let too_short = TokenKey::new([7; 31]).unwrap_err().to_string();
        assert!(too_short.contains("at least 32 bytes, this has 31"), "{too_short}");
        let no_base64 = TokenKey::from_base64("hunter2 hunter2").unwrap_err().to_string();
        assert!(no_base64.contains("no base64") && !no_base64.contains("hunter2"), "{no_base64}");
        assert_eq!(format!("{:?}", TokenKey::new([7; 32]).unwrap()), "TokenKey(..)");
    }

    #[test]
    fn base64_is_read_in_each_of_its_spellings() {
        let bytes = [0xfb; 32];
        let hint = TokenKey::new(bytes).unwrap().hint();
        for text in [
            "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=",
            "-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s",
            " +/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=\n",
        ] {
            assert_eq!(TokenKey::from_base64(text).unwrap().hint(), hint, "{text}");
        }
    }
}
