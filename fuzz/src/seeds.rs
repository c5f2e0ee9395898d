//! `FLEXBRIDGE_FUZZ=seeds` writes what every target begins with: honest messages, as the crate's own
//! tests make them, into `corpus/`.

use std::{fs, path::Path};

use base64::{Engine, prelude::BASE64_STANDARD};
use flexbridge::saml::{
    binding::{Outgoing, redirect},
    testing::{EC, Encrypted, IDP, OURS, RSA, Sample, Signed, idp_metadata, signature_template},
};

const ECDSA: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
const SSO: &str = "https://sso.example/saml/idp/production/sso";

/// Writes them and ends the process.
pub fn write() -> ! {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    responses(root);
    requests(root);
    documents(root);
    texts(root);
    std::process::exit(0);
}

fn put(root: &Path, target: &str, name: &str, bytes: impl AsRef<[u8]>) {
    let folder = root.join("corpus").join(target);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join(name), bytes).expect("a file");
}

fn from(root: &Path, path: &str) -> Vec<u8> {
    fs::read(root.join("..").join(path)).expect("a file of the repository")
}

fn samples() -> Vec<(String, Sample)> {
    let mut all = Vec::new();
    for (kind, signed) in [
        ("assertion", Signed::Assertion),
        ("response", Signed::Response),
        ("both", Signed::Both),
    ] {
        let rsa = Sample {
            signed,
            ..Sample::default()
        };
        let ec = Sample {
            signature_method: ECDSA,
            ..rsa.clone()
        };
        let prefixes = "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"xs xsi\"/></ds:Transform>";
        let inclusive = Sample {
            transforms: ec.transforms.replace("xml-exc-c14n#\"/>", &format!("xml-exc-c14n#\">{prefixes}")),
            attributes: "<saml:AttributeStatement><saml:Attribute Name=\"a&#9;b\" FriendlyName='\"'><saml:AttributeValue xsi:type=\"xs:string\">x<![CDATA[<y>]]>&amp;&#13;</saml:AttributeValue><saml:AttributeValue xsi:nil=\"true\"/></saml:Attribute></saml:AttributeStatement>".to_owned(),
            ..ec.clone()
        };
        all.push((format!("{kind}-rsa"), rsa));
        all.push((format!("{kind}-ec"), ec));
        all.push((format!("{kind}-inclusive"), inclusive));
    }
    all
}

fn responses(root: &Path) {
    for (name, sample) in samples() {
        let template = sample.template();
        put(root, "response", &name, &template);
        put(root, "differential", &name, &template);
        put(root, "gate", &name, sample.xml(key_of(&sample)));
        // Changed once signed: one letter, a piece doubled.
        let changed = [
            template.as_bytes(),
            &[0xff, 0, 4, 0, 1, b'x', 2, 1, 0, 255, 128],
        ]
        .concat();
        put(root, "response", &format!("{name}-changed"), &changed);
        put(root, "differential", &format!("{name}-changed"), &changed);
    }
    let inside = Encrypted::new(&OURS, Signed::Assertion);
    put(
        root,
        "response",
        "encrypted",
        [b"E", inside.assertion().as_bytes()].concat(),
    );
    put(root, "gate", "encrypted", inside.xml());
    let parameter = BASE64_STANDARD.encode(Sample::default().template());
    put(
        root,
        "response",
        "form",
        format!(
            "RelayState=0123456789abcdef0123456789abcdef&SAMLResponse={}",
            parameter.replace('+', "%2B").replace('=', "%3D")
        ),
    );
    let failed = "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r\" Version=\"2.0\"><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\"><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:AuthnFailed\"/></samlp:StatusCode><samlp:StatusMessage>no</samlp:StatusMessage></samlp:Status></samlp:Response>";
    put(root, "gate", "failed", failed);
}

fn key_of(sample: &Sample) -> &'static flexbridge::saml::testing::Pair {
    if sample.signature_method == ECDSA {
        &EC
    } else {
        &RSA
    }
}

fn requests(root: &Path) {
    let request = |signature: &str| {
        format!(
            "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_q\" Version=\"2.0\" IssueInstant=\"2026-03-01T10:00:00Z\" Destination=\"{SSO}\" ForceAuthn=\"true\" IsPassive=\"false\" ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" AssertionConsumerServiceURL=\"https://login.example/callback?connection=JQ1\"><saml:Issuer>urn:flex:JQ1</saml:Issuer>{signature}<saml:Subject><saml:NameID>ann@example.com</saml:NameID></saml:Subject><samlp:NameIDPolicy Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\" AllowCreate=\"true\"/><samlp:RequestedAuthnContext Comparison=\"minimum\"><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></samlp:RequestedAuthnContext></samlp:AuthnRequest>"
        )
    };
    let plain = request("");
    put(root, "request", "plain", &plain);
    let signature = signature_template("_q")
        .replace("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", ECDSA);
    put(root, "request", "signed", request(&signature));
    let location = "https://sso.example/".parse().expect("a URL");
    let sent = redirect::encode(&location, &plain, "/agent?x=1&y", None).expect("no key is asked");
    if let Outgoing::Redirect(url) = sent {
        let query = url.query().expect("a query");
        put(root, "request", "redirect", query);
        put(
            root,
            "request",
            "redirect-signed",
            format!(
                "{query}&SigAlg=http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256&Signature=AAAA&login_hint=ann%40example.com"
            ),
        );
    }
    let encoded = BASE64_STANDARD
        .encode(&plain)
        .replace('+', "%2B")
        .replace('=', "%3D");
    put(
        root,
        "request",
        "form",
        format!("SAMLRequest={encoded}&RelayState=a%26b"),
    );
}

fn documents(root: &Path) {
    for name in [
        "adfs",
        "auth0",
        "entra-id",
        "keycloak",
        "okta",
        "shibboleth",
    ] {
        put(
            root,
            "metadata",
            name,
            from(root, &format!("tests/it/fixtures/idp/{name}.xml")),
        );
    }
    let plain = idp_metadata(
        IDP,
        &[&EC],
        "ID=\"_m\" validUntil=\"2026-04-01T00:00:00Z\" cacheDuration=\"PT1H\"",
    );
    let signature = signature_template("_m")
        .replace("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", ECDSA);
    let (head, tail) = plain.split_once("<md:IDPSSODescriptor").expect("its role");
    put(
        root,
        "metadata",
        "signed",
        format!("{head}{signature}<md:IDPSSODescriptor{tail}"),
    );
    put(root, "metadata", "plain", plain);
    for name in ["entra-id", "okta-oidc", "google-workspace", "oidc"] {
        put(
            root,
            "config",
            name,
            from(root, &format!("config/examples/{name}.toml")),
        );
    }
    put(root, "config", "all", from(root, "config/flexbridge.toml"));
    put(
        root,
        "config",
        "contract",
        from(root, "tests/it/contract.toml"),
    );
}

fn texts(root: &Path) {
    let claims = "{\"iss\":\"https://op.example\",\"sub\":\"agent-7\",\"aud\":\"bridge\",\"nonce\":\"the-nonce-of-this-login\",\"iat\":1790000000,\"exp\":1790000300,\"auth_time\":1789999940,\"email\":\"ann@op.example\",\"email_verified\":true,\"address\":{\"locality\":\"x\"},\"groups\":[\"a\",\"b\"]";
    for (name, header, more) in [
        (
            "es256",
            "{\"alg\":\"ES256\",\"kid\":\"ec\",\"typ\":\"JWT\"}",
            "",
        ),
        (
            "rs256",
            "{\"alg\":\"RS256\",\"kid\":\"rsa\"}",
            ",\"azp\":\"bridge\",\"nbf\":1790000000.5,\"acr\":\"urn:x\"",
        ),
        (
            "hash",
            "{\"alg\":\"ES256\"}",
            ",\"at_hash\":\"sLkBN_jw9d1pQ4J_pNc_Gw\"",
        ),
    ] {
        put(
            root,
            "id_token",
            name,
            format!("{header}\n{claims}{more}}}"),
        );
    }
    put(
        root,
        "id_token",
        "list",
        format!(
            "{{\"alg\":\"ES256\",\"kid\":\"ec\"}}\n{}}}",
            claims.replace("\"bridge\"", "[\"bridge\"]")
        ),
    );
    put(
        root,
        "id_token",
        "keys",
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"use\":\"sig\",\"kid\":\"a\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}",
    );
    put(
        root,
        "id_token",
        "discovery",
        "{\"issuer\":\"https://op.example\",\"authorization_endpoint\":\"https://op.example/auth?tenant=1\",\"token_endpoint\":\"https://op.example/token\",\"jwks_uri\":\"https://op.example/keys\",\"userinfo_endpoint\":\"https://op.example/me\",\"response_types_supported\":[\"code\"],\"id_token_signing_alg_values_supported\":[\"RS256\"]}",
    );
    let id = "0123456789abcdef0123456789abcdef";
    put(
        root,
        "cookie",
        "header",
        format!(
            "a=b; __Host-flexbridge-{id}=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; c=d"
        ),
    );
    for (name, upstream) in [
        ("saml", "{\"s\":{\"r\":\"_r\"}}"),
        ("oidc", "{\"o\":{\"n\":\"nnnn\",\"v\":\"vvvv\"}}"),
    ] {
        put(
            root,
            "cookie",
            name,
            format!(
                "{{\"i\":\"{id}\",\"r\":\"7K3MA-9QX2B\",\"f\":\"production\",\"p\":\"hq\",\"d\":\"_d\",\"u\":{upstream},\"q\":{{\"f\":true,\"c\":[\"urn:x\"],\"b\":\"minimum\"}},\"t\":1772359200}}\0relay"
            ),
        );
    }
    put(
        root,
        "mapping",
        "rules",
        "name_id = 'ann'\naddress = '203.0.113.7'\ndefined = ['Singapore Office', 'NYC Office', 'Head Office']\n[claims]\nemail = ['mail']\nfull_name = ['name']\nroles = ['roles']\n'skills.stringarray' = ['groups']\n[person]\noffice = ['US-NYC-12', 'SG-01']\nmail = ['ann@a.example']\nname = ['Ann']\nroles = ['agent']\ngroups = ['Field Sales', 'b']\n[location]\nattribute = ['office', 'department']\nno_match = { assign = 'Head Office' }\n[[location.rule]]\nwhen = { one_of = ['SG-01', 'x'] }\nassign = 'Singapore Office'\n[[location.rule]]\nwhen = { matches = '^US-(?<city>[A-Z]+)-\\d+$', group = 'Field Sales', idp = 'hq' }\nassign = '${city} Office'\n[[location.rule]]\nwhen = { network = ['203.0.113.0/24'], email_domain = 'a.example' }\nassign = 'Head Office'\n[[location.rule]]\nwhen = { attribute = 'groups', starts_with = 'b', ends_with = 'b', contains = 'b' }\nassign = 'Head Office'\n",
    );
    put(
        root,
        "mapping",
        "word",
        "defined = ['A b']\nname_id = 'x'\n[location]\nattribute = ['o']\nno_match = 'omit'\n[person]\no = [' a  B ']\n",
    );
    put(root, "roundtrip", "texts", b"ann@example.com\xff/agent?x=1\xffdepartment\xff AT&T <b>\xff\r\n\t\xffroles\xffagent\xff\xe6\x9d\xb1\xe4\xba\xac");
    put(
        root,
        "writer",
        "tree",
        b"\xd5\x01a\x02<&\x03\"\r\n\x10]]>text\t\xc3\xa9\xf0\x9f\x99\x82\x15\x01x\x02yy\x54\x01z",
    );
    put(
        root,
        "differential",
        "tree",
        b"W\xd5\x01a\x02<&\x03\"\r\n\x10]]>text\t\xc3\xa9\xf0\x9f\x99\x82\x15\x01x\x02yy\x54\x01z",
    );
}
