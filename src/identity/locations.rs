//! The locations that a Flex account defines, and the only way to a [`FlexLocation`].

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use unicode_normalization::UnicodeNormalization;

/// A location as Flex knows it: `{ "name": …, "edge": … }` of `ui_attributes.locations`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Location {
    /// The name that `flex_location` must equal byte for byte.
    pub name: String,
    /// The voice edges, the default first, then the fallbacks in order.
    pub edges: Vec<String>,
}

/// A name that the Flex account defines, byte for byte.
///
/// Only [`DefinedLocations`] can make one, so holding it is the proof that it was checked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FlexLocation(String);

impl FlexLocation {
    /// The name, as Flex will compare it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for FlexLocation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// What a value turned out to name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// A defined name, byte for byte.
    Exact(FlexLocation),
    /// One defined name, once case, white space and Unicode form are folded.
    Folded(FlexLocation),
    /// Several defined names, once folded; it is not for us to choose.
    Ambiguous(Vec<String>),
    /// No defined name.
    Unknown,
}

/// A name as compared when looking for it: Unicode NFKC, case and white space
/// folded, trimmed. Never emitted.
#[must_use]
pub fn fold_name(text: &str) -> String {
    if text.is_ascii() {
        // The same at a tenth of the price: people are in hundreds of groups.
        one_spaced(&text.to_ascii_lowercase())
    } else {
        fold_letters(text)
    }
}

fn fold_letters(text: &str) -> String {
    // By way of upper case, as ß and SS, or σ and ς, meet only there. Changing case
    // can leave NFKC (as in `İ`), so normalise on both sides of it.
    let upper = text
        .nfkc()
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase);
    let lower: String = upper.flat_map(char::to_lowercase).nfkc().collect();
    one_spaced(&lower)
}

/// Trimmed, with one space wherever there was white space.
fn one_spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !spaced.is_empty() {
            spaced.push(' ');
        }
        spaced.push_str(word);
    }
    spaced
}

/// The locations that a Flex account defines, indexed: finding one costs the
/// same among ten thousand as among two.
#[derive(Debug, Clone, Default)]
pub struct DefinedLocations {
    all: Vec<Location>,
    by_name: HashMap<String, usize>,
    by_fold: HashMap<String, Vec<usize>>,
}

impl DefinedLocations {
    /// Takes the list in its order. Of duplicate names the first counts, as in Flex's own `find`.
    ///
    /// A blank name is left out: Flex takes a falsy `flex_location` for none, so
    /// it could never be meant.
    #[must_use]
    pub fn new(list: impl IntoIterator<Item = Location>) -> Self {
        let mut defined = Self::default();
        for location in list {
            if location.name.trim().is_empty() || defined.by_name.contains_key(&location.name) {
                continue;
            }
            let index = defined.all.len();
            defined.by_name.insert(location.name.clone(), index);
            defined
                .by_fold
                .entry(fold_name(&location.name))
                .or_default()
                .push(index);
            defined.all.push(location);
        }
        defined
    }

    /// The location of exactly that name: the allow-list, and the only maker of a [`FlexLocation`].
    #[must_use]
    pub fn permit(&self, name: &str) -> Option<FlexLocation> {
        self.by_name
            .get(name)
            .map(|&index| FlexLocation(self.all[index].name.clone()))
    }

    /// What `value` names: exactly, or after folding if exactly one name does.
    #[must_use]
    pub fn find(&self, value: &str) -> Lookup {
        if let Some(location) = self.permit(value) {
            return Lookup::Exact(location);
        }
        match self.by_fold.get(&fold_name(value)).map(Vec::as_slice) {
            None | Some([]) => Lookup::Unknown,
            Some(&[index]) => Lookup::Folded(FlexLocation(self.all[index].name.clone())),
            Some(several) => Lookup::Ambiguous(
                several
                    .iter()
                    .map(|&index| self.all[index].name.clone())
                    .collect(),
            ),
        }
    }

    /// The edges of exactly that name, the default first.
    #[must_use]
    pub fn edges(&self, name: &str) -> Option<&[String]> {
        self.by_name
            .get(name)
            .map(|&index| self.all[index].edges.as_slice())
    }

    /// Each defined location, in the account's order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Location> {
        self.all.iter()
    }

    /// How many names are defined.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether none is defined; Flex then ignores `flex_location`.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defined(names: &[&str]) -> DefinedLocations {
        DefinedLocations::new(names.iter().map(|name| Location {
            name: (*name).to_owned(),
            edges: vec!["roaming".to_owned()],
        }))
    }

    #[test]
    fn finds_what_people_write_and_gives_what_flex_knows() {
        let list = defined(&[
            "Singapore Office",
            "São Paulo",
            "東京オフィス",
            "R&D <West>",
            "Café 🌏",
            "Königstraße",
            "ΟΔΟΣ",
        ]);
        for (written, name) in [
            ("Singapore Office", "Singapore Office"),
            (" singapore  OFFICE \u{a0}", "Singapore Office"),
            ("Ｓｉｎｇａｐｏｒｅ　Ｏｆｆｉｃｅ", "Singapore Office"),
            ("sa\u{303}o paulo", "São Paulo"),
            ("東京ｵﾌｨｽ", "東京オフィス"),
            ("r&d <west>", "R&D <West>"),
            ("CAFÉ 🌏", "Café 🌏"),
            ("KÖNIGSTRASSE", "Königstraße"),
            ("Οδος", "ΟΔΟΣ"),
        ] {
            let found = match list.find(written) {
                Lookup::Exact(location) | Lookup::Folded(location) => location,
                other => panic!("{written}: {other:?}"),
            };
            assert_eq!(found.as_str(), name);
        }
    }

    #[test]
    fn folding_twice_changes_nothing() {
        let changes = |character: &char| {
            let same = [*character];
            character.to_lowercase().ne(same)
                || character.to_uppercase().ne(same)
                || same.into_iter().nfkc().ne(same)
        };
        for character in ('\0'..=char::MAX).filter(changes) {
            for text in [character.to_string(), format!("a{character}b\u{301}")] {
                let once = fold_name(&text);
                assert_eq!(fold_name(&once), once, "U+{:04X}", u32::from(character));
            }
        }
    }

    #[test]
    fn ascii_is_folded_as_everything_else() {
        for (first, second) in (0..128_u8).flat_map(|one| (0..128_u8).map(move |two| (one, two))) {
            let text: String = [first, b'A', second, b'b']
                .map(char::from)
                .into_iter()
                .collect();
            assert_eq!(fold_name(&text), fold_letters(&text), "{text:?}");
        }
    }

    #[test]
    fn does_not_guess() {
        let list = defined(&["Office", "OFFICE"]);
        assert_eq!(
            list.find("Office"),
            Lookup::Exact(FlexLocation("Office".into()))
        );
        assert!(matches!(list.find("office"), Lookup::Ambiguous(names) if names.len() == 2));
        assert_eq!(list.find("Offices"), Lookup::Unknown);
        assert_eq!(list.permit("office"), None);
    }

    #[test]
    fn the_first_of_duplicates_counts_and_blanks_do_not() {
        let list = DefinedLocations::new([
            Location {
                name: "A".into(),
                edges: vec!["one".into()],
            },
            Location {
                name: "A".into(),
                edges: vec!["two".into()],
            },
            Location {
                name: "  ".into(),
                edges: vec![],
            },
        ]);
        assert_eq!(list.len(), 1);
        assert_eq!(list.edges("A").unwrap(), ["one"]);
        assert_eq!(list.find(""), Lookup::Unknown);
    }
}
