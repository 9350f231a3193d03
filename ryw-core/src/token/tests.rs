//! What goes out comes back, and whatever else comes in is refused: without a panic, and never as less than was asked.

mod hostile;
mod laws;
mod size;
mod vectors;

use std::time::Duration;

use super::*;
use crate::{Context, Frontier, ManualClock, SourceId, Timestamp};

/// When the tokens of these tests are issued.
const NOW: Timestamp = Timestamp::from_unix_millis(1_800_000_000_000);

fn key(byte: u8) -> TokenKey {
    TokenKey::new([byte; 32]).unwrap()
}

fn at(codec: TokenCodec, now: Timestamp) -> TokenCodec {
    codec.clock(ManualClock::new(now))
}

fn signed() -> TokenCodec {
    at(TokenCodec::signed(key(7)), NOW)
}

fn unsigned() -> TokenCodec {
    at(TokenCodec::unsigned_for_trusted_networks(), NOW)
}

/// All that two contexts can differ in.
fn known(ctx: &Context) -> (Vec<(SourceId, Frontier)>, bool) {
    (ctx.frontiers(), ctx.is_unknown_elsewhere())
}

fn later(by: Duration) -> Timestamp {
    Timestamp::from_unix_millis(NOW.as_unix_millis() + by.as_millis() as u64)
}

fn earlier(by: Duration) -> Timestamp {
    Timestamp::from_unix_millis(NOW.as_unix_millis() - by.as_millis() as u64)
}

#[test]
fn a_session_that_has_done_nothing_is_a_short_token() {
    let token = signed().encode(&Context::new());
    assert_eq!(token.byte_len(), 1 + 1 + 6 + 1 + 16);
    assert_eq!(known(&signed().decode(token.as_str()).unwrap()), known(&Context::new()));
}

#[test]
fn keys_rotate() {
    let (old, new) = (TokenCodec::signed(key(1)), TokenCodec::signed(key(2)));
    let (first, second) = (old.clone().also_accepting(key(2)), new.clone().also_accepting(key(1)));
    let (by_old, by_new) = (first.encode(&Context::new()), second.encode(&Context::new()));
    for codec in [&first, &second] {
        assert!(codec.decode(by_old.as_str()).is_ok() && codec.decode(by_new.as_str()).is_ok());
    }
    assert_eq!(new.decode(by_old.as_str()).unwrap_err(), InvalidToken::Forged);
    assert_eq!(old.decode(by_new.as_str()).unwrap_err(), InvalidToken::Forged);
}

#[test]
fn two_keys_of_one_hint_are_both_tried() {
    let hint = key(0).hint();
    let twin = (1..).map(|number: u64| TokenKey::new(number.to_be_bytes().repeat(4)).unwrap());
    let twin = twin.take(100_000).find(|twin| twin.hint() == hint).unwrap();
    let token = TokenCodec::signed(twin.clone()).encode(&Context::new());
    assert!(TokenCodec::signed(key(0)).also_accepting(twin).decode(token.as_str()).is_ok());
}

#[test]
fn a_token_counts_from_its_issue_until_it_is_too_old() {
    let token = signed().encode(&Context::new());
    let decoded =
        |now| at(TokenCodec::signed(key(7)), now).max_age(Duration::from_secs(10)).decode(token.as_str());
    assert!(decoded(later(Duration::from_millis(9_999))).is_ok());
    assert_eq!(decoded(later(Duration::from_secs(10))).unwrap_err(), InvalidToken::TooOld);
    assert!(decoded(earlier(Duration::from_secs(60))).is_ok(), "clocks may be apart");
    let ahead = decoded(earlier(Duration::from_millis(60_001)));
    assert_eq!(ahead.unwrap_err(), InvalidToken::FromTheFuture);
}

#[test]
fn a_bound_token_counts_for_its_subject_only() {
    let codec = signed();
    let (hers, nobodys) = (codec.encode_for("ada", &Context::new()), codec.encode(&Context::new()));
    assert!(codec.decode_for("ada", hers.as_str()).is_ok());
    assert_eq!(codec.decode_for("bob", hers.as_str()).unwrap_err(), InvalidToken::Forged);
    assert_eq!(codec.decode(hers.as_str()).unwrap_err(), InvalidToken::Subject);
    assert_eq!(codec.decode_for("ada", nobodys.as_str()).unwrap_err(), InvalidToken::Subject);
    assert!(codec.restore_for("bob", hers.as_str()).is_unknown_elsewhere());
}

#[test]
fn clones_count_together() {
    let codec = signed();
    let token = codec.encode(&Context::new());
    codec.clone().decode(token.as_str()).unwrap();
    let _ = codec.clone().restore("?");
    assert_eq!((codec.counts().accepted(), codec.counts().rejected()), (1, 1));
    assert_eq!(codec.counts().rejected_as(InvalidToken::Malformed), 1);
}

#[test]
fn a_token_is_not_shown() {
    let token = signed().encode(&Context::new());
    assert_eq!(format!("{token:?}"), "SessionToken(25 bytes)");
}
