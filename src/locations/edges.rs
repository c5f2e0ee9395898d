//! The voice edges that Twilio documents, and what somebody who wrote another word meant.
//!
//! Twilio's voice client takes any word for an edge and tries to reach it, and Twilio may add
//! edges: an unknown one is told, and never refused.

/// The public edges: <https://twilio.com/docs/global-infrastructure/edge-locations>.
const PUBLIC: [&str; 9] = [
    "ashburn",
    "dublin",
    "frankfurt",
    "roaming",
    "sao-paulo",
    "singapore",
    "sydney",
    "tokyo",
    "umatilla",
];

/// The private edges of Twilio Interconnect:
/// <https://twilio.com/docs/interconnect/configure-your-application>.
const PRIVATE: [&str; 8] = [
    "ashburn-ix",
    "frankfurt-ix",
    "london-ix",
    "san-jose-ix",
    "sao-paulo-ix",
    "singapore-ix",
    "sydney-ix",
    "tokyo-ix",
];

/// The region IDs of older voice clients, with the edge that took their place.
const REGIONS: [(&str, &str); 16] = [
    ("au1", "sydney"),
    ("br1", "sao-paulo"),
    ("de1", "frankfurt"),
    ("gll", "roaming"),
    ("ie1", "dublin"),
    ("jp1", "tokyo"),
    ("sg1", "singapore"),
    ("us1", "ashburn"),
    ("us2", "umatilla"),
    ("au1-ix", "sydney-ix"),
    ("de1-ix", "frankfurt-ix"),
    ("ie1-ix", "london-ix"),
    ("jp1-ix", "tokyo-ix"),
    ("sg1-ix", "singapore-ix"),
    ("us1-ix", "ashburn-ix"),
    ("us2-ix", "san-jose-ix"),
];

/// Places that have no edge of their name, with the edge that serves them.
const PLACES: [(&str, &str); 8] = [
    ("dublin-ix", "london-ix"),
    ("ireland", "dublin"),
    ("london", "dublin"),
    ("oregon", "umatilla"),
    ("oregon-ix", "san-jose-ix"),
    ("san-jose", "umatilla"),
    ("umatilla-ix", "san-jose-ix"),
    ("virginia", "ashburn"),
];

/// How alike two words must be to be mistaken for each other (Jaro-Winkler, 0 to 1).
const ALIKE: f64 = 0.88;

/// What a word written for an edge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    /// An edge that Twilio documents.
    Known,
    /// A region ID of older voice clients, with the edge that took its place.
    Region(&'static str),
    /// Anything else, with the edge that was probably meant.
    Unknown(Option<&'static str>),
}

/// What `word` is, compared as Twilio compares: byte for byte.
pub(super) fn judge(word: &str) -> Edge {
    if known().any(|edge| edge == word) {
        return Edge::Known;
    }
    let plain = word.trim().to_lowercase();
    let listed = |list: &[(&str, &'static str)]| {
        let found = list.iter().find(|(name, _)| *name == plain);
        found.map(|(_, edge)| *edge)
    };
    match listed(&REGIONS) {
        Some(edge) => Edge::Region(edge),
        None => Edge::Unknown(listed(&PLACES).or_else(|| likely(&plain))),
    }
}

/// Whether the edge is reached by Twilio Interconnect only, known or not.
pub(super) fn is_private(edge: &str) -> bool {
    edge.ends_with("-ix")
}

fn known() -> impl Iterator<Item = &'static str> {
    PUBLIC.into_iter().chain(PRIVATE)
}

fn likely(plain: &str) -> Option<&'static str> {
    let letters = |word: &str| -> String {
        let kept = word.chars().filter(|letter| letter.is_alphanumeric());
        kept.collect()
    };
    let wanted = letters(plain);
    known().find(|edge| letters(edge) == wanted).or_else(|| {
        // A private edge is never proposed for a public word: it needs a contract.
        known()
            .filter(|edge| is_private(edge) == is_private(plain))
            .map(|edge| (strsim::jaro_winkler(plain, edge), edge))
            .filter(|(likeness, _)| *likeness >= ALIKE)
            .reduce(|best, next| if next.0 > best.0 { next } else { best })
            .map(|(_, edge)| edge)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_for_an_edge() {
        use Edge::{Known, Region, Unknown};
        for (word, edge) in [
            ("roaming", Known),
            ("san-jose-ix", Known),
            ("sao-paulo-ix", Known),
            ("sanjose-ix", Unknown(Some("san-jose-ix"))),
            ("san_jose_ix", Unknown(Some("san-jose-ix"))),
            ("Singapore", Unknown(Some("singapore"))),
            (" singapore", Unknown(Some("singapore"))),
            ("sao-paolo", Unknown(Some("sao-paulo"))),
            ("são-paulo", Unknown(Some("sao-paulo"))),
            ("singapor-ix", Unknown(Some("singapore-ix"))),
            ("franfurt", Unknown(Some("frankfurt"))),
            ("london", Unknown(Some("dublin"))),
            ("dublin-ix", Unknown(Some("london-ix"))),
            ("us1", Region("ashburn")),
            ("US2-IX", Region("san-jose-ix")),
            ("gll", Region("roaming")),
            ("mumbai", Unknown(None)),
            ("", Unknown(None)),
            ("東京", Unknown(None)),
        ] {
            assert_eq!(judge(word), edge, "{word}");
        }
    }

    #[test]
    fn each_proposal_is_an_edge() {
        for (_, edge) in REGIONS.iter().chain(&PLACES) {
            assert_eq!(judge(edge), Edge::Known, "{edge}");
        }
        assert!(PRIVATE.into_iter().all(is_private));
        assert!(!PUBLIC.into_iter().any(is_private));
    }
}
