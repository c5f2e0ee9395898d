//! The mutants that may survive, each with its reason. An argument must never outlive what it is
//! about: one that is of nothing any more, or of what a test catches after all, is an error.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context as _, Result, ensure};

use crate::mutant::Mutant;

/// One line: file, function, value, text and reason, by tabs. Lines of code move, so they don't count.
#[derive(Debug, Clone)]
struct Argument {
    file: String,
    function: String,
    value: String,
    text: String,
}

impl Argument {
    fn is_of(&self, mutant: &Mutant) -> bool {
        self.file == mutant.file()
            && self.function == mutant.function
            && self.value == mutant.value
            && self.text == mutant.text
    }

    fn shown(&self) -> String {
        let Self {
            file,
            function,
            value,
            text,
        } = self;
        format!("{file}\t{function}\t{text} => {value}")
    }
}

/// The whole list.
#[derive(Debug, Default)]
pub struct Argued(Vec<Argument>);

impl Argued {
    /// Reads the list; what begins with `#` is a remark.
    ///
    /// # Errors
    /// A line without a reason, or there twice.
    pub fn read(path: &Path) -> Result<Self> {
        Self::parse(&fs::read_to_string(path).with_context(|| path.display().to_string())?)
    }

    fn parse(text: &str) -> Result<Self> {
        let mut seen = BTreeSet::new();
        let lines = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let arguments = lines.map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            let [file, function, value, text, reason] = fields[..] else {
                anyhow::bail!("not file, function, value, text and reason by tabs: {line}");
            };
            ensure!(!reason.trim().is_empty(), "no reason: {line}");
            ensure!(
                seen.insert([file, function, value, text]),
                "argued twice: {line}"
            );
            Ok(Argument {
                file: file.to_owned(),
                function: function.to_owned(),
                value: value.to_owned(),
                text: text.to_owned(),
            })
        });
        Ok(Self(arguments.collect::<Result<_>>()?))
    }

    /// The files that it is about.
    #[cfg(test)]
    #[must_use]
    pub fn files(&self) -> BTreeSet<&str> {
        self.0.iter().map(|one| &*one.file).collect()
    }

    /// Whether this one may survive.
    #[must_use]
    pub fn has(&self, mutant: &Mutant) -> bool {
        self.0.iter().any(|argument| argument.is_of(mutant))
    }

    /// Arguments about a file of `places`, or about one that is not in `tree`, that are of none of
    /// `mutants`.
    #[must_use]
    pub fn stale(&self, tree: &Path, places: &[String], mutants: &[Mutant]) -> Vec<String> {
        let looked_at = |file: &str| {
            !tree.join(file).exists()
                || places
                    .iter()
                    .any(|place| Path::new(file).starts_with(Path::new(place)))
        };
        self.0
            .iter()
            .filter(|argument| looked_at(&argument.file))
            .filter(|argument| !mutants.iter().any(|mutant| argument.is_of(mutant)))
            .map(Argument::shown)
            .collect()
    }

    /// Arguments whose every mutant was caught by a test.
    #[must_use]
    pub fn in_vain(&self, caught: &[&Mutant], missed: &[&Mutant]) -> Vec<String> {
        let of = |argument: &Argument, all: &[&Mutant]| all.iter().any(|one| argument.is_of(one));
        self.0
            .iter()
            .filter(|argument| of(argument, caught) && !of(argument, missed))
            .map(Argument::shown)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planted() -> Vec<Mutant> {
        Mutant::all("0\ttrue false\tsrc/a.rs:3\tf\tx == 1\n")
    }

    #[test]
    fn a_line_has_a_reason_and_is_there_once() {
        let line = "src/a.rs\tf\ttrue\tx == 1\twhy";
        for (text, fits) in [
            (line.to_owned(), true),
            (format!("# a remark\n\n{line}\n"), true),
            (format!("{line}\n{line}"), false),
            ("src/a.rs\tf\ttrue\tx == 1\t ".to_owned(), false),
            ("src/a.rs\tf\ttrue\tx == 1".to_owned(), false),
        ] {
            assert_eq!(Argued::parse(&text).is_ok(), fits, "{text}");
        }
    }

    #[test]
    fn what_is_about_nothing_is_told() {
        let tree = Path::new(env!("CARGO_MANIFEST_DIR"));
        let places = ["src".to_owned()];
        for (line, stale) in [
            ("src/a.rs\tf\ttrue\tx == 1\twhy", false),
            ("src/a.rs\tf\ttrue\tx == 2\twhy", true),
            ("src/a.rs\tg\ttrue\tx == 1\twhy", true),
            ("src/main.rs\tf\ttrue\tx == 1\twhy", true),
            ("Cargo.toml\tf\ttrue\tnot looked at\twhy", false),
            ("gone/a.rs\tf\ttrue\tx == 1\twhy", true),
        ] {
            let found = Argued::parse(line)
                .unwrap()
                .stale(tree, &places, &planted());
            assert_eq!(!found.is_empty(), stale, "{line}");
        }
    }

    #[test]
    fn what_a_test_catches_needs_no_argument() {
        let all = planted();
        let argued = Argued::parse("src/a.rs\tf\ttrue\tx == 1\twhy").unwrap();
        let [when_true, when_false] = [&all[0], &all[1]];
        assert!(argued.has(when_true) && !argued.has(when_false));
        assert_eq!(argued.in_vain(&[when_true], &[]).len(), 1);
        assert!(argued.in_vain(&[when_false], &[when_true]).is_empty());
        assert!(argued.in_vain(&[when_true], &[when_true]).is_empty());
    }
}
