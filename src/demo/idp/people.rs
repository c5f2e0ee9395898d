//! The people of the demo company, written down as in real life.

use crate::identity::Attributes;

/// The attribute that says where somebody works, as in Active Directory.
const OFFICE: &str = "physicalDeliveryOfficeName";

/// What a login of a person must come to, for the demo to hold itself to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Flex is told this location.
    Location(&'static str),
    /// Flex is told that there is none.
    Cleared,
    /// The bridge lets nobody through.
    Refused,
}

/// Somebody who can sign in.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// The short name in forms and on the command line.
    pub id: &'static str,
    /// The name for people.
    pub full_name: &'static str,
    /// What is worth knowing about them.
    pub note: &'static str,
    /// What the identity provider says of them, besides name and e-mail: in order, byte for byte.
    pub says: &'static [(&'static str, &'static str)],
    /// What their login comes to.
    pub expected: Expected,
}

/// Everybody; the first is who signs in by itself.
pub const PEOPLE: [Person; 12] = [
    Person {
        id: "mei",
        full_name: "田中 美咲",
        note: "Full-width letters, from a Japanese keyboard",
        says: &[
            (OFFICE, "Ｓｉｎｇａｐｏｒｅ　Ｏｆｆｉｃｅ"),
            ("roles", "agent"),
            ("preferredLanguage", "ja-JP"),
        ],
        expected: Expected::Location("Singapore Office"),
    },
    Person {
        id: "ann",
        full_name: "Ann Tan",
        note: "A blank at the end that nobody sees",
        says: &[(OFFICE, "Singapore Office "), ("roles", "agent")],
        expected: Expected::Location("Singapore Office"),
    },
    Person {
        id: "ben",
        full_name: "Ben Ong",
        note: "All capitals and two spaces; a supervisor too",
        says: &[
            (OFFICE, "SINGAPORE  OFFICE"),
            ("roles", "agent"),
            ("roles", "supervisor"),
        ],
        expected: Expected::Location("Singapore Office"),
    },
    Person {
        id: "carla",
        full_name: "Carla Reyes",
        note: "A building code; a rule knows it",
        says: &[(OFFICE, "SG-01"), ("roles", "agent")],
        expected: Expected::Location("Singapore Office"),
    },
    Person {
        id: "dan",
        full_name: "Dan O’Neill",
        note: "Country, city and floor; a rule takes the city",
        says: &[
            (OFFICE, "US / San Francisco / 4th floor"),
            ("roles", "agent"),
        ],
        expected: Expected::Location("San Francisco Office"),
    },
    Person {
        id: "joao",
        full_name: "João Conceição",
        note: "The ã is written as two characters",
        says: &[
            (OFFICE, "Sa\u{303}o Paulo"),
            ("roles", "agent"),
            ("preferredLanguage", "pt-BR"),
        ],
        expected: Expected::Location("São Paulo"),
    },
    Person {
        id: "west",
        full_name: "Priya <3 Nair",
        note: "No office, but a department full of mark-up",
        says: &[
            (OFFICE, ""),
            ("department", "R&D <West>"),
            ("roles", "agent"),
        ],
        expected: Expected::Location("San Francisco Office"),
    },
    Person {
        id: "yuki",
        full_name: "佐藤 ゆき",
        note: "Another script; a rule knows which office is meant",
        says: &[(OFFICE, "東京オフィス"), ("roles", "agent")],
        expected: Expected::Location("Singapore Office"),
    },
    Person {
        id: "home",
        full_name: "Lena Home",
        note: "Hot desk: her network says where she is",
        says: &[(OFFICE, "Hot desk 🏡"), ("roles", "agent")],
        expected: Expected::Location("Singapore Office"),
    },
    Person {
        id: "max",
        full_name: "Max Anywhere",
        note: "No office at all: cleared, the default edge",
        says: &[("roles", "agent")],
        expected: Expected::Cleared,
    },
    Person {
        id: "mal",
        full_name: "Mal Spoof",
        note: "Claims a flex_location of his own: ignored",
        says: &[
            ("flex_location", "San Francisco Office"),
            ("flex_location.string", "San Francisco Office"),
            ("FLEX_LOCATION", "San Francisco Office"),
            (OFFICE, "Somewhere else"),
            ("roles", "agent"),
        ],
        expected: Expected::Cleared,
    },
    Person {
        id: "nora",
        full_name: "Nora Newcomer",
        note: "Nobody gave her a role: the bridge says so before Flex does",
        says: &[(OFFICE, "Singapore Office")],
        expected: Expected::Refused,
    },
];

impl Person {
    /// Who signs in by itself.
    #[must_use]
    pub fn first() -> Self {
        PEOPLE[0]
    }

    /// The person of that short name.
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        PEOPLE.iter().find(|person| person.id == id).copied()
    }

    /// The e-mail address, which is the NameID too.
    #[must_use]
    pub fn email(&self) -> String {
        format!("{}@company.example", self.id)
    }

    /// Where the identity provider says they work, as it is written, and in which words.
    #[must_use]
    pub fn office(&self) -> Option<(&'static str, &'static str)> {
        let of = |name: &str| {
            let mut said = self.says.iter();
            said.find(|(known, value)| *known == name && !value.is_empty())
                .map(|(_, value)| *value)
        };
        let office = of(OFFICE).map(|office| ("office", office));
        office.or_else(|| of("department").map(|department| ("department", department)))
    }

    /// One or two letters for a picture.
    #[must_use]
    pub fn initials(&self) -> String {
        let words = self.full_name.split_whitespace();
        let firsts = words.filter_map(|word| word.chars().next());
        firsts
            .filter(|first| first.is_alphabetic())
            .take(2)
            .collect()
    }

    /// Everything that the identity provider says of them. A name that comes
    /// twice is one attribute with two values.
    #[must_use]
    pub fn attributes(&self) -> Attributes {
        let own = [
            ("mail".to_owned(), self.email()),
            ("displayName".to_owned(), self.full_name.to_owned()),
        ];
        let says = self.says.iter();
        let says = says.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        own.into_iter().chain(says).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_found_once() {
        for person in PEOPLE {
            assert_eq!(Person::find(person.id).unwrap().full_name, person.full_name);
            assert_eq!(
                PEOPLE.iter().filter(|other| other.id == person.id).count(),
                1
            );
            assert!(!person.initials().is_empty());
        }
    }

    #[test]
    fn what_is_said_twice_has_two_values() {
        let attributes = Person::find("ben").unwrap().attributes();
        assert_eq!(attributes.values("roles"), ["agent", "supervisor"]);
        let attributes = Person::find("west").unwrap().attributes();
        assert_eq!(attributes.values(OFFICE), [""]);
    }
}
