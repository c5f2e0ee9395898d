use super::*;

#[test]
fn home_and_office_by_network() {
    let list = defined(&["Singapore Office", "Remote Asia"]);
    let rules = mapping(
        r#"
        attribute = ["office"]
        [[rule]]
        when   = { one_of = ["Singapore"], network = ["203.0.113.0/24", "2001:db8:5::/48", "::ffff:192.0.2.0/120"] }
        assign = "Singapore Office"
        [[rule]]
        when   = { one_of = ["Singapore"] }
        assign = "Remote Asia"
    "#,
    );
    let who = identity(&[("office", "Singapore")]);
    for (address, name) in [
        ("203.0.113.7", "Singapore Office"),
        ("::ffff:203.0.113.7", "Singapore Office"),
        ("192.0.2.1", "Singapore Office"),
        ("::ffff:192.0.2.1", "Singapore Office"),
        ("2001:db8:5:1::1", "Singapore Office"),
        ("203.0.114.7", "Remote Asia"),
        ("2001:db8:6::1", "Remote Asia"),
        ("127.0.0.1", "Remote Asia"),
    ] {
        let decision = decided(&rules, &who, address.parse().unwrap(), &list);
        assert_eq!(outcome(&decision), name, "{address}");
    }
}

#[test]
fn rules_about_the_person_need_no_attribute() {
    let list = defined(&["A", "B", "C", "D"]);
    let rules = mapping(
        r#"
        attribute = ["office"]
        [[rule]]
        when   = { group = "Night" }
        assign = "A"
        [[rule]]
        when   = { email_domain = "Bücher.example" }
        assign = "B"
        [[rule]]
        when   = { idp = "partner" }
        assign = "C"
        [[rule]]
        when   = { attribute = "city", starts_with = "new " }
        assign = "D"
    "#,
    );
    let mut partner = identity(&[]);
    partner.idp = "partner".parse().unwrap();
    let mut by_name_id = identity(&[]);
    by_name_id.name_id = NameId {
        value: "ann@bücher.example".to_owned(),
        format: Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress".to_owned()),
    };
    let mut not_an_email = by_name_id.clone();
    not_an_email.name_id.format = None;
    for (who, name) in [
        (identity(&[("groups", "Night")]), "A"),
        (identity(&[("mail", "ann@XN--BCHER-KVA.example")]), "B"),
        (
            identity(&[("email", ""), ("mail", "ann@bücher.example")]),
            "B",
        ),
        (identity(&[("mail", "ann@eu.bücher.example")]), "(clear)"),
        (
            identity(&[("mail", "ann@bücher.example.evil.example")]),
            "(clear)",
        ),
        (identity(&[("mail", "bücher.example")]), "(clear)"),
        (by_name_id, "B"),
        (not_an_email, "(clear)"),
        (partner, "C"),
        (identity(&[("city", "New York")]), "D"),
        (identity(&[("city", "Newark")]), "(clear)"),
        (identity(&[]), "(clear)"),
    ] {
        let decision = decided(&rules, &who, home(), &list);
        assert_eq!(outcome(&decision), name, "{who:?}");
    }
}
