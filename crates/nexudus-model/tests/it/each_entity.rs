//! Every entity by its type. The list of them is generated; the client's tests use it as well.

#[path = "generated/each_entity.rs"]
#[rustfmt::skip]
mod generated;
#[path = "given.rs"]
mod given;

pub(crate) use generated::{Visit, each_entity};
