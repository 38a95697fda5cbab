//! What must hold for every entity, shown on all of them.

mod drafts;
mod every;
mod fixtures;
mod records;
mod tables;
mod values;
