//! The workspace's own tasks. See `cargo xtask help`.

fn main() {}
