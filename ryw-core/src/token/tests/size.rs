//! How large tokens get, and what happens to what does not fit.

use super::*;
use crate::{Branch, MAX_BRANCHES, MAX_TICKETS, MAX_TOUCHES, Position, Seen, Ticket, Touch};

/// A session of one Postgres source, years into a busy database, that has just written and read.
fn session(names: &[&str]) -> Context {
    let ctx = Context::new();
    for (number, name) in names.iter().enumerate() {
        let branch = Branch::new(format!("postgres:{}", u64::MAX - number as u64).into(), 3);
        let (id, lsn) = (9_123_456_789, 0x1A2B_0123_4560);
        let written = Position::ticketed(branch.clone(), Ticket { id, after: lsn }).with_offset(lsn + 600);
        let source = SourceId::new(*name);
        ctx.record_write(&source, &ctx.frontier(&source), Some(written), earlier(Duration::from_millis(40)));
        ctx.record_read(&source, Seen::new(branch, lsn + 9_000).with_below(id + 100));
    }
    ctx
}

#[test]
fn a_source_of_postgres_takes_64_bytes_and_four_take_200() {
    assert!(signed().encode(&session(&["main"])).byte_len() <= 64);
    assert!(signed().encode(&session(&["main", "audit", "users", "stock"])).byte_len() <= 200);
}

/// As much as one source can know.
fn full(name: &SourceId) -> Context {
    let ctx = Context::new();
    for timeline in 0..MAX_BRANCHES as u64 {
        let branch = Branch::new("i".repeat(write::MAX_NAME).into(), timeline);
        for id in 0..MAX_TICKETS as u64 {
            let ticket = Ticket { id: id << 60, after: u64::MAX - id };
            ctx.join(name, &Position::ticketed(branch.clone(), ticket).with_offset(id << 59).into());
        }
        let touch = |item| Touch { table: u32::MAX - item, partition: item, item };
        let touches: Vec<_> = (0..MAX_TOUCHES as u32).map(touch).collect();
        ctx.join(name, &Position::touching(branch, touches, NOW).into());
    }
    ctx
}

#[test]
fn what_does_not_fit_is_unknown_and_the_rest_is_as_it_was() {
    let (large, small) = (SourceId::new("a"), SourceId::new("b"));
    let ctx = full(&large);
    ctx.join(&small, &Position::new("postgres:7".into(), 1, 5).into());
    let token = signed().encode(&ctx);
    assert!(token.byte_len() <= MAX_BYTES && token.as_str().len() <= MAX_TEXT);
    let decoded = signed().decode(token.as_str()).unwrap();
    assert!(decoded.frontier(&large).is_unknown());
    assert_eq!(decoded.frontier(&small), ctx.frontier(&small));
}

#[test]
fn of_too_many_sources_the_last_are_unknown() {
    let ctx = Context::new();
    let name = |number| SourceId::new(format!("{number:03}"));
    for number in 0..100_u64 {
        ctx.join(&name(number), &Position::new("postgres:7".into(), 1, number).into());
    }
    let decoded = signed().decode(signed().encode(&ctx).as_str()).unwrap();
    for number in 0..100 {
        let unknown = number >= write::MAX_SOURCES as u64;
        assert_eq!(decoded.frontier(&name(number)).is_unknown(), unknown, "{number}");
    }
}

#[test]
fn names_that_are_too_long_are_unknown() {
    let long = "x".repeat(write::MAX_NAME + 1);
    let ctx = Context::new();
    ctx.join(&SourceId::new(long.as_str()), &Position::new("a".into(), 1, 5).into());
    ctx.join(&"other".into(), &Position::new(long.as_str().into(), 1, 5).into());
    let decoded = signed().decode(signed().encode(&ctx).as_str()).unwrap();
    assert!(decoded.frontier(&long.into()).is_unknown() && decoded.frontier(&"other".into()).is_unknown());
}

/// The largest token that there can be is taken.
#[test]
fn the_largest_token_comes_back() {
    let ctx = Context::new();
    let mut largest = 0;
    for number in 0..200_u64 {
        let name = SourceId::new(format!("{number:03}{}", "n".repeat(number as usize)));
        ctx.join(&name, &Position::new("i".repeat(200).as_str().into(), 1, number).into());
        let token = signed().encode(&ctx);
        largest = largest.max(token.byte_len());
        assert!(signed().decode(token.as_str()).is_ok(), "{} bytes", token.byte_len());
    }
    assert!(largest <= MAX_BYTES && largest > MAX_BYTES / 2, "{largest}");
}
