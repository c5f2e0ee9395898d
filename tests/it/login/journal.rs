//! What the agent reads out leads the administrator to the login.

use super::{
    explain::flexbridge,
    walk::{Forged, set},
};
use serde_json::Value;

#[tokio::test]
async fn a_reference_leads_to_its_login() {
    let company = Forged::start(|_| {}).await;
    let accepted = |says: &mut crate::support::forging::Says| {
        set(says, "physicalDeliveryOfficeName", &["Singapore Office"]);
    };
    company.login(accepted).await;
    let refused = company.login(|says| set(says, "email", &[])).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    let site = company.bridge.stop().await;

    let (code, out, err) = flexbridge(&site, &["logins", "list", "--format", "json"]);
    assert_eq!(code, 0, "{err}");
    let logins: Vec<Value> = serde_json::from_str(&out).unwrap();
    assert_eq!(logins.len(), 2, "{out}");
    assert_eq!(logins[0]["code"], "release.missing");
    assert_eq!(logins[1]["location"], "Singapore Office");

    let reference = logins[0]["reference"].as_str().unwrap();
    assert!(refused.body.contains(reference), "{}", refused.body);
    // However it was written down.
    let (code, out, _) = flexbridge(&site, &["logins", "show", &reference.to_lowercase()]);
    assert_eq!(code, 0);
    assert!(
        out.contains("release.missing") && out.contains("Release the named attribute"),
        "{out}"
    );

    let list = |words: &[&str]| {
        let words = [&["logins", "list"], words].concat();
        flexbridge(&site, &words).1
    };
    assert!(list(&["--refused"]).ends_with("1 login\n"));
    assert!(list(&["--code", "login.replayed"]).ends_with("0 logins\n"));
    assert!(list(&["--since", "1h", "--flex", "production"]).ends_with("2 logins\n"));
    assert_eq!(flexbridge(&site, &["logins", "show", "00000-00000"]).0, 1);
    assert_eq!(
        flexbridge(&site, &["logins", "list", "--code", "nonsense"]).0,
        2
    );
}
