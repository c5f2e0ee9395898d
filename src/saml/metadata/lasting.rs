//! How long metadata says it may be kept: `cacheDuration`, an `xs:duration`
//! (Metadata §2.3.1, XML Schema Part 2 §3.2.6).

use std::time::Duration;

use crate::saml::xml::Node;

/// The longest duration that is told apart from a longer one.
const LONGEST: Duration = Duration::from_hours(24 * 366);
/// The longest text that is read as a duration, in bytes.
const LONGEST_TEXT: usize = 40;

/// The shortest `cacheDuration` of `role` and of everything around it. What is
/// no duration counts as not said: it can only make us ask more often.
pub(super) fn cache_duration(role: Node<'_, '_>) -> Option<Duration> {
    let around = std::iter::successors(Some(role), |node| node.parent());
    around
        .filter_map(|node| parse(node.attribute("cacheDuration")?))
        .min()
}

/// A duration that is not negative, up to a year; a month counts 30 days.
fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    if text.len() > LONGEST_TEXT {
        return None;
    }
    let (date, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (text.strip_prefix('P')?, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let days = [('Y', 365 * 86_400), ('M', 30 * 86_400), ('D', 86_400)];
    let clock = [('H', 3_600), ('M', 60), ('S', 1)];
    let seconds = sum(date, &days)?.saturating_add(sum(time, &clock)?);
    Some(Duration::from_secs(seconds).min(LONGEST))
}

/// The sum of numbers with these units behind them, each at most once and in this order.
fn sum(mut text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut sum: u64 = 0;
    let mut units = units.iter();
    while !text.is_empty() {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, rest) = text.split_at(end);
        let unit = rest.chars().next()?;
        let (_, seconds) = units.by_ref().find(|(known, _)| *known == unit)?;
        // Only seconds may have a fraction, and that makes no difference here.
        let whole = match number.split_once('.') {
            Some((whole, fraction))
                if unit == 'S' && !fraction.is_empty() && !fraction.contains('.') =>
            {
                whole
            }
            Some(_) => return None,
            None => number,
        };
        if whole.is_empty() {
            return None;
        }
        // A number too large to be one is longer than anything that matters.
        let count: u64 = whole.parse().unwrap_or(u64::MAX);
        sum = sum.saturating_add(count.saturating_mul(*seconds));
        text = &rest[1..];
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_xml_schema_writes_them() {
        const DAY: u64 = 86_400;
        for (text, seconds) in [
            ("PT0S", Some(0)),
            ("PT5S", Some(5)),
            ("PT1.9S", Some(1)),
            ("PT1H30M", Some(5_400)),
            ("P1D", Some(DAY)),
            ("P7D", Some(7 * DAY)),
            ("P1M", Some(30 * DAY)),
            ("PT1M", Some(60)),
            ("P1DT12H", Some(DAY + 43_200)),
            (" PT604800.000S ", Some(7 * DAY)),
            ("P9Y", Some(366 * DAY)),
            ("P99999999999999999999999Y", Some(366 * DAY)),
            ("", None),
            ("P", None),
            ("PT", None),
            ("P1", None),
            ("P1DT", None),
            ("-P1D", None),
            ("P-1D", None),
            ("P1H", None),
            ("PT1D", None),
            ("P1D1Y", None),
            ("PT1M1M", None),
            ("P1.5D", None),
            ("PT.S", None),
            ("PT.5S", None),
            ("PTS", None),
            ("PD", None),
            ("PT1.S", None),
            ("PT1.2.3S", None),
            ("1D", None),
            ("p1d", None),
            ("P1D ago", None),
            ("PT00000000000000000000000000000000000001S", None),
        ] {
            assert_eq!(parse(text).map(|one| one.as_secs()), seconds, "{text}");
        }
    }
}
