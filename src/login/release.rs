//! From what is known of a person to what Flex receives: the listed claims,
//! the NameID, and the location that was decided. Carried exactly, or refused.

use super::claims::{Claim, Claims, Kind, uncarriable};
use crate::identity::{
    Attributes, Decision, Identity, LocationOutcome, NameId, NoMatchCause, NotReleasable, Refusal,
    RefusalCode, Release, ReleasedAttribute,
};

/// TaskRouter keeps at most this many characters of attributes for a worker.
const MOST_CHARACTERS: usize = 4_096;

/// A NameID that changes with each login (SAML Core §8.3.8).
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";

/// A NameID of which nothing more is said (SAML Core §8.3.1).
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

impl Claims {
    /// What Flex receives of `identity`.
    ///
    /// # Errors
    /// `release.missing` when Flex would refuse the agent for want of an
    /// attribute, `release.value` when a value can't be carried unchanged,
    /// `location.no_match` or `location.unavailable` when that was decided.
    /// Details name attributes, never their values.
    pub fn release(&self, identity: &Identity, decision: &Decision) -> Result<Release, Refusal> {
        let name_id = self.name_id(identity)?;
        let mut remarks = Vec::new();
        let mut attributes = Vec::with_capacity(self.list.len() + 1);
        for claim in &self.list {
            let values = claim.values(&identity.attributes, &mut remarks)?;
            attributes.extend(values.map(|values| ReleasedAttribute {
                name: claim.name.clone(),
                values,
            }));
        }
        if decision.outcome == LocationOutcome::Refuse {
            return Err(location_refusal(decision));
        }
        let release = Release::new(name_id, attributes, &decision.outcome)
            .map_err(|reason| not_releasable(&reason))?;
        // A defined name comes from JSON, which can hold more than XML.
        check_characters("flex_location", release.location().unwrap_or_default())?;
        check_size(&release)?;
        Ok(release.with_remarks(remarks))
    }

    fn name_id(&self, identity: &Identity) -> Result<NameId, Refusal> {
        let Some(sources) = &self.name_id else {
            return upstream_name_id(&identity.name_id);
        };
        let Found::Values(source, mut values) = find(sources, &identity.attributes) else {
            return Err(missing("name_id", sources, &identity.attributes));
        };
        values.dedup();
        let [value] = values.as_slice() else {
            return Err(unfit(
                "name_id",
                source,
                "it has several values, and which one comes first may change; a changed NameID makes a new, billed worker",
            ));
        };
        if value.trim() != *value {
            return Err(unfit(
                "name_id",
                source,
                "it has white space around it, which would make it another agent than without",
            ));
        }
        check_characters("name_id", value)?;
        Ok(NameId {
            value: (*value).to_owned(),
            format: Some(UNSPECIFIED.to_owned()),
        })
    }
}

/// The NameID as it came, unless Flex can't live with it.
fn upstream_name_id(name_id: &NameId) -> Result<NameId, Refusal> {
    if name_id.format.as_deref() == Some(TRANSIENT) {
        return Err(Refusal::new(
            RefusalCode::ReleaseValue,
            "the NameID is transient: it changes with each login, and each time Flex would make a new, billed worker; configure a persistent NameID at the identity provider, or choose an attribute by `name_id` under `claims`",
        ));
    }
    if name_id.value.trim().is_empty() {
        return Err(Refusal::new(
            RefusalCode::ReleaseMissing,
            "the NameID is empty; configure it at the identity provider, or choose an attribute by `name_id` under `claims`",
        ));
    }
    check_characters("the NameID", &name_id.value)?;
    Ok(name_id.clone())
}

/// What came of looking for a claim's sources.
enum Found<'a> {
    /// A source, and its values that are not blank, as they came.
    Values(&'a str, Vec<&'a str>),
    /// Sources arrived, all of them blank.
    Blank,
    /// None arrived.
    Absent,
}

fn find<'a>(sources: &'a [String], attributes: &'a Attributes) -> Found<'a> {
    let mut blank = false;
    for source in sources {
        let Some(attribute) = attributes.get(source) else {
            continue;
        };
        blank = true;
        let values = attribute.values.iter().map(String::as_str);
        let values: Vec<&str> = values.filter(|value| !value.trim().is_empty()).collect();
        if !values.is_empty() {
            return Found::Values(source, values);
        }
    }
    if blank { Found::Blank } else { Found::Absent }
}

impl Claim {
    /// The values to send; `None` when the claim is left out.
    fn values(
        &self,
        attributes: &Attributes,
        remarks: &mut Vec<String>,
    ) -> Result<Option<Vec<String>>, Refusal> {
        let (source, values) = match find(&self.sources, attributes) {
            Found::Values(source, values) => (source, values),
            _ if self.kind.required() => {
                return Err(missing(&self.name, &self.sources, attributes));
            }
            // An empty value is how an identity provider tells Flex to clear an
            // attribute; Flex answers 400 to an empty number, so that is left out.
            Found::Blank if matches!(self.kind, Kind::Text | Kind::TextArray) => {
                return Ok(Some(vec![String::new()]));
            }
            Found::Blank | Found::Absent => return Ok(None),
        };
        for value in &values {
            check_characters(&self.name, value)?;
        }
        let sent = match self.kind {
            Kind::Roles => values.iter().map(|value| value.trim().to_owned()).collect(),
            Kind::Person => vec![self.first(source, &values, remarks).trim().to_owned()],
            Kind::Text => vec![self.first(source, &values, remarks).to_owned()],
            Kind::Integer | Kind::Boolean => vec![self.single(source, &values)?],
            Kind::TextArray | Kind::IntegerArray | Kind::BooleanArray => {
                vec![self.joined(source, &values)?]
            }
        };
        self.check_type(source, &sent)?;
        Ok(Some(sent))
    }

    /// Flex takes one value for a string, and says nowhere what it makes of several.
    fn first<'v>(&self, source: &str, values: &[&'v str], remarks: &mut Vec<String>) -> &'v str {
        if values.len() > 1 {
            remarks.push(format!(
                "`{}`: `{source}` came with {} values and Flex takes one; the first was sent",
                self.name,
                values.len()
            ));
        }
        values.first().copied().unwrap_or_default()
    }

    fn single(&self, source: &str, values: &[&str]) -> Result<String, Refusal> {
        match values {
            [value] => Ok((*value).to_owned()),
            _ => Err(unfit(
                &self.name,
                source,
                "it has several values; for a list, give the claim an array type such as `.intarray`",
            )),
        }
    }

    fn joined(&self, source: &str, values: &[&str]) -> Result<String, Refusal> {
        if values.len() > 1 && values.iter().any(|value| value.contains(',')) {
            return Err(unfit(
                &self.name,
                source,
                "one of its values has a comma in it, and Flex would take it for two",
            ));
        }
        Ok(values.join(","))
    }

    fn check_type(&self, source: &str, sent: &[String]) -> Result<(), Refusal> {
        let integer = |text: &str| {
            let digits = text.strip_prefix('-').unwrap_or(text);
            digits.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<i64>().is_ok()
        };
        let boolean = |text: &str| matches!(text, "true" | "false");
        let each = |check: &dyn Fn(&str) -> bool| {
            sent.iter()
                .flat_map(|value| value.split(','))
                .all(|part| check(part.trim()))
        };
        let one = |check: &dyn Fn(&str) -> bool| sent.iter().all(|value| check(value));
        let (fits, what) = match self.kind {
            Kind::Integer => (one(&integer), "a whole number such as 5"),
            Kind::Boolean => (one(&boolean), "`true` or `false`"),
            Kind::IntegerArray => (
                each(&integer),
                "whole numbers with commas between, such as 1,2,3",
            ),
            Kind::BooleanArray => (each(&boolean), "`true` or `false`, with commas between"),
            _ => (true, ""),
        };
        if fits {
            return Ok(());
        }
        Err(unfit(
            &self.name,
            source,
            &format!(
                "its type wants {what}; Flex answers \"400 invalid attribute format\" to anything else"
            ),
        ))
    }
}

fn missing(claim: &str, sources: &[String], attributes: &Attributes) -> Refusal {
    let tried: Vec<String> = sources.iter().map(|source| format!("`{source}`")).collect();
    let wanted = sources.iter().map(String::as_str).chain([claim]);
    let similar = wanted
        .filter_map(|name| attributes.similar(name))
        .find(|similar| !sources.iter().any(|source| source == similar));
    let similar = similar.map_or_else(String::new, |similar| {
        format!("; `{similar}` did arrive and looks like it")
    });
    Refusal::new(
        RefusalCode::ReleaseMissing,
        format!(
            "`{claim}` was looked for in {}, and none arrived with a value{similar}",
            tried.join(", ")
        ),
    )
}

fn unfit(claim: &str, source: &str, why: &str) -> Refusal {
    Refusal::new(
        RefusalCode::ReleaseValue,
        format!("`{claim}`, from the attribute `{source}`: {why}"),
    )
}

fn check_characters(claim: &str, value: &str) -> Result<(), Refusal> {
    match uncarriable(value) {
        None => Ok(()),
        Some(character) => Err(Refusal::new(
            RefusalCode::ReleaseValue,
            format!(
                "`{claim}` has a character that XML can't carry: U+{:04X}",
                u32::from(character)
            ),
        )),
    }
}

fn check_size(release: &Release) -> Result<(), Refusal> {
    let length = |text: &String| text.chars().count();
    let size = |attribute: &ReleasedAttribute| {
        length(&attribute.name) + attribute.values.iter().map(length).sum::<usize>()
    };
    let total: usize = release.attributes().iter().map(size).sum();
    if total <= MOST_CHARACTERS {
        return Ok(());
    }
    let largest = release
        .attributes()
        .iter()
        .max_by_key(|attribute| size(attribute));
    let largest = largest.map_or("", |attribute| attribute.name.as_str());
    Err(Refusal::new(
        RefusalCode::ReleaseValue,
        format!(
            "the attributes for Flex have {total} characters in all, and TaskRouter keeps at most {MOST_CHARACTERS} for a worker; the largest is `{largest}`"
        ),
    ))
}

fn location_refusal(decision: &Decision) -> Refusal {
    let cause = decision.no_match.unwrap_or(NoMatchCause::NoRule);
    let code = match cause {
        NoMatchCause::ListUnavailable => RefusalCode::LocationUnavailable,
        _ => RefusalCode::LocationNoMatch,
    };
    let read = match &decision.attribute {
        Some(attribute) => format!("the attribute `{attribute}` was read"),
        None => "no location attribute arrived with a value".to_owned(),
    };
    let rule = decision
        .rule
        .map_or_else(String::new, |rule| format!(", rule {rule} held"));
    Refusal::new(code, format!("{}: {read}{rule}", cause.as_str()))
}

/// [`Claims::new`] lets none of these through; should one come up all the same, nothing is sent.
fn not_releasable(reason: &NotReleasable) -> Refusal {
    let code = match reason {
        NotReleasable::Refused => RefusalCode::LocationNoMatch,
        NotReleasable::Location(_) | NotReleasable::Twice(_) => RefusalCode::ReleaseValue,
    };
    Refusal::new(code, reason.to_string())
}
