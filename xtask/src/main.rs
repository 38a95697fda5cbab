//! The workspace's own tasks. See `cargo xtask help`.

use std::io::{self, ErrorKind};
use std::process::ExitCode;

use xtask::commands::{self, COMMANDS, bench};
use xtask::error::Error;

fn main() -> ExitCode {
    match bench::measure_if_wrapping_rustc() {
        None => {}
        Some(Ok(status)) => return if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE },
        Some(Err(error)) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    }
    let args = match xtask::args::parse(COMMANDS, std::env::args().skip(1)) {
        Ok(args) => args,
        Err(message) => {
            eprintln!("error: {message}");
            return ExitCode::from(2);
        }
    };
    let mut out = io::stdout().lock();
    let done = std::env::current_dir().map_err(Error::from).and_then(|folder| commands::run(&args, &folder, &mut out));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output has seen enough.
        Err(Error::Io(error)) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Error::Io(error)) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
        Err(Error::Message(text)) => {
            eprintln!("{}", text.trim_end());
            ExitCode::FAILURE
        }
        Err(Error::Reported) => ExitCode::FAILURE,
    }
}
