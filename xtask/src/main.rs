//! The workspace's own tasks. See `cargo xtask help`.

use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;

use xtask::drive::{self, Failure, Options};
use xtask::{args, bench, browser, interop};

fn main() -> ExitCode {
    match bench::measure_if_wrapping_rustc() {
        None => {}
        Some(Ok(status)) => return if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE },
        Some(Err(error)) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    }
    let args = match args::parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(slip) => {
            eprintln!("error: {slip}");
            return ExitCode::from(2);
        }
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    let mut out = io::stdout().lock();
    let done = match args.command {
        "codegen" => {
            let options = Options {
                check: args.has("check"),
                diff: args.has("diff"),
                stats: args.has("stats"),
                only: args.value("only").map(str::to_owned),
                stamps: std::env::current_exe().ok().and_then(|program| Some(program.parent()?.to_owned())),
            };
            drive::codegen(root, &options, &mut out)
        }
        "bench" => bench::run(root, &args.words),
        "browser" => browser::run(root),
        "interop" => interop::run(root),
        "soak" => bench::soak(root),
        _ => write!(out, "{}", args::help()).map_err(Failure::Io),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read our output has seen enough.
        Err(Failure::Io(error)) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Failure::Io(error)) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
        Err(Failure::Told(text)) => {
            eprintln!("{}", text.trim_end());
            ExitCode::FAILURE
        }
        Err(Failure::Differs) => ExitCode::FAILURE,
    }
}
