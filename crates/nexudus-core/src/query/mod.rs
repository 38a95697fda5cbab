//! What a list is asked for, and where the files of a record are. No request is made here.

mod command;
mod file;
mod filter;

pub use command::{ActionOf, CommandOf};
pub use file::FileOf;
pub use filter::{
    CommonFilters, Condition, Direction, Equal, EqualOrWithin, Filter, ListQuery, OrderBy, QueryValue, TakesRange,
    TakesValue, Within,
};
