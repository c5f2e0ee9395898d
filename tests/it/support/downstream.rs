//! Service providers that stand in for Flex, and xmlsec1: each says by its own
//! rules whether it accepts a response.
//!
//! Must never: be lenient for the bridge's sake. A refusal here is one in Flex.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use quick_xml::events::{BytesStart, Event};
use serde::Deserialize;
use serde_json::{Value, json};

use super::peers;

/// What a downstream service provider knows and is shown.
#[derive(Debug, Clone)]
pub struct Question {
    /// The SAMLResponse form field, base64.
    pub response: String,
    /// The service provider's own entity ID; Flex's audience.
    pub sp_entity_id: String,
    /// Where the response was posted.
    pub acs_url: String,
    /// The only identity provider it trusts.
    pub idp_entity_id: String,
    /// That identity provider's certificate, PEM.
    pub idp_certificate: String,
    /// The AuthnRequest this answers; `None` for an unsolicited one.
    pub request_id: Option<String>,
    /// Judge as of this time, seconds since 1970, where the peer can.
    pub now: Option<i64>,
}

/// What python3-saml said.
#[derive(Debug, Clone, Deserialize)]
pub struct PythonVerdict {
    /// Whether it accepted the response.
    pub ok: bool,
    /// Why not.
    pub errors: Vec<String>,
    /// Who signed in.
    pub name_id: Option<String>,
    /// The NameID's Format.
    pub name_id_format: Option<String>,
    /// The session it belongs to.
    pub session_index: Option<String>,
    /// The request it answers.
    pub in_response_to: Option<String>,
    /// Attribute names and values.
    #[serde(default)]
    pub attributes: serde_json::Map<String, Value>,
}

/// What passport-wsfed-saml2 said.
#[derive(Debug, Clone, Deserialize)]
pub struct PassportVerdict {
    /// Whether it accepted the response.
    pub ok: bool,
    /// Why not.
    pub errors: Vec<String>,
    /// What it makes of the assertion; one value is a string, several are an array.
    #[serde(default)]
    pub profile: serde_json::Map<String, Value>,
    /// Every attribute's name in order, duplicates included.
    #[serde(default)]
    pub attribute_names: Vec<String>,
}

/// Asks python3-saml (as strict as Flex's legacy sign-on). Needs the peer `python`.
pub fn python3_saml(question: &Question) -> PythonVerdict {
    let mut command = Command::new(peers::python());
    command.arg(peers::in_checkout("tests/peers/python/check_saml.py"));
    serde_json::from_slice(&ask(&mut command, question)).unwrap()
}

/// Asks passport-wsfed-saml2 (Auth0's, like Flex's enhanced sign-on). Needs the peer `node`.
pub fn passport_wsfed(question: &Question) -> PassportVerdict {
    let mut command = Command::new(peers::program("node"));
    // Deprecation notes of the library's old calls are not the verdict.
    command
        .arg("--no-deprecation")
        .arg(peers::in_checkout("tests/peers/node/check_saml.js"));
    serde_json::from_slice(&ask(&mut command, question)).unwrap()
}

fn ask(command: &mut Command, question: &Question) -> Vec<u8> {
    let asked = json!({
        "response": question.response,
        "sp_entity_id": question.sp_entity_id,
        "acs_url": question.acs_url,
        "idp_entity_id": question.idp_entity_id,
        "idp_certificate": question.idp_certificate,
        "request_id": question.request_id,
        "now": question.now,
    });
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(asked.to_string().as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "no verdict: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// Verifies with xmlsec1 that BOTH the response and its assertion carry a valid
/// enveloped signature by the key of `certificate` (PEM), each over itself.
/// `response` is the form field, base64. Needs the peer `xmlsec1`.
///
/// # Errors
/// What is missing or what xmlsec1 said.
pub fn xmlsec1(response: &str, certificate: &str) -> Result<(), String> {
    xmlsec1_response(response, certificate)?;
    xmlsec1_assertion(response, certificate)
}

/// The same for the response's own signature alone.
///
/// # Errors
/// What is missing or what xmlsec1 said.
pub fn xmlsec1_response(response: &str, certificate: &str) -> Result<(), String> {
    verify_one(
        response,
        certificate,
        "Response",
        "/*[local-name()='Response']",
    )
}

/// The same for the assertion's signature alone.
///
/// # Errors
/// What is missing or what xmlsec1 said.
pub fn xmlsec1_assertion(response: &str, certificate: &str) -> Result<(), String> {
    let place = "/*[local-name()='Response']/*[local-name()='Assertion']";
    verify_one(response, certificate, "Assertion", place)
}

fn verify_one(response: &str, certificate: &str, element: &str, place: &str) -> Result<(), String> {
    let xml = BASE64.decode(response).map_err(|error| error.to_string())?;
    signs_its_parent(&xml, element)?;
    let folder = tempfile::tempdir().unwrap();
    let document = folder.path().join("response.xml");
    let trusted = folder.path().join("trusted.pem");
    std::fs::write(&document, &xml).unwrap();
    std::fs::write(&trusted, certificate).unwrap();
    run_xmlsec1(
        &document,
        &trusted,
        &format!("{place}/*[local-name()='Signature']"),
    )
}

fn run_xmlsec1(document: &Path, trusted: &Path, signature: &str) -> Result<(), String> {
    let output = Command::new(peers::program("xmlsec1"))
        // No key from KeyInfo: only the key of the given certificate counts.
        .args([
            "--verify",
            "--enabled-key-data",
            "key-name",
            "--pubkey-cert-pem",
        ])
        .arg(trusted)
        .args(ID_ATTRIBUTES)
        .args(["--node-xpath", signature])
        .arg(document)
        .output()
        .unwrap();
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// How xmlsec1 is told which attributes are IDs.
pub const ID_ATTRIBUTES: [&str; 4] = [
    "--id-attr:ID",
    "urn:oasis:names:tc:SAML:2.0:protocol:Response",
    "--id-attr:ID",
    "urn:oasis:names:tc:SAML:2.0:assertion:Assertion",
];

/// A valid signature shows nothing about an element that it does not refer to:
/// the Reference of `element`'s own signature must be `element`'s ID.
fn signs_its_parent(xml: &[u8], element: &str) -> Result<(), String> {
    let mut reader = quick_xml::Reader::from_reader(xml);
    reader.config_mut().expand_empty_elements = true;
    // Names and IDs of the elements that are open, outermost first.
    let mut open: Vec<(String, String)> = Vec::new();
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(tag) => {
                if local_name(&tag) == "Reference"
                    && let [.., (parent, id), (signature, _), _] = open.as_slice()
                    && parent == element
                    && signature == "Signature"
                {
                    let target = attribute(&tag, "URI");
                    return if target == format!("#{id}") {
                        Ok(())
                    } else {
                        Err(format!(
                            "the signature of {element} {id} refers to {target}"
                        ))
                    };
                }
                open.push((local_name(&tag), attribute(&tag, "ID")));
            }
            Event::End(_) => drop(open.pop()),
            Event::Eof => return Err(format!("{element} has no signature of its own")),
            _ => {}
        }
    }
}

fn local_name(tag: &BytesStart<'_>) -> String {
    tag.local_name().as_ref().to_owned()
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> String {
    let found = tag.try_get_attribute(name).unwrap();
    found.map_or_else(String::new, |found| found.value.into_owned())
}
