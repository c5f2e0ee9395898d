//! What is odd about a list of locations, and how to mend it.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($variant:ident = $code:literal, $meaning:literal, $mend:literal;)*) => {
        /// What is odd about an entry, or about the whole list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum OddityKind {
            $(#[doc = $meaning] #[serde(rename = $code)] $variant,)*
        }

        impl OddityKind {
            /// Every kind there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What it means, in one sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }

            /// What to do about it.
            #[must_use]
            pub const fn mend(self) -> &'static str {
                match self { $(Self::$variant => $mend,)* }
            }
        }
    };
}

kinds! {
    NoList = "list.missing",
        "The document has neither `locations` nor `ui_attributes`; it defines nothing.",
        "Write the array of locations, an object with `locations`, or a whole Flex Configuration.";
    NotAnObject = "entry.not_an_object",
        "The entry is not an object and is left out.",
        "Write { \"name\": \"…\", \"edge\": [\"…\"] }.";
    NameMissing = "name.missing",
        "The entry has no name and is left out.",
        "Give it a `name`.";
    NameNotText = "name.not_text",
        "The entry's name is not a string, which no worker attribute ever equals; it is left out.",
        "Write the name in quotes.";
    NameBlank = "name.blank",
        "The entry's name is blank, which Flex takes for no location; it is left out.",
        "Give it a `name`.";
    NameTooLong = "name.too_long",
        "The entry's name is longer than 500 characters and is left out.",
        "Shorten the name: all attributes of a worker together have 4,096 characters.";
    NameUnsendable = "name.unsendable",
        "The entry's name has a character that XML can't carry, so no login can bring it; it is left out.",
        "Type the name again without control characters.";
    NamePadded = "name.padded",
        "The name begins or ends with white space, which is easily lost on the way to Flex.",
        "Remove the white space, here and wherever the name is assigned.";
    NameControl = "name.control",
        "The name has a tab or a line break in it, which is easily lost on the way to Flex.",
        "Write the name on one line, with ordinary spaces.";
    NameDuplicate = "name.duplicate",
        "An earlier entry has the same name; Flex uses that one and never this.",
        "Remove one of the two.";
    NameAlike = "name.alike",
        "An earlier entry's name differs only in case, white space or Unicode form; a value that fits both exactly names neither.",
        "Rename one of the two.";
    EdgeMissing = "edge.missing",
        "The entry has no `edge`; its agents connect by Flex's default edge, if at all.",
        "Give it an `edge`: one name, or several with the default first.";
    EdgeEmpty = "edge.empty",
        "The entry's `edge` names nothing; its agents can't be expected to connect.",
        "Give it an `edge`: one name, or several with the default first.";
    EdgeNotText = "edge.not_text",
        "The entry's `edge` is, or holds, something that is not a name; that part is left out.",
        "Write each edge in quotes.";
    EdgeTooMany = "edge.too_many",
        "The entry has more than 32 edges; the rest is left out.",
        "Keep the few that matter: the default first, then the fallbacks.";
}

impl fmt::Display for OddityKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// One odd thing about a list of locations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Oddity {
    /// The entry, counted from 0 as in the file; none when the list itself is odd.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// What is odd.
    pub kind: OddityKind,
    /// The entry's name, where it has one; control characters are shown as escapes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Oddity {
    /// What to do about it.
    #[must_use]
    pub const fn mend(&self) -> &'static str {
        self.kind.mend()
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(index) = self.index {
            write!(formatter, "locations[{index}]")?;
        }
        if let Some(name) = &self.name {
            write!(formatter, " \"{name}\"")?;
        }
        if self.index.is_some() {
            formatter.write_str(": ")?;
        }
        formatter.write_str(self.kind.meaning())
    }
}
