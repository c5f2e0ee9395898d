//! What each step of a login costs, and how it grows: `scripts/growth` runs it and writes the
//! table and the plot.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench is test code"
)]

mod support;

use std::{
    cell::Cell,
    hint::black_box,
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use chrono::TimeDelta;
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use flexbridge::{
    clock::SystemRandom,
    identity::{DefinedLocations, Identity, Location},
    keys::{RsaBits, SigningKey, generate_pair},
    login::{ClaimSettings, Claims},
    mapping::{self, Mapping},
    saml::{
        SsoProfile, SsoSettings,
        encryption::Decryption,
        idp::{DownstreamResponse, FlexSp},
        signature::TrustedCertificates,
        sp::{Expected, Trust, VerifiedAssertion, verify},
    },
};
use support::{
    company::{Asked, Company, ENTITY_ID, Says},
    world::{FLEX, Variant, World, form, furnish, now, request},
};

const AUDIENCE: &str = "https://sso.company.example/saml/sp/hq";
const ACS: &str = "https://sso.company.example/saml/sp/hq/acs";
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// What all steps need.
struct Desk {
    company: Company,
    ours: SigningKey,
    certificates: TrustedCertificates,
}

impl Desk {
    fn new() -> Self {
        let pair = |name| generate_pair(name, RsaBits::Rsa2048, now()).unwrap();
        let company = Company::new(&pair("Company"));
        Self {
            certificates: TrustedCertificates::new(vec![company.certificate_der.clone()]).unwrap(),
            company,
            ours: pair("Flexbridge").key,
        }
    }

    fn trust(&self, second_opinion: bool) -> Trust {
        Trust {
            entity_id: ENTITY_ID.to_owned(),
            certificates: self.certificates.clone(),
            second_opinion,
            decryption: Decryption::default(),
        }
    }

    fn response(&self, says: &Says) -> String {
        let asked = Asked {
            request_id: "_request",
            audience: AUDIENCE,
            acs_url: ACS,
            now: now(),
        };
        self.company.answer(asked, says, 1)
    }

    fn verified(&self, response: &str, second_opinion: bool) -> VerifiedAssertion {
        let trust = self.trust(second_opinion);
        verify(response, &trust, &expected(ACS), now(), &mut |_| {}).unwrap()
    }

    fn identity(&self, says: &Says) -> Identity {
        let verified = self.verified(&self.response(says), false);
        verified.into_identity("hq".parse().unwrap())
    }
}

fn expected(acs_url: &str) -> Expected<'_> {
    Expected {
        sp_entity_id: AUDIENCE,
        acs_url,
        request_id: Some("_request"),
        downstream_audience: FLEX.0,
        skew: TimeDelta::seconds(60),
    }
}

/// About the four KiB that a real response has.
const USUAL: Says = Says {
    attributes: 4,
    groups: 0,
    offices: 0,
};

fn rules(count: usize, condition: &str) -> Mapping {
    let rule = |number: usize| {
        let value = if number + 1 == count {
            "SG-01".to_owned()
        } else {
            format!("OTHER-{number}")
        };
        format!("[[rule]]\nwhen = {{ {condition} }}\nassign = \"Singapore Office\"\n")
            .replace("VALUE", &value)
    };
    let text: String = (0..count).map(rule).collect();
    let settings: mapping::Settings =
        toml::from_str(&format!("attribute = [\"office\"]\n{text}")).unwrap();
    Mapping::new(settings).unwrap()
}

fn locations(count: usize) -> DefinedLocations {
    let office = |number: usize| Location {
        name: if number + 1 == count {
            "Singapore Office".to_owned()
        } else {
            format!("Office number {number}")
        },
        edges: vec!["singapore".to_owned()],
    };
    DefinedLocations::new((0..count).map(office))
}

fn claims() -> Claims {
    let names = ["email", "full_name", "roles"];
    let each = names.map(|name| (name.to_owned(), vec![name.to_owned()]));
    Claims::new(&ClaimSettings(each.into())).unwrap()
}

fn steps(criterion: &mut Criterion) {
    let desk = Desk::new();
    let response = desk.response(&USUAL);
    let mut group = criterion.benchmark_group("step");
    group.bench_function("gate", |bencher| {
        // An answer to elsewhere is refused right behind the gate.
        let (trust, elsewhere) = (desk.trust(true), expected("https://elsewhere.example/"));
        bencher.iter(|| verify(&response, &trust, &elsewhere, now(), &mut |_| {}).unwrap_err());
    });
    group.bench_function("verify", |bencher| {
        bencher.iter(|| desk.verified(&response, false));
    });
    group.bench_function("verify twice", |bencher| {
        bencher.iter(|| desk.verified(&response, true));
    });
    let (identity, mapping, defined) = (
        desk.identity(&USUAL),
        rules(1, "one_of = [\"VALUE\"]"),
        locations(2),
    );
    group.bench_function("map", |bencher| {
        bencher.iter(|| mapping.decide(&identity, ADDRESS, Some(&defined)));
    });
    let claims = claims();
    let decision = mapping.decide(&identity, ADDRESS, Some(&defined));
    group.bench_function("release", |bencher| {
        bencher.iter(|| claims.release(&identity, &decision).unwrap());
    });
    let release = claims.release(&identity, &decision).unwrap();
    let attributes: Vec<(&str, &[String])> = release
        .attributes()
        .iter()
        .map(|one| (&*one.name, &*one.values))
        .collect();
    let profile = SsoSettings::Profile(SsoProfile::Enhanced {
        connection: "JQ0123456789".to_owned(),
    });
    let flex = FlexSp::new(&profile, "AC0123456789abcdef0123456789abcdef").unwrap();
    group.bench_function("sign", |bencher| {
        let response = DownstreamResponse {
            issuer: "https://sso.company.example/saml/idp/production",
            flex: &flex,
            in_response_to: Some("_flex"),
            name_id: release.name_id(),
            attributes: &attributes,
            authentication: &identity.authentication,
            now: now(),
        };
        bencher.iter(|| response.sign(&desk.ours, &SystemRandom).unwrap());
    });
    group.bench_function("one RSA-2048 signature", |bencher| {
        bencher.iter(|| desk.ours.sign_sha256(black_box(&[7; 400])).unwrap());
    });
    group.finish();
    whole(criterion);
}

/// Everything between Flex's request and our answer but HTTP, disk included.
fn whole(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("login");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let cases = [
        ("whole", Variant::default()),
        (
            "whole, 1000 rules",
            Variant {
                rules: 1_000,
                ..Variant::default()
            },
        ),
        (
            "whole, 10000 locations",
            Variant {
                locations: 10_000,
                ..Variant::default()
            },
        ),
    ];
    for (name, variant) in cases {
        let folder = tempfile::tempdir().unwrap();
        let company = furnish(folder.path(), variant);
        let world = runtime.block_on(World::open(folder.path(), &folder.path().join("state")));
        let number = Cell::new(0);
        let begin = || {
            number.set(number.get() + 1);
            let begun = runtime.block_on(world.begin(&request(number.get())));
            let form = form(&company, &begun, &USUAL, number.get());
            (begun, form)
        };
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                begin,
                |(begun, form)| runtime.block_on(world.finish(&begun.cookie, &form)),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

fn growth(criterion: &mut Criterion) {
    let desk = Desk::new();
    let identity = desk.identity(&USUAL);
    let defined = locations(2);
    for (name, condition) in [
        ("rules by one_of", "one_of = [\"VALUE\"]"),
        ("rules by starts_with", "starts_with = \"VALUE\""),
        ("rules by matches", "matches = \"^VALUE$\""),
        ("rules by group", "one_of = [\"VALUE\"], group = \"x\""),
    ] {
        let mut group = criterion.benchmark_group(name);
        for count in [1, 10, 100, 1_000] {
            let mapping = rules(count, condition);
            group.bench_with_input(BenchmarkId::from_parameter(count), &count, |bencher, _| {
                bencher.iter(|| mapping.decide(&identity, ADDRESS, Some(&defined)));
            });
        }
        group.finish();
    }
    let mapping = rules(1, "one_of = [\"VALUE\"]");
    let mut group = criterion.benchmark_group("locations");
    for count in [1, 10, 100, 1_000, 10_000] {
        let defined = locations(count);
        group.bench_with_input(BenchmarkId::from_parameter(count), &count, |bencher, _| {
            bencher.iter(|| mapping.decide(&identity, ADDRESS, Some(&defined)));
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("attribute values, decided");
    for count in [1, 10, 100, 999] {
        let identity = desk.identity(&Says {
            offices: count,
            ..Says::default()
        });
        group.bench_with_input(BenchmarkId::from_parameter(count), &count, |bencher, _| {
            bencher.iter(|| mapping.decide(&identity, ADDRESS, Some(&defined)));
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("groups, verified");
    for count in [1, 10, 100, 1_000] {
        let response = desk.response(&Says {
            groups: count,
            ..Says::default()
        });
        group.bench_with_input(BenchmarkId::from_parameter(count), &count, |bencher, _| {
            bencher.iter(|| desk.verified(&response, true));
        });
    }
    group.finish();
    sizes(criterion, &desk);
}

/// By the size of the response, in KiB of XML, made large by groups.
fn sizes(criterion: &mut Criterion, desk: &Desk) {
    const ONE: usize = "<saml:AttributeValue>CN=Group number 0000,OU=Groups,DC=company,DC=example</saml:AttributeValue>".len();
    for (name, second_opinion) in [
        ("response KiB, verified", false),
        ("response KiB, verified twice", true),
    ] {
        let mut group = criterion.benchmark_group(name);
        for kib in [4, 16, 64, 250] {
            let room = (kib * 1024_usize).saturating_sub(5 * 1024);
            let response = desk.response(&Says {
                groups: room / ONE,
                ..Says::default()
            });
            group.bench_with_input(BenchmarkId::from_parameter(kib), &kib, |bencher, _| {
                bencher.iter(|| desk.verified(&response, second_opinion));
            });
        }
        group.finish();
    }
    let mut group = criterion.benchmark_group("response KiB, gate");
    for kib in [4, 16, 64, 250] {
        let room = (kib * 1024_usize).saturating_sub(5 * 1024);
        let response = desk.response(&Says {
            groups: room / ONE,
            ..Says::default()
        });
        let (trust, elsewhere) = (desk.trust(true), expected("https://elsewhere.example/"));
        group.bench_with_input(BenchmarkId::from_parameter(kib), &kib, |bencher, _| {
            bencher.iter(|| verify(&response, &trust, &elsewhere, now(), &mut |_| {}).unwrap_err());
        });
    }
    group.finish();
}

fn quick() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .sample_size(20)
}

criterion_group! {
    name = benches;
    config = quick();
    targets = steps, growth
}
criterion_main!(benches);
