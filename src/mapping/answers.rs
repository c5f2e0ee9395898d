//! What the rules ask about a person as a whole, besides the identity provider.

use std::net::IpAddr;

use super::{Mapping, person::Person, rule::PersonConditions};
use crate::identity::{Answer, Identity, Question};

impl PersonConditions {
    /// What is asked, but for the identity provider.
    pub(super) fn questions(&self) -> impl Iterator<Item = Question> {
        let networks = self.network.iter().flatten();
        let networks = networks.map(|network| Question::Network(network.to_string()));
        let domain = self.email_domain.clone().map(Question::EmailDomain);
        let group = self.group.clone().map(Question::Group);
        group.into_iter().chain(domain).chain(networks)
    }
}

impl Mapping {
    /// Which of the rules' conditions hold for a person; none when there are more than `most`.
    #[must_use]
    pub fn answers(&self, identity: &Identity, address: IpAddr, most: usize) -> Vec<Answer> {
        let person = Person::new(self, identity, address);
        let mut answers: Vec<Answer> = Vec::new();
        for asked in self.rules.iter().flat_map(|rule| rule.person.questions()) {
            if answers.iter().any(|known| known.asked == asked) {
                continue;
            }
            if answers.len() == most {
                return Vec::new();
            }
            let held = match &asked {
                Question::Group(group) => person.is_in_group(group),
                Question::EmailDomain(domain) => person.has_email_in(domain),
                Question::Network(network) => network
                    .parse()
                    .ok()
                    .and_then(|network| person.is_in_any(&[network])),
            };
            let held = held.unwrap_or_default();
            answers.push(Answer { asked, held });
        }
        answers
    }
}
