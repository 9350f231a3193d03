//! A context from bytes, whoever made them.
//!
//! Each reader takes what it reads from the front of the bytes, and gives nothing if they are not what a writer of this
//! version could have written. Nothing is set aside by a number that was read: what comes out is bounded by what
//! came in.

use super::number::{read, stepped};
use super::write::{
    ANYTHING, ELSEWHERE_UNKNOWN, FLOOR, MAX_NAME, MAX_SOURCES, OFFSET, POSTGRES, POSTGRES_PREFIX, Places,
    TICKETS, TOUCHES, UNKNOWN, WRITTEN_AT,
};
use crate::{
    Branch, Context, Frontier, MAX_BRANCHES, MAX_TICKETS, MAX_TOUCHES, Position, Seen, SourceId, Ticket,
    Timestamp, Touch,
};

/// The context that `bytes` are, with moments counted from `issued`.
pub(super) fn context(mut bytes: &[u8], issued: Timestamp) -> Option<Context> {
    let bytes = &mut bytes;
    let head = byte(bytes)?;
    let count = usize::from(head & !ELSEWHERE_UNKNOWN);
    if count > MAX_SOURCES {
        return None;
    }
    let ctx = if head & ELSEWHERE_UNKNOWN == 0 { Context::new() } else { Context::unknown() };
    let mut last: Option<SourceId> = None;
    for _ in 0..count {
        let (name, frontier) = source(bytes, issued)?;
        if last.is_some_and(|last| last >= name) {
            return None;
        }
        ctx.learn(&name, frontier);
        last = Some(name);
    }
    bytes.is_empty().then_some(ctx)
}

fn source(bytes: &mut &[u8], issued: Timestamp) -> Option<(SourceId, Frontier)> {
    let name = SourceId::new(text(bytes)?);
    let flags = byte(bytes)?;
    let marks = usize::from(flags & !(UNKNOWN | WRITTEN_AT));
    let lost = flags & UNKNOWN != 0;
    if marks > MAX_BRANCHES || (lost && marks > 0) {
        return None;
    }
    let mut frontier = if lost { Frontier::unknown() } else { Frontier::default() };
    if flags & WRITTEN_AT != 0 {
        frontier = frontier.written(moment(bytes, issued)?);
    }
    for _ in 0..marks {
        mark(bytes, issued, &mut frontier)?;
    }
    // Two marks of one branch have become one.
    (lost || (!frontier.is_unknown() && frontier.marks().len() == marks)).then_some((name, frontier))
}

fn mark(bytes: &mut &[u8], issued: Timestamp, frontier: &mut Frontier) -> Option<()> {
    let flags = byte(bytes)?;
    let has = |flag: u8| flags & flag != 0;
    if flags & !(OFFSET | FLOOR | ANYTHING | TICKETS | TOUCHES | POSTGRES) != 0 || flags & !POSTGRES == 0 {
        return None;
    }
    let branch = branch(bytes, has(POSTGRES))?;
    let mut places = Places::default();
    if has(OFFSET) {
        let offset = places.next_offset(bytes)?;
        frontier.join(&Position::at(branch.clone(), offset).into());
    }
    if has(TICKETS) {
        for _ in 0..counted(bytes, MAX_TICKETS)? {
            frontier.join(&ticket(bytes, &branch, &mut places)?.into());
        }
    }
    if has(FLOOR) {
        let (offset, below) = (places.next_offset(bytes)?, places.next_id(bytes)?);
        frontier.join(&Seen::new(branch.clone(), offset).with_below(below).into());
    }
    if has(ANYTHING) {
        let at = moment(bytes, issued)?;
        frontier.join(&Position::touching(branch.clone(), [], at).into());
    }
    if has(TOUCHES) {
        let mut table = 0;
        for _ in 0..counted(bytes, MAX_TOUCHES)? {
            let (touch, at) = touch(bytes, &mut table, issued)?;
            frontier.join(&Position::touching(branch.clone(), [touch], at).into());
        }
    }
    Some(())
}

fn branch(bytes: &mut &[u8], is_postgres: bool) -> Option<Branch> {
    let identity = if is_postgres {
        let system = u64::from_be_bytes(array(bytes)?);
        format!("{POSTGRES_PREFIX}{system}").into()
    } else {
        text(bytes)?.into()
    };
    Some(Branch::new(identity, read(bytes)?))
}

fn ticket(bytes: &mut &[u8], branch: &Branch, places: &mut Places) -> Option<Position> {
    let id = places.next_id(bytes)?;
    let told = read(bytes).filter(|told| *told < 4)?;
    let after = if told & 1 == 0 { 0 } else { places.next_offset(bytes)? };
    let position = Position::ticketed(branch.clone(), Ticket { id, after });
    if told & 2 == 0 {
        return Some(position);
    }
    Some(position.with_offset(places.next_offset(bytes)?))
}

fn touch(bytes: &mut &[u8], table: &mut u64, issued: Timestamp) -> Option<(Touch, Timestamp)> {
    *table = stepped(*table, read(bytes)?);
    let touch = Touch {
        table: u32::try_from(*table).ok()?,
        partition: u32::from_be_bytes(array(bytes)?),
        item: u32::from_be_bytes(array(bytes)?),
    };
    Some((touch, moment(bytes, issued)?))
}

fn moment(bytes: &mut &[u8], issued: Timestamp) -> Option<Timestamp> {
    // The step was taken from the moment to the issue.
    let step = read(bytes)?;
    let back = if step & 1 == 0 { (step >> 1).wrapping_neg() } else { (step >> 1).wrapping_add(1) };
    Some(Timestamp::from_unix_millis(issued.as_unix_millis().wrapping_add(back)))
}

/// How many follow: at least one, else a flag had said so.
fn counted(bytes: &mut &[u8], most: usize) -> Option<usize> {
    let count = usize::from(byte(bytes)?);
    (1..=most).contains(&count).then_some(count)
}

fn text<'a>(bytes: &mut &'a [u8]) -> Option<&'a str> {
    let len = usize::try_from(read(bytes)?).ok().filter(|len| *len <= MAX_NAME)?;
    let (text, rest) = bytes.split_at_checked(len)?;
    *bytes = rest;
    std::str::from_utf8(text).ok()
}

fn array<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (array, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*array)
}

fn byte(bytes: &mut &[u8]) -> Option<u8> {
    array(bytes).map(|[byte]| byte)
}
