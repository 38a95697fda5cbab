//! The query of a list, and the files of a record. This room makes no requests.

mod command;
mod file;
mod filter;

pub use command::{ActionOf, CommandOf};
pub use file::FileOf;
pub use filter::{
    CommonFilters, Condition, Direction, Equal, EqualOrWithin, Filter, ListQuery, OrderBy, QueryValue, TakesRange,
    TakesValue, Within,
};
