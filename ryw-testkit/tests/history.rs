//! The checker of histories, held by histories that break a guarantee, and by others that nearly do.

#[path = "history/counter.rs"]
mod counter;
#[path = "history/explained.rs"]
mod explained;
#[path = "history/exported.rs"]
mod exported;
#[path = "history/fresh.rs"]
mod fresh;
#[path = "history/independent.rs"]
mod independent;
#[path = "history/integrity.rs"]
mod integrity;
#[path = "history/laws.rs"]
mod laws;
#[path = "history/list.rs"]
mod list;
#[path = "history/lost.rs"]
mod lost;
#[path = "history/misuse.rs"]
mod misuse;
#[path = "history/one_log.rs"]
mod one_log;
#[path = "history/recorded.rs"]
mod recorded;
#[path = "history/register.rs"]
mod register;
#[path = "history/scene.rs"]
mod scene;
#[path = "history/sessions.rs"]
mod sessions;
#[path = "history/set.rs"]
mod set;
#[path = "history/simulated.rs"]
mod simulated;
