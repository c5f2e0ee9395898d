//! A process that serves holds keys, and what people's identity providers say of
//! them. None of it may end in a core dump.
//!
//! Must never: go on where the system refuses; what was promised would not hold.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Lets no crash write the process's memory anywhere, and lets no other process of
/// the same user read it: no core file, and not dumpable at all, so that a handler
/// of the system's (`core_pattern` with a pipe) is given nothing either.
pub(super) fn keep_memory_private() -> std::io::Result<()> {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none)?;
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    }
    Ok(())
}
