//! A context as bytes.

use super::number::{step, write};
use crate::{Branch, Context, Frontier, Mark, Recent, Seen, SourceId, Ticket, Timestamp, Touch};

/// The longest name of a source, and the longest identity, in bytes.
pub(super) const MAX_NAME: usize = SourceId::MAX_LEN;
/// The most sources.
pub(super) const MAX_SOURCES: usize = 16;

/// What a byte before the sources says.
pub(super) const ELSEWHERE_UNKNOWN: u8 = 0x80;

/// What the byte of a source says, beside how many branches follow.
pub(super) const UNKNOWN: u8 = 0x80;
pub(super) const WRITTEN_AT: u8 = 0x40;

/// What the byte of a branch says is there.
pub(super) const OFFSET: u8 = 0x01;
pub(super) const FLOOR: u8 = 0x02;
pub(super) const ANYTHING: u8 = 0x04;
pub(super) const TICKETS: u8 = 0x08;
pub(super) const TOUCHES: u8 = 0x10;
/// The identity is Postgres' system identifier, as eight bytes.
pub(super) const POSTGRES: u8 = 0x80;

/// How identities of Postgres begin.
pub(super) const POSTGRES_PREFIX: &str = "postgres:";

/// Adds the sources of `ctx`, in at most `room` bytes, with moments counted from `issued`.
///
/// A source that does not fit is left out, and all that is left out is unknown: the safe side.
pub(super) fn context(bytes: &mut Vec<u8>, ctx: &Context, issued: Timestamp, room: usize) {
    let head = bytes.len();
    bytes.push(0);
    let (mut count, mut unknown) = (0, ctx.is_unknown_elsewhere());
    let of_others = if unknown { Frontier::unknown() } else { Frontier::default() };
    for (name, frontier) in ctx.frontiers().into_iter().filter(|(_, frontier)| *frontier != of_others) {
        let before = bytes.len();
        source(bytes, &name, &frontier, issued);
        if bytes.len() - head > room || name.as_str().len() > MAX_NAME || count == MAX_SOURCES {
            bytes.truncate(before);
            unknown = true;
        } else {
            count += 1;
        }
    }
    bytes[head] = count as u8 | if unknown { ELSEWHERE_UNKNOWN } else { 0 };
}

fn source(bytes: &mut Vec<u8>, name: &SourceId, frontier: &Frontier, issued: Timestamp) {
    text(bytes, name.as_str());
    // What is unknown asks for the primary, whatever is known beside it.
    let lost = frontier.is_unknown() || frontier.marks().any(|mark| !is_spellable(mark.branch()));
    let marks = || frontier.marks().filter(|_| !lost);
    let written_at = frontier.written_at();
    let flags = if lost { UNKNOWN } else { 0 } | if written_at.is_some() { WRITTEN_AT } else { 0 };
    bytes.push(flags | marks().count() as u8);
    if let Some(at) = written_at {
        moment(bytes, at, issued);
    }
    marks().for_each(|mark| self::mark(bytes, mark, issued));
}

fn mark(bytes: &mut Vec<u8>, mark: &Mark, issued: Timestamp) {
    let (recent, system) = (mark.recent(), system(mark.branch()));
    let flag = |there: bool, flag: u8| if there { flag } else { 0 };
    bytes.push(
        flag(mark.offset().is_some(), OFFSET)
            | flag(mark.floor().is_some(), FLOOR)
            | flag(recent.and_then(Recent::any).is_some(), ANYTHING)
            | flag(mark.tickets().len() > 0, TICKETS)
            | flag(recent.is_some_and(|recent| recent.touches().len() > 0), TOUCHES)
            | flag(system.is_some(), POSTGRES),
    );
    match system {
        Some(system) => bytes.extend(system.to_be_bytes()),
        None => text(bytes, mark.branch().identity().as_str()),
    }
    write(bytes, mark.branch().timeline());
    let mut places = Places::default();
    if let Some(offset) = mark.offset() {
        places.offset(bytes, offset);
    }
    if mark.tickets().len() > 0 {
        tickets(bytes, mark.tickets(), &mut places);
    }
    if let Some(floor) = mark.floor() {
        self::floor(bytes, &floor, &mut places);
    }
    if let Some(recent) = recent {
        self::recent(bytes, recent, issued);
    }
}

fn tickets(
    bytes: &mut Vec<u8>,
    tickets: impl ExactSizeIterator<Item = (Ticket, Option<u64>)>,
    places: &mut Places,
) {
    bytes.push(tickets.len() as u8);
    for (ticket, offset) in tickets {
        places.id(bytes, ticket.id);
        // 0 says that there is no such offset, and is written as itself.
        let told = u64::from(ticket.after != 0) | u64::from(offset.is_some()) << 1;
        write(bytes, told);
        if ticket.after != 0 {
            places.offset(bytes, ticket.after);
        }
        if let Some(offset) = offset {
            places.offset(bytes, offset);
        }
    }
}

/// Where the read ran is known to this process only, and is not told.
fn floor(bytes: &mut Vec<u8>, floor: &Seen, places: &mut Places) {
    places.offset(bytes, floor.offset());
    places.id(bytes, floor.below());
}

fn recent(bytes: &mut Vec<u8>, recent: &Recent, issued: Timestamp) {
    if let Some(any) = recent.any() {
        moment(bytes, any, issued);
    }
    if recent.touches().len() == 0 {
        return;
    }
    bytes.push(recent.touches().len() as u8);
    let mut table = 0;
    for (touch, at) in recent.touches() {
        let Touch { table: of, partition, item } = touch;
        write(bytes, step(table, of.into()));
        table = of.into();
        bytes.extend(partition.to_be_bytes());
        bytes.extend(item.to_be_bytes());
        moment(bytes, at, issued);
    }
}

/// The last offset and the last ticket that were written: the next is near.
#[derive(Default)]
pub(super) struct Places {
    offset: u64,
    id: u64,
}

impl Places {
    fn offset(&mut self, bytes: &mut Vec<u8>, offset: u64) {
        write(bytes, step(self.offset, offset));
        self.offset = offset;
    }

    fn id(&mut self, bytes: &mut Vec<u8>, id: u64) {
        write(bytes, step(self.id, id));
        self.id = id;
    }

    /// The next offset, if the step to it can be read.
    pub(super) fn next_offset(&mut self, bytes: &mut &[u8]) -> Option<u64> {
        self.offset = super::number::stepped(self.offset, super::number::read(bytes)?);
        Some(self.offset)
    }

    /// The next ticket, if the step to it can be read.
    pub(super) fn next_id(&mut self, bytes: &mut &[u8]) -> Option<u64> {
        self.id = super::number::stepped(self.id, super::number::read(bytes)?);
        Some(self.id)
    }
}

fn moment(bytes: &mut Vec<u8>, at: Timestamp, issued: Timestamp) {
    write(bytes, step(at.as_unix_millis(), issued.as_unix_millis()));
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    write(bytes, text.len() as u64);
    bytes.extend(text.as_bytes());
}

fn is_spellable(branch: &Branch) -> bool {
    branch.identity().as_str().len() <= MAX_NAME
}

/// Postgres' system identifier, if the identity is nothing else.
fn system(branch: &Branch) -> Option<u64> {
    let number = branch.identity().as_str().strip_prefix(POSTGRES_PREFIX)?;
    let system = number.parse().ok()?;
    // `+7` and `007` are numbers, and other identities.
    (u64::to_string(&system) == number).then_some(system)
}
