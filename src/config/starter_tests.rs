use super::*;

fn starter() -> Starter {
    Starter {
        public_url: "https://sso.example.com".to_owned(),
        public: "127.0.0.1:8443".to_owned(),
        admin: "127.0.0.1:9443".to_owned(),
        tls: StarterTls::Proxies(vec!["127.0.0.1/32".to_owned()]),
        keys: "certs".into(),
        idp_name: "hq".parse().unwrap(),
        idp: StarterIdp::Saml {
            metadata: "https://idp.example.com/metadata".to_owned(),
            allow_private: false,
        },
        flex_name: "production".parse().unwrap(),
        account_sid: format!("AC{}", "0".repeat(32)),
        connection: Some("JQ0123".to_owned()),
        login_url: None,
        locations: StarterLocations::Twilio(
            format!("SK{}", "0".repeat(32)),
            SecretSource::Env("TWILIO_API_SECRET".to_owned()),
        ),
        attribute: vec!["department".to_owned()],
        store: "/var/lib/flexbridge".into(),
    }
}

fn variants() -> Vec<Starter> {
    let oidc = StarterIdp::Oidc {
        issuer: "https://partner.example.com/".to_owned(),
        client_id: "0oa".to_owned(),
        client_secret: SecretSource::File("certs/client.secret".into()),
    };
    vec![
        starter(),
        Starter {
            idp: oidc,
            connection: None,
            login_url: Some("https://flex.twilio.com/owl-1".to_owned()),
            ..starter()
        },
        Starter {
            // Any two files: what is in them is looked at when the bridge starts.
            tls: StarterTls::Here("Cargo.toml".into(), "Cargo.lock".into()),
            public: "0.0.0.0:8443".to_owned(),
            ..starter()
        },
    ]
}

#[test]
fn what_is_written_has_nothing_wrong() {
    for starter in variants() {
        let report = starter.report(Path::new("x.toml"));
        let text = starter.text();
        assert!(
            report.problems().is_empty(),
            "{text}\n{}",
            report.render(false)
        );
        assert!(!text.contains('@'), "{text}");
        assert!(text.lines().filter(|line| line.starts_with('#')).count() > 20);
    }
}

#[test]
fn an_answer_can_not_break_out_of_its_string() {
    let nasty = "x\" }\n[evil]\n# @store@ \\ \u{1}";
    let starter = Starter {
        attribute: vec![nasty.to_owned()],
        ..starter()
    };
    let text = starter.text();
    let checked = Draft::of_bytes("x.toml", text.clone().into_bytes()).finish();
    let file = checked
        .map_err(|report| report.render(false))
        .unwrap_or_else(|said| panic!("{said}\n{text}"))
        .file;
    let flex = &file.flex[&"production".parse().unwrap()];
    assert_eq!(flex.location.attribute, [nasty]);
}

#[test]
fn what_is_wrong_is_said_where_it_was_asked() {
    let at = |path: &[&str]| {
        path.iter()
            .fold(SettingPath::root(), |at, step| at.join(*step))
    };
    let wrong = Starter {
        public_url: "http://sso.example.com/path".to_owned(),
        account_sid: "AC1".to_owned(),
        connection: Some("XX".to_owned()),
        ..starter()
    };
    for path in [
        &["public_url"][..],
        &["flex", "production", "account_sid"],
        &["flex", "production", "sso"],
    ] {
        assert!(wrong.wrong_at(&at(path)).is_some(), "{path:?}");
        assert_eq!(starter().wrong_at(&at(path)), None, "{path:?}");
    }
    assert_eq!(wrong.wrong_at(&at(&["idp", "hq"])), None);
}
