//! SimpleSAMLphp as the company's identity provider: a real one, private to
//! the test, behind PHP-FPM and nginx on ports of its own.
//!
//! Must never: use the machine's own SimpleSAMLphp configuration, or leave a
//! process or a file behind.

mod instance;
mod people;
mod service_provider;

use std::fs;

use tempfile::TempDir;
use url::Url;

use super::browser::{Browser, Page};
use super::child::{Server, free_port};
use super::forms::Form;
use super::identity::SigningIdentity;

pub use people::{PASSWORD, Person, people};
pub use service_provider::{NameFormat, NameIdFormat, Signs, SpMetadata};

/// A running SimpleSAMLphp; dropping it ends it.
pub struct SimpleSaml {
    base: Url,
    identity: SigningIdentity,
    // Dropped in this order: the servers before the folder they live in.
    _nginx: Server,
    _php: Server,
    folder: TempDir,
}

/// What SimpleSAMLphp lets the browser post to the service provider.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The form that submits itself; its action is the ACS URL.
    pub form: Form,
    /// The SAMLResponse as posted, base64.
    pub response: String,
    /// The RelayState, if one came along.
    pub relay_state: Option<String>,
}

impl SimpleSaml {
    /// Starts one that knows these service providers and [`people`].
    ///
    /// Call [`super::peers::require`] with `simplesamlphp` first.
    pub fn start(service_providers: &[SpMetadata]) -> Self {
        Self::start_with(service_providers, &people())
    }

    /// Starts one that knows these service providers and these people.
    pub fn start_with(service_providers: &[SpMetadata], people: &[Person]) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("flexbridge-ssp-")
            .tempdir()
            .unwrap();
        let port = free_port();
        let base = Url::parse(&format!("http://127.0.0.1:{port}/simplesaml/")).unwrap();
        let identity = SigningIdentity::generate("SimpleSAMLphp");
        instance::write_configuration(folder.path(), &base, &identity, people);
        instance::write_service_providers(folder.path(), service_providers);
        let php = instance::start_php(folder.path());
        let nginx = instance::start_nginx(folder.path(), port);
        Self {
            base,
            identity,
            _nginx: nginx,
            _php: php,
            folder,
        }
    }

    /// Replaces the service providers it knows, from the next request on.
    pub fn trust(&self, service_providers: &[SpMetadata]) {
        instance::write_service_providers(self.folder.path(), service_providers);
    }

    /// Knows from the next request on only what this metadata document says.
    pub fn trust_document(&self, xml: &str) {
        self.trust(&[]);
        fs::write(self.folder.path().join("sp.xml"), xml).unwrap();
    }

    /// Its entity ID, which is also where its metadata is.
    pub fn metadata_url(&self) -> Url {
        self.base.join("saml2/idp/metadata.php").unwrap()
    }

    /// Its entity ID.
    pub fn entity_id(&self) -> String {
        self.metadata_url().into()
    }

    /// Its metadata as it serves them.
    pub async fn metadata_xml(&self) -> String {
        let page = Browser::new().open(&self.metadata_url()).await;
        assert_eq!(page.status, 200, "{}{}", page.body, self.log());
        page.body
    }

    /// Where an AuthnRequest goes.
    pub fn sso_url(&self) -> Url {
        self.base.join("saml2/idp/SSOService.php").unwrap()
    }

    /// The certificate it signs with, PEM.
    pub fn certificate(&self) -> &str {
        &self.identity.certificate
    }

    /// Where an IdP-initiated login begins.
    pub fn idp_initiated_url(&self, entity_id: &str, relay_state: &str) -> Url {
        let mut url = self.sso_url();
        url.query_pairs_mut()
            .append_pair("spentityid", entity_id)
            .append_pair("RelayState", relay_state);
        url
    }

    /// Follows `start` (an AuthnRequest by redirect, or an IdP-initiated link) to
    /// the login page, signs in and returns the form for the service provider.
    pub async fn sign_in(&self, browser: &mut Browser, start: &Url, user: &str) -> SignedIn {
        let page = browser.open(start).await;
        self.sign_in_at(browser, page, user).await
    }

    /// The same for an AuthnRequest by form.
    pub async fn sign_in_by_form(
        &self,
        browser: &mut Browser,
        start: &Form,
        user: &str,
    ) -> SignedIn {
        let page = browser.submit(start).await;
        self.sign_in_at(browser, page, user).await
    }

    /// The same from a page that the browser already shows. Someone who is
    /// still signed in isn't asked again.
    pub async fn sign_in_at(&self, browser: &mut Browser, page: Page, user: &str) -> SignedIn {
        let page = if page
            .forms()
            .iter()
            .any(|form| form.field("SAMLResponse").is_some())
        {
            page
        } else {
            let login = page.form_with("password");
            let login = login.fill("username", user).fill("password", PASSWORD);
            browser.submit(&login).await
        };
        assert_eq!(page.status, 200, "{}{}", page.body, self.log());
        let form = page.form_with("SAMLResponse");
        SignedIn {
            response: form.field("SAMLResponse").unwrap().to_owned(),
            relay_state: form.field("RelayState").map(str::to_owned),
            form,
        }
    }

    /// What it wrote into its log, for a failing test.
    pub fn log(&self) -> String {
        let log = self.folder.path().join("log/simplesamlphp.log");
        fs::read_to_string(log).unwrap_or_default()
    }
}
