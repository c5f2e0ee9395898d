//! Whatever is in the configuration's file: all of it is understood, or a report says what is wrong; and
//! what is understood, shown with all its defaults, is the same configuration.

use flexbridge::config::{Draft, show};

/// One file.
pub fn run(data: &[u8]) {
    match Draft::of_bytes("flexbridge.toml", data.to_vec()).finish() {
        Err(report) => {
            assert!(report.counts().0 > 0, "refused for no reason");
            assert!(!report.render(false).is_empty());
            assert!(!report.render(true).is_empty());
        }
        Ok(checked) => {
            let shown = show(&checked.file).expect("what was read can be shown");
            match Draft::of_bytes("shown.toml", shown.clone().into_bytes()).finish() {
                Ok(again) => assert_eq!(again.file, checked.file),
                Err(report) => panic!("{}\n{shown}", report.render(false)),
            }
        }
    }
}
