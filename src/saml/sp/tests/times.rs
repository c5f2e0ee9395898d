//! Times: the last second that is accepted and the first that is not.

use super::*;

/// Each boundary, with a skew of 60 seconds: the last second that is accepted and the first that is not.
#[test]
fn times_hold_to_the_second() {
    let at_time = |sample: &Sample, time: &str| {
        verify_at(&sample.parameter(&RSA), &[&RSA], at(time)).map_err(|refusal| refusal.code)
    };
    let plain = Sample::default();
    // The confirmation and the conditions end at 10:05:00.
    assert!(at_time(&plain, "2026-03-01T10:05:59.999Z").is_ok());
    assert_eq!(
        at_time(&plain, "2026-03-01T10:06:00Z").unwrap_err(),
        Code::AssertionConfirmation
    );
    let mut longer = plain.clone();
    swap(&mut longer.subject, "10:05:00", "10:50:00");
    assert!(at_time(&longer, "2026-03-01T10:05:59.999Z").is_ok());
    assert_eq!(
        at_time(&longer, "2026-03-01T10:06:00Z").unwrap_err(),
        Code::AssertionExpired
    );
    let mut session = longer.clone();
    swap(&mut session.conditions, "10:05:00", "10:50:00");
    swap(
        &mut session.statements,
        "SessionIndex",
        "SessionNotOnOrAfter=\"2026-03-01T10:04:00Z\" SessionIndex",
    );
    assert!(at_time(&session, "2026-03-01T10:04:59.999Z").is_ok());
    assert_eq!(
        at_time(&session, "2026-03-01T10:05:00Z").unwrap_err(),
        Code::AssertionExpired
    );
    // Issued at 09:59:59, the conditions begin at 09:59:00.
    for (part, first_accepted, last_refused) in [
        ("issued", "2026-03-01T09:58:59Z", "2026-03-01T09:58:58.999Z"),
        ("begins", "2026-03-01T09:59:00Z", "2026-03-01T09:58:59.999Z"),
    ] {
        let mut sample = plain.clone();
        if part == "begins" {
            swap(&mut sample.conditions, "09:59:00", "10:00:00");
        }
        assert!(at_time(&sample, first_accepted).is_ok(), "{part}");
        assert_eq!(
            at_time(&sample, last_refused).unwrap_err(),
            Code::AssertionNotYetValid,
            "{part}"
        );
    }
}

/// However far away the times are that an identity provider writes, nothing overflows,
/// and no assertion is of use a day after its issue.
#[test]
fn absurd_times_are_borne() {
    let mut sample = Sample::default();
    for year in ["9999-12-31T23:59:59Z", "+262142-12-31T23:59:59Z"] {
        sample.subject = replaced(&Sample::default().subject, "2026-03-01T10:05:00Z", year);
        sample.conditions = replaced(&Sample::default().conditions, "2026-03-01T10:05:00Z", year);
        sample.statements = replaced(
            &Sample::default().statements,
            "SessionIndex",
            &format!("SessionNotOnOrAfter=\"{year}\" SessionIndex"),
        );
        match judge(&sample.xml(&RSA)) {
            Ok(verified) => assert_eq!(verified.usable_until(), at("2026-03-02T10:00:59Z")),
            Err(refusal) => assert_eq!(refusal.code, Code::ResponseShape),
        }
    }
    sample.subject = replaced(
        &Sample::default().subject,
        "2026-03-01T10:05:00Z",
        "9999-12-31T23:59:59Z",
    );
    sample.conditions = replaced(
        &Sample::default().conditions,
        "2026-03-01T10:05:00Z",
        "9999-12-31T23:59:59Z",
    );
    sample.statements = Sample::default().statements;
    let parameter = sample.parameter(&RSA);
    assert!(verify_at(&parameter, &[&RSA], at("2026-03-02T10:00:58Z")).is_ok());
    let late = verify_at(&parameter, &[&RSA], at("2026-03-02T10:00:59Z"));
    assert_eq!(late.unwrap_err().code, Code::AssertionExpired);
}

#[test]
fn it_can_be_told_when_it_is_of_no_more_use() {
    let verified = accepted(&Sample::default().xml(&RSA));
    assert_eq!(verified.usable_until(), at("2026-03-01T10:06:00Z"));
    assert_eq!(verified.one_time_key(), format!("{IDP}\n_a"));
}
