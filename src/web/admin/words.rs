//! Numbers and times as people read them. Templates hand references over, so they are borrowed.

use std::borrow::Borrow;

use crate::clock::Timestamp;

/// A time, to the second.
pub(super) fn time(at: impl Borrow<Timestamp>) -> String {
    at.borrow().format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A day.
pub(super) fn day(at: impl Borrow<Timestamp>) -> String {
    at.borrow().format("%Y-%m-%d").to_string()
}

/// How long ago, roughly.
pub(super) fn ago(seconds: impl Borrow<u64>) -> String {
    let seconds = *seconds.borrow();
    match seconds {
        0..120 => format!("{seconds} s ago"),
        120..7_200 => format!("{} min ago", seconds / 60),
        7_200..172_800 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

/// How long something takes still, roughly.
pub(super) fn span(seconds: impl Borrow<u64>) -> String {
    let seconds = *seconds.borrow();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}

/// How long something took.
pub(super) fn duration(microseconds: impl Borrow<u64>) -> String {
    let microseconds = *microseconds.borrow();
    match microseconds {
        0..10_000 => format!("{}.{} ms", microseconds / 1_000, microseconds % 1_000 / 100),
        10_000..10_000_000 => format!("{} ms", microseconds / 1_000),
        _ => format!("{} s", microseconds / 1_000_000),
    }
}

/// A count, in groups of three digits.
pub(super) fn count(number: impl Borrow<u64>) -> String {
    let digits = number.borrow().to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// How long a certificate lasts.
pub(super) fn days_left(days: impl Borrow<i64>) -> String {
    let days = *days.borrow();
    match days {
        ..=-1 => format!("over for {} days", -days),
        1 => "1 day left".to_owned(),
        _ => format!("{days} days left"),
    }
}

/// A sentence as HTML: what stands between backticks is shown as code.
pub(super) fn rich(text: impl AsRef<str>) -> String {
    let text = text.as_ref();
    let whole = text.matches('`').count().is_multiple_of(2);
    let mut out = String::new();
    for (place, piece) in text.split('`').enumerate() {
        let code = whole && place % 2 == 1;
        if !whole && place > 0 {
            out.push('`');
        }
        out.push_str(if code { "<code>" } else { "" });
        escape(piece, &mut out);
        out.push_str(if code { "</code>" } else { "" });
    }
    out
}

fn escape(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code_and_nothing_is_markup() {
        for (text, html) in [
            (
                "Set `a = \"<b>\"`.",
                "Set <code>a = &quot;&lt;b&gt;&quot;</code>.",
            ),
            ("`x` and `y`", "<code>x</code> and <code>y</code>"),
            ("one ` alone & 'so'", "one ` alone &amp; &#39;so&#39;"),
            ("`a` and ` alone", "`a` and ` alone"),
            ("", ""),
        ] {
            assert_eq!(rich(text), html, "{text}");
        }
    }

    #[test]
    fn numbers_as_people_read_them() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(ago(119), "119 s ago");
        assert_eq!(ago(7_199), "119 min ago");
        assert_eq!(ago(200_000), "2 days ago");
        assert_eq!(duration(1_250), "1.2 ms");
        assert_eq!(duration(25_000), "25 ms");
        assert_eq!(days_left(-3), "over for 3 days");
    }
}
