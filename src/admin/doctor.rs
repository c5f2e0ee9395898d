//! What `doctor` finds: the nouns. Looking itself takes the running parts, and is done where
//! these are put together.

use chrono::SubsecRound;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{clock::Timestamp, settings::Problem, settings::Severity};

/// How one thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// As it should be.
    Ok,
    /// Logins work; somebody should look all the same.
    Warning,
    /// Logins fail because of it, or will.
    Fails,
}

impl Health {
    /// As in `--format json`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Fails => "fails",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "DoctorFinding")]
pub struct Finding {
    /// Which, such as `store` or `idp.hq.metadata`.
    pub name: String,
    /// How it is.
    pub health: Health,
    /// What was seen. Holds no secret and no personal data.
    pub seen: String,
    /// What to do about it; none when it is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
}

impl Finding {
    /// It is as it should be.
    #[must_use]
    pub fn ok(name: impl Into<String>, seen: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            health: Health::Ok,
            seen: seen.into(),
            mend: None,
        }
    }

    /// Somebody should look.
    #[must_use]
    pub fn warning(
        name: impl Into<String>,
        seen: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            health: Health::Warning,
            mend: Some(mend.into()),
            ..Self::ok(name, seen)
        }
    }

    /// Logins fail because of it, or will.
    #[must_use]
    pub fn fails(
        name: impl Into<String>,
        seen: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            health: Health::Fails,
            ..Self::warning(name, seen, mend)
        }
    }

    /// A problem of the configuration.
    #[must_use]
    pub fn of_problem(problem: &Problem) -> Self {
        let path = problem.path.to_string();
        let name = if path.is_empty() {
            "configuration".to_owned()
        } else {
            path
        };
        match problem.severity {
            Severity::Error => Self::fails(name, &problem.message, &problem.mend),
            Severity::Warning => Self::warning(name, &problem.message, &problem.mend),
        }
    }

    /// Something that ends at `until`: over, within `soon` days, or later.
    #[must_use]
    pub fn of_end(
        name: impl Into<String>,
        what: &str,
        until: Timestamp,
        now: Timestamp,
        soon: i64,
        mend: &str,
    ) -> Self {
        let (days, day) = ((until - now).num_days(), until.format("%Y-%m-%d"));
        if until <= now {
            Self::warning(name, format!("{what} ended on {day}"), mend)
        } else if days < soon {
            let seen = format!("{what} ends in {days} days, on {day}");
            Self::warning(name, seen, mend)
        } else {
            Self::ok(name, format!("{what} has {days} days left, until {day}"))
        }
    }
}

/// Everything that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Diagnosis {
    /// When.
    pub at: Timestamp,
    /// The worst of all.
    pub health: Health,
    /// Each thing, in the order of a login.
    pub findings: Vec<Finding>,
}

impl Diagnosis {
    /// What was found at `at`, to the second: nobody compares finer ones.
    #[must_use]
    pub fn new(at: Timestamp, findings: Vec<Finding>) -> Self {
        let worst = findings.iter().map(|finding| finding.health).max();
        Self {
            at: at.trunc_subsecs(0),
            health: worst.unwrap_or(Health::Ok),
            findings,
        }
    }

    /// How many findings are like that.
    #[must_use]
    pub fn count(&self, health: Health) -> usize {
        let like = |finding: &&Finding| finding.health == health;
        self.findings.iter().filter(like).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn the_worst_decides() {
        let at = Timestamp::UNIX_EPOCH;
        let ok = Finding::ok("a", "b");
        let warning = Finding::warning("a", "b", "c");
        let fails = Finding::fails("a", "b", "c");
        for (findings, health) in [
            (vec![], Health::Ok),
            (vec![ok.clone()], Health::Ok),
            (vec![warning.clone(), ok.clone()], Health::Warning),
            (vec![ok, fails, warning], Health::Fails),
        ] {
            assert_eq!(Diagnosis::new(at, findings).health, health);
        }
    }

    #[test]
    fn the_time_is_told_to_the_second() {
        let at = Timestamp::UNIX_EPOCH + TimeDelta::nanoseconds(86_400_123_456_789);
        let told = serde_json::to_value(Diagnosis::new(at, vec![])).unwrap();
        assert_eq!(told["at"], "1970-01-02T00:00:00Z");
    }

    #[test]
    fn an_end_is_seen_coming() {
        let now = Timestamp::UNIX_EPOCH + TimeDelta::days(1_000);
        for (days, health, seen) in [
            (-1, Health::Warning, "it ended on 1972-09-26"),
            (0, Health::Warning, "it ended on 1972-09-27"),
            (29, Health::Warning, "it ends in 29 days, on 1972-10-26"),
            (30, Health::Ok, "it has 30 days left, until 1972-10-27"),
        ] {
            let until = now + TimeDelta::days(days);
            let found = Finding::of_end("x", "it", until, now, 30, "mend");
            assert_eq!((found.health, found.seen.as_str()), (health, seen));
            assert_eq!(found.mend.is_some(), health != Health::Ok);
        }
    }
}
