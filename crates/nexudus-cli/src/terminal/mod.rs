//! What stands at the other end of the three streams, and how to talk to a person there.
//!
//! Nothing in here knows what the tool is for.

mod progress;
mod prompt;
mod streams;
mod text;

pub(crate) use progress::Progress;
pub(crate) use prompt::{Prompt, PromptError};
pub(crate) use streams::Terminal;
pub(crate) use text::{counted, escape_json, is_unsafe, visible, width_of};
