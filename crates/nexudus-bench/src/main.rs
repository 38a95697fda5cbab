//! Measurements of the SDK, run by `cargo xtask bench`. None is a test: a busy machine must not fail a build.

mod get;
mod measure;
mod records;
mod scale;
mod served;
mod soak;
mod stream;

/// Makes a measurement and prints it.
type Measure = fn() -> Result<(), measure::Failure>;

/// What can be measured.
const SUBJECTS: &[(&str, Measure)] = &[
    ("records", records::run),
    ("get", get::run),
    ("scale", scale::run),
    ("stream", stream::run),
    ("soak", soak::run),
];

fn main() -> Result<(), measure::Failure> {
    let asked = std::env::args().nth(1).unwrap_or_default();
    let Some((_, run)) = SUBJECTS.iter().find(|(name, _)| *name == asked) else {
        let known: Vec<&str> = SUBJECTS.iter().map(|(name, _)| *name).collect();
        return Err(format!("nothing to measure is called `{asked}`; there is {}", known.join(", ")).into());
    };
    run()
}
