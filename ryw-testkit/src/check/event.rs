//! What happens in a history, in order of time.

use crate::history::History;
use crate::history::record::NONE;

/// At one time, what begins comes before what ends: operations that touch are side by side, since their order is not certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    Begins(u32),
    /// A token is made.
    Taken(u32),
    /// A token is joined.
    Arrives(u32),
    Ends(u32),
}

pub(super) fn in_order(history: &History) -> impl Iterator<Item = Event> + use<> {
    let mut events = Vec::with_capacity(2 * (history.records.len() + history.hand_overs.len()));
    for (id, record) in history.records.iter().enumerate() {
        events.push((record.start, Event::Begins(id as u32)));
        if record.end != NONE {
            events.push((record.end, Event::Ends(id as u32)));
        }
    }
    for (index, hand_over) in history.hand_overs.iter().enumerate() {
        events.push((hand_over.taken, Event::Taken(index as u32)));
        events.push((hand_over.arrived, Event::Arrives(index as u32)));
    }
    events.sort_unstable();
    events.into_iter().map(|(_, event)| event)
}
