//! The names of the fields of log lines.

macro_rules! fields {
    ($($constant:ident = $name:literal, $meaning:literal;)*) => {
        $(#[doc = $meaning] pub const $constant: &str = $name;)*

        /// Every field with its meaning, as documented.
        pub const ALL: &[(&str, &str)] = &[$(($name, $meaning),)*];
    };
}

fields! {
    REFERENCE = "reference", "The login's reference, as the agent sees it.";
    IDP = "idp", "The configured name of the identity provider.";
    FLEX = "flex", "The configured name of the Flex account.";
    OUTCOME = "outcome", "`accepted` or `refused`.";
    CODE = "code", "Why it was refused: a code of `docs/refusals.md`.";
    LOCATION = "location", "The `flex_location` that Flex was told; empty when it was cleared, absent when it was left out.";
    NO_MATCH = "no_match", "Why no location matched: `no_attribute`, `no_rule`, `ambiguous`, `undefined` or `list_unavailable`.";
    RULE = "rule", "The number of the rule that decided, from 1.";
    DURATION_MS = "duration_ms", "From the arrival of the answer to our own, in milliseconds.";
    DETAIL = "detail", "What exactly was wrong, for administrators; control characters are escaped, at most 2,000 characters.";
}
