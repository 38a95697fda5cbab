//! What the compiler says of an accessor whose section is switched off.

/// Implemented by no feature. The lifetime makes the compiler look at the bound where a method is called, and not where it
/// is declared.
#[diagnostic::on_unimplemented(
    message = "the section of this entity is a feature of nexudus-client that is switched off: `{Self}`",
    label = "needs a feature: `{Self}`",
    note = "each section of the API is a feature; `all-sections`, which is a default, switches all of them on"
)]
pub trait IsOn<'any> {}

pub use crate::generated::off::*;
