//! What a client does next, and how often.

use crate::histories::plant::Plant;

/// One thing that a client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    WriteOwn,
    WriteShared,
    ReadCell,
    ReadCells,
    QueryCell,
    Increment,
    ReadSum,
    Append,
    ReadLog,
    MoveRow,
    ReadTerm,
    WriteTogether,
    ReadTogether,
    MoveByToken,
    JoinAnother,
}

/// Of how many steps in all, each how often.
type Weights = &'static [(Step, u32)];

const USUAL: Weights = &[
    (Step::WriteOwn, 200),
    (Step::WriteShared, 40),
    (Step::ReadCell, 260),
    (Step::ReadCells, 60),
    (Step::QueryCell, 30),
    (Step::Increment, 40),
    (Step::ReadSum, 80),
    (Step::Append, 30),
    (Step::ReadLog, 60),
    (Step::MoveRow, 50),
    (Step::ReadTerm, 80),
    (Step::WriteTogether, 30),
    (Step::ReadTogether, 30),
    (Step::MoveByToken, 7),
    (Step::JoinAnother, 3),
];

/// What rules in plain SQL know.
const BY_HAND: Weights = &[(Step::WriteOwn, 20), (Step::ReadCell, 79), (Step::MoveByToken, 1)];

/// How often client `number` does what. With a mistake, it does more of what brings it out.
pub(super) const fn weights(plant: Option<Plant>, number: usize) -> Weights {
    match plant {
        None => USUAL,
        Some(plant) if plant.is_gate() => BY_HAND,
        Some(Plant::LostMerge) => &[(Step::WriteOwn, 30), (Step::ReadCell, 60), (Step::JoinAnother, 10)],
        Some(Plant::ForgottenToken) => &[(Step::WriteOwn, 30), (Step::ReadCell, 60), (Step::MoveByToken, 10)],
        // Whoever writes must see that, and is kept from a replica that is held: what others have read is all they have.
        Some(Plant::NoFloor) if number.is_multiple_of(2) => {
            &[(Step::WriteShared, 30), (Step::Increment, 30), (Step::ReadCell, 20), (Step::ReadSum, 20)]
        }
        Some(Plant::NoFloor) => &[(Step::ReadCell, 30), (Step::ReadSum, 70)],
        Some(Plant::GsiEventual) => &[(Step::MoveRow, 30), (Step::ReadTerm, 70)],
        Some(Plant::BlindRetry) => &[(Step::Increment, 60), (Step::ReadSum, 40)],
        Some(_) => &[(Step::WriteOwn, 50), (Step::ReadCell, 50)],
    }
}

impl Step {
    /// Whether several sessions write what it is about.
    pub(super) const fn is_of_shared_objects(self) -> bool {
        match self {
            Self::WriteShared | Self::Increment | Self::ReadSum | Self::Append | Self::ReadLog => true,
            Self::WriteOwn
            | Self::ReadCell
            | Self::ReadCells
            | Self::QueryCell
            | Self::MoveRow
            | Self::ReadTerm
            | Self::WriteTogether
            | Self::ReadTogether
            | Self::MoveByToken
            | Self::JoinAnother => false,
        }
    }
}
