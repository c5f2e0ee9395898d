//! Comments and their like in the middle of a name: canonicalisation leaves
//! them out, so the signature holds, and a reader that takes the first text
//! node reads half a NameID (the family of CVE-2017-11427 and VU#475445).

use flexbridge::identity::RefusalCode as Code;

use super::{
    bench::{ANN, Bench, handed_over},
    paper::{Signs, swap},
};

#[tokio::test]
async fn no_name_is_cut_short() {
    let mut bench = Bench::start("comments, cut names").await;
    let places = [
        ("in the NameID", format!(">{ANN}</saml:NameID>")),
        (
            "in the issuer",
            "/entity</saml:Issuer><saml:Subject>".to_owned(),
        ),
        ("in the audience", "/saml/sp/hq</saml:Audience>".to_owned()),
        (
            "in a value",
            "Singapore Office</saml:AttributeValue>".to_owned(),
        ),
    ];
    for (place, text) in &places {
        for (case, inserted) in [
            ("an empty comment", "<!---->"),
            ("a comment", "<!-- x -->"),
            ("a comment that looks like an end", "<!--></saml:NameID>-->"),
            ("a processing instruction", "<?x y?>"),
        ] {
            let (first, rest) = text.split_at(4);
            let with = format!("{first}{inserted}{rest}");
            bench
                .attack(
                    &format!("{case} {place}"),
                    Code::ResponseForbidden,
                    |paper| {
                        // Signed as it stands: only the reader could be fooled.
                        let xml = paper.signed(Signs::Response);
                        if place.contains("issuer") {
                            return swap(&xml, "/entity<", &format!("/ent{inserted}ity<"));
                        }
                        swap(&xml, text, &with)
                    },
                )
                .await;
        }
    }
    for (case, before, after) in [
        ("a comment before the root", "<!-- x -->", ""),
        ("a comment behind it", "", "<!-- x -->"),
        ("an instruction behind it", "", "<?x?>"),
    ] {
        bench
            .attack(case, Code::ResponseForbidden, |paper| {
                format!("{before}{}{after}", paper.signed(Signs::Response))
            })
            .await;
    }
    bench
        .attack(
            "a comment in a signature value",
            Code::ResponseForbidden,
            |paper| {
                swap(
                    &paper.signed(Signs::Response),
                    "<ds:SignatureValue>",
                    "<ds:SignatureValue><!---->",
                )
            },
        )
        .await;
    bench
        .attack("a comment in a digest", Code::ResponseForbidden, |paper| {
            swap(
                &paper.signed(Signs::Response),
                "<ds:DigestValue>",
                "<ds:DigestValue><!---->",
            )
        })
        .await;
    bench
        .attack("an element in the NameID", Code::ResponseShape, |paper| {
            paper.resigned(Signs::Response, |xml| {
                swap(
                    xml,
                    &format!(">{ANN}<"),
                    ">ann@company.example<saml:X/>.evil.example<",
                )
            })
        })
        .await;

    // The identity provider itself writes a name in pieces: it arrives whole.
    for (case, written) in [
        ("CDATA in the middle", "ann@<![CDATA[company]]>.example"),
        ("CDATA alone", "<![CDATA[ann@company.example]]>"),
        ("characters by number", "ann&#64;company.example"),
        (
            "an empty CDATA in the middle",
            "ann@company<![CDATA[]]>.example",
        ),
    ] {
        bench
            .honest(case, |paper| {
                paper.resigned(Signs::Response, |xml| {
                    swap(
                        xml,
                        &format!(">{ANN}</saml:NameID>"),
                        &format!(">{written}</saml:NameID>"),
                    )
                })
            })
            .await;
    }
    // As does one that only begins like Ann's.
    let (mut browser, asked) = bench.begin().await;
    let mut paper = bench.paper(&asked);
    paper.says.name_id = format!("{ANN}.evil.example");
    let form = super::bench::post(&asked, &paper.signed(Signs::Response));
    let got = handed_over(&browser.submit_once(&form).await).map(|got| got.name_id);
    let whole = got
        .clone()
        .is_ok_and(|name| name == format!("{ANN}.evil.example"));
    bench.class.honest(
        "a longer name is not the shorter",
        whole.then_some(()).ok_or(format!("{got:?}")),
    );
    bench.finish();
}
