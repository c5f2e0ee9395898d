//! pysaml2 as the company's identity provider: it reads our metadata, signs, and
//! encrypts for the key that it finds there.
//!
//! Must never: be told our key in another way than a real one.

use std::{fs, process::Command};

use serde_json::json;
use tempfile::TempDir;

use super::{
    child::{Server, free_port},
    identity::SigningIdentity,
    peers,
};

/// A running pysaml2; dropping it ends it.
pub struct PySaml2 {
    port: u16,
    _server: Server,
    folder: TempDir,
}

/// What it does for our service provider.
#[derive(Debug, Clone, Copy)]
pub struct Says {
    /// Whether it signs the response, after encrypting.
    pub sign_response: bool,
    /// Whether it signs the assertion, before encrypting.
    pub sign_assertion: bool,
    /// The cipher's identifier and the session key's kind, or its own choice.
    pub cipher: Option<(&'static str, &'static str)>,
}

impl PySaml2 {
    /// Starts one. Call [`peers::require`] with `python` and `xmlsec1` first.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let identity = SigningIdentity::generate("pysaml2");
        fs::write(folder.path().join("idp.pem"), &identity.certificate).unwrap();
        fs::write(folder.path().join("idp.key"), &identity.private_key).unwrap();
        let port = free_port();
        let mut command = Command::new(peers::python());
        command
            .arg(peers::in_checkout("tests/peers/python/idp_pysaml2.py"))
            .arg(port.to_string())
            .arg(folder.path());
        let mut server = Server::start("pysaml2", &mut command);
        server.wait_for_port(port);
        Self {
            port,
            _server: server,
            folder,
        }
    }

    /// Where its metadata is, which is also its entity ID.
    pub fn metadata_url(&self) -> String {
        format!("http://127.0.0.1:{}/metadata", self.port)
    }

    /// What it does for the service provider with these metadata, from the next login on.
    pub fn serve(&self, sp_metadata: &str, says: Says) {
        let says = json!({
            "sp_metadata": sp_metadata,
            "sign_response": says.sign_response,
            "sign_assertion": says.sign_assertion,
            "cipher": says.cipher.map(|(uri, key)| [uri, key]),
        });
        fs::write(self.folder.path().join("says.json"), says.to_string()).unwrap();
    }
}
