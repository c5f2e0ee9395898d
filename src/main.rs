//! From the command line's words to an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    flexbridge::cli::run(std::env::args_os())
}
