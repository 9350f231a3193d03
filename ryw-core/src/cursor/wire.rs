//! The bytes of a cursor and their text: base64url without padding, in its one canonical spelling.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Why;

const CHECKSUM_LEN: usize = 4;

/// What stands before a value, so that a key of another type is not taken for this one's.
const INTEGER: u8 = b'i';
const BYTES: u8 = b'b';
const TEXT: u8 = b't';

/// Takes the parts of a key; see [`CursorKey`](super::CursorKey).
#[derive(Debug, Default)]
pub struct CursorWriter(Vec<u8>);

/// Gives the parts of a key back, in order; see [`CursorKey`](super::CursorKey).
#[derive(Debug)]
pub struct CursorReader<'a>(&'a [u8]);

impl CursorWriter {
    /// Adds an integer.
    pub fn integer(&mut self, value: i64) {
        self.byte(INTEGER);
        // Zigzag, seven bits at a time: small numbers of either sign are short.
        let mut left = (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned();
        while left >= 0x80 {
            self.byte((left as u8) | 0x80);
            left >>= 7;
        }
        self.byte(left as u8);
    }

    /// Adds a text.
    pub fn text(&mut self, value: &str) {
        self.counted(TEXT, value.as_bytes());
    }

    /// Adds bytes.
    pub fn bytes(&mut self, value: &[u8]) {
        self.counted(BYTES, value);
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// A length of 32 bits is more than a cursor may have.
    fn counted(&mut self, tag: u8, value: &[u8]) {
        self.byte(tag);
        self.0.extend(u32::try_from(value.len()).unwrap_or(u32::MAX).to_be_bytes());
        self.0.extend(value);
    }

    /// The text, with a checksum.
    pub(super) fn sealed(mut self) -> String {
        let checksum = checksum(&self.0);
        self.0.extend(checksum);
        URL_SAFE_NO_PAD.encode(&self.0)
    }
}

impl<'a> CursorReader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next part, if it is an integer.
    pub fn integer(&mut self) -> Option<i64> {
        self.tagged(INTEGER)?;
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            // The last byte has one bit left, and none but the first may add nothing: each number has one spelling.
            if (bits << shift) >> shift != bits || (byte == 0 && shift > 0) {
                return None;
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
            }
        }
        None
    }

    /// The next part, if it is a text.
    pub fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.counted(TEXT)?).ok()
    }

    /// The next part, if it is bytes.
    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        self.counted(BYTES)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(super) const fn is_at_the_end(&self) -> bool {
        self.0.is_empty()
    }

    fn counted(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.tagged(tag)?;
        let (len, rest) = self.0.split_first_chunk()?;
        let len = usize::try_from(u32::from_be_bytes(*len)).ok()?;
        let (value, rest) = rest.split_at_checked(len)?;
        self.0 = rest;
        Some(value)
    }

    fn tagged(&mut self, tag: u8) -> Option<()> {
        (self.byte()? == tag).then_some(())
    }
}

/// The bytes of a text, without their checksum.
pub(super) fn unsealed(text: &str) -> Result<Vec<u8>, Why> {
    if text.is_empty() {
        return Err(Why::Empty);
    }
    let mut bytes = decoded(text)?;
    let at = bytes.len().checked_sub(CHECKSUM_LEN).ok_or(Why::Damaged)?;
    let told = bytes.split_off(at);
    if told == checksum(&bytes) { Ok(bytes) } else { Err(Why::Damaged) }
}

/// FNV-1a: against accidents, not against anybody.
fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_LEN] {
    let hash =
        bytes.iter().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    hash.to_be_bytes()
}

fn decoded(text: &str) -> Result<Vec<u8>, Why> {
    let strange = |letter: &char| !(letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'));
    if let Some(letter) = text.chars().find(strange) {
        return Err(Why::Character(letter));
    }
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Why::Damaged)
}
