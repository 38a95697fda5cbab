//! Measurements of the SDK, run by `cargo xtask bench`. None is a test: a busy machine must not fail a build.

mod measure;
mod records;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("records") => records::run(),
        _ => Err("usage: nexudus-bench records".into()),
    }
}
