//! Decoding gives what was encoded, and commutes with merging.

use proptest::prelude::*;

use super::*;
use crate::{Branch, Place, Position, Seen, Ticket, Touch};

#[derive(Clone, Debug)]
enum Step {
    Write { offset: Option<u64>, ticket: Option<(u64, u64)> },
    Read { offset: u64, below: u64, place: Option<(u64, u64)> },
    Touch { touches: Vec<(u32, u32, u32)> },
    Lose,
    Wrote,
}

#[derive(Clone, Debug)]
struct Knows {
    source: String,
    branch: (String, u64),
    millis: u64,
    step: Step,
}

fn context(known: &[Knows], unknown: bool) -> Context {
    let ctx = if unknown { Context::unknown() } else { Context::new() };
    for Knows { source, branch: (identity, timeline), millis, step } in known {
        let source = SourceId::new(source.as_str());
        let branch = Branch::new(identity.as_str().into(), *timeline);
        let at = Timestamp::from_unix_millis(*millis);
        let frontier = match step {
            Step::Write { offset, ticket } => match (offset, ticket) {
                (None, None) => Frontier::default(),
                (Some(offset), None) => Position::at(branch, *offset).into(),
                (offset, Some((id, after))) => {
                    let position = Position::ticketed(branch, Ticket { id: *id, after: *after });
                    offset.map_or(position.clone(), |offset| position.with_offset(offset)).into()
                }
            },
            Step::Read { offset, below, place } => {
                let seen = Seen::new(branch, *offset).with_below(*below);
                place.map_or(seen.clone(), |(node, at)| seen.with_place(Place { node, at })).into()
            }
            Step::Touch { touches } => {
                let touch = |&(table, partition, item)| Touch { table, partition, item };
                Position::touching(branch, touches.iter().map(touch).collect::<Vec<_>>(), at).into()
            }
            Step::Lose => Frontier::unknown(),
            Step::Wrote => Frontier::default().written(at),
        };
        ctx.join(&source, &frontier);
    }
    ctx
}

fn knows() -> impl Strategy<Value = Knows> {
    let number = || prop_oneof![0..5_u64, any::<u64>(), Just(u64::MAX)];
    let step = prop_oneof![
        4 => (prop::option::of(number()), prop::option::of((number(), number())))
            .prop_map(|(offset, ticket)| Step::Write { offset, ticket }),
        4 => (number(), number(), prop::option::of((number(), number())))
            .prop_map(|(offset, below, place)| Step::Read { offset, below, place }),
        2 => prop::collection::vec((0..3_u32, any::<u32>(), 0..3_u32), 0..4)
            .prop_map(|touches| Step::Touch { touches }),
        1 => Just(Step::Lose),
        1 => Just(Step::Wrote),
    ];
    let identity = prop_oneof![
        Just("postgres:7301234567890123456".to_owned()),
        Just("postgres:0".to_owned()),
        Just("postgres:007".to_owned()),
        Just("postgres:+7".to_owned()),
        Just("dynamodb:shop/eu-central-1".to_owned()),
        Just(String::new()),
    ];
    let branch = (identity, prop_oneof![0..3_u64, any::<u64>()]);
    ("[abc]{1,2}", branch, number(), step).prop_map(|(source, branch, millis, step)| Knows {
        source,
        branch,
        millis,
        step,
    })
}

fn all() -> impl Strategy<Value = (Vec<Knows>, bool)> {
    (prop::collection::vec(knows(), 0..8), prop::bool::weighted(0.1))
}

/// The context without what only its process can know, and without what being unknown hides.
fn carried(ctx: &Context) -> (Vec<(SourceId, Frontier)>, bool) {
    let keep = |(source, frontier): (SourceId, Frontier)| {
        let mut kept = if frontier.is_unknown() { Frontier::unknown() } else { Frontier::default() };
        if let Some(at) = frontier.written_at() {
            kept = kept.written(at);
        }
        for mark in frontier.marks().filter(|_| !frontier.is_unknown()) {
            let mut parts = Vec::<Frontier>::new();
            parts.extend(mark.offset().map(|offset| Position::at(mark.branch().clone(), offset).into()));
            parts.extend(mark.tickets().map(|(ticket, offset)| {
                let position = Position::ticketed(mark.branch().clone(), ticket);
                offset.map_or(position.clone(), |offset| position.with_offset(offset)).into()
            }));
            parts.extend(
                mark.floor().map(|seen| {
                    Seen::new(seen.branch().clone(), seen.offset()).with_below(seen.below()).into()
                }),
            );
            if let Some(recent) = mark.recent() {
                parts.extend(recent.any().map(|at| Position::touching(mark.branch().clone(), [], at).into()));
                parts.extend(
                    recent
                        .touches()
                        .map(|(touch, at)| Position::touching(mark.branch().clone(), [touch], at).into()),
                );
            }
            parts.iter().for_each(|part| kept.join(part));
        }
        (source, kept)
    };
    let known = ctx.frontiers().into_iter().map(keep);
    let of_others = if ctx.is_unknown_elsewhere() { Frontier::unknown() } else { Frontier::default() };
    (known.filter(|(_, frontier)| *frontier != of_others).collect(), ctx.is_unknown_elsewhere())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_encoded_comes_back((steps, unknown) in all()) {
        let ctx = context(&steps, unknown);
        for codec in [signed(), unsigned()] {
            let token = codec.encode(&ctx);
            let decoded = codec.decode(token.as_str()).unwrap();
            prop_assert_eq!(known(&decoded), carried(&ctx));
            prop_assert_eq!(codec.encode(&decoded), token, "it has one spelling");
        }
    }

    #[test]
    fn merging_and_decoding_commute(one in all(), other in all()) {
        let (one, other) = (context(&one.0, one.1), context(&other.0, other.1));
        let codec = signed();
        let through = |ctx: &Context| codec.decode(codec.encode(ctx).as_str()).unwrap();
        let after = through(&one);
        after.merge(&through(&other));
        one.merge(&other);
        prop_assert_eq!(carried(&after), known(&through(&one)));
    }

    #[test]
    fn any_bytes_are_refused_or_understood(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        refused_or_understood(&bytes);
    }
}

/// What no codec wrote is refused, or else is as good as what one would have written.
fn refused_or_understood(bytes: &[u8]) -> bool {
    let Some(ctx) = read::context(bytes, NOW) else { return false };
    let mut again = Vec::new();
    write::context(&mut again, &ctx, NOW, MAX_BYTES);
    assert_eq!(known(&read::context(&again, NOW).unwrap()), carried(&ctx));
    true
}

/// What the fuzzer has found worth keeping (`tests/fuzz`), once more.
#[test]
fn the_corpus_is_refused_or_understood() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fuzz/corpus/token_sealed");
    let files = std::fs::read_dir(corpus).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
    let understood = files.filter(|bytes| refused_or_understood(bytes)).count();
    assert!(understood > 100, "only {understood} are of use");
}
