use std::collections::BTreeSet;

use super::*;
use crate::identity::RefusalCode;

/// Everything that is said, each with its name.
fn all(words: &Words) -> Vec<(String, String)> {
    let plain = [
        ("signing_in", words.signing_in),
        ("still_here", words.still_here),
        ("go_on", words.go_on),
        ("which_company", words.which_company),
        ("not_found_first", words.not_found_first),
        ("own_page", words.own_page),
        ("email", words.email),
        ("only_the_domain", words.only_the_domain),
        ("or_choose", words.or_choose),
        ("no_address", words.no_address),
        ("try_again", words.try_again),
        ("other_company", words.other_company),
        ("reference", words.reference),
        ("help", words.help),
    ];
    let mut said: Vec<_> = plain
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .collect();
    said.push(("on_the_way".to_owned(), words.on_the_way.with("HOST")));
    said.push((
        "unknown_domain".to_owned(),
        words.unknown_domain.with("DOMAIN"),
    ));
    for &code in RefusalCode::ALL {
        let reason = code.public();
        for (what, text) in [
            ("title", words.title),
            ("sentence", words.sentence),
            ("advice", words.advice),
        ] {
            said.push((format!("{what} {reason:?}"), text(reason).to_owned()));
        }
    }
    for trouble in Trouble::ALL {
        let Said { title, sentence } = (words.trouble)(trouble);
        said.push((format!("title {trouble:?}"), title.to_owned()));
        said.push((format!("sentence {trouble:?}"), sentence.to_owned()));
    }
    said
}

/// Words that are the same in two languages and right in both.
const SHARED: [&str; 2] = ["Continuar", "Um momento, por favor"];

#[test]
fn every_language_says_everything_in_its_own_words() {
    let english = all(Words::of(Language::English));
    let mut seen: BTreeSet<String> = english.iter().map(|(_, text)| text.clone()).collect();
    for &language in Language::ALL {
        if language == Language::English {
            continue;
        }
        let own = all(Words::of(language));
        assert_eq!(own.len(), english.len());
        let mut texts = BTreeSet::new();
        for ((name, text), (_, original)) in own.iter().zip(&english) {
            assert!(!text.trim().is_empty(), "{language:?} {name}");
            let new = !seen.contains(text) || SHARED.contains(&text.as_str());
            assert!(new, "{language:?} {name} is not translated: {text}");
            for kept in ["HOST", "DOMAIN", "Flex", "@", ".example"] {
                let (here, there) = (text.contains(kept), original.contains(kept));
                assert!(here || !there, "{language:?} {name} lost {kept}: {text}");
            }
            texts.insert(text.clone());
        }
        seen.extend(texts);
    }
}

#[test]
fn words_are_text_and_punctuated_as_their_language_wants() {
    for &language in Language::ALL {
        for (name, text) in all(Words::of(language)) {
            let markup = ['<', '>', '"', '\t', '\n'];
            assert!(!text.contains(markup), "{language:?} {name}: {text}");
            let french = language == Language::French;
            for mark in [":", "?", "!", ";"] {
                let bare = text.contains(&format!(" {mark}")) || french && bare(&text, mark);
                assert!(!bare, "{language:?} {name}: {text}");
            }
            let english = language == Language::English;
            assert!(
                english || !text.contains('\''),
                "{language:?} {name}: {text}"
            );
            let japanese = language == Language::Japanese;
            let kana = text
                .chars()
                .any(|one| ('\u{3040}'..='\u{9fff}').contains(&one));
            assert_eq!(kana, japanese, "{language:?} {name}: {text}");
        }
    }
}

/// Whether the mark stands without a no-break space before it.
fn bare(text: &str, mark: &str) -> bool {
    let whole = text.matches(mark).count();
    whole != text.matches(&format!("\u{a0}{mark}")).count()
}

#[test]
fn tags_are_read_as_they_are_written() {
    for &language in Language::ALL {
        assert_eq!(Language::of_tag(language.tag()), Some(language));
    }
    assert_eq!(Language::of_tag("xx"), None);
}
