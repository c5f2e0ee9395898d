//! From the command line's words to an exit code.

fn main() {}
