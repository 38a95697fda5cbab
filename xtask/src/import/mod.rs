//! Ways for the truth to come in: pages of the published reference, and reports of `nexudus probe`.
//!
//! Each is read into facts, and the facts change the spec's files in memory ([`Import`]). What a person wrote stays:
//! sentences, choices, the order of properties. A sentence of a page is never copied. Where a fact contradicts one of a
//! better source, the spec stays as it is and a [`Note`] says so.

pub mod layout;
pub mod merge;
pub mod note;
pub mod page;
pub mod probe;
#[cfg(test)]
mod tests;
pub mod tree;

pub use self::merge::{Copy, merge};
pub use self::note::{Became, Import, Note};
pub use self::page::{Page, Unreadable, read};
