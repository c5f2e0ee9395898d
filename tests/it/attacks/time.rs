//! Time: what is over, what has not begun, what was kept too long, and clocks
//! that are not in agreement. To the second, with the configured skew of 60.

use std::sync::Arc;

use chrono::{SecondsFormat, TimeDelta};
use flexbridge::{clock::Timestamp, identity::RefusalCode as Code};

use super::{
    bench::{Bench, is_ann, post},
    paper::{Paper, Signs, cut, swap},
};
use crate::support::clock::TestClock;

fn written(time: Timestamp) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The response with one attribute of the element that begins like this set to a time.
fn with_time(xml: &str, element: &str, attribute: &str, time: &str) -> String {
    let at = xml.find(element).unwrap_or_else(|| panic!("no {element}"));
    let end = at + xml[at..].find('>').unwrap();
    let tag = &xml[at..end];
    let said = format!("{attribute}=\"{time}\"");
    let mark = format!(" {attribute}=\"");
    let changed = if let Some(start) = tag.find(&mark) {
        let close = start + mark.len() + tag[start + mark.len()..].find('"').unwrap() + 1;
        format!("{} {said}{}", &tag[..start], &tag[close..])
    } else {
        swap(tag, element, &format!("{element} {said}"))
    };
    format!("{}{changed}{}", &xml[..at], &xml[end..])
}

const CONFIRMATION: &str = "<saml:SubjectConfirmationData";
const CONDITIONS: &str = "<saml:Conditions";
const STATEMENT: &str = "<saml:AuthnStatement";
const ASSERTION: &str = "<saml:Assertion";
const RESPONSE: &str = "<samlp:Response";

#[tokio::test]
async fn to_the_second() {
    let clock = TestClock::now_set();
    let mut bench = Bench::start_with("time", "", |plan| {
        plan.clock = Arc::new(clock.clone());
        plan.idp = "clock_skew = \"60s\"\n".to_owned();
    })
    .await;
    let shift = |element: &'static str, attribute: &'static str, seconds: i64| {
        move |paper: &Paper<'_>| {
            let time = written(paper.says.issued + TimeDelta::seconds(seconds));
            paper.resigned(Signs::Response, |xml| {
                with_time(xml, element, attribute, &time)
            })
        }
    };
    for (element, attribute, last_good, first_bad, code) in [
        (
            CONFIRMATION,
            "NotOnOrAfter",
            -59,
            -60,
            Code::AssertionConfirmation,
        ),
        (
            CONFIRMATION,
            "NotBefore",
            60,
            61,
            Code::AssertionConfirmation,
        ),
        (CONDITIONS, "NotOnOrAfter", -59, -60, Code::AssertionExpired),
        (CONDITIONS, "NotBefore", 60, 61, Code::AssertionNotYetValid),
        (
            STATEMENT,
            "SessionNotOnOrAfter",
            -59,
            -60,
            Code::AssertionExpired,
        ),
        (
            STATEMENT,
            "AuthnInstant",
            60,
            61,
            Code::AssertionNotYetValid,
        ),
        (
            ASSERTION,
            "IssueInstant",
            60,
            61,
            Code::AssertionNotYetValid,
        ),
        (
            ASSERTION,
            "IssueInstant",
            -86_400 - 59,
            -86_400 - 60,
            Code::AssertionExpired,
        ),
        (RESPONSE, "IssueInstant", 60, 61, Code::AssertionNotYetValid),
    ] {
        let name = format!("{attribute} of {}", element.trim_start_matches('<'));
        bench
            .attack(
                &format!("{name} at {first_bad} s"),
                code,
                shift(element, attribute, first_bad),
            )
            .await;
        bench
            .honest(
                &format!("{name} at {last_good} s"),
                shift(element, attribute, last_good),
            )
            .await;
    }
    for (element, attribute, code) in [
        (CONFIRMATION, "NotOnOrAfter", Code::AssertionConfirmation),
        (CONDITIONS, "NotOnOrAfter", Code::AssertionConditions),
        (STATEMENT, "AuthnInstant", Code::AssertionAuthnStatement),
    ] {
        bench
            .attack(&format!("no {attribute} of {element}"), code, |paper| {
                paper.resigned(Signs::Response, |xml| {
                    let mark = with_time(xml, element, attribute, "x");
                    swap(&mark, &format!(" {attribute}=\"x\""), "")
                })
            })
            .await;
    }
    bench
        .attack("no conditions", Code::AssertionConditions, |paper| {
            paper.resigned(Signs::Response, |xml| {
                cut(xml, CONDITIONS, "</saml:Conditions>").0
            })
        })
        .await;
    for (case, time) in [
        ("no time", "soon"),
        ("a number", "99999999999"),
        ("a day without a time", "2099-01-01"),
        ("a year of five figures", "20990-01-01T00:00:00Z"),
        ("a day that there is not", "2099-02-30T00:00:00Z"),
    ] {
        bench
            .attack(
                &format!("NotOnOrAfter is {case}"),
                Code::ResponseShape,
                |paper| {
                    paper.resigned(Signs::Response, |xml| {
                        with_time(xml, CONDITIONS, "NotOnOrAfter", time)
                    })
                },
            )
            .await;
    }
    bench
        .honest("fractions of a second", |paper| {
            let time = (paper.says.issued + TimeDelta::minutes(5))
                .to_rfc3339_opts(SecondsFormat::Millis, true);
            paper.resigned(Signs::Response, |xml| {
                with_time(xml, CONDITIONS, "NotOnOrAfter", &time)
            })
        })
        .await;
    late(&mut bench, &clock).await;
    bench.finish();
}

/// A genuine response that somebody kept.
async fn late(bench: &mut Bench, clock: &TestClock) {
    for (case, seconds, code) in [
        (
            "an answer kept for nine minutes",
            540,
            Some(Code::AssertionConfirmation),
        ),
        ("an answer kept for five", 300, None),
        (
            "a login kept for more than ten",
            601,
            Some(Code::LoginExpired),
        ),
    ] {
        let (mut browser, asked) = bench.begin().await;
        let form = post(&asked, &bench.paper(&asked).signed(Signs::Response));
        clock.advance(TimeDelta::seconds(seconds));
        let page = browser.submit_once(&form).await;
        match code {
            Some(code) => {
                let verdict = bench.judge(&page, code);
                bench.class.attack(case, verdict);
            }
            None => bench.class.honest(case, is_ann(&page)),
        }
    }
}
