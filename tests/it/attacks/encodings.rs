//! Encodings: what one reader takes for letters, and another for mark-up.

use flexbridge::identity::RefusalCode as Code;

use super::{
    bench::{Bench, post, post_bytes},
    paper::{Paper, Signs, swap},
};

fn utf16(text: &str, mark: bool) -> Vec<u8> {
    let mark: &[u8] = if mark { &[0xff, 0xfe] } else { &[] };
    let units = text.encode_utf16().flat_map(u16::to_le_bytes);
    mark.iter().copied().chain(units).collect()
}

type Write = fn(&Paper<'_>) -> Vec<u8>;

const BYTES: [(&str, Write); 8] = [
    ("UTF-16 with a byte order mark", |paper| {
        utf16(&paper.signed(Signs::Response), true)
    }),
    ("UTF-16 without", |paper| {
        let mut bytes = utf16(&paper.signed(Signs::Response), false);
        // NUL bytes are UTF-8; they are no XML.
        bytes.truncate(bytes.len() / 2 * 2);
        bytes
    }),
    ("Latin-1", |paper| {
        let xml = swap(&paper.signed(Signs::Response), "Ann Tan", "Ann T~n");
        xml.bytes()
            .map(|byte| if byte == b'~' { 0xe4 } else { byte })
            .collect()
    }),
    ("an overlong slash", |paper| spliced(paper, &[0xc0, 0xaf])),
    ("an overlong less-than", |paper| {
        spliced(paper, &[0xc0, 0xbc])
    }),
    ("a surrogate in UTF-8", |paper| {
        spliced(paper, &[0xed, 0xa0, 0x80])
    }),
    ("a cut sequence", |paper| spliced(paper, &[0xe2, 0x82])),
    ("beyond Unicode", |paper| {
        spliced(paper, &[0xf4, 0x90, 0x80, 0x80])
    }),
];

/// Bytes in the middle of a value.
fn spliced(paper: &Paper<'_>, bytes: &[u8]) -> Vec<u8> {
    let xml = paper.signed(Signs::Response);
    let at = xml.find("Ann Tan").unwrap() + 3;
    [&xml.as_bytes()[..at], bytes, &xml.as_bytes()[at..]].concat()
}

#[tokio::test]
async fn only_utf8_is_read() {
    let mut bench = Bench::start("encodings").await;
    for (case, write) in BYTES {
        bench
            .attack_by(case, Code::ResponseMalformed, |paper| {
                post_bytes(paper.asked, &write(paper))
            })
            .await;
    }
    for encoding in [
        "UTF-16",
        "UTF-7",
        "ISO-8859-1",
        "windows-1252",
        "UTF-32",
        "UTF8",
        "US-ASCII",
        "utf-8-x",
    ] {
        bench
            .attack(
                &format!("declared {encoding}"),
                Code::ResponseForbidden,
                |paper| {
                    format!(
                        "<?xml version=\"1.0\" encoding=\"{encoding}\"?>{}",
                        paper.signed(Signs::Response)
                    )
                },
            )
            .await;
    }
    bench
        .attack("XML 1.1", Code::ResponseForbidden, |paper| {
            format!("<?xml version=\"1.1\"?>{}", paper.signed(Signs::Response))
        })
        .await;
    bench
        .attack("UTF-7 letters", Code::SignatureInvalid, |paper| {
            swap(&paper.signed(Signs::Response), "Ann Tan", "+ADw-x+AD4-")
        })
        .await;
    for (case, letter) in [
        ("a control character", "\u{1}"),
        ("NUL", "\0"),
        ("not a character", "\u{ffff}"),
    ] {
        bench
            .attack(case, Code::ResponseMalformed, |paper| {
                swap(&paper.signed(Signs::Response), "Ann Tan", letter)
            })
            .await;
    }
    bench
        .attack(
            "something before the declaration",
            Code::ResponseMalformed,
            |paper| format!(" <?xml version=\"1.0\"?>{}", paper.signed(Signs::Response)),
        )
        .await;
    for (case, change) in [
        (
            "base64 for URLs",
            (|text: &str| text.replace('+', "-").replace('/', "_") + "_") as fn(&str) -> String,
        ),
        ("a stranger's letter", |text| format!("{text}*")),
        ("padding in the middle", |text| format!("AA=={text}")),
        ("no base64 but XML", |_| "<samlp:Response/>".to_owned()),
        ("a blank in the middle", |text| text.replacen('P', " ", 1)),
    ] {
        bench
            .attack_by(case, Code::ResponseMalformed, |paper| {
                let form = post(paper.asked, &paper.signed(Signs::Response));
                let text = form.field("SAMLResponse").unwrap().to_owned();
                form.fill("SAMLResponse", &change(&text))
            })
            .await;
    }
    for name in [
        "Ann Müller-東京 🙂",
        "ünïcödé \u{202e}txt",
        "a\u{0301}e\u{0301}",
    ] {
        bench
            .honest(name, |paper| {
                paper.resigned(Signs::Response, |xml| swap(xml, "Ann Tan", name))
            })
            .await;
    }
    bench
        .honest("line ends of another system", |paper| {
            paper
                .resigned(Signs::Response, |xml| {
                    swap(xml, "<samlp:Status>", "\n<samlp:Status>")
                })
                .replace('\n', "\r\n")
        })
        .await;
    bench.finish();
}
