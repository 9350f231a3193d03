//! wip

mod batch;
mod change;
mod door;
mod fault;
mod global;
mod lag;
mod operation;
mod queue;
mod refused;
mod region;
mod regions;
mod request;
mod requests;
mod serve;
mod shared;
mod site;
mod store;
mod tables;
mod world;

pub use change::Change;
pub use fault::Refusal;
pub use global::Mode;
pub use lag::Lag;
pub use region::Region;
pub use regions::{Regions, RegionsBuilder};
pub use requests::Requests;
pub use site::EventualReads;
