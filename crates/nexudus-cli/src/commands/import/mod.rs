//! `nexudus import ENTITY FILE`: many records from a file, each with its outcome.
//!
//! Every row is looked up, compared and written by itself. A journal says what became of each before the next is
//! begun, so that an interrupted run goes on where it stopped and creates nothing twice: a new record carries a
//! `SystemId` that stands in the journal before the record is sent, and by which it is found again.

mod journal;
mod rows;
mod work;

pub(crate) use work::COMMAND;
