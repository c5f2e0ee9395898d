//! Why an operation gave no answer, in words and with a stable code.

use schemars::JsonSchema;
use serde::Serialize;

use crate::store::StoreUnavailable;

/// What kind of trouble it is; each way to an operation answers it in its own manner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// There is no such thing.
    NotFound,
    /// What was asked can't be.
    Invalid,
    /// Who asks may not.
    Forbidden,
    /// What it would change is not what was looked at.
    Conflict,
    /// Too much at once.
    Busy,
    /// Something that the operation needs is away.
    Unavailable,
}

/// Why an operation gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Trouble {
    /// What kind it is.
    pub kind: TroubleKind,
    /// Its stable code, `area.cause`.
    pub code: &'static str,
    /// What is wrong, in a sentence.
    pub detail: String,
    /// What to do about it, in a sentence.
    pub mend: String,
}

impl Trouble {
    /// Some trouble.
    #[must_use]
    pub fn new(
        kind: TroubleKind,
        code: &'static str,
        detail: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            code,
            detail: detail.into(),
            mend: mend.into(),
        }
    }

    /// There is none of that name.
    #[must_use]
    pub fn not_found(what: &str, name: &str, known: &str) -> Self {
        Self::new(
            TroubleKind::NotFound,
            "admin.not_found",
            format!("there is no {what} `{name}`"),
            format!("There is {known}."),
        )
    }

    /// What was asked can't be.
    #[must_use]
    pub fn invalid(detail: impl Into<String>, mend: impl Into<String>) -> Self {
        Self::new(TroubleKind::Invalid, "admin.invalid", detail, mend)
    }
}

impl From<StoreUnavailable> for Trouble {
    fn from(error: StoreUnavailable) -> Self {
        Self::new(
            TroubleKind::Unavailable,
            "journal.unavailable",
            error.to_string(),
            "Look at the disk and the rights of store.path.",
        )
    }
}
