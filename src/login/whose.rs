//! Whose a NameID is. To Flex the NameID is the agent, whoever signed that agent in; so where
//! several identity providers sign people in, none may hand out another one's.

use crate::identity::{
    Decision, EmailDomain, Identity, IdpName, NameId, NameIds, Refusal, RefusalCode, Release,
};

use super::bridge::FlexAccount;

impl FlexAccount {
    /// What the account receives of this person.
    ///
    /// # Errors
    /// `release.name_id` when the NameID is another identity provider's or nobody's, and those of
    /// [`super::Claims::release`].
    pub fn release(&self, identity: &Identity, decision: &Decision) -> Result<Release, Refusal> {
        let release = self.claims.release(identity, decision)?;
        let whose = |domain: &EmailDomain| self.email_domains.get(domain);
        let several = self.idp.len() > 1;
        check(
            self.name_ids,
            several,
            release.name_id(),
            &identity.idp,
            whose,
        )?;
        Ok(release)
    }
}

fn check<'a>(
    name_ids: Option<NameIds>,
    several: bool,
    name_id: &NameId,
    idp: &IdpName,
    whose: impl Fn(&EmailDomain) -> Option<&'a IdpName>,
) -> Result<(), Refusal> {
    match (name_ids, several) {
        (Some(NameIds::Shared), _) | (None, false) => return Ok(()),
        // Nobody said how they meet: `config check` doesn't let that through, and nor is it here.
        (Some(NameIds::ByEmailDomain), _) | (None, true) => {}
    }
    let domain = name_id
        .value
        .contains('@')
        .then(|| EmailDomain::of_address(&name_id.value))
        .flatten();
    let detail = match domain.map(|domain| whose(&domain)) {
        Some(Some(own)) if own == idp => return Ok(()),
        Some(Some(other)) => format!("`email_domains` has the domain of the NameID for `{other}`"),
        Some(None) => "the domain of the NameID is not in `email_domains`".to_owned(),
        None => "the NameID is no e-mail address".to_owned(),
    };
    Err(Refusal::new(RefusalCode::ReleaseNameId, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_identity_provider_hands_out_its_own_names_only() {
        let names: [IdpName; 2] = ["hq", "partner"].map(|name| name.parse().unwrap());
        let whose = |domain: &EmailDomain| match domain.as_str() {
            "company.example" => Some(&names[0]),
            "partner.example" => Some(&names[1]),
            _ => None,
        };
        let said = |name_ids, several, value: &str, idp: usize| {
            let name_id = NameId {
                value: value.to_owned(),
                format: None,
            };
            check(name_ids, several, &name_id, &names[idp], whose).map_err(|refusal| {
                assert_eq!(refusal.code, RefusalCode::ReleaseNameId);
                assert!(!refusal.detail.contains("ann"), "{}", refusal.detail);
                refusal.detail
            })
        };
        let by_domain = Some(NameIds::ByEmailDomain);
        let theirs = "`email_domains` has the domain of the NameID for `hq`";
        let nobodys = "the domain of the NameID is not in `email_domains`";
        let none = "the NameID is no e-mail address";
        for (value, at_hq, at_partner) in [
            ("ann@company.example", None, Some(theirs)),
            ("Ann@COMPANY.Example", None, Some(theirs)),
            // Letters that DNS takes for these.
            ("ann@ｃompany.example", None, Some(theirs)),
            ("ann@company.example.", None, Some(theirs)),
            ("ann@partner.example@company.example", None, Some(theirs)),
            ("ann@eu.company.example", Some(nobodys), Some(nobodys)),
            ("ann@192.0.2.1", Some(none), Some(none)),
            ("company.example", Some(none), Some(none)),
            ("4711", Some(none), Some(none)),
            ("ann@", Some(none), Some(none)),
        ] {
            for (idp, expected) in [(0, at_hq), (1, at_partner)] {
                let expected = expected.map_or(Ok(()), |detail| Err(detail.to_owned()));
                assert_eq!(said(by_domain, true, value, idp), expected, "{value}");
                assert_eq!(said(by_domain, false, value, idp), expected, "{value}");
                // Where nobody said anything, the stricter way.
                assert_eq!(said(None, true, value, idp), expected, "{value}");
                assert_eq!(said(Some(NameIds::Shared), true, value, idp), Ok(()));
                assert_eq!(said(None, false, value, idp), Ok(()));
            }
        }
    }
}
