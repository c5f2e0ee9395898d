//! Locations from an administrator's side, against the demo Twilio API: seen, judged, changed,
//! put back; by the operations and by the commands.

mod apply;
mod backups;
mod commands;
mod desk;
mod guide;
mod lint;
