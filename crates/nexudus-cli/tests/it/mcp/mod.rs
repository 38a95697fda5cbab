//! `nexudus mcp`, asked as clients of both eras ask it.

mod attacks;
mod hostile;
mod protocol;
mod reads;
pub(crate) mod session;
mod writes;

use session::{Era, Person, Session};

use crate::tool::Tool;

fn start(tool: &Tool, flags: &str, era: Era, person: Person) -> Session {
    let mut command = tool.command();
    command.arg("mcp").args(shlex::split(flags).unwrap());
    Session::start(&mut command, era, person)
}
