//! Measurements of the SDK, run by `cargo xtask bench`. None is a test: a busy machine must not fail a build.

mod get;
mod measure;
mod records;
mod scale;

/// What can be measured.
const SUBJECTS: &[(&str, fn() -> Result<(), measure::Failure>)] =
    &[("records", records::run), ("get", get::run), ("scale", scale::run)];

fn main() -> Result<(), measure::Failure> {
    let asked = std::env::args().nth(1).unwrap_or_default();
    match SUBJECTS.iter().find(|(name, _)| *name == asked) {
        Some((_, run)) => run(),
        None => {
            let known: Vec<&str> = SUBJECTS.iter().map(|(name, _)| *name).collect();
            Err(format!("nothing to measure is called `{asked}`; there is {}", known.join(", ")).into())
        }
    }
}
