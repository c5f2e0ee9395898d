//! Metadata that somebody must have signed, and aggregates by entity ID.

use crate::saml::{
    metadata::{IdpMetadata, MetadataError, Wanted},
    testing::{EC, FOREIGN, Pair, RSA, certificates, idp_metadata, now, sign, signature_template},
};

fn wanted(entity_id: Option<&str>, signers: &[&Pair]) -> Wanted {
    Wanted {
        entity_id: entity_id.map(str::to_owned),
        signed_by: (!signers.is_empty()).then(|| certificates(signers)),
    }
}

fn read(text: &str, wanted: &Wanted) -> Result<IdpMetadata, MetadataError> {
    IdpMetadata::read_wanted(text, wanted, now())
}

/// The metadata of `urn:a` with a place for its own signature.
fn template() -> String {
    let text = idp_metadata("urn:a", &[&RSA], "ID=\"_m\"");
    let (head, rest) = text.split_once("><md:IDPSSO").unwrap();
    format!("{head}>{}<md:IDPSSO{rest}", signature_template("_m"))
}

fn aggregate(inside: &str, attributes: &str) -> String {
    format!(
        "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" {attributes}>{inside}</md:EntitiesDescriptor>"
    )
}

fn two() -> String {
    idp_metadata("urn:a", &[&RSA], "") + &idp_metadata("urn:b", &[&EC], "cacheDuration=\"PT1H\"")
}

fn refusal(text: &str, wanted: &Wanted) -> String {
    read(text, wanted).unwrap_err().to_string()
}

#[test]
fn what_the_pinned_certificate_signed_is_read() {
    let signed = sign(&template(), &FOREIGN);
    for signers in [&[&*FOREIGN][..], &[&*EC, &*FOREIGN]] {
        let metadata = read(&signed, &wanted(None, signers)).unwrap();
        assert_eq!(metadata.entity_id, "urn:a");
    }
    // Who asks for no signature takes a signed document, too.
    assert!(read(&signed, &Wanted::default()).is_ok());
    let commented = signed.replacen("<md:IDPSSO", "<!-- hello --><md:IDPSSO", 1);
    assert!(read(&commented, &wanted(None, &[&FOREIGN])).is_ok());
}

#[test]
fn a_signed_aggregate_gives_the_entity_that_is_wanted() {
    let inside = signature_template("_m") + &two();
    let signed = sign(
        &aggregate(&inside, "ID=\"_m\" cacheDuration=\"P1D\""),
        &FOREIGN,
    );
    for (name, hours) in [("urn:a", 24), ("urn:b", 1)] {
        let metadata = read(&signed, &wanted(Some(name), &[&FOREIGN])).unwrap();
        assert_eq!(metadata.entity_id, name);
        assert_eq!(metadata.cache_duration.unwrap().as_secs(), hours * 3_600);
    }
}

#[test]
fn nothing_else_is_believed() {
    let (pinned, signed) = (wanted(None, &[&FOREIGN]), sign(&template(), &FOREIGN));
    let unsigned = idp_metadata("urn:a", &[&RSA], "ID=\"_m\"");
    let changed = signed.replace("https://idp.example/sso", "https://evil.example/sso");
    let elsewhere = aggregate(&signed, "ID=\"_r\"");
    let beside = aggregate(
        &format!("{}{signed}", idp_metadata("urn:evil", &[&RSA], "")),
        "ID=\"_r\"",
    );
    let weak = template().replace(
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
    );
    let nested = sign(
        &aggregate(&(signature_template("_r") + &signed), "ID=\"_r\""),
        &FOREIGN,
    );
    for (what, text, why) in [
        ("unsigned", unsigned, "it is not signed"),
        ("another signer", sign(&template(), &RSA), ""),
        ("changed", changed, ""),
        ("signed elsewhere", elsewhere, "elsewhere than in the root"),
        (
            "something unsigned beside it",
            beside,
            "elsewhere than in the root",
        ),
        ("RSA-SHA1", sign(&weak, &FOREIGN), "rsa-sha1"),
        ("two signatures", nested, "elsewhere than in the root"),
        (
            "another root",
            signed.replace("md:EntityDescriptor", "md:Entity"),
            "no SAML metadata",
        ),
    ] {
        let refused = refusal(&text, &pinned);
        let of_it = refused.contains("the metadata's signature: ");
        assert!(of_it && refused.contains(why), "{what}: {refused}");
    }
}

#[test]
fn the_same_is_wanted_of_the_same_entity_by_the_same_signers() {
    let one = wanted(Some("urn:a"), &[&FOREIGN]);
    for (other, same) in [
        (wanted(Some("urn:a"), &[&FOREIGN]), true),
        (wanted(Some("urn:b"), &[&FOREIGN]), false),
        (wanted(None, &[&FOREIGN]), false),
        (wanted(Some("urn:a"), &[&EC]), false),
        (wanted(Some("urn:a"), &[]), false),
    ] {
        assert_eq!(one == other, same, "{other:?}");
    }
}

#[test]
fn the_entity_that_is_named_is_the_one_or_none() {
    let text = aggregate(&two(), "");
    for name in ["urn:a", "urn:b"] {
        assert_eq!(
            read(&text, &wanted(Some(name), &[])).unwrap().entity_id,
            name
        );
    }
    assert!(refusal(&text, &wanted(None, &[])).contains("`entity_id`"));
    assert!(refusal(&text, &wanted(Some("urn:c"), &[])).contains("`entity_id`"));
    assert!(refusal(&text, &wanted(Some("urn:A"), &[])).contains("`entity_id`"));
    let one = idp_metadata("urn:a", &[&RSA], "");
    assert!(read(&one, &wanted(Some("urn:a"), &[])).is_ok());
    assert!(refusal(&one, &wanted(Some("urn:b"), &[])).contains("`entity_id`"));
    let twice = aggregate(&(two() + &two()), "");
    assert!(refusal(&twice, &wanted(Some("urn:a"), &[])).contains("more than once"));
    // An SP of that name is no identity provider.
    let sp = text.replacen("IDPSSODescriptor", "SPSSODescriptor", 2);
    assert!(read(&sp, &wanted(Some("urn:a"), &[])).is_err());
}
