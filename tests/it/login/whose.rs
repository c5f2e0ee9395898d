//! Whose a NameID is, where several companies sign people in to one account.

use flexbridge::identity::RefusalCode;

use super::{companies::Companies, walk::received, witness::is_refused};
use crate::support::{browser::Browser, log::Log};

const HQ: &str = "&login_hint=company.example";
const PARTNER: &str = "&login_hint=partner.example";

#[tokio::test]
async fn a_company_signs_in_nobody_elses_agents() {
    let log = Log::listen();
    let companies = Companies::start(|plan| {
        plan.flex.push_str("name_ids = \"by_email_domain\"\n");
    })
    .await;
    let theirs = Some("`email_domains` has the domain of the NameID for `hq`");
    let ours = Some("`email_domains` has the domain of the NameID for `partner`");
    let nobodys = Some("the domain of the NameID is not in `email_domains`");
    let none = Some("the NameID is no e-mail address");
    for (who, name_id, why) in [
        (HQ, "ann@company.example", None),
        (PARTNER, "ann@company.example", theirs),
        (PARTNER, "ANN@Company.Example", theirs),
        (PARTNER, "ann@partner.example", None),
        (HQ, "ann@partner.example", ours),
        (HQ, "ann@elsewhere.example", nobodys),
        (PARTNER, "4711", none),
    ] {
        let mut browser = Browser::new();
        let page = browser.open_once(&companies.flex_asks(who)).await;
        let page = companies
            .finish_as(&mut browser, &page, |says| {
                says.name_id = name_id.to_owned();
            })
            .await;
        match why {
            None => assert_eq!(received(&page).name_id, name_id),
            Some(why) => {
                let code = RefusalCode::ReleaseNameId;
                let record = is_refused(&companies.bridge, &log, &page, code).await;
                let line = log.of_login(record.reference.as_str());
                assert_eq!(line["detail"], why, "{name_id}");
            }
        }
    }
}

/// Where the administrator says that they are the same people, they are.
#[tokio::test]
async fn shared_names_are_the_same_agent() {
    let companies = Companies::start(|plan| plan.flex.push_str("name_ids = \"shared\"\n")).await;
    for who in [HQ, PARTNER] {
        let mut browser = Browser::new();
        let page = browser.open_once(&companies.flex_asks(who)).await;
        let page = companies
            .finish_as(&mut browser, &page, |says| {
                says.name_id = "4711".to_owned();
            })
            .await;
        assert_eq!(received(&page).name_id, "4711");
    }
}
