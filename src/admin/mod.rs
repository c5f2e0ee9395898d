//! What an administrator can do, once each: command line, page and API all call the same
//! operation here.
//!
//! Must never: print, speak HTTP, or do what a login does in another way than a login.

mod desk;
mod doctor;
mod explain;
mod glance;
mod history;
mod journal;
pub mod locations;
mod pasted;
mod sample;
mod session;
mod setup;
mod trouble;
pub mod workers;

pub use desk::{Desk, NewList, account, choose};
pub use doctor::{Diagnosis, Finding, Health};
pub use explain::{Explanation, FlexView, Proof, Sample, SampleTime, Stage, explain};
pub use glance::{
    AccountGlance, CertificateGlance, Glance, Lasting, ListGlance, Protocol, ProviderGlance,
    SOON_DAYS, glance,
};
pub use history::{History, Span, Stretch, history};
pub use journal::{LoginPage, LoginQuery, logins};
pub use pasted::{LARGEST_SAMPLE, pasted};
pub use sample::{AsOf, Try};
pub use session::{IDLE, LONGEST, Session, Sessions};
pub use setup::{Field, Setup, setup};
pub use trouble::{Trouble, TroubleKind};
