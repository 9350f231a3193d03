//! Tokens: how large they are, and how long it takes to make and to read one.

use std::hint::black_box;
use std::time::{Duration, Instant};

use comfy_table::{Table, presets};
use ryw_core::{
    Branch, Context, ManualClock, Position, Seen, SourceId, Ticket, Timestamp, TokenCodec, TokenKey, Touch,
};

use crate::figure::{Figure, Target};

const BATCHES: usize = 2000;
const TIMES: u32 = 100;

const NOW: Timestamp = Timestamp::from_unix_millis(1_800_000_000_000);

/// A session, and what its token comes to.
pub(crate) struct Size {
    session: &'static str,
    bytes: usize,
}

/// How long something takes with a token of one source.
pub(crate) struct Took {
    what: &'static str,
    nanos: f64,
}

pub(crate) fn sizes() -> [Size; 4] {
    let size = |session, ctx: &Context| Size { session, bytes: codec().encode(ctx).byte_len() };
    [
        size("nothing", &Context::new()),
        size("one source of Postgres", &session(&["main"])),
        size("four sources of Postgres", &session(&["main", "audit", "users", "stock"])),
        size("one of Postgres, one of DynamoDB with three items", &with_items(&session(&["main"]))),
    ]
}

pub(crate) fn times() -> [Took; 3] {
    let (codec, ctx) = (codec(), session(&["main"]));
    let token = codec.encode(&ctx);
    assert!(codec.decode(token.as_str()).is_ok(), "it measures what it says");
    let mut forged = token.as_str().to_owned();
    forged.replace_range(12..13, if &forged[12..13] == "A" { "B" } else { "A" });
    assert!(codec.decode(&forged).is_err());
    let took = |what, mut once: Box<dyn FnMut() + '_>| {
        let quickest = (0..BATCHES).map(|_| batch(&mut once)).min().unwrap_or_default();
        Took { what, nanos: quickest.as_nanos() as f64 / f64::from(TIMES) }
    };
    [
        took("encode", Box::new(|| drop(black_box(codec.encode(black_box(&ctx)))))),
        took("decode", Box::new(|| drop(black_box(codec.decode(black_box(token.as_str())))))),
        took("decode, forged", Box::new(|| drop(black_box(codec.decode(black_box(&forged)))))),
    ]
}

pub(crate) fn figures([_, one, four, _]: &[Size; 4], [_, decode, _]: &[Took; 3]) -> [Figure; 3] {
    [
        Figure::new("token.pg_bytes", one.bytes as f64, Target::AtMost(64.0)),
        Figure::new("token.four_pg_bytes", four.bytes as f64, Target::AtMost(200.0)),
        Figure::new("token.decode_ns", decode.nanos, Target::Below(2000.0)),
    ]
}

pub(crate) fn table_of_sizes(sizes: &[Size]) -> Table {
    let mut table = table(["session", "bytes"]);
    for size in sizes {
        table.add_row([size.session, &size.bytes.to_string()]);
    }
    table
}

pub(crate) fn table_of_times(times: &[Took]) -> Table {
    let mut table = table(["one source of Postgres", "ns"]);
    for took in times {
        table.add_row([took.what, &format!("{:.0}", took.nanos)]);
    }
    table
}

fn table(header: [&str; 2]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header(header);
    table
}

fn batch(once: &mut dyn FnMut()) -> Duration {
    let begun = Instant::now();
    (0..TIMES).for_each(|_| once());
    begun.elapsed()
}

fn codec() -> TokenCodec {
    let key = TokenKey::new([7; 32]).unwrap_or_else(|_| unreachable!("of 32 bytes"));
    TokenCodec::signed(key).clock(ManualClock::new(NOW))
}

/// A session that has just written and read, years into the life of busy databases.
fn session(sources: &[&str]) -> Context {
    let ctx = Context::new();
    for (number, name) in (0..).zip(sources) {
        let branch = Branch::new(format!("postgres:{}", u64::MAX - number).into(), 3);
        let (id, lsn) = (9_123_456_789, 0x1A2B_0123_4560);
        let written = Position::ticketed(branch.clone(), Ticket { id, after: lsn }).with_offset(lsn + 600);
        let source = SourceId::new(*name);
        let at = Timestamp::from_unix_millis(NOW.as_unix_millis() - 40);
        ctx.record_write(&source, &ctx.frontier(&source), Some(written), at);
        ctx.record_read(&source, Seen::new(branch, lsn + 9_000).with_below(id + 100));
    }
    ctx
}

/// The same, which has touched three items of a table.
fn with_items(ctx: &Context) -> Context {
    let branch = Branch::new("dynamodb:shop/eu-central-1".into(), 0);
    for item in 0..3 {
        let touch = Touch { table: 0x9E37_79B9, partition: 0x85EB_CA6B + item, item: 0xC2B2_AE35 };
        let at = Timestamp::from_unix_millis(NOW.as_unix_millis() - 900);
        ctx.record_touch(&"items".into(), &branch, &[touch], at, Timestamp::default());
    }
    ctx.clone()
}
