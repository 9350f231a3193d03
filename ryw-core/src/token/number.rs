//! Numbers of few bytes: seven bits at a time, the least first, each number in its one shortest spelling.

/// Writes a number.
pub(super) fn write(bytes: &mut Vec<u8>, mut left: u64) {
    while left >= 0x80 {
        bytes.push((left as u8) | 0x80);
        left >>= 7;
    }
    bytes.push(left as u8);
}

/// Reads a number, and takes it from the front of `bytes`.
pub(super) fn read(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        // The tenth byte has one bit left, and none but the first may add nothing.
        if (bits << shift) >> shift != bits || (byte == 0 && shift > 0) {
            return None;
        }
        value |= bits << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// The way from `from` to `to`, small if they are near each other in either direction.
pub(super) const fn step(from: u64, to: u64) -> u64 {
    let step = to.wrapping_sub(from).cast_signed();
    (step << 1 ^ (step >> 63)).cast_unsigned()
}

/// Where a step leads to. Any step from anywhere leads somewhere.
pub(super) const fn stepped(from: u64, step: u64) -> u64 {
    let signed = (step >> 1) ^ (step & 1).wrapping_neg();
    from.wrapping_add(signed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_and_steps_come_back(number: u64, other: u64) {
            let mut bytes = Vec::new();
            write(&mut bytes, number);
            prop_assert!(bytes.len() <= 10);
            prop_assert_eq!(read(&mut &*bytes), Some(number));
            prop_assert_eq!(read(&mut &bytes[..bytes.len() - 1]), None);
            prop_assert_eq!(stepped(number, step(number, other)), other);
        }
    }

    #[test]
    fn a_number_has_one_spelling() {
        for bytes in [&[0x80, 0][..], &[0xff; 10], &[0x80, 0x80], &[]] {
            assert_eq!(read(&mut &*bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn near_is_short() {
        for (from, to, expected) in [(5, 5, 0), (5, 4, 1), (5, 6, 2), (0, u64::MAX, 1), (7, 70, 126)] {
            assert_eq!(step(from, to), expected, "{from} {to}");
        }
    }
}
