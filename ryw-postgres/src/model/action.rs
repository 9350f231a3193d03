//! Every step that can be taken.

use super::database::{Id, bit};
use super::session::TASKS;
use super::state::{Left, State};
use super::system::System;
use super::task::Task;

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Write {
        task: usize,
    },
    Acknowledge {
        task: usize,
    },
    /// Acknowledged, and its position could not be learnt.
    AcknowledgeUnlearnt {
        task: usize,
    },
    LoseAnswer {
        task: usize,
    },
    /// Of two replicas, this one first.
    Read {
        task: usize,
        first: usize,
    },
    ReadStrong {
        task: usize,
    },
    /// A statement comes to its end on the server.
    Evaluate {
        task: usize,
    },
    /// Its answer arrives.
    Answer {
        task: usize,
    },
    Resolve {
        task: usize,
    },
    Resolved {
        task: usize,
    },
    Merge,
    StrangerWrites,
    Commit {
        write: Id,
    },
    /// The primary shows it.
    Release {
        write: Id,
    },
    Flush,
    Replay {
        at: usize,
    },
    /// The replay LSN moves.
    CatchUp {
        at: usize,
    },
    Restart {
        at: usize,
    },
    /// The standby ends; its sessions are the last to notice.
    End {
        at: usize,
    },
    Promote {
        at: usize,
    },
    Follow {
        at: usize,
    },
    Restartpoint {
        at: usize,
    },
    /// The source finds out who the primary is.
    Notice,
}

impl System {
    /// What can happen next; some of it may turn out not to.
    pub(super) fn possible(&self, state: &State, actions: &mut Vec<Action>) {
        self.begin(state, actions);
        for task in 0..TASKS {
            self.go_on(state, task, actions);
        }
        if state.left.crowd {
            actions.push(Action::Merge);
        }
        if state.left.strangers > 0 {
            actions.push(Action::StrangerWrites);
        }
        actions.extend(state.database.open().into_iter().map(|write| Action::Commit { write }));
        let held = (0..state.written).filter(|write| state.database.held() & bit(*write) != 0);
        actions.extend(held.map(|write| Action::Release { write }));
        if self.bounds.asynchronous {
            actions.push(Action::Flush);
        }
        for at in 1..state.database.servers.len() {
            self.of_standby(state, at, actions);
        }
        if state.database.is_promoted() && !state.source.knows_of_the_promotion() {
            actions.push(Action::Notice);
        }
    }

    /// What an idle task can begin; idle tasks are alike, so only the first of them does.
    fn begin(&self, state: &State, actions: &mut Vec<Action>) {
        let Some(task) = state.tasks.iter().position(Task::is_idle) else { return };
        let Left { writes, reads, resolves, .. } = state.left;
        if writes > 0 {
            actions.push(Action::Write { task });
        }
        if reads > 0 {
            actions.extend((1..=self.bounds.replicas).map(|first| Action::Read { task, first }));
        }
        if reads > 0 && self.bounds.strong {
            actions.push(Action::ReadStrong { task });
        }
        if resolves > 0 && state.session.known().ticket_count() > 0 {
            actions.push(Action::Resolve { task });
        }
    }

    fn go_on(&self, state: &State, task: usize, actions: &mut Vec<Action>) {
        match &state.tasks[task] {
            Task::Idle => {}
            Task::Writing { .. } => {
                actions.push(Action::Acknowledge { task });
                if self.bounds.unlearnt {
                    actions.push(Action::AcknowledgeUnlearnt { task });
                }
                if self.bounds.lost_answers || state.database.is_promoted() {
                    actions.push(Action::LoseAnswer { task });
                }
            }
            Task::Resolving { reached: None } => actions.push(Action::Evaluate { task }),
            Task::Resolving { reached: Some(_) } => actions.push(Action::Resolved { task }),
            Task::Reading(reading) => {
                if self.bounds.late_answers && reading.sent.facts.is_none() {
                    actions.push(Action::Evaluate { task });
                }
                actions.push(Action::Answer { task });
            }
        }
    }

    fn of_standby(&self, state: &State, at: usize, actions: &mut Vec<Action>) {
        actions.extend([Action::Replay { at }, Action::CatchUp { at }]);
        if state.left.restarts > 0 {
            actions.push(Action::Restart { at });
        }
        if state.left.endings > 0 {
            actions.push(Action::End { at });
        }
        if state.left.promotions > 0 {
            actions.push(Action::Promote { at });
        }
        if state.database.is_promoted() {
            actions.extend([Action::Follow { at }, Action::Restartpoint { at }]);
        }
    }
}
