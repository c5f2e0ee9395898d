//! Where nothing was asked: only what answers nothing is accepted.

use super::*;

fn judge_unasked(sample: &Sample) -> Result<VerifiedAssertion, Refusal> {
    let expected = Expected {
        request_id: None,
        ..expected()
    };
    let parameter = encode(&sample.xml(&RSA));
    verify(&parameter, &trust(&[&RSA]), &expected, now(), &mut |_| {})
}

fn answers() -> String {
    format!("InResponseTo=\"{REQUEST}\"")
}

/// Without a trace of a request.
fn unasked() -> Sample {
    let mut sample = Sample::default();
    swap(&mut sample.response_attributes, &answers(), "");
    swap(&mut sample.subject, &answers(), "");
    sample
}

#[test]
fn only_what_answers_nothing_is_accepted() {
    assert!(judge_unasked(&unasked()).is_ok());
    let refused = judge(&unasked().xml(&RSA)).unwrap_err();
    assert_eq!(refused.code, Code::ResponseUnsolicited);

    let mut response = unasked();
    response.response_attributes.push(' ');
    response.response_attributes.push_str(&answers());
    let mut empty = unasked();
    empty.response_attributes.push_str(" InResponseTo=\"\"");
    for sample in [Sample::default(), response, empty] {
        let refused = judge_unasked(&sample).unwrap_err();
        assert_eq!(refused.code, Code::ResponseInResponseTo, "{refused}");
    }
}

#[test]
fn no_confirmation_may_answer_anything_even_beside_one_that_does_not() {
    const DATA: &str = "<saml:SubjectConfirmationData";
    let mut confirmation = unasked();
    swap(
        &mut confirmation.subject,
        DATA,
        &format!("{DATA} {}", answers()),
    );
    let mut beside = unasked();
    let other = format!(
        "</saml:NameID><saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">{DATA} NotOnOrAfter=\"2026-03-01T10:05:00Z\" Recipient=\"https://other.example\" {}/></saml:SubjectConfirmation>",
        answers()
    );
    swap(&mut beside.subject, "</saml:NameID>", &other);
    for sample in [confirmation, beside] {
        let refused = judge_unasked(&sample).unwrap_err();
        assert_eq!(refused.code, Code::AssertionConfirmation, "{refused}");
    }
}
