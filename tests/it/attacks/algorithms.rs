//! Algorithm confusion and downgrade: weak ones, none, a public key as a secret,
//! canonicalisation that lets through what it should not.

use flexbridge::identity::RefusalCode as Code;

use super::{
    bench::Bench,
    paper::{Signs, cut, swap},
};

const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const EXC: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

const WEAK_SIGNATURES: [(&str, &str); 13] = [
    ("RSA-SHA1", "http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
    ("DSA-SHA1", "http://www.w3.org/2000/09/xmldsig#dsa-sha1"),
    ("DSA-SHA256", "http://www.w3.org/2009/xmldsig11#dsa-sha256"),
    ("HMAC-SHA1", "http://www.w3.org/2000/09/xmldsig#hmac-sha1"),
    (
        "HMAC-SHA256",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
    ),
    ("RSA-MD5", "http://www.w3.org/2001/04/xmldsig-more#rsa-md5"),
    (
        "RSA-RIPEMD160",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-ripemd160",
    ),
    (
        "RSA-SHA224",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha224",
    ),
    (
        "ECDSA-SHA1",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
    ),
    ("RSA-PSS", "http://www.w3.org/2007/05/xmldsig-more#rsa-pss"),
    (
        "other letters",
        "http://www.w3.org/2001/04/xmldsig-more#RSA-SHA256",
    ),
    ("none", "none"),
    ("nothing", ""),
];

#[tokio::test]
async fn weak_and_confused_algorithms() {
    let mut bench = Bench::start_with("algorithm confusion, downgrade", "method", |_| {}).await;
    for (case, method) in WEAK_SIGNATURES {
        bench
            .attack(case, Code::SignatureAlgorithm, |paper| {
                swap(&paper.signed(Signs::Response), RSA_SHA256, method)
            })
            .await;
    }
    for (case, digest) in [
        ("SHA-1 digest", "http://www.w3.org/2000/09/xmldsig#sha1"),
        ("MD5 digest", "http://www.w3.org/2001/04/xmldsig-more#md5"),
        (
            "SHA-224 digest",
            "http://www.w3.org/2001/04/xmldsig-more#sha224",
        ),
        (
            "RIPEMD160 digest",
            "http://www.w3.org/2001/04/xmlenc#ripemd160",
        ),
        ("no digest algorithm", ""),
    ] {
        bench
            .attack(case, Code::SignatureAlgorithm, |paper| {
                swap(&paper.signed(Signs::Response), SHA256, digest)
            })
            .await;
    }
    bench
        .attack("a truncated HMAC's parameter", Code::SignaturePlace, |paper| {
            let with = format!("<ds:SignatureMethod Algorithm=\"{RSA_SHA256}\"><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>");
            swap(&paper.signed(Signs::Response), &format!("<ds:SignatureMethod Algorithm=\"{RSA_SHA256}\"/>"), &with)
        })
        .await;
    bench
        .attack(
            "ECDSA said of an RSA key",
            Code::SignatureInvalid,
            |paper| {
                swap(
                    &paper.signed(Signs::Response),
                    RSA_SHA256,
                    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
                )
            },
        )
        .await;
    bench
        .attack(
            "another digest of the same family",
            Code::SignatureInvalid,
            |paper| {
                swap(
                    &paper.signed(Signs::Response),
                    RSA_SHA256,
                    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
                )
            },
        )
        .await;
    for (case, method, digest) in [
        ("SHA-256", RSA_SHA256, SHA256),
        (
            "SHA-384",
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
            "http://www.w3.org/2001/04/xmldsig-more#sha384",
        ),
        (
            "SHA-512",
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
            "http://www.w3.org/2001/04/xmlenc#sha512",
        ),
    ] {
        bench
            .honest(case, |paper| {
                paper.resigned(Signs::Response, |xml| {
                    swap(&swap(xml, RSA_SHA256, method), SHA256, digest)
                })
            })
            .await;
    }
    bench.finish();
}

#[tokio::test]
async fn canonicalisation_that_hides_something() {
    let mut bench = Bench::start_with("algorithm confusion, downgrade", "c14n", |_| {}).await;
    let method = format!("<ds:CanonicalizationMethod Algorithm=\"{EXC}\"/>");
    let step = format!("<ds:Transform Algorithm=\"{EXC}\"/>");
    for (case, c14n) in [
        (
            "inclusive",
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        ),
        (
            "inclusive with comments",
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
        ),
        ("1.1", "http://www.w3.org/2006/12/xml-c14n11"),
        (
            "exclusive with comments",
            "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        ),
        ("none", ""),
    ] {
        bench
            .attack(
                &format!("{case}, of SignedInfo"),
                Code::SignatureAlgorithm,
                |paper| {
                    let other = format!("<ds:CanonicalizationMethod Algorithm=\"{c14n}\"/>");
                    swap(&paper.signed(Signs::Response), &method, &other)
                },
            )
            .await;
        bench
            .attack(
                &format!("{case}, of the reference"),
                Code::SignatureAlgorithm,
                |paper| {
                    swap(
                        &paper.signed(Signs::Response),
                        &step,
                        &format!("<ds:Transform Algorithm=\"{c14n}\"/>"),
                    )
                },
            )
            .await;
    }
    bench
        .attack(
            "parameters it does not have",
            Code::SignatureAlgorithm,
            |paper| {
                let with = method.replace("/>", "><x/></ds:CanonicalizationMethod>");
                swap(&paper.signed(Signs::Response), &method, &with)
            },
        )
        .await;
    let list = format!("<x:InclusiveNamespaces xmlns:x=\"{EXC}\" PrefixList=\"samlp saml\"/>");
    bench
        .honest("inclusive namespaces", |paper| {
            paper.resigned(Signs::Response, |xml| {
                swap(
                    xml,
                    &step,
                    &step.replace("/>", &format!(">{list}</ds:Transform>")),
                )
            })
        })
        .await;
    bench
        .honest("values in lines", |paper| {
            let xml = paper.signed(Signs::Response);
            let (_, value) = cut(&xml, "<ds:SignatureValue>", "</ds:SignatureValue>");
            let inside = value
                .replace("<ds:SignatureValue>", "")
                .replace("</ds:SignatureValue>", "");
            let lines: Vec<&str> = inside
                .as_bytes()
                .chunks(76)
                .map(|line| std::str::from_utf8(line).unwrap())
                .collect();
            swap(
                &xml,
                &value,
                &format!(
                    "<ds:SignatureValue>\n{}\n</ds:SignatureValue>",
                    lines.join("\n")
                ),
            )
        })
        .await;
    bench.finish();
}
