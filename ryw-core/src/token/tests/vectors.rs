//! The specification's examples. If one of these fails, tokens that are under way are lost: that is another version.

use super::*;
use crate::{Branch, Position, Seen, Ticket, Touch};

const SPECIFICATION: &str = include_str!("../../../docs/token.md");

fn postgres() -> Branch {
    Branch::new("postgres:7301234567890123456".into(), 2)
}

fn wrote() -> Context {
    let ctx = Context::new();
    let written = Position::ticketed(postgres(), Ticket { id: 801, after: 0x16B_3748 });
    let at = Timestamp::from_unix_millis(NOW.as_unix_millis() - 40);
    ctx.record_write(&"main".into(), &Frontier::default(), Some(written), at);
    ctx
}

fn wrote_and_read() -> Context {
    let ctx = wrote();
    ctx.join(&"main".into(), &Position::at(postgres(), 0x16B_3000).into());
    ctx.record_read(&"main".into(), Seen::new(postgres(), 0x16B_3800).with_below(805));
    ctx
}

fn touched() -> Context {
    let ctx = wrote_and_read();
    let branch = Branch::new("dynamodb:shop/eu-central-1".into(), 0);
    let touch = Touch { table: 0x0102_0304, partition: 0x0506_0708, item: 0x090A_0B0C };
    let at = Timestamp::from_unix_millis(NOW.as_unix_millis() - 1_000);
    ctx.record_touch(&"items".into(), &branch, &[touch], at, Timestamp::default());
    ctx
}

fn unknown() -> Context {
    let ctx = Context::unknown();
    let settled = Seen::new(postgres(), 0x16B_3800);
    ctx.record_primary_read(&"main".into(), &ctx.frontier(&"main".into()), settled);
    ctx.join(&"audit".into(), &Frontier::unknown().written(NOW));
    ctx
}

#[test]
fn the_specification_shows_what_the_codec_writes() {
    let cases = [
        ("nothing", signed().encode(&Context::new())),
        ("wrote", signed().encode(&wrote())),
        ("wrote, read", signed().encode(&wrote_and_read())),
        ("two sources", signed().encode(&touched())),
        ("unknown", signed().encode(&unknown())),
        ("bound", signed().encode_for("ada", &wrote())),
        ("unsigned", unsigned().encode(&wrote())),
    ];
    let shown = cases.map(|(name, token)| format!("{name:<12} {token}\n")).concat();
    assert!(SPECIFICATION.contains(&shown), "docs/token.md is to have:\n{shown}");
}

#[test]
fn the_codec_reads_what_the_specification_shows() {
    let told = |name: &str| {
        let line =
            SPECIFICATION.lines().find(|line| line.strip_prefix(name).is_some_and(|l| l.starts_with(' ')));
        line.and_then(|line| line.split_whitespace().last()).unwrap().to_owned()
    };
    for (name, expected) in [
        ("nothing", Context::new()),
        ("wrote", wrote()),
        ("wrote, read", wrote_and_read()),
        ("two sources", touched()),
        ("unknown", unknown()),
    ] {
        assert_eq!(known(&signed().decode(&told(name)).unwrap()), known(&expected), "{name}");
    }
    assert_eq!(known(&signed().decode_for("ada", &told("bound")).unwrap()), known(&wrote()));
    assert_eq!(known(&unsigned().decode(&told("unsigned")).unwrap()), known(&wrote()));
}
