//! What the journal keeps of the person who signed in: a pseudonym, and what the location was
//! read from, as configured. Nothing else of the person goes there.

use std::net::IpAddr;

use super::FlexAccount;
use crate::{
    identity::{
        AgentPseudonym, Identity, IdpName, LONGEST_KEPT_VALUE, MOST_KEPT_ANSWERS, MOST_KEPT_VALUES,
        NameId, ReadAttribute, Reading,
    },
    keys::AgentKey,
    mapping::Mapping,
    store::Show,
};

/// The same for every login of a running configuration.
#[derive(Debug, Clone, Default)]
pub struct Keeping {
    /// What of an attribute's values.
    pub show: Show,
    /// Of which attributes besides the location's own.
    pub also: Vec<String>,
    /// Whether the answers to the rules' conditions on a person.
    pub conditions: bool,
    /// What pseudonyms are made with; `None` where there is no key, as for commands that only
    /// look at an installation that has never served.
    pub agents: Option<AgentKey>,
}

impl Keeping {
    /// The pseudonym of whom this identity provider calls so.
    #[must_use]
    pub fn pseudonym(&self, idp: &IdpName, name_id: &NameId) -> Option<AgentPseudonym> {
        Some(self.agents.as_ref()?.pseudonym(idp, name_id))
    }

    /// What is kept of what was read of a person. Where the account finds name, address or
    /// NameID in one of the attributes, its values are not kept, whatever is configured.
    pub(super) fn reading(
        &self,
        account: &FlexAccount,
        identity: &Identity,
        address: IpAddr,
        read: Option<&str>,
    ) -> Reading {
        let mapping = &account.mapping;
        let mails = mapping.email_attributes();
        let personal = |name: &str| {
            account.claims.is_personal(name) || mails.iter().any(|known| known == name)
        };
        self.of_rules(mapping, identity, address, read, &personal)
    }

    fn of_rules(
        &self,
        mapping: &Mapping,
        identity: &Identity,
        address: IpAddr,
        read: Option<&str>,
        personal: &dyn Fn(&str) -> bool,
    ) -> Reading {
        let own = mapping.attributes().iter();
        let last = own.clone().position(|name| Some(name.as_str()) == read);
        let looked_at = own.take(last.map_or(usize::MAX, |last| last + 1));
        let mut attributes: Vec<ReadAttribute> = Vec::new();
        for name in looked_at.chain(&self.also) {
            if !attributes.iter().any(|known| known.name == *name) {
                let show = if personal(name) {
                    Show::None
                } else {
                    self.show
                };
                attributes.push(self.attribute(name, identity, show));
            }
        }
        let answers = if self.conditions {
            mapping.answers(identity, address, MOST_KEPT_ANSWERS)
        } else {
            Vec::new()
        };
        Reading {
            attributes,
            answers,
        }
    }

    fn attribute(&self, name: &str, identity: &Identity, show: Show) -> ReadAttribute {
        let values = identity.attributes.values(name).iter();
        let values: Vec<&str> = values
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
            .collect();
        let mut read = ReadAttribute {
            name: name.to_owned(),
            count: values.len(),
            ..ReadAttribute::default()
        };
        for value in values.into_iter().take(MOST_KEPT_VALUES) {
            match (show, &self.agents) {
                (Show::Values, _) => {
                    read.cut |= value.chars().nth(LONGEST_KEPT_VALUE).is_some();
                    read.values
                        .push(value.chars().take(LONGEST_KEPT_VALUE).collect());
                }
                (Show::Hashes, Some(key)) => read.hashes.push(key.hash_value(value)),
                (Show::Hashes, None) | (Show::None, _) => {}
            }
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::{
        identity::{Attributes, Authentication},
        mapping::Settings,
        settings::Secret,
    };

    fn mapping() -> Mapping {
        let toml = r#"
            attribute = ["office", "department", "city"]
            [[rule]]
            when = { group = "Field" }
            assign = "A"
            [[rule]]
            when = { network = ["203.0.113.0/24"], one_of = ["x"] }
            assign = "B"
        "#;
        Mapping::new(toml::from_str::<Settings>(toml).unwrap()).unwrap()
    }

    fn person(pairs: &[(&str, &str)]) -> Identity {
        let attributes: Attributes = pairs.iter().copied().collect();
        Identity {
            idp: "hq".parse().unwrap(),
            name_id: NameId {
                value: "ann@company.example".to_owned(),
                format: None,
            },
            attributes,
            authentication: Authentication {
                instant: crate::clock::Timestamp::UNIX_EPOCH,
                context_class: None,
            },
        }
    }

    fn keeping(show: Show) -> Keeping {
        let key = Secret::new("0123456789abcdef".repeat(4));
        Keeping {
            show,
            agents: Some(AgentKey::parse(&key).unwrap()),
            ..Keeping::default()
        }
    }

    fn text(keeping: &Keeping, pairs: &[(&str, &str)], read: Option<&str>) -> String {
        let address = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));
        let personal = |name: &str| name == "email";
        let who = person(pairs);
        let reading = keeping.of_rules(&mapping(), &who, address, read, &personal);
        serde_json::to_string(&reading).unwrap()
    }

    #[test]
    fn only_the_locations_own_attributes_are_kept() {
        let pairs = [
            ("email", "ann@company.example"),
            ("department", " Sales "),
            ("city", "Rome"),
            ("title", "Boss"),
        ];
        let read = Some("department");
        assert_eq!(
            text(&keeping(Show::Values), &pairs, read),
            r#"{"attributes":[{"name":"office","count":0},{"name":"department","count":1,"values":["Sales"]}]}"#
        );
        let hashed = text(&keeping(Show::Hashes), &pairs, read);
        assert!(hashed.contains("\"hashes\":[\"") && !hashed.contains("Sales"));
        assert_eq!(
            text(&keeping(Show::None), &pairs, read),
            r#"{"attributes":[{"name":"office","count":0},{"name":"department","count":1}]}"#
        );
        let also = Keeping {
            also: ["city", "department", "email"].map(str::to_owned).to_vec(),
            conditions: true,
            ..keeping(Show::Values)
        };
        assert_eq!(
            text(&also, &pairs, read),
            r#"{"attributes":[{"name":"office","count":0},{"name":"department","count":1,"values":["Sales"]},{"name":"city","count":1,"values":["Rome"]},{"name":"email","count":1}],"answers":[{"group":"Field","held":false},{"network":"203.0.113.0/24","held":true}]}"#
        );
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let long = "é".repeat(1_000);
        let many: Vec<(&str, &str)> = (0..20).map(|_| ("office", long.as_str())).collect();
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let kept = keeping(Show::Values);
        let reading = kept.of_rules(&mapping(), &person(&many), address, Some("office"), &|_| {
            false
        });
        let office = &reading.attributes[0];
        assert_eq!((office.count, office.values.len()), (20, MOST_KEPT_VALUES));
        assert!(office.cut && !office.is_whole());
        assert_eq!(office.values[0].chars().count(), LONGEST_KEPT_VALUE);
    }
}
