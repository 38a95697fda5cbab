//! `nexudus`: the Nexudus REST API from a terminal.

use std::process::ExitCode;

fn main() -> ExitCode {
    nexudus_cli::main()
}
