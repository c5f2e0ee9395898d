//! `flexbridge logins history`

use std::fmt::Write as _;

use crate::{
    admin::{self, History, Span, Stretch},
    cli::{Context, Exit, Format, FormatArgs},
    config::Config,
    store::JournalReader,
};

/// How wide the longest bar is.
const WIDEST: u64 = 40;

/// How many logins were accepted and refused, hour by hour or day by day
///
/// The time is UTC, and each line's is where its stretch begins: an hour, 6 hours, or a day.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  flexbridge logins history\n  \
    flexbridge logins history --since 30d --format json")]
pub(super) struct Args {
    /// How far back: 24h by the hour, 7d by 6 hours, 30d by the day.
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = span)]
    since: Span,
    #[command(flatten)]
    format: FormatArgs,
}

fn span(text: &str) -> Result<Span, String> {
    Span::parse(text).ok_or_else(|| "write 24h, 7d or 30d".to_owned())
}

impl Args {
    pub(super) async fn run(self, context: &Context, config: &Config) -> Exit {
        let journal = JournalReader::of(config.store.path());
        match admin::history(&journal, self.since, context.clock.now()).await {
            Ok(history) => {
                match self.format.format {
                    Format::Json => context.output.json(&history),
                    Format::Text => context.output.text(&text(&history)),
                }
                Exit::Fine
            }
            Err(error) => super::failed(context, &error.to_string()),
        }
    }
}

fn text(history: &History) -> String {
    let mut out = format!(
        "{}: {} accepted, {} refused, {} without a location\n\n",
        history.span.as_str(),
        history.accepted,
        history.refused,
        history.no_match
    );
    let all = |one: &Stretch| one.accepted + one.refused;
    let most = history.stretches.iter().map(all).max().unwrap_or(0);
    let _ = writeln!(out, "from (UTC)         accepted   refused");
    for one in &history.stretches {
        // Whoever was refused is seen, however many were accepted.
        let (whole, accepted) = (length(all(one), most), length(one.accepted, most));
        let refused = whole
            .saturating_sub(accepted)
            .max(u64::from(one.refused > 0));
        let line = format!(
            "{}  {:>9} {:>9}  {}{}",
            one.from.format("%Y-%m-%d %H:%M"),
            one.accepted,
            one.refused,
            bar('█', accepted),
            bar('░', refused)
        );
        let _ = writeln!(out, "{}", line.trim_end());
    }
    let _ = write!(out, "\n█ accepted  ░ refused");
    out
}

/// The part of the widest that so many have.
fn length(count: u64, most: u64) -> u64 {
    if most == 0 {
        return 0;
    }
    let wide = u128::from(count) * u128::from(WIDEST);
    u64::try_from(wide.div_ceil(u128::from(most))).unwrap_or(WIDEST)
}

fn bar(letter: char, length: u64) -> String {
    let length = usize::try_from(length).unwrap_or(0);
    std::iter::repeat_n(letter, length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    #[test]
    fn bars_are_as_long_as_there_were_logins() {
        let stretch = |accepted, refused| Stretch {
            from: Timestamp::UNIX_EPOCH,
            accepted,
            refused,
        };
        let history = History {
            span: Span::Day,
            step_seconds: 3_600,
            stretches: vec![stretch(0, 0), stretch(60, 20), stretch(20_000 / 250, 0)],
            accepted: 140,
            refused: 20,
            no_match: 3,
        };
        let told = text(&history);
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(
            lines[0],
            "24h: 140 accepted, 20 refused, 3 without a location"
        );
        assert_eq!(lines[3], "1970-01-01 00:00          0         0");
        let count = |line: &str, letter| line.chars().filter(|one| *one == letter).count();
        assert_eq!((count(lines[4], '█'), count(lines[4], '░')), (30, 10));
        assert_eq!((count(lines[5], '█'), count(lines[5], '░')), (40, 0));
        assert_eq!(length(1, 1_000_000), 1);
        assert_eq!(length(u64::MAX, u64::MAX), WIDEST);
    }
}
