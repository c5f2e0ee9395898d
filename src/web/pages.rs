//! The pages, and what keeps them harmless: escaped by their template, styled
//! and scripted only by constants whose hash is in the header.

use std::sync::LazyLock;

use askama::Template;
use aws_lc_rs::digest;
use axum::{
    body::Body,
    response::{Html, IntoResponse, Response},
};
use base64::Engine;
use http::{HeaderName, HeaderValue, StatusCode, header};
use url::Url;

use crate::{
    identity::PublicReason,
    login::{Answer, BrowserStep, ChoicePage, ChoiceProblem, LoginCookie, Refused},
};

/// The style of every page.
const STYLE: &str = include_str!("../../templates/page.css");
/// Shows the button at once where no script will press it.
const STYLE_WITHOUT_SCRIPT: &str = ".later{animation:none}";
/// Sends the form of the page that hands over.
const SUBMIT: &str = "document.forms[0].submit()";

/// The policy of a page: nothing from anywhere, our own style, and the script
/// that hands over if there is one.
///
/// The page that hands over has no `form-action`: Chromium applies it to every
/// redirect after the form was sent, and both Flex and identity providers
/// redirect across origins that only they know. Its one form is ours, with the
/// configured address and escaped values; nothing else can be put on the page.
///
/// The page that asks for the company has none either, for the same reason: its
/// form comes here, and the answer leads on to an identity provider.
fn policy(last: &str) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; style-src {} {}; base-uri 'none'; frame-ancestors 'none'; {last}",
        hash(STYLE),
        hash(STYLE_WITHOUT_SCRIPT)
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// A CSP source that permits exactly this inline text.
pub(super) fn hash(text: &str) -> String {
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    let base64 = base64::engine::general_purpose::STANDARD.encode(digest);
    format!("'sha256-{base64}'")
}

static PLAIN_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| policy("form-action 'none'"));
static FORM_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| policy("script-src 'none'"));
static SUBMIT_POLICY: LazyLock<HeaderValue> =
    LazyLock::new(|| policy(&format!("script-src {}", hash(SUBMIT))));

#[derive(Template)]
#[template(path = "hand_over.html")]
struct HandOver<'a> {
    style: &'static str,
    style_without_script: &'static str,
    script: &'static str,
    action: &'a str,
    host: &'a str,
    fields: &'a [(&'static str, String)],
}

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage<'a> {
    style: &'static str,
    title: &'static str,
    sentence: &'static str,
    advice: &'static str,
    reference: &'a str,
    retry: Option<&'a str>,
    choose: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "choose.html")]
struct Choose<'a> {
    style: &'static str,
    page: &'a ChoicePage,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Problem<'a> {
    style: &'static str,
    title: &'a str,
    sentence: &'a str,
}

fn page(status: StatusCode, policy: &HeaderValue, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => {
            let policy = (header::CONTENT_SECURITY_POLICY, policy.clone());
            (status, [policy], Html(html)).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// What the browser does next, with its cookie.
pub(super) fn answer(answer: &Answer) -> Response {
    let mut response = match &answer.step {
        BrowserStep::Redirect(to) => see_other(to),
        BrowserStep::Post { action, fields } => hand_over(action, fields),
        BrowserStep::Choose(choice) => choose(choice),
        BrowserStep::StartFromFlex => problem(
            StatusCode::OK,
            "Choose again",
            "Please start again from Flex. You will be asked for your company.",
        ),
    };
    for cookie in &answer.cookies {
        let Ok(value) = HeaderValue::from_str(&set_cookie(cookie)) else {
            tracing::error!("a cookie can't be written as a header");
            return failed();
        };
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

fn set_cookie(cookie: &LoginCookie) -> String {
    let LoginCookie {
        name,
        value,
        max_age,
    } = cookie;
    format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=None; Max-Age={max_age}")
}

/// Go there, with GET.
pub(super) fn see_other(to: &Url) -> Response {
    match HeaderValue::from_str(to.as_str()) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => failed(),
    }
}

/// Asks for the company.
fn choose(choice: &ChoicePage) -> Response {
    let problem = choice.problem.as_ref().map(|problem| match problem {
        ChoiceProblem::NoAddress => {
            "Please type your e-mail address at work, such as name@company.example.".to_owned()
        }
        ChoiceProblem::UnknownDomain(domain) => {
            format!(
                "No company here uses addresses that end in @{}.",
                domain.as_str()
            )
        }
    });
    let template = Choose {
        style: STYLE,
        page: choice,
        problem,
    };
    page(StatusCode::OK, &FORM_POLICY, &template)
}

fn hand_over(action: &Url, fields: &[(&'static str, String)]) -> Response {
    if let Some((name, _)) = fields.iter().find(|(_, value)| !is_carried_exactly(value)) {
        tracing::error!(
            field = name,
            "a form can't carry this field's value unchanged: it holds NUL or a lone CR or LF"
        );
        return failed();
    }
    let template = HandOver {
        style: STYLE,
        style_without_script: STYLE_WITHOUT_SCRIPT,
        script: SUBMIT,
        action: action.as_str(),
        host: action.host_str().unwrap_or_default(),
        fields,
    };
    page(StatusCode::OK, &SUBMIT_POLICY, &template)
}

/// Whether a form's hidden field carries this text byte for byte. Reading the
/// page, browsers replace NUL and make each line break LF; sending the form,
/// they make each LF a CR LF (HTML, "constructing the entry list").
fn is_carried_exactly(text: &str) -> bool {
    let without_pairs = text.replace("\r\n", "");
    !without_pairs.contains(['\0', '\r', '\n'])
}

/// A refusal, with the status of its public reason.
pub(super) fn refused(refused: &Refused) -> Response {
    let status = refused.refusal.code.public().status();
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    refused_as(status, refused)
}

/// A refusal for a reason that HTTP has a status of its own for.
pub(super) fn refused_as(status: StatusCode, refused: &Refused) -> Response {
    let reason = refused.refusal.code.public();
    let template = RefusedPage {
        style: STYLE,
        title: title(reason),
        sentence: reason.sentence(),
        advice: advice(reason),
        reference: refused.reference.as_str(),
        retry: refused.retry.as_ref().map(Url::as_str),
        choose: refused.choose.as_deref(),
    };
    page(status, &PLAIN_POLICY, &template)
}

const fn title(reason: PublicReason) -> &'static str {
    match reason {
        PublicReason::NotAccepted | PublicReason::IdpRefused | PublicReason::OtherSignIn => {
            "That did not work"
        }
        PublicReason::Cancelled | PublicReason::NotSignedIn => "Not signed in",
        PublicReason::StartAgain => "Let’s start again",
        PublicReason::NotSetUp | PublicReason::NotAssigned => "Almost there",
        PublicReason::TryLater => "One moment, please",
        PublicReason::NotFound => "Nothing here",
    }
}

const fn advice(reason: PublicReason) -> &'static str {
    match reason {
        PublicReason::Cancelled | PublicReason::NotSignedIn => {
            "Please start again from Flex. If you did sign in, give this reference to the people who look after Flex in your company."
        }
        PublicReason::NotAccepted | PublicReason::StartAgain | PublicReason::TryLater => {
            "If it happens again, give this reference to the people who look after Flex in your company. It tells them exactly what happened."
        }
        PublicReason::IdpRefused
        | PublicReason::NotAssigned
        | PublicReason::OtherSignIn
        | PublicReason::NotSetUp
        | PublicReason::NotFound => {
            "Please give this reference to the people who look after Flex in your company. It tells them exactly what is missing."
        }
    }
}

/// There is no such page.
pub(super) fn not_found() -> Response {
    problem(
        StatusCode::NOT_FOUND,
        "Nothing here",
        "There is no page at this address. If you want to sign in, please start from Flex.",
    )
}

/// The address is right, the method is not.
pub(super) fn wrong_method() -> Response {
    problem(
        StatusCode::METHOD_NOT_ALLOWED,
        "Not like this",
        "This address takes part in signing in and can’t be opened by itself. Please start from Flex.",
    )
}

/// Something went wrong that should not.
pub(super) fn failed() -> Response {
    problem(
        StatusCode::INTERNAL_SERVER_ERROR,
        "That was our mistake",
        "Something went wrong here. Please start again from Flex in a minute.",
    )
}

/// Any other trouble with a request.
pub(super) fn problem(status: StatusCode, title: &str, sentence: &str) -> Response {
    let template = Problem {
        style: STYLE,
        title,
        sentence,
    };
    page(status, &PLAIN_POLICY, &template)
}

/// The headers of every answer, pages or not. There is no
/// `Cross-Origin-Opener-Policy`: Flex's login popup needs its opener.
pub(super) fn harmless(mut response: Response, https: bool) -> Response<Body> {
    const ALWAYS: [(HeaderName, &str); 4] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ));
    if https {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
    response
}

#[cfg(test)]
#[path = "pages_tests.rs"]
mod tests;
