//! Encrypts assertions as partners do, in any way, the wrong ones too.

use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPublicEncryptingKey,
    Pkcs1PublicEncryptingKey, PrivateDecryptingKey,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bergshamra::crypto::cipher;

use super::{Pair, RSA, Sample, Signed, sign};
use crate::keys::{Oaep, OaepHash, testing::wrap_key};
use crate::saml::{
    encryption::Cipher,
    names::ASSERTION_NS,
    xml::{Limits, Tree, canonical_subtree},
};

/// `rsa-oaep-mgf1p`, which knows SHA-1 only for MGF1.
pub const MGF1P: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
/// RSA PKCS#1 v1.5.
pub const RSA_1_5: &str = "http://www.w3.org/2001/04/xmlenc#rsa-1_5";
/// The `EncryptionMethod` of RSA-OAEP with SHA-256 throughout.
pub const OAEP_SHA256: &str = "<e:EncryptionMethod Algorithm=\"http://www.w3.org/2009/xmlenc11#rsa-oaep\"><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><f:MGF xmlns:f=\"http://www.w3.org/2009/xmlenc11#\" Algorithm=\"http://www.w3.org/2009/xmlenc11#mgf1sha256\"/></e:EncryptionMethod>";

/// Two `EncryptionMethod`s with SHA-256 for the label and SHA-1 for MGF1, as `OpenSAML` and .NET write
/// them: by the older identifier, and by the newer one with MGF1 left out.
pub const OAEP_MIXED: [&str; 2] = [
    "<e:EncryptionMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p\"><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/></e:EncryptionMethod>",
    "<e:EncryptionMethod Algorithm=\"http://www.w3.org/2009/xmlenc11#rsa-oaep\"><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/></e:EncryptionMethod>",
];

/// A response with an encrypted assertion; the fields are what tests change.
#[derive(Clone)]
pub struct Encrypted {
    /// The response, and what of it is signed: the assertion before, the response after encrypting.
    pub sample: Sample,
    /// The content cipher, by identifier.
    pub cipher: &'static str,
    /// The content key.
    pub content_key: Vec<u8>,
    /// What the content key is wrapped for.
    pub to: &'static Pair,
    /// The `EncryptionMethod` of the key, whole.
    pub method: String,
    /// Whether the key stands beside the data.
    pub beside: bool,
    /// What is encrypted instead of the signed assertion.
    pub content: Option<Vec<u8>>,
}

impl Encrypted {
    /// Encrypted for `to` with AES-256-GCM and RSA-OAEP.
    pub fn new(to: &'static Pair, signed: Signed) -> Self {
        let sample = Sample {
            signed,
            ..Sample::default()
        };
        Self {
            sample,
            cipher: Cipher::Aes256Gcm.uri(),
            content_key: vec![7; 32],
            to,
            method: format!("<e:EncryptionMethod Algorithm=\"{MGF1P}\"/>"),
            beside: false,
            content: None,
        }
    }

    /// With this cipher and a key that fits.
    pub fn with(mut self, cipher: Cipher) -> Self {
        self.cipher = cipher.uri();
        self.content_key = vec![7; cipher.key_bytes()];
        self
    }

    /// The signed assertion in the clear, its namespaces declared in it.
    pub fn assertion(&self) -> String {
        let inside = match self.sample.signed {
            Signed::Assertion | Signed::Both => Signed::Assertion,
            Signed::Response | Signed::Nothing => Signed::Nothing,
        };
        let sample = Sample {
            signed: inside,
            ..self.sample.clone()
        };
        let xml = sample.xml(&RSA);
        let tree = Tree::parse(&xml, &Limits::RESPONSE).unwrap();
        let assertion = tree.root().only_child(ASSERTION_NS, "Assertion").unwrap();
        canonical_subtree(&tree, assertion, None, &[]).unwrap()
    }

    /// The `EncryptedAssertion`.
    pub fn element(&self) -> String {
        let content = self.content.clone();
        let content = content.unwrap_or_else(|| self.assertion().into_bytes());
        let data = cipher::from_uri(self.cipher)
            .unwrap()
            .encrypt(&self.content_key, &content)
            .unwrap();
        let data = BASE64_STANDARD.encode(data);
        let wrapped = BASE64_STANDARD.encode(self.wrapped());
        let method = &self.method;
        let key = format!(
            "<e:EncryptedKey Id=\"_key\">{method}<e:CipherData><e:CipherValue>{wrapped}</e:CipherValue></e:CipherData></e:EncryptedKey>"
        );
        let (inside, beside) = if self.beside {
            let pointer = "<ds:RetrievalMethod Type=\"http://www.w3.org/2001/04/xmlenc#EncryptedKey\" URI=\"#_key\"/>";
            (pointer, &*key)
        } else {
            (&*key, "")
        };
        let cipher = self.cipher;
        format!(
            "<saml:EncryptedAssertion xmlns:e=\"http://www.w3.org/2001/04/xmlenc#\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><e:EncryptedData Id=\"_data\" Type=\"http://www.w3.org/2001/04/xmlenc#Element\"><e:EncryptionMethod Algorithm=\"{cipher}\"/><ds:KeyInfo>{inside}</ds:KeyInfo><e:CipherData><e:CipherValue>{data}</e:CipherValue></e:CipherData></e:EncryptedData>{beside}</saml:EncryptedAssertion>"
        )
    }

    fn wrapped(&self) -> Vec<u8> {
        let key = PrivateDecryptingKey::from_pkcs8(&self.to.key_der)
            .unwrap()
            .public_key();
        let mut room = vec![0; key.key_size_bytes()];
        if self.method.contains(RSA_1_5) {
            let key = Pkcs1PublicEncryptingKey::new(key).unwrap();
            return key.encrypt(&self.content_key, &mut room).unwrap().to_vec();
        }
        let algorithm: &'static OaepAlgorithm = match (
            self.method.contains("xmlenc#sha256"),
            self.method.contains("mgf1sha256"),
        ) {
            (true, true) => &OAEP_SHA256_MGF1SHA256,
            (false, false) => &OAEP_SHA1_MGF1SHA1,
            (label, mask) => return self.wrapped_mixed(label, mask),
        };
        let key = OaepPublicEncryptingKey::new(key).unwrap();
        let wrapped = key.encrypt(algorithm, &self.content_key, &mut room, None);
        wrapped.unwrap().to_vec()
    }

    /// With SHA-256 for the label or the mask, and SHA-1 for the other.
    fn wrapped_mixed(&self, label: bool, mask: bool) -> Vec<u8> {
        let hash = |sha256| {
            if sha256 {
                OaepHash::Sha256
            } else {
                OaepHash::Sha1
            }
        };
        let oaep = Oaep {
            label: hash(label),
            mask: hash(mask),
        };
        wrap_key(&self.to.key_der, oaep, &self.content_key)
    }

    /// The response with `element` in the assertion's place, then signed where it should be.
    pub fn around(&self, element: &str) -> String {
        let outside = match self.sample.signed {
            Signed::Response | Signed::Both => Signed::Response,
            Signed::Assertion | Signed::Nothing => Signed::Nothing,
        };
        let sample = Sample {
            signed: outside,
            ..self.sample.clone()
        };
        let template = sample.template();
        let (before, rest) = template.split_once("<saml:Assertion ").unwrap();
        let (_, behind) = rest.split_once("</saml:Assertion>").unwrap();
        sign(&format!("{before}{element}{behind}"), &RSA)
    }

    /// The response.
    pub fn xml(&self) -> String {
        self.around(&self.element())
    }
}
