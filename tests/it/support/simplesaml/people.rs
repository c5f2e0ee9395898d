//! The people of the company who can sign in.

/// Everybody's password.
pub const PASSWORD: &str = "correct horse";

/// Somebody who can sign in.
#[derive(Debug, Clone)]
pub struct Person {
    /// What they type as user name.
    pub user: &'static str,
    /// What they type as password.
    pub password: &'static str,
    /// What the identity provider says about them.
    pub attributes: Vec<(&'static str, Vec<&'static str>)>,
}

/// Ann in Singapore and Bob in Boston; the attributes companies release most.
pub fn people() -> Vec<Person> {
    vec![
        person("ann", "Ann Tan", "SG-01", "Field Service", &["agent"]),
        person(
            "bob",
            "Bob Ødegård",
            "US-BOSTON-7",
            "Sales & Support",
            &["agent", "supervisor"],
        ),
    ]
}

fn person(
    user: &'static str,
    name: &'static str,
    office: &'static str,
    department: &'static str,
    roles: &[&'static str],
) -> Person {
    let mail = match user {
        "ann" => "ann@company.example",
        _ => "bob@company.example",
    };
    Person {
        user,
        password: PASSWORD,
        attributes: vec![
            ("uid", vec![user]),
            ("mail", vec![mail]),
            ("email", vec![mail]),
            ("displayName", vec![name]),
            ("full_name", vec![name]),
            ("department", vec![department]),
            ("physicalDeliveryOfficeName", vec![office]),
            ("eduPersonAffiliation", vec!["member", "employee"]),
            ("roles", roles.to_vec()),
            ("groups", vec!["Field Sales", "Everybody"]),
        ],
    }
}
