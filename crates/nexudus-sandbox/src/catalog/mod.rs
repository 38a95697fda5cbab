//! The tables of the model, made ready to serve from. Facts only: no record.

pub(crate) mod entity;
pub(crate) mod rule;
pub(crate) mod well_known;
