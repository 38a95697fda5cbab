//! The sandbox as its callers meet it: over a socket, in the same process, and as a program.

mod basics;
mod caller;
mod program;
