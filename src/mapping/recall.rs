//! A login of the past, decided anew from what the journal kept of it: the very decision of a
//! login, and what it could not know.

use std::net::{IpAddr, Ipv4Addr};

use super::{Mapping, decide, record::Remembering};
use crate::{
    clock::Timestamp,
    identity::{
        Attributes, Authentication, Decision, DefinedLocations, Identity, IdpName, NameId, Reading,
    },
};

/// Something that a decision would have to know and that was not kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NotKept {
    /// The rule that asks for it, from 1; `None`: which attribute counts.
    pub rule: Option<usize>,
    /// What: `group`, `email_domain`, `network`, or an attribute's name.
    pub what: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recalled {
    /// The decision.
    Decided(Decision),
    /// It rests on these, which were not kept.
    Unknown(Vec<NotKept>),
}

impl Mapping {
    /// Decides where somebody is of whom the journal kept `reading`. Whatever the decision rests
    /// on that was not kept makes it unknown; nothing is guessed.
    #[must_use]
    pub fn recall(
        &self,
        idp: &IdpName,
        reading: &Reading,
        defined: Option<&DefinedLocations>,
    ) -> Recalled {
        for name in &self.attributes {
            match known(reading, name) {
                Some([]) => {}
                Some(_) => break,
                None => {
                    let what = name.clone();
                    return Recalled::Unknown(vec![NotKept { rule: None, what }]);
                }
            }
        }
        let identity = remembered(idp, reading);
        // Nobody looks at it: what was kept of networks are answers.
        let address = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let recorder = Remembering::default();
        let (decision, unknown) =
            decide::remember(self, &identity, address, reading, defined, recorder);
        if unknown.is_empty() {
            Recalled::Decided(decision)
        } else {
            Recalled::Unknown(unknown)
        }
    }
}

/// The values of an attribute, if all of them are known.
pub(super) fn known<'r>(reading: &'r Reading, name: &str) -> Option<&'r [String]> {
    let mut attributes = reading.attributes.iter();
    let attribute = attributes.find(|attribute| attribute.name == name)?;
    attribute.is_whole().then_some(attribute.values.as_slice())
}

/// The person, as far as known.
fn remembered(idp: &IdpName, reading: &Reading) -> Identity {
    let mut attributes = Attributes::new();
    for attribute in reading.attributes.iter().filter(|one| one.is_whole()) {
        attributes.add(&attribute.name, None, attribute.values.iter().cloned());
    }
    Identity {
        idp: idp.clone(),
        name_id: NameId {
            value: String::new(),
            format: None,
        },
        attributes,
        authentication: Authentication {
            instant: Timestamp::UNIX_EPOCH,
            context_class: None,
        },
    }
}
