//! Errors as the service words them.

use dynoxide::DynoxideError;
use serde_json::json;

use super::operation::Operation;

/// An error's answer: what the SDK makes its typed errors from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) body: String,
}

const VALIDATION: &str = "com.amazon.coral.validate#ValidationException";
const SERIALIZATION: &str = "com.amazon.coral.service#SerializationException";

/// How the emulator marks, in the message, of which kind an error in reading a request is.
const MARKS: [(&str, &str); 5] = [
    ("VALIDATION_REQUEST:", VALIDATION),
    ("VALIDATION_AS_READ:", VALIDATION),
    ("VALIDATION:", VALIDATION),
    ("SERIALIZATION_AS_READ:", SERIALIZATION),
    ("SERIALIZATION:", SERIALIZATION),
];

impl Refused {
    /// An error of the DynamoDB API, by the name of its type.
    pub(super) fn service(name: &str, message: &str) -> Self {
        Self::new(400, &format!("com.amazonaws.dynamodb.v20120810#{name}"), message)
    }

    pub(super) fn validation(message: &str) -> Self {
        Self::new(400, VALIDATION, message)
    }

    pub(super) fn throttled(message: &str) -> Self {
        Self::new(400, "com.amazon.coral.availability#ThrottlingException", message)
    }

    pub(super) fn internal(message: &str) -> Self {
        Self::new(500, "com.amazonaws.dynamodb.v20120810#InternalServerError", message)
    }

    pub(super) fn unknown_operation() -> Self {
        Self::new(400, "com.amazon.coral.service#UnknownOperationException", "not part of this model")
    }

    pub(super) fn malformed() -> Self {
        Self::new(400, SERIALIZATION, "")
    }

    /// A transaction that was cancelled for one code, told of its first item.
    pub(super) fn canceled(code: &str, message: &str, items: usize) -> Self {
        let reasons: Vec<_> =
            (0..items.max(1))
                .map(|item| {
                    if item == 0 {
                        json!({"Code": code, "Message": message})
                    } else {
                        json!({"Code": "None"})
                    }
                })
                .collect();
        let codes: Vec<_> = reasons.iter().filter_map(|reason| reason["Code"].as_str()).collect();
        let body = json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": format!(
                "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
                codes.join(", "),
            ),
            "CancellationReasons": reasons,
        });
        Self { status: 400, body: body.to_string() }
    }

    /// What the emulator found wrong with a request that it could read.
    pub(super) fn by_emulator(operation: Operation, why: DynoxideError) -> Self {
        match why {
            DynoxideError::EnvelopedValidation(message) => Self::enveloped(operation, &message),
            why => Self { status: why.status_code(), body: why.to_json() },
        }
    }

    /// What the emulator found wrong while it read a request.
    pub(super) fn unreadable(operation: Operation, why: &str) -> Self {
        for (mark, kind) in MARKS {
            match why.strip_prefix(mark) {
                Some(message) if mark == "VALIDATION_REQUEST:" => return Self::enveloped(operation, message),
                Some(message) => return Self::new(400, kind, message),
                None => {}
            }
        }
        let of_types = why.starts_with("invalid type") && !why.starts_with("invalid type: null");
        Self::new(400, if of_types { SERIALIZATION } else { VALIDATION }, why)
    }

    /// Writes of one item put certain findings in an envelope.
    fn enveloped(operation: Operation, message: &str) -> Self {
        match operation {
            Operation::PutItem | Operation::UpdateItem | Operation::DeleteItem => {
                Self::validation(&format!("1 validation error detected: {message}"))
            }
            _ => Self::validation(message),
        }
    }

    fn new(status: u16, kind: &str, message: &str) -> Self {
        Self { status, body: json!({"__type": kind, "message": message}).to_string() }
    }
}
