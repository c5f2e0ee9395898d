//! The agent's pages: handing over, the choice of the company, refusals, and what went wrong.
//! In the agent's language, whose words are in `words`.
//!
//! Must never: show more of a refusal than its public reason and its reference.

use askama::Template;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use url::Url;

use super::{
    Contact,
    pages::{
        FORM_POLICY, PLAIN_POLICY, STYLE, STYLE_WITHOUT_SCRIPT, SUBMIT, SUBMIT_POLICY, page,
        see_other,
    },
    voice::Voice,
    words::{Said, Trouble, Words},
};
use crate::login::{Answer, BrowserStep, ChoicePage, ChoiceProblem, LoginCookie, Refused};

#[derive(Template)]
#[template(path = "hand_over.html")]
struct HandOver<'a> {
    style: &'static str,
    style_without_script: &'static str,
    script: &'static str,
    lang: &'static str,
    words: &'static Words,
    action: &'a str,
    host: &'a str,
    fields: &'a [(&'static str, String)],
}

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage<'a> {
    style: &'static str,
    lang: &'static str,
    words: &'static Words,
    title: &'static str,
    sentence: &'static str,
    advice: &'static str,
    reference: &'a str,
    retry: Option<&'a str>,
    choose: Option<&'a str>,
    contact: Option<&'a Contact>,
}

#[derive(Template)]
#[template(path = "choose.html")]
struct Choose<'a> {
    style: &'static str,
    lang: &'static str,
    words: &'static Words,
    page: &'a ChoicePage,
    problem: Option<String>,
    contact: Option<&'a Contact>,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Problem<'a> {
    style: &'static str,
    lang: &'static str,
    words: &'static Words,
    title: &'a str,
    sentence: &'a str,
    contact: Option<&'a Contact>,
}

/// What the browser does next, with its cookie.
pub(super) fn answer(voice: &Voice, answer: &Answer) -> Response {
    let mut response = match &answer.step {
        BrowserStep::Redirect(to) => see_other(to).unwrap_or_else(|| failed(voice)),
        BrowserStep::Post { action, fields } => hand_over(voice, action, fields),
        BrowserStep::Choose(choice) => choose(voice, choice),
        BrowserStep::StartFromFlex => trouble(voice, StatusCode::OK, Trouble::ChooseAgain),
    };
    for cookie in &answer.cookies {
        let Ok(value) = HeaderValue::from_str(&set_cookie(cookie)) else {
            tracing::error!("a cookie can't be written as a header");
            return failed(voice);
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

/// Asks for the company.
fn choose(voice: &Voice, choice: &ChoicePage) -> Response {
    let words = voice.words();
    let problem = choice.problem.as_ref().map(|problem| match problem {
        ChoiceProblem::NoAddress => words.no_address.to_owned(),
        ChoiceProblem::UnknownDomain(domain) => words.unknown_domain.with(domain.as_str()),
    });
    let template = Choose {
        style: STYLE,
        lang: voice.tag(),
        words,
        page: choice,
        problem,
        contact: voice.contact(),
    };
    spoken(voice, StatusCode::OK, &FORM_POLICY, &template)
}

fn hand_over(voice: &Voice, action: &Url, fields: &[(&'static str, String)]) -> Response {
    if let Some((name, _)) = fields.iter().find(|(_, value)| !is_carried_exactly(value)) {
        tracing::error!(
            field = name,
            "a form can't carry this field's value unchanged: it holds NUL or a lone CR or LF"
        );
        return failed(voice);
    }
    let template = HandOver {
        style: STYLE,
        style_without_script: STYLE_WITHOUT_SCRIPT,
        script: SUBMIT,
        lang: voice.tag(),
        words: voice.words(),
        action: action.as_str(),
        host: action.host_str().unwrap_or_default(),
        fields,
    };
    spoken(voice, StatusCode::OK, &SUBMIT_POLICY, &template)
}

/// Whether a form's hidden field carries this text byte for byte. Reading the
/// page, browsers replace NUL and make each line break LF; sending the form,
/// they make each LF a CR LF (HTML, "constructing the entry list").
fn is_carried_exactly(text: &str) -> bool {
    // Nearly every field is long and has none of them.
    if !b"\0\r\n".iter().any(|byte| text.as_bytes().contains(byte)) {
        return true;
    }
    let without_pairs = text.replace("\r\n", "");
    !without_pairs.contains(['\0', '\r', '\n'])
}

/// A refusal, with the status of its public reason.
pub(super) fn refused(voice: &Voice, refused: &Refused) -> Response {
    let status = refused.refusal.code.public().status();
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    refused_as(voice, status, refused)
}

/// A refusal for a reason that HTTP has a status of its own for.
pub(super) fn refused_as(voice: &Voice, status: StatusCode, refused: &Refused) -> Response {
    let (reason, words) = (refused.refusal.code.public(), voice.words());
    let template = RefusedPage {
        style: STYLE,
        lang: voice.tag(),
        words,
        title: (words.title)(reason),
        sentence: (words.sentence)(reason),
        advice: (words.advice)(reason),
        reference: refused.reference.as_str(),
        retry: refused.retry.as_ref().map(Url::as_str),
        choose: refused.choose.as_deref(),
        contact: voice.contact(),
    };
    spoken(voice, status, &PLAIN_POLICY, &template)
}

/// There is no such page.
pub(super) fn not_found(voice: &Voice) -> Response {
    trouble(voice, StatusCode::NOT_FOUND, Trouble::NotFound)
}

/// The address is right, the method is not.
pub(super) fn wrong_method(voice: &Voice) -> Response {
    trouble(voice, StatusCode::METHOD_NOT_ALLOWED, Trouble::WrongMethod)
}

/// Something went wrong that should not.
pub(super) fn failed(voice: &Voice) -> Response {
    trouble(voice, StatusCode::INTERNAL_SERVER_ERROR, Trouble::Failed)
}

/// Trouble with a request that is no refusal.
pub(super) fn trouble(voice: &Voice, status: StatusCode, trouble: Trouble) -> Response {
    let Said { title, sentence } = (voice.words().trouble)(trouble);
    problem(voice, status, title, sentence)
}

/// A page of one sentence.
pub(super) fn problem(voice: &Voice, status: StatusCode, title: &str, sentence: &str) -> Response {
    let template = Problem {
        style: STYLE,
        lang: voice.tag(),
        words: voice.words(),
        title,
        sentence,
        contact: voice.contact(),
    };
    spoken(voice, status, &PLAIN_POLICY, &template)
}

/// A page in the agent's language, and said to be.
fn spoken(
    voice: &Voice,
    status: StatusCode,
    policy: &HeaderValue,
    template: &impl Template,
) -> Response {
    let mut response = page(status, policy, template);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_LANGUAGE,
        HeaderValue::from_static(voice.tag()),
    );
    headers.append(header::VARY, HeaderValue::from_static("Accept-Language"));
    response
}

#[cfg(test)]
#[path = "agent_pages_tests.rs"]
mod tests;
