//! Who would move: the logins of the last days, decided anew under another configuration.

use std::collections::{BTreeMap, HashMap};

use schemars::JsonSchema;
use serde::Serialize;

use super::{coverage::was_decided, logins::before};
use crate::{
    clock::Timestamp,
    identity::{
        AgentPseudonym, DefinedLocations, FlexName, IdpName, LocationOutcome, NoMatchCause,
        RefusalCode,
    },
    login::{Bridge, FlexAccount},
    mapping::{Mapping, NotKept, Recalled},
    settings::HumanDuration,
    store::{JournalRead, LoginKind, StoreUnavailable},
};

/// How many moves, and how many agents of each, are listed at most: the most frequent.
const MOST: usize = 1_000;

/// What Flex was, or would be, told.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind", content = "name")]
pub enum Told {
    /// This location.
    Location(String),
    /// None: it is cleared, and Flex takes its default edge.
    Cleared,
    /// Nothing: the worker keeps what it has.
    Unchanged,
    /// Nothing, as the login is refused.
    Refused(RefusalCode),
}

/// Logins that would end otherwise, all in the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Move {
    /// What Flex was told.
    pub from: Told,
    /// The rule that decided, from 1, of the configuration of that time.
    pub from_rule: Option<usize>,
    /// What it would be told.
    pub to: Told,
    /// The rule that would decide, of the other configuration.
    pub to_rule: Option<usize>,
    /// Why nothing would match, if nothing would.
    pub no_match: Option<NoMatchCause>,
    /// The attribute that was read, and its values.
    pub read: Option<String>,
    /// How many logins.
    pub logins: u64,
    /// How many agents.
    pub agents: usize,
    /// Who, and with how many logins; the most frequent thousand.
    pub who: Vec<(AgentPseudonym, u64)>,
    /// The last of the logins.
    pub last: Timestamp,
}

/// Logins of which it can't be told how they would end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NotKnown {
    /// The rule of the other configuration that asks for what was not kept; `None`: it is which
    /// attribute counts, or nothing at all was kept.
    pub rule: Option<usize>,
    /// What it asks for: `group`, `email_domain`, `network` or an attribute; empty when nothing was kept.
    pub what: String,
    /// How many logins rest on it.
    pub logins: u64,
}

/// The whole comparison.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Against {
    /// The Flex account.
    pub flex: String,
    /// From then, or from the beginning of the journal.
    pub since: Timestamp,
    /// Until then.
    pub until: Timestamp,
    /// How many logins came as far as to be decided.
    pub logins: u64,
    /// How many of them would end the same.
    pub same: u64,
    /// How many would end otherwise.
    pub moved: u64,
    /// How many it can't be told of.
    pub unknown: u64,
    /// Those that would end otherwise, the most frequent first.
    pub moves: Vec<Move>,
    /// What was not kept, the most frequent first. A login may rest on several.
    pub not_known: Vec<NotKnown>,
    /// What the administrator should know of these figures.
    pub remarks: Vec<String>,
}

/// A Flex account of the other configuration, as far as it decides locations.
#[derive(Debug, Clone, Copy)]
pub struct OtherRules<'a> {
    /// Its configured name.
    pub flex: &'a FlexName,
    /// What decides a location.
    pub mapping: &'a Mapping,
    /// Whose people are let in: the account's identity providers that are switched on; nobody
    /// where the account is switched off.
    pub lets_in: &'a [IdpName],
    /// The defined locations, if they are known.
    pub defined: Option<&'a DefinedLocations>,
}

/// Whose people a configuration lets in to one of its accounts.
#[must_use]
pub fn lets_in(bridge: &Bridge, account: &FlexAccount) -> Vec<IdpName> {
    let known = account.idp.iter();
    let open = known.filter(|idp| bridge.account(&account.name, idp).is_ok());
    open.cloned().collect()
}

/// Decides the logins of the last time anew, under the rules of another configuration.
///
/// The very decision of a login; of what was read the journal has what it kept. Nothing else is
/// compared: neither trust nor claims.
///
/// # Errors
/// [`StoreUnavailable`] when the journal can't be read.
pub async fn against(
    other: OtherRules<'_>,
    journal: &dyn JournalRead,
    last: HumanDuration,
    now: Timestamp,
) -> Result<Against, StoreUnavailable> {
    let since = before(now, last).unwrap_or(Timestamp::UNIX_EPOCH);
    let counted = journal.by_agent(other.flex, since).await?;
    let mut found = Found::default();
    let mut decided: HashMap<Kind<'_>, Ending> = HashMap::new();
    for tally in counted.kinds.iter().filter(|tally| was_decided(tally)) {
        let kind = (tally.idp.as_ref(), tally.reading.as_deref());
        let ending = decided.entry(kind).or_insert_with(|| end(other, tally));
        found.add(tally, ending);
    }
    let mut remarks = vec![
        "only the location is decided anew, with the defined locations of today; claims, signatures and trust are not".to_owned(),
    ];
    if other.defined.is_none() {
        remarks.push(
            "the list of defined locations is not known, so that `unavailable` decides every login"
                .to_owned(),
        );
    }
    if counted.cut {
        remarks.push("there are more agents than are told apart; take a shorter time".to_owned());
    }
    Ok(Against {
        flex: other.flex.to_string(),
        since: counted.oldest.map_or(since, |oldest| oldest.max(since)),
        until: now,
        logins: found.logins,
        same: found.same,
        moved: found.moved,
        unknown: found.unknown,
        not_known: found.not_known(),
        moves: found.moves(),
        remarks,
    })
}

/// Who is decided alike.
type Kind<'t> = (Option<&'t IdpName>, Option<&'t crate::identity::Reading>);

/// How a login would end.
enum Ending {
    Told(Told, Option<usize>, Option<NoMatchCause>),
    Unknown(Vec<NotKept>),
}

fn end(other: OtherRules<'_>, tally: &LoginKind) -> Ending {
    let Some(idp) = &tally.idp else {
        return Ending::Unknown(Vec::new());
    };
    // Whoever could not come in at all gets nothing, whatever was read.
    if !other.lets_in.contains(idp) {
        let code = RefusalCode::LoginSwitchedOff;
        return Ending::Told(Told::Refused(code), None, None);
    }
    let Some(reading) = &tally.reading else {
        return Ending::Unknown(Vec::new());
    };
    let decision = match other.mapping.recall(idp, reading, other.defined) {
        Recalled::Decided(decision) => decision,
        Recalled::Unknown(needs) => return Ending::Unknown(needs),
    };
    let told = match decision.outcome {
        LocationOutcome::Assign(location) => Told::Location(location.as_str().to_owned()),
        LocationOutcome::Clear => Told::Cleared,
        LocationOutcome::Omit => Told::Unchanged,
        LocationOutcome::Refuse if decision.no_match == Some(NoMatchCause::ListUnavailable) => {
            Told::Refused(RefusalCode::LocationUnavailable)
        }
        LocationOutcome::Refuse => Told::Refused(RefusalCode::LocationNoMatch),
    };
    Ending::Told(told, decision.rule, decision.no_match)
}

/// What Flex was told.
fn was_told(tally: &LoginKind) -> Told {
    match (tally.code, tally.location.as_deref()) {
        (Some(code), _) => Told::Refused(code),
        (None, None) => Told::Unchanged,
        (None, Some("")) => Told::Cleared,
        (None, Some(name)) => Told::Location(name.to_owned()),
    }
}

/// Whether a login was refused for something that is not decided anew.
fn refused_otherwise(tally: &LoginKind) -> bool {
    tally.code.is_some_and(|code| {
        !matches!(
            code,
            RefusalCode::LocationNoMatch | RefusalCode::LocationUnavailable
        )
    })
}

#[derive(Default)]
struct Found {
    logins: u64,
    same: u64,
    moved: u64,
    unknown: u64,
    moves: HashMap<Way, Moved>,
    not_known: BTreeMap<NotKept, u64>,
}

/// From what by which rule to what by which rule, and what was read.
type Way = (Told, Option<usize>, Told, Option<usize>, Option<String>);

struct Moved {
    no_match: Option<NoMatchCause>,
    logins: u64,
    who: HashMap<Option<AgentPseudonym>, u64>,
    last: Timestamp,
}

impl Found {
    fn add(&mut self, tally: &LoginKind, ending: &Ending) {
        self.logins += tally.count;
        let from = was_told(tally);
        match ending {
            Ending::Unknown(needs) => {
                self.unknown += tally.count;
                let nothing = NotKept {
                    rule: None,
                    what: String::new(),
                };
                let nothing = needs.is_empty().then_some(&nothing);
                for need in needs.iter().chain(nothing) {
                    *self.not_known.entry(need.clone()).or_default() += tally.count;
                }
            }
            Ending::Told(to, ..) if *to == from => self.same += tally.count,
            // It would be refused for the same reason still.
            Ending::Told(..) if refused_otherwise(tally) => self.same += tally.count,
            Ending::Told(to, to_rule, no_match) => {
                self.moved += tally.count;
                let key = (from, tally.rule, to.clone(), *to_rule, read(tally));
                let moved = self.moves.entry(key).or_insert_with(|| Moved {
                    no_match: *no_match,
                    logins: 0,
                    who: HashMap::new(),
                    last: tally.last,
                });
                moved.logins += tally.count;
                moved.last = moved.last.max(tally.last);
                *moved.who.entry(tally.agent.clone()).or_default() += tally.count;
            }
        }
    }

    fn moves(self) -> Vec<Move> {
        let mut moves: Vec<Move> = self
            .moves
            .into_iter()
            .map(|((from, from_rule, to, to_rule, read), moved)| {
                let agents = moved.who.len();
                let who = moved.who.into_iter();
                let mut who: Vec<_> = who.filter_map(|(agent, n)| Some((agent?, n))).collect();
                who.sort_by(|one, other| (other.1, &one.0).cmp(&(one.1, &other.0)));
                who.truncate(MOST);
                Move {
                    from,
                    from_rule,
                    to,
                    to_rule,
                    no_match: moved.no_match,
                    read,
                    logins: moved.logins,
                    agents,
                    who,
                    last: moved.last,
                }
            })
            .collect();
        moves.sort_by(|one, other| {
            let key = |one: &Move| (one.from.clone(), one.to.clone(), one.read.clone());
            (other.logins, key(one)).cmp(&(one.logins, key(other)))
        });
        moves.truncate(MOST);
        moves
    }

    fn not_known(&self) -> Vec<NotKnown> {
        let mut all: Vec<NotKnown> = self
            .not_known
            .iter()
            .map(|(need, logins)| NotKnown {
                rule: need.rule,
                what: need.what.clone(),
                logins: *logins,
            })
            .collect();
        all.sort_by_key(|one| (std::cmp::Reverse(one.logins), one.rule));
        all.truncate(MOST);
        all
    }
}

/// What was read, in a few words.
fn read(tally: &LoginKind) -> Option<String> {
    let read = tally.reading.as_ref()?.counted()?;
    let values: Vec<String> = read
        .values
        .iter()
        .map(|value| format!("{value:?}"))
        .collect();
    Some(format!("{} = {}", read.name, values.join(", ")))
}
