//! Any bytes, sealed as the specification says: what lies behind the tag and the checksum is read, too.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use libfuzzer_sys::fuzz_target;
use ryw_core::{Context, Frontier, ManualClock, SourceId, Timestamp, TokenCodec, TokenKey};
use sha2::{Digest as _, Sha256};

const KEY: [u8; 32] = [7; 32];
const NOW: u64 = 1_800_000_000_000;
const DOMAIN: &[u8] = b"ryw session token\0\0\0\0\0\0\0\0\0";

/// A little less than a token may have, whichever way it is sealed.
const MOST: usize = 2000;

fuzz_target!(|sources: &[u8]| {
    if sources.len() > MOST {
        return;
    }
    let clock = || ManualClock::new(Timestamp::from_unix_millis(NOW));
    let signed = TokenCodec::signed(TokenKey::new(KEY).unwrap()).clock(clock());
    let unsigned = TokenCodec::unsigned_for_trusted_networks().clock(clock());

    let by_tag = signed.decode(&signed_token(sources));
    let by_checksum = unsigned.decode(&unsigned_token(sources));
    assert_eq!(by_tag.is_ok(), by_checksum.is_ok());
    let (Ok(ctx), Ok(other)) = (by_tag, by_checksum) else { return };

    // Whatever is understood comes back, and a merge with itself is nothing new.
    let again = signed.decode(signed.encode(&ctx).as_str()).unwrap();
    assert_eq!(known(&again), known(&ctx));
    ctx.merge(&other);
    let merged = signed.decode(signed.encode(&ctx).as_str()).unwrap();
    assert_eq!(known(&merged), known(&again));
});

fn known(ctx: &Context) -> (Vec<(SourceId, Frontier)>, bool) {
    let of_others = if ctx.is_unknown_elsewhere() { Frontier::unknown() } else { Frontier::default() };
    let known = ctx.frontiers().into_iter().filter(|(_, frontier)| *frontier != of_others);
    (known.collect(), ctx.is_unknown_elsewhere())
}

fn signed_token(sources: &[u8]) -> String {
    let mac = || Hmac::<Sha256>::new_from_slice(&KEY).unwrap();
    let hint = mac().chain_update(b"ryw key hint").finalize().into_bytes()[0];
    let mut token = vec![0x11, hint];
    issued(&mut token, sources);
    let tag = mac().chain_update(DOMAIN).chain_update(&token).finalize().into_bytes();
    token.extend(&tag[..16]);
    URL_SAFE_NO_PAD.encode(token)
}

fn unsigned_token(sources: &[u8]) -> String {
    let mut token = vec![0x10];
    issued(&mut token, sources);
    let checksum = Sha256::new().chain_update(DOMAIN).chain_update(&token).finalize();
    token.extend(&checksum[..4]);
    URL_SAFE_NO_PAD.encode(token)
}

fn issued(token: &mut Vec<u8>, sources: &[u8]) {
    let mut left = NOW;
    while left >= 0x80 {
        token.push(left as u8 | 0x80);
        left >>= 7;
    }
    token.push(left as u8);
    token.extend(sources);
}
