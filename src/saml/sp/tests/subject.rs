//! The subject and its confirmation.

use super::*;

#[test]
fn subject() {
    const NAME: &str = "<saml:NameID Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\">ann@example.com</saml:NameID>";
    each_is_refused(
        Code::AssertionSubject,
        &[
            |s| s.subject = String::new(),
            |s| swap(&mut s.subject, "ann@example.com", ""),
            |s| swap(&mut s.subject, "ann@example.com", " \n"),
            |s| swap(&mut s.subject, NAME, ""),
            |s| swap(&mut s.subject, NAME, &NAME.repeat(2)),
            |s| swap(&mut s.subject, NAME, "<saml:EncryptedID/>"),
        ],
    );
    each_is_refused(
        Code::ResponseShape,
        &[
            |s| s.subject = s.subject.repeat(2),
            |s| swap(&mut s.subject, "ann@", "ann<x>@</x>"),
        ],
    );
}

#[test]
fn confirmation() {
    const DATA: &str = "<saml:SubjectConfirmationData";
    each_is_refused(
        Code::AssertionConfirmation,
        &[
            |s| swap(&mut s.subject, "cm:bearer", "cm:sender-vouches"),
            |s| swap(&mut s.subject, "cm:bearer", "cm:Bearer"),
            |s| swap(&mut s.subject, &format!("Recipient=\"{ACS}\""), ""),
            |s| swap(&mut s.subject, ACS, "https://other.example/acs"),
            |s| swap(&mut s.subject, &format!("InResponseTo=\"{REQUEST}\""), ""),
            |s| swap(&mut s.subject, REQUEST, "_other"),
            |s| swap(&mut s.subject, "NotOnOrAfter=\"2026-03-01T10:05:00Z\"", ""),
            |s| swap(&mut s.subject, "10:05:00", "09:59:00"),
            |s| {
                swap(
                    &mut s.subject,
                    DATA,
                    &format!("{DATA} NotBefore=\"2026-03-01T10:01:01Z\""),
                );
            },
            |s| {
                let at = s.subject.find("<saml:SubjectConfirmation ").unwrap();
                s.subject.truncate(at);
                s.subject.push_str("</saml:Subject>");
            },
            |s| {
                let at = s.subject.find(DATA).unwrap();
                s.subject.truncate(at);
                s.subject
                    .push_str("</saml:SubjectConfirmation></saml:Subject>");
            },
        ],
    );
    // One that fits is enough, wherever it stands.
    let mut sample = Sample::default();
    let other = "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData NotOnOrAfter=\"2026-03-01T10:05:00Z\" Recipient=\"https://other.example\"/></saml:SubjectConfirmation>";
    swap(
        &mut sample.subject,
        "</saml:NameID>",
        &format!("</saml:NameID>{other}"),
    );
    accepted(&sample.xml(&RSA));
    // Two halves do not make a whole.
    let mut sample = Sample::default();
    swap(&mut sample.subject, REQUEST, "_other");
    let half = format!(
        "</saml:NameID>{}",
        replaced(
            other,
            "https://other.example\"",
            &format!("https://other.example\" InResponseTo=\"{REQUEST}\"")
        )
    );
    swap(&mut sample.subject, "</saml:NameID>", &half);
    sample_refused(&sample, Code::AssertionConfirmation);
}
