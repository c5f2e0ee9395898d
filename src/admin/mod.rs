//! What an administrator can do, once each: command line, page and API all call the same
//! operation here.
//!
//! Must never: print, speak HTTP, or do what a login does in another way than a login.

mod against;
mod coverage;
mod desk;
mod doctor;
mod explain;
mod glance;
mod history;
pub mod locations;
mod logins;
mod pasted;
mod rule_text;
mod sample;
mod session;
mod setup;
mod trouble;
pub mod workers;

pub use crate::store::{JournalCursor, JournalPage};
pub use against::{Against, Move, NotKnown, OtherRules, Told, against, lets_in};
pub use coverage::{Coverage, LocationUse, RuleUse, Unmatched, coverage};
pub use desk::{
    AuditOf, Desk, JobState, JobStatus, NewList, PastedAccount, PastedRules, WorkersAudit,
    WorkersPlan, account, choose,
};
pub use doctor::{Diagnosis, Finding, Health};
pub use explain::{Explanation, FlexView, Proof, Sample, SampleTime, Stage, explain};
pub use glance::{
    AccountGlance, CertificateGlance, Glance, Lasting, ListGlance, Protocol, ProviderGlance,
    SOON_DAYS, glance,
};
pub use history::{History, Span, Stretch, history};
pub use logins::{LoginSearch, LoginsError, find_logins};
pub use pasted::{LARGEST_SAMPLE, pasted};
pub use sample::{AsOf, Try};
pub use session::{IDLE, LONGEST, Session, Sessions};
pub use setup::{Field, Setup, setup};
pub use trouble::{Trouble, TroubleKind};
