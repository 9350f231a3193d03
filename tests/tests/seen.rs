//! What can be seen of a source: spans, metrics, its status, and that replicas are chosen, left out and taken back as the
//! status says.

mod seen {
    mod choice;
    mod metrics;
    mod recorder;
    mod remote_apply;
    mod spans;
    mod status;
}
