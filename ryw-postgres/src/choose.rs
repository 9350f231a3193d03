//! In which order replicas are preferred: the nearer first, and among equals the better of two taken at random.
//!
//! "Power of two choices" (Mitzenmacher, 2001): nearly as even as asking all, without the herd that runs to whichever
//! server looked best a moment ago. Whether a replica has caught up is not judged here but by the decision, which takes
//! the first in this order that has.

use arrayvec::ArrayVec;

/// The most servers that one source may have.
pub(crate) const MAX_NODES: usize = 64;

/// Places of nodes, the preferred first.
pub(crate) type Order = ArrayVec<usize, MAX_NODES>;

/// Orders `places` by `distance` (how far, or any order of preference), and moves the better of two random ones of the nearest to the front.
pub(crate) fn order<D: Ord>(
    places: impl Iterator<Item = usize>,
    distance: impl Fn(usize) -> D,
    cost: impl Fn(usize) -> u64,
    mut random: impl FnMut(usize) -> usize,
) -> Order {
    let mut order: Order = places.take(MAX_NODES).collect();
    if order.len() < 2 {
        return order;
    }
    let turn = random(order.len());
    order.rotate_left(turn);
    order.sort_by_key(|place| distance(*place));
    let nearest = distance(order[0]);
    let equals = order.iter().take_while(|place| distance(**place) == nearest).count();
    if equals > 1 {
        // The first is random by the rotation; the other is any of the rest.
        let other = 1 + random(equals - 1);
        // Of servers about as good as each other either will do: they share the load.
        if cost(order[other]) < cost(order[0]) / 4 * 3 {
            order.swap(0, other);
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(distances: &[u32], costs: &[u64], random: &[usize]) -> Vec<usize> {
        let mut random = random.iter().copied();
        let mut next = |below: usize| random.next().map_or(0, |number| number % below);
        order(0..distances.len(), |place| distances[place], |place| costs[place], &mut next).to_vec()
    }

    #[test]
    fn the_cheaper_of_two_comes_first() {
        assert_eq!(ordered(&[0, 0], &[50, 30], &[0, 0]), [1, 0]);
        assert_eq!(ordered(&[0, 0], &[30, 50], &[0, 0]), [0, 1]);
        assert_eq!(ordered(&[0, 0], &[50, 45], &[0, 0]), [0, 1], "about the same");
        assert_eq!(
            ordered(&[0, 0, 0], &[90, 10, 50], &[0, 1]),
            [2, 1, 0],
            "the second best is not looked at"
        );
    }

    #[test]
    fn the_nearer_comes_before_the_cheaper() {
        assert_eq!(ordered(&[1, 0, 1], &[1, 9, 1], &[0, 0])[0], 1);
        assert_eq!(ordered(&[2, 2, 0, 0], &[10, 10, 70, 40], &[0, 0])[0], 3);
    }

    #[test]
    fn all_stay_in_the_order() {
        for turn in 0..4 {
            let mut all = ordered(&[0, 1, 0, 1], &[4, 3, 2, 1], &[turn, 0]);
            all.sort_unstable();
            assert_eq!(all, [0, 1, 2, 3]);
        }
        assert!(ordered(&[], &[], &[]).is_empty());
        assert_eq!(ordered(&[0], &[0], &[]), [0]);
    }
}
