//! A history as lines of JSON: all of it, for any reader.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Action, Answer, History, Operation, Order, Outcome, Policy};

impl History {
    /// Writes the whole history as lines of JSON, one operation or hand-over a line, in the order in which they were recorded.
    ///
    /// An operation:
    ///
    /// ```json
    /// {"operation":3,"session":"alice","source":"main","order":"one_log","object":"note 7","shape":"register",
    ///  "action":"read","value":11,"start":5000000,"end":6000000,"outcome":"ok","version":2,"policy":"session",
    ///  "route":"replica 0","reason":"caught_up","position":null,"lost":null}
    /// ```
    ///
    /// (In one line.) Times are nanoseconds since the recording began. `action` is `write`, `delete`, `append`, `increment`, `add`,
    /// `remove` or `read`; `value` is a number, a list of numbers, or `null` for what is absent or was not answered; `policy` of
    /// bounded staleness is `{"bounded_ms":1500}`; what is not known is `null`. A hand-over:
    ///
    /// ```json
    /// {"hand_over":0,"from":"alice","taken":7000000,"to":"bob","arrived":8000000}
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write_json_lines(&self, mut out: impl Write) -> io::Result<()> {
        for operation in self.operations() {
            writeln!(out, "{}", self.operation_as_json(&operation))?;
        }
        for (index, hand_over) in self.hand_overs.iter().enumerate() {
            let (from, to) = (self.session_name(hand_over.from), self.session_name(hand_over.to));
            let (taken, arrived) = (hand_over.taken, hand_over.arrived);
            let line =
                json!({"hand_over": index, "from": from, "taken": taken, "to": to, "arrived": arrived});
            writeln!(out, "{line}")?;
        }
        Ok(())
    }

    fn operation_as_json(&self, operation: &Operation<'_>) -> Value {
        let (source, order) = self.source_named(self.source(operation.object));
        let (action, value) = action(operation.action);
        json!({
            "operation": operation.id.0,
            "session": self.session_name(operation.session),
            "source": source,
            "order": match order { Order::OneLog => "one_log", Order::PerObject => "per_object" },
            "object": self.object_name(operation.object),
            "shape": format!("{:?}", self.shape(operation.object)).to_lowercase(),
            "action": action,
            "value": value,
            "start": operation.start,
            "end": operation.end,
            "outcome": match operation.outcome {
                Outcome::Ok => "ok",
                Outcome::Failed => "failed",
                Outcome::Unknown => "unknown",
            },
            "version": operation.version,
            "policy": policy(operation.policy),
            "route": operation.route.map(|route| route.to_string()),
            "reason": operation.reason,
            "position": operation.mark.map(|mark| mark.to_string()),
            "lost": operation.lost,
        })
    }
}

fn action(action: Action<'_>) -> (&'static str, Value) {
    match action {
        Action::Write(value) => ("write", value.into()),
        Action::Delete => ("delete", Value::Null),
        Action::Append(element) => ("append", element.into()),
        Action::Increment(by) => ("increment", by.into()),
        Action::Add(element) => ("add", element.into()),
        Action::Remove(element) => ("remove", element.into()),
        Action::Read(Answer::None | Answer::Absent) => ("read", Value::Null),
        Action::Read(Answer::Value(value)) => ("read", value.into()),
        Action::Read(Answer::Many(elements)) => ("read", elements.into()),
    }
}

fn policy(policy: Policy) -> Value {
    match policy {
        Policy::Session => "session".into(),
        Policy::OwnWrites => "own_writes".into(),
        Policy::Strong => "strong".into(),
        Policy::Bounded(bound) => json!({"bounded_ms": bound.as_millis() as u64}),
        Policy::Eventual => "eventual".into(),
        Policy::Final => "final".into(),
    }
}
