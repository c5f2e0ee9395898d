//! What `make chaos` prints is counted here, by the cases themselves.
//!
//! Must never: count what was not tried.

use std::{fs, path::Path};

/// A case, and what is wrong with how it was met.
pub type Tried = (String, Result<(), String>);

/// One kind of fault: what became of its cases. A test makes one, and ends with [`Fault::finish`].
pub struct Fault {
    name: &'static str,
    part: &'static str,
    cases: usize,
    wrong: Vec<String>,
}

impl Fault {
    /// Begins to count. `name` is the row of the table; several tests may share
    /// one, each with a `part` of its own.
    pub fn new(name: &'static str, part: &'static str) -> Self {
        assert!(!name.contains('\t'));
        Self {
            name,
            part,
            cases: 0,
            wrong: Vec::new(),
        }
    }

    /// A case, and what is wrong with how it was met: nothing, if all held.
    pub fn case(&mut self, case: &str, wrong: Result<(), String>) {
        self.cases += 1;
        if let Err(why) = wrong {
            self.wrong.push(format!("{case}: {why}"));
        }
    }

    /// Cases that were tried elsewhere.
    pub fn cases(&mut self, tried: Vec<Tried>) {
        for (case, wrong) in tried {
            self.case(&case, wrong);
        }
    }

    /// A case that holds if this does; `seen` is told where it does not.
    pub fn holds(&mut self, case: &str, holds: bool, seen: &dyn std::fmt::Display) {
        self.case(case, holds.then_some(()).ok_or_else(|| seen.to_string()));
    }

    /// Writes the row, then fails with every case that went wrong.
    pub fn finish(self) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/chaos-table");
        fs::create_dir_all(&folder).unwrap();
        let held = self.cases - self.wrong.len();
        let row = format!("{}\t{}\t{held}\n", self.name, self.cases);
        let file = format!("{} {}", self.name, self.part).replace([' ', '/'], "-");
        fs::write(folder.join(file), row).unwrap();
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
        assert!(self.cases > 0, "no case");
    }
}
