//! `pass_on` and `report_authn_context` of `[flex.NAME]`.

use crate::{
    config::{FlexParts, IdpChoice, IdpFile, Parts},
    saml::{LONGEST_CLASS, PassContext, is_acr, is_class},
    settings::{Problem, SettingPath},
};

pub(super) fn check(
    parts: &Parts,
    flex: &FlexParts,
    at: &SettingPath,
    problems: &mut Vec<Problem>,
) {
    if let Some(report) = &flex.report_authn_context
        && !report.is_usable()
    {
        problems.push(Problem::error(
            at.join("report_authn_context"),
            "this is no authentication context class",
            "Write \"upstream\", \"unspecified\", or a class such as \"urn:oasis:names:tc:SAML:2.0:ac:classes:Password\".",
        ));
    }
    let Some(pass_on) = &flex.pass_on else {
        return;
    };
    if let PassContext::Map(map) = &pass_on.authn_context {
        let at = at.join("pass_on").join("authn_context");
        // OpenID Connect's names for it need not be URIs.
        let by_oidc = signs_in_by_oidc(parts, flex);
        for (from, to) in map {
            if !is_class(from) || !(is_class(to) || (by_oidc && is_acr(to))) {
                problems.push(Problem::error(
                    at.join(from.as_str()),
                    format!("a class is a URI of at most {LONGEST_CLASS} characters without spaces"),
                    "Write it as the identity provider's documentation does, such as \"https://refeds.org/profile/mfa\".",
                ));
            }
        }
    }
}

fn signs_in_by_oidc(parts: &Parts, flex: &FlexParts) -> bool {
    let mut names = flex.idp.iter().flat_map(IdpChoice::names);
    names.any(|name| matches!(parts.idp.get(name), Some(Some(IdpFile::Oidc(_)))))
}
