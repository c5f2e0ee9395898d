//! A company whose bridge runs by an example, before an identity provider of its style.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use chrono::TimeDelta;
use flexbridge::{
    app::{self, Running},
    clock::{Clock as _, SystemClock, SystemRandom},
};

use super::{adapted, read};
use crate::support::{
    bridge::Site,
    browser::Browser,
    flex::{enhanced_request, redirect},
    forging::{Asked, ForgingIdp, asked},
    forms::Form,
};

/// A bridge by an example, and its identity provider.
pub struct Company {
    /// Who signs.
    pub idp: ForgingIdp,
    /// What it writes of somebody, with its places still open.
    pub template: String,
    site: Site,
    running: Running,
}

impl Company {
    /// Starts the bridge by this example.
    pub async fn start(name: &str) -> Self {
        let template = read(&format!("tests/it/fixtures/idp/{name}.xml"));
        let mut idp = ForgingIdp::new(name);
        idp.entity_id = issuer(&template);
        let site = Site::new();
        adapted::write(name, &site, &idp);
        let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
        let running = app::start(&site.config(), clock, random)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}: {error:?}"));
        Self {
            idp,
            template,
            site,
            running,
        }
    }

    /// Flex asks, and the bridge asks the identity provider.
    pub async fn begin(&self, browser: &mut Browser) -> Asked {
        let xml = enhanced_request("_flex-request", &self.site.sso_url());
        let flex_asks = redirect(&self.site.sso_url(), &xml, "state");
        asked(&browser.open_once(&flex_asks).await)
    }

    /// What the identity provider writes in answer, not signed yet.
    pub fn says(&self, asked: &Asked) -> String {
        let after = |minutes| {
            let time = SystemClock.now() + TimeDelta::minutes(minutes);
            time.format("%Y-%m-%dT%H:%M:%S").to_string()
        };
        let mut xml = self.template.trim_end().to_owned();
        for (place, value) in [
            ("@ACS@", asked.acs.clone()),
            ("@SP@", asked.issuer.clone()),
            ("@REQUEST@", asked.id.clone()),
            ("@BEFORE@", after(-5)),
            ("@NOW@", after(0)),
            ("@SOON@", after(5)),
            ("@HOUR@", after(60)),
            ("@DAY@", after(24 * 60)),
        ] {
            xml = xml.replace(place, &value);
        }
        xml
    }

    /// Stops the bridge.
    pub async fn stop(self) {
        self.running.stop().await.unwrap();
    }
}

/// The form that the browser brings from the identity provider.
pub fn answer(asked: &Asked, xml: &str) -> Form {
    Form {
        action: asked.acs.parse().unwrap(),
        post: true,
        fields: vec![
            ("SAMLResponse".to_owned(), BASE64.encode(xml)),
            ("RelayState".to_owned(), asked.relay_state.clone()),
        ],
    }
}

/// The issuer that a fixture writes.
fn issuer(template: &str) -> String {
    let document = roxmltree::Document::parse(template).unwrap();
    let mut nodes = document.descendants();
    let issuer = nodes.find(|node| node.tag_name().name() == "Issuer");
    issuer.unwrap().text().unwrap().to_owned()
}
