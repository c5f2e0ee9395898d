//! A person as the rules see one. What few rules ask for is prepared when the
//! first asks, and then kept: a thousand rules about groups read the groups once.

use std::{cell::OnceCell, collections::HashSet, net::IpAddr};

use ipnet::IpNet;

use super::{MOST_VALUES, Mapping, forms::domain_to_ascii, recall::known, rule::Text};
use crate::identity::{Identity, IdpName, Question, Reading};

/// The Format of a NameID that is an e-mail address (SAML Core §8.3.2).
const EMAIL_FORMAT: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

pub(super) struct Person<'a> {
    mapping: &'a Mapping,
    identity: &'a Identity,
    address: IpAddr,
    /// Of somebody who signed in long ago, what the journal kept; the rest is not known.
    memory: Option<&'a Reading>,
    groups: OnceCell<HashSet<&'a str>>,
    domains: OnceCell<Vec<String>>,
    others: Vec<OnceCell<Vec<Text<'a>>>>,
}

impl<'a> Person<'a> {
    pub(super) fn new(mapping: &'a Mapping, identity: &'a Identity, address: IpAddr) -> Self {
        Self {
            mapping,
            identity,
            // An IPv4 agent on a dual-stack socket arrives as ::ffff:203.0.113.7.
            address: address.to_canonical(),
            memory: None,
            groups: OnceCell::new(),
            domains: OnceCell::new(),
            others: mapping.others.iter().map(|_| OnceCell::new()).collect(),
        }
    }

    /// The same of somebody of whom this was kept.
    pub(super) fn remembered(self, memory: &'a Reading) -> Self {
        Self {
            memory: Some(memory),
            ..self
        }
    }

    /// The answer that was kept, if it has to be one of those.
    fn recall(&self, asked: &Question) -> Recall {
        let Some(memory) = self.memory else {
            return Recall::Look;
        };
        let mut answers = memory.answers.iter();
        let known = answers.find(|answer| answer.asked == *asked);
        Recall::Kept(known.map(|answer| answer.held))
    }

    pub(super) const fn idp(&self) -> &IdpName {
        &self.identity.idp
    }

    /// `None` when it is not known, here and below: only of somebody who is remembered.
    pub(super) fn is_in_any(&self, networks: &[IpNet]) -> Option<bool> {
        let mut answer = Some(false);
        for network in networks {
            let asked = Question::Network(network.to_string());
            match self.recall(&asked) {
                Recall::Look if network.contains(&self.address) => return Some(true),
                Recall::Kept(Some(true)) => return Some(true),
                Recall::Kept(None) => answer = None,
                Recall::Look | Recall::Kept(Some(false)) => {}
            }
        }
        answer
    }

    pub(super) fn is_in_group(&self, group: &str) -> Option<bool> {
        match self.recall(&Question::Group(group.to_owned())) {
            Recall::Kept(Some(held)) => return Some(held),
            Recall::Kept(None) => {
                let mut names = self.mapping.group_attributes.iter();
                let memory = self.memory?;
                if !names.all(|name| known(memory, name).is_some()) {
                    return None;
                }
            }
            Recall::Look => {}
        }
        let groups = self.groups.get_or_init(|| {
            let names = self.mapping.group_attributes.iter();
            names
                .flat_map(|name| self.identity.attributes.values(name))
                .map(String::as_str)
                .collect()
        });
        Some(groups.contains(group))
    }

    pub(super) fn has_email_in(&self, domain: &str) -> Option<bool> {
        if let Recall::Kept(answer) = self.recall(&Question::EmailDomain(domain.to_owned())) {
            return answer;
        }
        let domains = self.domains.get_or_init(|| self.email_domains());
        Some(domains.iter().any(|known| known == domain))
    }

    /// The values of one of the mapping's other attributes.
    pub(super) fn other(&self, place: usize) -> Option<&[Text<'a>]> {
        let Some(cell) = self.others.get(place) else {
            return Some(&[]);
        };
        if let Some(memory) = self.memory {
            known(memory, &self.mapping.others[place])?;
        }
        let values = cell.get_or_init(|| {
            let values = self.identity.attributes.values(&self.mapping.others[place]);
            values
                .iter()
                .filter_map(|value| Text::new(value))
                .take(MOST_VALUES)
                .collect()
        });
        Some(values)
    }

    fn email_domains(&self) -> Vec<String> {
        let attributes = &self.identity.attributes;
        let mut lists = self
            .mapping
            .email_attributes
            .iter()
            .map(|name| attributes.values(name))
            .filter(|values| values.iter().any(|value| !value.trim().is_empty()));
        let name_id = &self.identity.name_id;
        let by_name_id = name_id.format.as_deref() == Some(EMAIL_FORMAT);
        match lists.next() {
            Some(values) => values.iter().filter_map(|value| domain_of(value)).collect(),
            None if by_name_id => domain_of(&name_id.value).into_iter().collect(),
            None => Vec::new(),
        }
    }
}

/// Where an answer comes from.
enum Recall {
    /// From the person.
    Look,
    /// From the journal, if it was kept.
    Kept(Option<bool>),
}

/// The domain of an e-mail address, in its ASCII form.
fn domain_of(address: &str) -> Option<String> {
    let (_, domain) = address.trim().rsplit_once('@')?;
    domain_to_ascii(domain)
}
