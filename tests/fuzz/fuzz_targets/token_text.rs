//! Any text, as a client may send it. It is refused; and if it is not signed, understood at most.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ryw_core::{Propagator, TokenCodec, TokenKey};

fuzz_target!(|text: &str| {
    let signed = TokenCodec::signed(TokenKey::new([7; 32]).unwrap());
    let decoded = signed.decode(text);
    assert!(decoded.is_err(), "whoever fuzzes does not know the key");
    let _ = TokenCodec::unsigned_for_trusted_networks().decode(text);

    let carrier = std::collections::BTreeMap::from([(Propagator::NAME.to_owned(), text.to_owned())]);
    let said_something = text.split(',').any(|token| !token.trim().is_empty());
    assert_eq!(Propagator::new(signed).extract(&carrier).is_unknown_elsewhere(), said_something);
});
