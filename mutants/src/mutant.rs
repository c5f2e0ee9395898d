//! A mutant as the list has it: a planted place, and the value that is forced upon it.

use std::collections::BTreeMap;

/// A mutant of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutant {
    /// What the build calls the place by.
    pub number: usize,
    /// What it is forced to be.
    pub value: String,
    /// File and line.
    pub place: String,
    /// The function around it.
    pub function: String,
    /// What stands there.
    pub text: String,
}

/// What stays the same of a mutant from one build to the next, while numbers and lines move: file,
/// function, value, text, and which of several alike.
pub type Name = (String, String, String, String, usize);

impl Mutant {
    /// All of a list that `plant` wrote.
    #[must_use]
    pub fn all(list: &str) -> Vec<Self> {
        list.lines().filter_map(Self::of_place).flatten().collect()
    }

    fn of_place(line: &str) -> Option<Vec<Self>> {
        let mut fields = line.splitn(5, '\t');
        let number = fields.next()?.parse().ok()?;
        let values = fields.next()?;
        let [place, function, text] = [fields.next()?, fields.next()?, fields.next()?];
        let mutant = |value: &str| Self {
            number,
            value: value.to_owned(),
            place: place.to_owned(),
            function: function.to_owned(),
            text: text.to_owned(),
        };
        Some(values.split(' ').map(mutant).collect())
    }

    /// The file it is in.
    #[must_use]
    pub fn file(&self) -> &str {
        self.place.split(':').next().unwrap_or_default()
    }

    /// What the environment calls it by.
    #[must_use]
    pub fn awake(&self) -> String {
        format!("{}:{}", self.number, self.value)
    }
}

/// The mutants by their names. They have to be in the order of their numbers.
pub fn named<'a>(mutants: impl IntoIterator<Item = &'a Mutant>) -> Vec<(Name, &'a Mutant)> {
    let mut alike = BTreeMap::new();
    mutants
        .into_iter()
        .map(|mutant| {
            let of = |text: &str| text.to_owned();
            let count: &mut usize = alike
                .entry((mutant.file(), &mutant.function, &mutant.value, &mutant.text))
                .or_default();
            *count += 1;
            let name = (
                of(mutant.file()),
                of(&mutant.function),
                of(&mutant.value),
                of(&mutant.text),
                *count,
            );
            (name, mutant)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_alike_ones_apart_and_outlive_lines_and_numbers() {
        let before = Mutant::all("0\ttrue false\ta.rs:3\tf\tx == 1\n1\ttrue\ta.rs:9\tf\tx == 1\n");
        let after = Mutant::all("4\ttrue false\ta.rs:5\tf\tx == 1\n7\ttrue\ta.rs:8\tf\tx == 1\n");
        let names = |mutants: &[Mutant]| -> Vec<Name> {
            named(mutants).into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names(&before), names(&after));
        let [first, _, second] = &names(&before)[..] else {
            panic!("three mutants")
        };
        assert_eq!((first.4, second.4), (1, 2));
    }
}
