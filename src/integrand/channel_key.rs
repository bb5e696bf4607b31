//! A name of a channel that does not depend on its place in a list.
//!
//! Knows 128 bits; knows no map.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Tells the maps of channels apart: equal for equal maps, in any list and on any
/// machine. Shown and stored as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChannelKey(u128);

impl ChannelKey {
    /// The key of a map with this hash.
    pub fn of_hash(hash: u128) -> Self {
        Self(hash)
    }

    /// The key of a channel that has nothing but its number.
    pub(crate) fn of_number(channel: usize) -> Self {
        Self(channel as u128)
    }
}

impl fmt::Display for ChannelKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl From<ChannelKey> for String {
    fn from(key: ChannelKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for ChannelKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digits = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        match u128::from_str_radix(&text, 16) {
            Ok(hash) if digits => Ok(Self(hash)),
            _ => Err(format!(
                "'{text}' is no channel key: 32 hexadecimal digits are expected"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_from_its_text() {
        let key = ChannelKey::of_hash(0x0123_4567_89ab_cdef << 40);
        let text = serde_json::to_string(&key).unwrap();
        assert_eq!(serde_json::from_str::<ChannelKey>(&text).unwrap(), key);
        for wrong in ["\"12\"", "\"+0000000000000000000000000000001\""] {
            let error = serde_json::from_str::<ChannelKey>(wrong).unwrap_err();
            assert!(error.to_string().contains("32 hexadecimal"), "{error}");
        }
    }
}
