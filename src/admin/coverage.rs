//! How well the rules cover who signs in: which values matched nothing, which locations nobody
//! gets, which rules never hold.

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveTime, TimeDelta};
use schemars::JsonSchema;
use serde::Serialize;

use super::rule_text;
use crate::{
    clock::Timestamp,
    identity::{
        DefinedLocations, IdpName, LocationOutcome, NoMatchCause, ReadAttribute, Reading,
        RefusalCode, fold_name,
    },
    login::FlexAccount,
    mapping::{Recalled, suggest_rule},
    settings::HumanDuration,
    store::{JournalRead, LoginKind, StoreUnavailable},
};

/// How many values are listed at most, the most frequent ones.
const MOST_VALUES: usize = 500;

/// How a Flex account's rules covered its logins.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Coverage {
    /// The Flex account.
    pub flex: String,
    /// From the beginning of this day (UTC), or of the journal.
    pub since: Timestamp,
    /// Until then.
    pub until: Timestamp,
    /// How many logins came as far as to be decided.
    pub logins: u64,
    /// How many of those matched no location.
    pub no_match: u64,
    /// What matched nothing, the most frequent first.
    pub unmatched: Vec<Unmatched>,
    /// The rules that would catch what still matches nothing, to be put behind the others, as TOML.
    pub rules_to_add: String,
    /// Each defined location, in the account's order.
    pub locations: Vec<LocationUse>,
    /// Each rule, in its order.
    pub rules: Vec<RuleUse>,
    /// What the administrator should know of these figures.
    pub remarks: Vec<String>,
}

/// Something that matched nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Unmatched {
    /// Why.
    pub cause: NoMatchCause,
    /// The attribute that was read, if one was there.
    pub attribute: Option<String>,
    /// The value, or its hash where those are kept; `None` where none was there or is kept.
    pub value: Option<String>,
    /// Whether it is the hash.
    pub hashed: bool,
    /// How many logins.
    pub count: u64,
    /// The last of them.
    pub last: Timestamp,
    /// The rule that assigns what is not defined, if that is why.
    pub rule: Option<usize>,
    /// Where the rules of today would lead them; `None`: nowhere, or it can't be told.
    pub now: Option<String>,
    /// The defined name that is most like the value.
    pub nearest: Option<String>,
    /// The rule that would catch it, as TOML.
    pub rule_to_add: Option<String>,
}

/// How often a defined location was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LocationUse {
    /// Its name.
    pub name: String,
    /// How many logins; 0: nobody got it.
    pub count: u64,
    /// The last of them.
    pub last: Option<Timestamp>,
}

/// How often a rule decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RuleUse {
    /// Its number, from 1.
    pub rule: usize,
    /// What it assigns, as written.
    pub assign: String,
    /// How many logins; 0: it never decided.
    pub count: u64,
    /// The last of them.
    pub last: Option<Timestamp>,
}

/// The coverage of an account over the last time, in whole days (UTC).
///
/// # Errors
/// [`StoreUnavailable`] when the journal can't be read.
pub async fn coverage(
    account: &FlexAccount,
    journal: &dyn JournalRead,
    last: HumanDuration,
    now: Timestamp,
) -> Result<Coverage, StoreUnavailable> {
    let since = TimeDelta::from_std(last.get()).ok();
    let since = since.and_then(|last| now.checked_sub_signed(last));
    let since = since.unwrap_or(Timestamp::UNIX_EPOCH);
    let day = since.date_naive().and_time(NaiveTime::MIN).and_utc();
    let counted = journal.by_day(&account.name, day).await?;
    let snapshot = account.locations.snapshot();
    let defined = snapshot.as_deref().map(|snapshot| &*snapshot.locations);
    let mut found = Found::default();
    for tally in counted.kinds.iter().filter(|tally| was_decided(tally)) {
        found.add(tally, |idp, reading| {
            leads_to(account, idp, reading, defined)
        });
    }
    let remarks = remarks(&found, defined.is_some(), counted.cut);
    let unmatched = found.unmatched(account.name.as_str(), defined);
    Ok(Coverage {
        flex: account.name.to_string(),
        since: counted.oldest.map_or(day, |oldest| oldest.max(day)),
        until: now,
        logins: found.logins,
        no_match: found.no_match,
        rules_to_add: rules_to_add(account.name.as_str(), &unmatched),
        unmatched,
        locations: found.locations(defined),
        rules: found.rules(account),
        remarks,
    })
}

/// Whether a login came as far as to have a location, or none, decided.
pub(super) fn was_decided(tally: &LoginKind) -> bool {
    let late = tally.code.is_none_or(|code| {
        matches!(
            code,
            RefusalCode::LocationNoMatch | RefusalCode::LocationUnavailable
        )
    });
    late || tally.reading.is_some()
}

/// Where the rules of today lead somebody, if that can be told and is somewhere.
fn leads_to(
    account: &FlexAccount,
    idp: &IdpName,
    reading: &Reading,
    defined: Option<&DefinedLocations>,
) -> Option<String> {
    let Recalled::Decided(decision) = account.mapping.recall(idp, reading, defined) else {
        return None;
    };
    match decision.outcome {
        LocationOutcome::Assign(location) if decision.no_match.is_none() => {
            Some(location.as_str().to_owned())
        }
        _ => None,
    }
}

fn remarks(found: &Found, list_known: bool, cut: bool) -> Vec<String> {
    let mut remarks = Vec::new();
    if !list_known {
        remarks.push("the list of defined locations is not known, so nothing is suggested and no location is counted".to_owned());
    }
    if found.without_reading > 0 {
        remarks.push(format!(
            "of {} logins without a match it was not kept what was read",
            found.without_reading
        ));
    }
    if cut {
        remarks.push(
            "there are more different values than are told apart; the rarest are missing"
                .to_owned(),
        );
    }
    if !found.rules.is_empty() {
        remarks.push("a rule is counted by its number at the time of the login; after rules were added or moved, look at a period since then".to_owned());
    }
    remarks
}

/// What is counted on the way.
#[derive(Default)]
struct Found {
    logins: u64,
    no_match: u64,
    without_reading: u64,
    unmatched: HashMap<Key, Unmatched>,
    locations: HashMap<String, (u64, Timestamp)>,
    rules: HashMap<usize, (u64, Timestamp)>,
}

/// What is one kind of no match.
type Key = (NoMatchCause, Option<String>, Option<String>, Option<usize>);

impl Found {
    fn add(&mut self, tally: &LoginKind, now: impl Fn(&IdpName, &Reading) -> Option<String>) {
        self.logins += tally.count;
        if let Some(name) = tally.location.as_ref().filter(|name| !name.is_empty()) {
            note(self.locations.entry(name.clone()), tally);
        }
        if let Some(rule) = tally.rule {
            note(self.rules.entry(rule), tally);
        }
        let Some(cause) = tally.no_match else { return };
        self.no_match += tally.count;
        let Some(reading) = &tally.reading else {
            self.without_reading += tally.count;
            return;
        };
        let now = tally.idp.as_ref().and_then(|idp| now(idp, reading));
        let read = reading.counted();
        let values = read.map(shown).unwrap_or_default();
        if values.is_empty() {
            self.unmatched_one(cause, tally, read, None, now);
            return;
        }
        for (value, hashed) in values {
            self.unmatched_one(cause, tally, read, Some((value, hashed)), now.clone());
        }
    }

    fn unmatched_one(
        &mut self,
        cause: NoMatchCause,
        tally: &LoginKind,
        read: Option<&ReadAttribute>,
        value: Option<(&str, bool)>,
        now: Option<String>,
    ) {
        let attribute = read.map(|read| read.name.clone());
        let folded = value.map(|(value, _)| fold_name(value));
        let rule = tally.rule;
        let key = (cause, attribute.clone(), folded, rule);
        let known = self.unmatched.entry(key).or_insert_with(|| Unmatched {
            cause,
            attribute,
            value: value.map(|(value, _)| value.to_owned()),
            hashed: value.is_some_and(|(_, hashed)| hashed),
            count: 0,
            last: tally.last,
            rule,
            now: now.clone(),
            nearest: None,
            rule_to_add: None,
        });
        known.count += tally.count;
        known.last = known.last.max(tally.last);
        // Whoever still matches nothing is what a rule is missing for.
        known.now = known.now.take().and(now);
    }

    fn unmatched(&self, flex: &str, defined: Option<&DefinedLocations>) -> Vec<Unmatched> {
        let mut all: Vec<Unmatched> = self.unmatched.values().cloned().collect();
        all.sort_by(|one, other| {
            let key = |one: &Unmatched| (std::cmp::Reverse(one.count), one.value.clone());
            key(one).cmp(&key(other))
        });
        all.truncate(MOST_VALUES);
        for one in &mut all {
            suggest(one, flex, defined);
        }
        all
    }

    fn locations(&self, defined: Option<&DefinedLocations>) -> Vec<LocationUse> {
        let names = defined.into_iter().flat_map(DefinedLocations::iter);
        let used = names.map(|location| {
            let used = self.locations.get(&location.name);
            LocationUse {
                name: location.name.clone(),
                count: used.map_or(0, |(count, _)| *count),
                last: used.map(|(_, last)| *last),
            }
        });
        used.collect()
    }

    fn rules(&self, account: &FlexAccount) -> Vec<RuleUse> {
        let rules = account.mapping.assigned().enumerate();
        let used = rules.map(|(place, assign)| {
            let used = self.rules.get(&(place + 1));
            RuleUse {
                rule: place + 1,
                assign: assign.to_owned(),
                count: used.map_or(0, |(count, _)| *count),
                last: used.map(|(_, last)| *last),
            }
        });
        used.collect()
    }
}

fn note<K>(entry: std::collections::hash_map::Entry<'_, K, (u64, Timestamp)>, tally: &LoginKind) {
    let (count, last) = entry.or_insert((0, tally.last));
    *count += tally.count;
    *last = tally.last.max(*last);
}

/// The values as kept, and whether they are hashes.
fn shown(read: &ReadAttribute) -> Vec<(&str, bool)> {
    let values = read.values.iter().map(|value| (value.as_str(), false));
    let hashes = read.hashes.iter().map(|hash| (hash.as_str(), true));
    values.chain(hashes).collect()
}

/// The rule that would catch it. A value that is only a hash can be in no rule.
fn suggest(one: &mut Unmatched, flex: &str, defined: Option<&DefinedLocations>) {
    let (Some(value), Some(defined)) = (&one.value, defined) else {
        return;
    };
    if one.hashed || one.now.is_some() || one.cause != NoMatchCause::NoRule {
        return;
    }
    one.nearest = suggest_rule(value, defined).map(|rule| rule.assign);
    one.rule_to_add = Some(rule_text::rule(flex, &[value], one.nearest.as_deref()));
}

/// One rule for each suggested location, with all the values that look like it.
fn rules_to_add(flex: &str, unmatched: &[Unmatched]) -> String {
    let mut rules: BTreeMap<Option<&str>, Vec<&str>> = BTreeMap::new();
    for one in unmatched.iter().filter(|one| one.rule_to_add.is_some()) {
        let values = rules.entry(one.nearest.as_deref()).or_default();
        values.extend(one.value.as_deref().filter(|value| !values.contains(value)));
    }
    let near = rules.iter().filter_map(|(name, values)| {
        let name = (*name)?;
        Some(rule_text::rule(flex, values, Some(name)))
    });
    near.collect::<Vec<_>>().join("\n")
}
