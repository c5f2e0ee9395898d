//! What `make attack` prints is counted here, by the cases themselves.
//!
//! Must never: count what was not sent.

use std::{fs, path::Path};

/// One class of attacks: what became of its cases. A test makes one, and ends with [`Class::finish`].
pub struct Class {
    name: &'static str,
    part: &'static str,
    cases: usize,
    refused: usize,
    honest: usize,
    accepted: usize,
    wrong: Vec<String>,
}

impl Class {
    /// Begins to count. `name` is the row of the table; several tests may share
    /// one, each with a `part` of its own.
    pub fn new(name: &'static str, part: &'static str) -> Self {
        assert!(!name.contains('\t'));
        Self {
            name,
            part,
            cases: 0,
            refused: 0,
            honest: 0,
            accepted: 0,
            wrong: Vec::new(),
        }
    }

    /// An attack, and what is wrong with how it was met: nothing, if it was
    /// refused for the right reason.
    pub fn attack(&mut self, case: &str, wrong: Result<(), String>) {
        self.cases += 1;
        match wrong {
            Ok(()) => self.refused += 1,
            Err(why) => self.wrong.push(format!("{case}: {why}")),
        }
    }

    /// An honest variant, and what is wrong with how it was met: nothing, if it was let in.
    pub fn honest(&mut self, case: &str, wrong: Result<(), String>) {
        self.honest += 1;
        match wrong {
            Ok(()) => self.accepted += 1,
            Err(why) => self.wrong.push(format!("honest, {case}: {why}")),
        }
    }

    /// Writes the row, then fails with every case that went wrong.
    pub fn finish(self) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/attack-table");
        fs::create_dir_all(&folder).unwrap();
        let row = format!(
            "{}\t{}\t{}\t{}\t{}\n",
            self.name, self.cases, self.refused, self.honest, self.accepted
        );
        let file = format!("{} {}", self.name, self.part).replace([' ', '/'], "-");
        fs::write(folder.join(file), row).unwrap();
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
        assert!(self.cases > 0, "no case");
        assert!(
            self.honest > 0,
            "refusals show nothing without an honest variant"
        );
    }
}
