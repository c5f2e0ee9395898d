//! The way that browsers come: by the public URL, through whatever stands before the bridge.

use http::{HeaderName, HeaderValue};
use url::Url;

use super::{Finding, Patient, in_time};
use crate::{
    app::witness::{Answer, Question},
    config::PublicUrl,
    upstream::{Heard, ask},
    web::{DOCTOR_HEADER, Seen},
};

pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    let (mut found, witness) = tokio::join!(closed(patient), witness(patient));
    match witness {
        Err(finding) => {
            found.push(finding);
            found.push(Finding::warning(
                "store",
                "not tried: no running bridge of this configuration answered",
                "Start the bridge and look again; its store is tried where it runs.",
            ));
        }
        Ok(answer) => {
            found.push(Finding::ok(
                "public_url",
                format!(
                    "{} leads to this bridge, version {}",
                    patient.config.public_url, answer.version
                ),
            ));
            found.push(behind(&patient.config.public_url, &answer.seen));
            found.push(store(&answer));
        }
    }
    found
}

/// The store of the running bridge, as it was tried there.
fn store(answer: &Answer) -> Finding {
    match &answer.store {
        Ok(()) => Finding::ok(
            "store",
            "the running bridge used an identifier once, and not again",
        ),
        Err(wrong) => Finding::fails(
            "store",
            wrong,
            "Logins are refused until it works again: look at its disk or server.",
        ),
    }
}

/// What administrators see must not be there by the public URL.
async fn closed(patient: &Patient) -> Vec<Finding> {
    let name = "public_url.closed";
    let mut found = Vec::new();
    for path in ["/metrics", "/readyz"] {
        let Some(Ok(heard)) = ask_at(patient, path, None).await else {
            return Vec::new();
        };
        if heard.status == 200 {
            let seen = format!("{path} answers by the public URL");
            let mend = "Send the public URL to `listen.public` only: the administrator's address must never be reached by it.";
            found.push(Finding::fails(name, seen, mend));
        }
    }
    if found.is_empty() {
        found.push(Finding::ok(
            name,
            "nothing for administrators answers there",
        ));
    }
    found
}

/// The running bridge's own word, or why there is none.
async fn witness(patient: &Patient) -> Result<Answer, Finding> {
    let name = "public_url";
    let url = &patient.config.public_url;
    let (keys, random) = (&patient.keys.cookie, &*patient.seams.random);
    let question = Question::new(patient.now, random).ok();
    let asked = question
        .as_ref()
        .and_then(|one| one.seal(keys, random))
        .and_then(|text| HeaderValue::from_str(&text).ok());
    let (Some(question), Some(asked)) = (question, asked) else {
        let mend = "Look at the operating system: nothing works without random numbers.";
        return Err(Finding::fails(name, "there are no random bytes", mend));
    };
    let header = (HeaderName::from_static(DOCTOR_HEADER), asked);
    let heard = match ask_at(patient, "/healthz", Some(header)).await {
        Some(Ok(heard)) => heard,
        Some(Err(why)) => {
            let seen = format!("{url} can't be reached from here: {why}");
            let mend = "Check DNS, firewall, certificate and proxy, and whether the bridge runs. If only this machine can't reach it (no way back in through its own gateway), look from another.";
            return Err(Finding::fails(name, seen, mend));
        }
        None => {
            let seen = format!("{url} does not answer in time");
            let mend = "Check the proxy before the bridge, and whether the bridge runs.";
            return Err(Finding::fails(name, seen, mend));
        }
    };
    let answer = heard.headers.get(DOCTOR_HEADER);
    let answer = answer.and_then(|value| value.to_str().ok());
    let answer = answer.and_then(|text| question.read_answer(text, keys));
    answer.ok_or_else(|| {
        let seen = format!(
            "{url}/healthz answers with status {}, but it is no running bridge with this cookie key",
            heard.status
        );
        let mend = "Check where the proxy sends this name, that the bridge was started or reloaded with this configuration, and that its clock and this machine's agree.";
        Finding::fails(name, seen, mend)
    })
}

/// What arrived behind the proxy.
fn behind(public_url: &PublicUrl, seen: &Seen) -> Finding {
    let name = "proxy";
    let host = public_url.as_url().host_str();
    if seen.tls || !public_url.is_https() {
        let peer = &seen.peer;
        return Finding::ok(
            name,
            format!("none needed: the bridge itself is reached, from {peer}"),
        );
    }
    if !seen.from_proxy {
        let mend = format!(
            "Add \"{}\" to `listen.trusted_proxies` if that is your proxy: until then every agent seems to come from there, so rules by network and the bounds for each address count them as one.",
            seen.peer
        );
        let wrong = format!(
            "requests come from {}, which is no trusted proxy",
            seen.peer
        );
        return Finding::warning(name, wrong, mend);
    }
    if !seen.forwarded_for {
        let mend =
            "Let the proxy add X-Forwarded-For: until then every agent seems to come from it.";
        let wrong = format!("the proxy {} does not say whom it speaks for", seen.peer);
        return Finding::warning(name, wrong, mend);
    }
    if seen
        .forwarded_proto
        .as_deref()
        .is_some_and(|proto| proto != "https")
    {
        let proto = seen.forwarded_proto.as_deref().unwrap_or_default();
        let mend = "Let browsers reach the proxy by https all the way, or let it write X-Forwarded-Proto itself.";
        let wrong =
            format!("the proxy says that the browser came by {proto}, and public_url is https");
        return Finding::warning(name, wrong, mend);
    }
    let through = format!("the proxy {} says whom it speaks for", seen.peer);
    match &seen.host {
        // The bridge builds no URL from it; it is only a sign of a proxy that was set up by half.
        Some(other) if host != Some(other.as_str()) => {
            Finding::ok(name, format!("{through}; it asks for {other}"))
        }
        _ => Finding::ok(name, through),
    }
}

async fn ask_at(
    patient: &Patient,
    path: &str,
    header: Option<(HeaderName, HeaderValue)>,
) -> Option<Result<Heard, String>> {
    let url: Url = format!("{}{path}", patient.config.public_url)
        .parse()
        .ok()?;
    in_time(ask(&url, true, header)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        admin::Health,
        config::{Config, Draft},
    };

    const CONFIGURATION: &str = include_str!("../../../config/flexbridge.toml");

    fn config() -> Config {
        let draft = Draft::of_bytes("example", CONFIGURATION.into());
        draft.finish().unwrap().config
    }

    #[test]
    fn a_proxy_that_says_too_little_is_noticed() {
        let public_url = config().public_url;
        assert_eq!(public_url.as_str(), "https://sso.example.com");
        let fine = Seen {
            tls: false,
            host: Some("sso.example.com".to_owned()),
            peer: "10.0.0.10".to_owned(),
            from_proxy: true,
            forwarded_for: true,
            forwarded_proto: Some("https".to_owned()),
        };
        let with = |change: fn(&mut Seen)| {
            let mut seen = fine.clone();
            change(&mut seen);
            seen
        };
        for (seen, health, said) in [
            (fine.clone(), Health::Ok, "says whom it speaks for"),
            (
                with(|seen| seen.forwarded_proto = None),
                Health::Ok,
                "says whom",
            ),
            (
                with(|seen| seen.host = Some("127.0.0.1".to_owned())),
                Health::Ok,
                "it asks for 127.0.0.1",
            ),
            (
                with(|seen| (seen.tls, seen.from_proxy) = (true, false)),
                Health::Ok,
                "none needed",
            ),
            (
                with(|seen| seen.from_proxy = false),
                Health::Warning,
                "10.0.0.10, which is no trusted proxy",
            ),
            (
                with(|seen| seen.forwarded_for = false),
                Health::Warning,
                "does not say whom it speaks for",
            ),
            (
                with(|seen| seen.forwarded_proto = Some("http".to_owned())),
                Health::Warning,
                "came by http",
            ),
        ] {
            let found = behind(&public_url, &seen);
            assert_eq!(found.health, health, "{found:?}");
            assert!(found.seen.contains(said), "{found:?}");
        }
    }
}
