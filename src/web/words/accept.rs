//! Which language, by `Accept-Language` (RFC 9110 §12.5.4, lookup as in RFC 4647 §3.4).

use http::{HeaderMap, header};

use crate::web::Language;

/// How much of the header is read, in bytes, and how many ranges of it.
const LONGEST: usize = 1_000;
const MOST_RANGES: usize = 32;

/// The language that the browser likes best of ours; `default` when it names none of them.
///
/// A region is taken for its language (`pt-BR` is Portuguese), of equals the first
/// counts, and what has weight 0 is not wanted. `*` is whatever the default is.
pub(in crate::web) fn choose(headers: &HeaderMap, default: Language) -> Language {
    let lines = headers.get_all(header::ACCEPT_LANGUAGE).iter();
    let lines = lines.filter_map(|line| line.to_str().ok());
    let ranges = lines
        .filter(|line| line.len() <= LONGEST)
        .flat_map(|line| line.split(','))
        .take(MOST_RANGES)
        .filter_map(|range| weighed(range, default));
    let mut best: Option<(u16, Language)> = None;
    for (weight, language) in ranges {
        if weight > best.map_or(0, |(heaviest, _)| heaviest) {
            best = Some((weight, language));
        }
    }
    best.map_or(default, |(_, language)| language)
}

/// A range of ours and its weight in thousandths.
fn weighed(range: &str, default: Language) -> Option<(u16, Language)> {
    let mut parts = range.split(';').map(str::trim);
    let tag = parts.next()?;
    let weight = match parts.next() {
        None => 1_000,
        Some(parameter) => thousandths(parameter)?,
    };
    let primary = tag.split('-').next()?;
    let language = match primary {
        "*" => default,
        primary => Language::of_tag(primary)?,
    };
    parts.next().is_none().then_some((weight, language))
}

/// `q=0.8`: at most three digits behind the point, at most 1.
fn thousandths(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let (whole, fraction) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    let digits = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let behind: u16 = format!("{fraction:0<3}").parse().ok().filter(|_| digits)?;
    match whole {
        "0" => Some(behind),
        "1" if behind == 0 => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(lines: &[&str], default: Language) -> &'static str {
        let mut headers = HeaderMap::new();
        for line in lines {
            let value = http::HeaderValue::from_bytes(line.as_bytes()).unwrap();
            headers.append(header::ACCEPT_LANGUAGE, value);
        }
        choose(&headers, default).tag()
    }

    #[test]
    fn the_heaviest_of_ours_is_chosen() {
        for (lines, expected) in [
            (&[][..], "en"),
            (&[""], "en"),
            (&["de"], "de"),
            (&["DE-ch"], "de"),
            (&["pt-BR,pt;q=0.9,en;q=0.8"], "pt"),
            (&["es-419"], "es"),
            (&["zh-Hant-TW, ja;q=0.3"], "ja"),
            (&["en;q=0.2, fr;q=0.9, de;q=0.91"], "de"),
            (&["fr , de"], "fr"),
            (&["fr;q=0.5, de;q=0.5"], "fr"),
            (&["fr ; q=0.1,es; Q=0.2"], "es"),
            // Not wanted, not understood, not ours.
            (&["de;q=0"], "en"),
            (&["de;q=0.000, fr;q=0.001"], "fr"),
            (&["de;q=1.1, fr;q=0.1"], "fr"),
            (&["de;q=0.1234, fr;q=0.1"], "fr"),
            (&["de;q=-1, fr;q=0.1"], "fr"),
            (&["de;level=1, fr;q=0.1"], "fr"),
            (&["de;q=0.5;x=1, fr;q=0.1"], "fr"),
            (&["deutsch, german, zh, sv"], "en"),
            (&["fr;q=0.4, *;q=0.5"], "en"),
            (&["*"], "en"),
            // Two lines are one list.
            (&["zh", "ja"], "ja"),
            (&["é"], "en"),
        ] {
            assert_eq!(chosen(lines, Language::English), expected, "{lines:?}");
        }
        assert_eq!(chosen(&["zh, *"], Language::Japanese), "ja");
        assert_eq!(chosen(&["sv"], Language::German), "de");
    }

    #[test]
    fn a_long_list_costs_little() {
        let long = format!("{},de", "zh,".repeat(400));
        assert_eq!(chosen(&[&long], Language::English), "en");
        let many = vec!["zh, sv"; 20];
        let many: Vec<_> = many.into_iter().chain(["de"]).collect();
        assert_eq!(chosen(&many, Language::English), "en");
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_sent_a_language_is_chosen(line in "[ -~]{0,80}|[a-z*;=q0-9., -]{0,80}") {
            chosen(&[&line], Language::French);
        }
    }
}
