//! The laws of a frontier, for any value of its parts.

use proptest::prelude::*;

use super::*;
use crate::{Place, Scope, Touch};

/// Mostly one branch, as in life: on it parts have to meet.
fn branch() -> impl Strategy<Value = Branch> {
    let any = (0..2_u8, 1..4_u64);
    prop_oneof![3 => Just((0, 1)), 1 => any]
        .prop_map(|(identity, timeline)| Branch::new(identity.to_string().into(), timeline))
}

fn ticket() -> impl Strategy<Value = Ticket> {
    (0..12_u64, 0..3_u64).prop_map(|(id, after)| Ticket { id, after })
}

fn position() -> impl Strategy<Value = Position> {
    prop_oneof![
        (branch(), 0..6_u64).prop_map(|(branch, offset)| Position::at(branch, offset)),
        (branch(), ticket()).prop_map(|(branch, ticket)| Position::ticketed(branch, ticket)),
        (branch(), ticket(), 0..6_u64)
            .prop_map(|(branch, ticket, offset)| Position::ticketed(branch, ticket).with_offset(offset)),
        (branch(), touches(), 0..60_u64).prop_map(|(branch, touches, at)| Position::touching(
            branch,
            touches,
            Timestamp::from_unix_millis(at)
        )),
    ]
}

/// Now and then more than are kept apart.
fn touches() -> impl Strategy<Value = Vec<Touch>> {
    let touch =
        (0..2_u32, 0..3_u32, 0..9_u32).prop_map(|(table, partition, item)| Touch { table, partition, item });
    prop_oneof![4 => prop::collection::vec(touch.clone(), 1..4), 1 => prop::collection::vec(touch, 20..50)]
}

fn place() -> impl Strategy<Value = Option<Place>> {
    prop::option::of((0..2_u64, 0..3_u64).prop_map(|(node, at)| Place { node, at }))
}

fn seen() -> impl Strategy<Value = Seen> {
    (branch(), 0..6_u64, 0..12_u64, place()).prop_map(|(branch, offset, below, place)| {
        let seen = Seen::new(branch, offset).with_below(below);
        match place {
            Some(place) => seen.with_place(place),
            None => seen,
        }
    })
}

fn progress() -> impl Strategy<Value = Progress> {
    (branch(), 0..7_u64, 0..13_u64)
        .prop_map(|(branch, offset, below)| Progress::new(branch, offset).with_below(below))
}

/// Anything one join can bring.
fn part() -> impl Strategy<Value = Frontier> {
    prop_oneof![position().prop_map(Frontier::from), seen().prop_map(Frontier::from)]
}

fn frontier() -> impl Strategy<Value = Frontier> {
    let parts = prop::collection::vec(part(), 0..14);
    let written = prop::option::of((0..9_u64).prop_map(Timestamp::from_unix_millis));
    (parts, prop::bool::weighted(0.1), written).prop_map(|(parts, unknown, written_at)| {
        let mut frontier = if unknown { Frontier::unknown() } else { Frontier::default() };
        frontier.written_at = written_at;
        for part in parts {
            frontier.join(&part);
        }
        frontier
    })
}

fn joined(a: &Frontier, b: &Frontier) -> Frontier {
    let mut sum = a.clone();
    sum.join(b);
    sum
}

proptest! {
    #[test]
    fn join_is_commutative(a in frontier(), b in frontier()) {
        prop_assert_eq!(joined(&a, &b), joined(&b, &a));
    }

    #[test]
    fn join_is_associative(a in frontier(), b in frontier(), c in frontier()) {
        prop_assert_eq!(joined(&joined(&a, &b), &c), joined(&a, &joined(&b, &c)));
    }

    #[test]
    fn join_is_idempotent(a in frontier(), b in frontier()) {
        let once = joined(&a, &b);
        prop_assert_eq!(joined(&once, &b), once.clone());
        prop_assert_eq!(joined(&a, &a), a);
    }

    /// The join never asks for less: what covers the sum covers both parts.
    ///
    /// That a server also stands for reads elsewhere that had not come as far holds of a history only, and is shown in
    /// [`world`](super::world).
    #[test]
    fn join_weakens_nothing(a in frontier(), b in frontier(), at in progress()) {
        if joined(&a, &b).covered_by(&at) == Coverage::Covers {
            prop_assert_eq!(a.covered_by(&at), Coverage::Covers);
            prop_assert_eq!(b.covered_by(&at), Coverage::Covers);
        }
    }

    /// What was touched is never taken for touched earlier, or not at all, whatever it is joined with, unless all is unknown.
    #[test]
    fn a_touch_is_never_lost(a in frontier(), b in frontier(), touch in (0..2_u32, 0..3_u32, 0..9_u32)) {
        let touch = Touch { table: touch.0, partition: touch.1, item: touch.2 };
        let sum = joined(&a, &b);
        for mark in a.marks().chain(b.marks()) {
            let Some(recent) = mark.recent() else { continue };
            let kept = sum.recent(mark.branch()).and_then(|recent| recent.last(&touch, Scope::Item));
            prop_assert!(sum.is_unknown() || kept >= recent.last(&touch, Scope::Item));
        }
    }

    /// Whatever was joined while the settling read was under way is still asked for afterwards.
    #[test]
    fn settling_keeps_what_came_since(
        before in frontier(), since in part(), seen in seen(), at in progress(),
    ) {
        let mut now = before.clone();
        now.join(&since);
        now.settle(&before, seen.clone());
        if now.covered_by(&at) == Coverage::Covers {
            prop_assert_eq!(Frontier::from(seen).covered_by(&at), Coverage::Covers);
            prop_assert_eq!(since.covered_by(&at), Coverage::Covers);
        }
    }

    /// With nothing joined meanwhile, a settled frontier asks for what the read saw and nothing else.
    #[test]
    fn settling_leaves_nothing_without_order(before in frontier(), seen in seen()) {
        let mut now = before.clone();
        now.settle(&before, seen.clone());
        prop_assert_eq!(now, Frontier { written_at: before.written_at, ..seen.into() });
    }

    /// Whatever is covered after a write was recorded has that write, and all that was joined while it was under way.
    #[test]
    fn a_subsuming_write_keeps_itself_and_what_came_since(
        before in frontier(), since in part(), written in position(), at in progress(),
    ) {
        let mut now = before.clone();
        now.join(&since);
        now.subsume(&before, written.clone());
        if now.covered_by(&at) == Coverage::Covers {
            prop_assert_eq!(at.covers(&written), Coverage::Covers);
            prop_assert_eq!(since.covered_by(&at), Coverage::Covers);
        }
    }

    /// With nothing joined meanwhile, a write stands for its whole branch, and leaves the others and the losses alone.
    #[test]
    fn a_subsuming_write_stands_for_its_branch_alone(before in frontier(), written in position()) {
        let mut now = before.clone();
        now.subsume(&before, written.clone());
        prop_assert_eq!(now.is_unknown(), before.is_unknown() || now.marks.len() < branches(&before, &written));
        if !now.is_unknown() {
            let mut expected = before.clone();
            expected.marks.retain(|mark| mark.branch() != written.branch());
            expected.join(&written.into());
            prop_assert_eq!(now, expected);
        }
    }

    /// Tickets go, an offset that stands for them comes; the tickets that came since stay.
    #[test]
    fn resolving_keeps_what_came_since(
        before in frontier(), since in part(), captured in progress(), at in progress(),
    ) {
        let mut now = before.clone();
        now.join(&since);
        now.resolve(&before, &captured);
        if now.covered_by(&at) == Coverage::Covers {
            prop_assert_eq!(since.covered_by(&at), Coverage::Covers);
            if before.tickets().any(|(branch, _)| branch == captured.branch()) {
                prop_assert_eq!(at.branch(), captured.branch());
            }
        }
        let mut alone = before.clone();
        alone.resolve(&before, &captured);
        prop_assert!(alone.tickets().all(|(branch, _)| branch != captured.branch()));
        prop_assert_eq!(alone.is_empty(), before.is_empty());
    }

    /// What is let go of is held by whoever has come to the line, and all of that is let go of; the rest is asked for as before.
    #[test]
    fn retiring_takes_what_the_line_covers_and_nothing_else(
        all in frontier(), line in progress(), at in progress(),
    ) {
        let mut rest = all.clone();
        rest.retire(&line);
        let mut at = at;
        at.advance(&line);
        if at.branch() == line.branch() {
            prop_assert_eq!(rest.covered_by(&at), all.covered_by(&at));
        }
        let is_of_the_line = |mark: &&Mark| mark.branch() == line.branch() && mark.recent().is_none();
        if let Some(mark) = rest.marks().find(is_of_the_line) {
            prop_assert_eq!(mark.covered_by(&line), Coverage::Behind);
        }
        prop_assert_eq!(rest.is_unknown(), all.is_unknown());
        let others = |frontier: &Frontier| -> Vec<Mark> {
            frontier.marks().filter(|mark| mark.branch() != line.branch()).cloned().collect()
        };
        prop_assert_eq!(others(&rest), others(&all));
    }

    /// What was set aside is all that is missing.
    #[test]
    fn tickets_and_the_rest_are_the_whole(all in frontier(), at in progress()) {
        let rest = all.without_tickets(at.branch());
        let tickets_held = all.tickets().all(|(_, ticket)| ticket.id < at.below());
        if rest.covered_by(&at) == Coverage::Covers && tickets_held {
            prop_assert_eq!(all.covered_by(&at), Coverage::Covers);
        }
        if all.covered_by(&at) == Coverage::Covers {
            prop_assert_eq!(rest.covered_by(&at), Coverage::Covers);
        }
        prop_assert_eq!(rest.marks().len(), all.marks().len());
    }
}

fn branches(frontier: &Frontier, written: &Position) -> usize {
    let known = frontier.marks().any(|mark| mark.branch() == written.branch());
    frontier.marks().len() + usize::from(!known)
}

fn at(offset: u64) -> Position {
    Position::new("a".into(), 1, offset)
}

fn up_to(offset: u64) -> Progress {
    Progress::new(at(0).branch().clone(), offset)
}

fn saw(offset: u64) -> Seen {
    Seen::new(at(0).branch().clone(), offset)
}

#[test]
fn too_many_branches_become_unknown() {
    let mut frontier = Frontier::default();
    for timeline in 0..MAX_BRANCHES as u64 {
        frontier.join(&Position::new("a".into(), timeline, 1).into());
        assert!(!frontier.is_unknown());
    }
    frontier.join(&Position::new("a".into(), 99, 1).into());
    assert!(frontier.is_unknown());
}

#[test]
fn a_loss_after_the_read_began_is_not_settled_by_it() {
    let mut frontier = Frontier::unknown();
    let before = frontier.clone();
    frontier.join(&Frontier::unknown());
    frontier.settle(&before, saw(5));
    assert!(frontier.is_unknown());
    let before = frontier.clone();
    frontier.settle(&before, saw(5));
    assert_eq!(frontier, saw(5).into());
}

#[test]
fn a_mark_hidden_by_one_from_the_future_survives_its_settling() {
    let mut frontier = Frontier::from(at(99));
    let before = frontier.clone();
    frontier.join(&at(7).into());
    frontier.settle(&before, saw(5));
    assert_eq!(frontier.covered_by(&up_to(6)), Coverage::Behind);
}

#[test]
fn a_mark_hidden_by_one_from_the_future_survives_the_next_write() {
    let mut frontier = Frontier::from(at(99));
    let before = frontier.clone();
    frontier.join(&at(7).into());
    frontier.subsume(&before, at(5));
    assert_eq!(frontier.covered_by(&up_to(6)), Coverage::Behind);
}

/// Someone who makes up an offset for a ticket cannot make the write that is given it look older than it is.
#[test]
fn an_offset_that_only_one_knows_of_a_write_is_given_up() {
    let ticketed = || Position::ticketed(at(0).branch().clone(), Ticket { id: 7, after: 0 });
    let known = |offset| Frontier::from(ticketed().with_offset(offset));
    for (one, two, covered_at) in
        [(known(1), known(5), Some(5)), (known(1), ticketed().into(), None), (known(5), known(5), Some(5))]
    {
        for both in [joined(&one, &two), joined(&two, &one)] {
            for offset in 0..9 {
                let covered = both.covered_by(&up_to(offset)) == Coverage::Covers;
                assert_eq!(covered, covered_at.is_some_and(|least| offset >= least), "{both:?} at {offset}");
            }
            assert_eq!(both.covered_by(&up_to(0).with_below(8)), Coverage::Covers);
        }
    }
}

/// A place says which server still has what a read saw, and not that every server has it.
#[test]
fn a_line_of_one_server_retires_no_read_for_being_its_own() {
    let place = Place { node: 3, at: 7 };
    let mut frontier = Frontier::from(saw(9).with_place(place));
    frontier.retire(&up_to(8).with_place(place));
    assert_eq!(frontier, saw(9).with_place(place).into());
    frontier.retire(&up_to(9));
    assert!(frontier.is_empty());
}

#[test]
fn unknown_is_covered_by_nothing() {
    assert_eq!(Frontier::unknown().covered_by(&up_to(u64::MAX)), Coverage::Behind);
    assert_eq!(Frontier::default().covered_by(&up_to(u64::MAX)), Coverage::Covers);
}

#[test]
fn a_branch_is_required_even_where_nothing_on_it_is() {
    let foreign = Progress::new(Branch::new("b".into(), 1), u64::MAX);
    let identity = Coverage::Unordered(crate::Unordered::Identity);
    let ticketed = Position::ticketed(at(0).branch().clone(), Ticket { id: 1, after: 0 });
    let bare = Frontier::from(ticketed).without_tickets(at(0).branch());
    for frontier in [Frontier::from(at(0)), saw(0).into(), bare] {
        assert_eq!(frontier.covered_by(&foreign), identity, "{frontier:?}");
        assert_eq!(frontier.covered_by(&up_to(0)), Coverage::Covers, "{frontier:?}");
    }
}

#[test]
fn the_furthest_offset_is_the_least_that_a_server_must_reach() {
    let branch = at(0).branch().clone();
    let ticket = |after| Position::ticketed(branch.clone(), Ticket { id: 1, after });
    for (frontier, expected) in [
        (Frontier::default(), None),
        (ticket(0).into(), None),
        (ticket(7).into(), Some(7)),
        (ticket(7).with_offset(9).into(), Some(9)),
        (at(4).into(), Some(4)),
        (saw(3).into(), Some(3)),
        (joined(&at(4).into(), &joined(&ticket(7).into(), &saw(3).into())), Some(7)),
    ] {
        assert_eq!(frontier.furthest_offset(&branch), expected, "{frontier:?}");
    }
}
