//! What changed from one metadata to the next. A change of whom we trust is never silent.

use crate::{
    identity::IdpName,
    saml::metadata::IdpMetadata,
    telemetry::{escaped, fields},
};

/// The certificates that came and went, by fingerprint.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) added: Vec<String>,
    pub(super) removed: Vec<String>,
}

impl Change {
    /// Compares; `None` when the certificates are the same, in whatever order.
    pub(super) fn between(before: Option<&IdpMetadata>, after: &IdpMetadata) -> Option<Self> {
        let before = before.map(fingerprints).unwrap_or_default();
        let after = fingerprints(after);
        let beyond = |left: &[String], right: &[String]| {
            let fresh = left.iter().filter(|one| !right.contains(one));
            fresh.cloned().collect::<Vec<_>>()
        };
        let (added, removed) = (beyond(&after, &before), beyond(&before, &after));
        (!added.is_empty() || !removed.is_empty()).then_some(Self { added, removed })
    }
}

fn fingerprints(metadata: &IdpMetadata) -> Vec<String> {
    let described = metadata.certificates.describe().iter();
    described.map(|one| one.fingerprint.clone()).collect()
}

/// Tells the administrator what changed, if anything did.
pub(super) fn tell(idp: &IdpName, before: Option<&IdpMetadata>, after: &IdpMetadata) {
    if let Some(Change { added, removed }) = Change::between(before, after) {
        tracing::info!(
            { fields::IDP } = idp.as_str(),
            entity_id = escaped(&after.entity_id),
            added = added.join(" "),
            removed = removed.join(" "),
            "the certificates of the identity provider are new"
        );
    }
    let left_out = after.certificates.left_out();
    let known = before.map(|before| before.certificates.left_out());
    if !left_out.is_empty() && known != Some(left_out) {
        let told: Vec<_> = left_out.iter().map(ToString::to_string).collect();
        tracing::warn!(
            { fields::IDP } = idp.as_str(),
            { fields::DETAIL } = escaped(&told.join("; ")),
            "certificates in the metadata are left out; what they sign is refused"
        );
    }
    if before.is_some_and(|before| before.sso != after.sso) {
        tracing::info!(
            { fields::IDP } = idp.as_str(),
            "the address where the identity provider takes requests is new"
        );
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fmt::{self, Write},
        sync::{Arc, Mutex},
    };

    use tracing::{
        Event, Metadata, Subscriber,
        field::{Field, Visit},
        span::{Attributes, Id, Record},
    };

    use super::*;
    use crate::saml::testing::{EC, FOREIGN, Pair, RSA, idp_metadata, now};

    /// Before, after, what came, what went.
    type Case<'a> = (
        Option<&'a [&'a Pair]>,
        &'a [&'a Pair],
        &'a [&'a str],
        &'a [&'a str],
    );

    fn read(pairs: &[&Pair]) -> IdpMetadata {
        IdpMetadata::read(&idp_metadata("urn:a", pairs, ""), now()).unwrap()
    }

    fn names(change: &[String]) -> Vec<&'static str> {
        let known = [("rsa", &RSA), ("foreign", &FOREIGN), ("ec", &EC)];
        let name = |fingerprint: &String| {
            let named = known
                .iter()
                .find(|(_, pair)| fingerprints(&read(&[pair])).contains(fingerprint));
            named.unwrap().0
        };
        change.iter().map(name).collect()
    }

    #[test]
    fn what_came_and_what_went() {
        let cases: [Case<'_>; 5] = [
            (None, &[&RSA], &["rsa"], &[]),
            (Some(&[&RSA]), &[&RSA, &EC], &["ec"], &[]),
            (Some(&[&RSA, &EC]), &[&EC], &[], &["rsa"]),
            (Some(&[&RSA]), &[&FOREIGN], &["foreign"], &["rsa"]),
            (Some(&[&EC, &RSA]), &[&FOREIGN, &EC], &["foreign"], &["rsa"]),
        ];
        for (before, after, added, removed) in cases {
            let before = before.map(read);
            let change = Change::between(before.as_ref(), &read(after)).unwrap();
            assert_eq!(names(&change.added), added);
            assert_eq!(names(&change.removed), removed);
        }
    }

    #[test]
    fn another_order_is_no_change() {
        let (one, two) = (read(&[&RSA, &EC]), read(&[&EC, &RSA]));
        assert_eq!(Change::between(Some(&one), &two), None);
    }

    /// Keeps what is logged, one line an event.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<String>>>);

    struct Line(String);

    impl Visit for Line {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            let _ = write!(self.0, " {field}={value:?}");
        }
    }

    impl Subscriber for Lines {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, event: &Event<'_>) {
            let mut line = Line(event.metadata().level().to_string());
            event.record(&mut line);
            self.0.lock().unwrap().push(line.0);
        }
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn certificates_that_are_left_out_are_named_once() {
        let leftover = Pair::generate(&rcgen::PKCS_ED25519);
        let (good, mixed) = (read(&[&RSA]), read(&[&RSA, &leftover]));
        let lines = Lines::default();
        tracing::subscriber::with_default(lines.clone(), || {
            let idp = "hq".parse().unwrap();
            tell(&idp, Some(&good), &mixed);
            tell(&idp, Some(&mixed), &mixed);
            tell(&idp, Some(&mixed), &good);
        });
        let lines = lines.0.lock().unwrap();
        let [line] = &lines[..] else {
            panic!("{lines:?}");
        };
        for part in ["WARN", "idp=\"hq\"", "certificate 2 (", "neither RSA nor"] {
            assert!(line.contains(part), "{part}: {line}");
        }
    }

    #[test]
    fn a_change_is_told_and_nothing_else_is() {
        let lines = Lines::default();
        let (one, two) = (read(&[&RSA]), read(&[&FOREIGN]));
        tracing::subscriber::with_default(lines.clone(), || {
            tell(&"hq".parse().unwrap(), Some(&one), &one);
            tell(&"hq".parse().unwrap(), Some(&one), &two);
        });
        let lines = lines.0.lock().unwrap();
        let [line] = &lines[..] else {
            panic!("{lines:?}");
        };
        let (came, went) = (&fingerprints(&two)[0], &fingerprints(&one)[0]);
        for part in [
            "INFO",
            "idp=\"hq\"",
            &format!("added=\"{came}\""),
            &format!("removed=\"{went}\""),
        ] {
            assert!(line.contains(part), "{part}: {line}");
        }
    }
}
