//! Version orders: borders that advisories meet, and the laws of an order.

use faultline_package::{Ecosystem, Version, version::compare};
use proptest::prelude::*;
use std::cmp::Ordering;

/// Versions in strictly ascending order.
fn ascending(ecosystem: Ecosystem, versions: &[&str]) {
    for (i, a) in versions.iter().enumerate() {
        for (j, b) in versions.iter().enumerate() {
            assert_eq!(compare(ecosystem, a, b), Some(i.cmp(&j)), "{ecosystem:?} {a} {b}");
        }
    }
}

#[test]
fn orders_of_the_ecosystems() {
    ascending(Ecosystem::Npm, &["0", "1.0.0-0", "1.0.0-alpha", "1.0.0-alpha.1", "1", "1.0.1", "1.10.0", "2.0.0-rc.1"]);
    ascending(Ecosystem::Go, &["1.19.0-0", "1.20rc1", "go1.20rc2", "v1.20", "1.20.1", "v2.0.0+incompatible"]);
    ascending(Ecosystem::Go, &["v0.0.0-20160722212129-ac0cc4484ad4", "v0.0.0-20200131131040-063a3fb69896", "v0.1.0"]);
    ascending(
        Ecosystem::PyPi,
        &["not-a-version", "1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0+local", "1.0.post1", "1!0"],
    );
    ascending(Ecosystem::Maven, &["1-alpha", "1-rc", "1-SNAPSHOT", "1.0.0.RELEASE", "1-sp", "1-foo", "1-1", "1.1"]);
    ascending(Ecosystem::Gem, &["1.0.a", "1.0.0.rc1", "1.0", "1.0.1", "99999999999.1"]);
    ascending(Ecosystem::NuGet, &["1.0-beta", "1.0-RC", "1.0", "1.0.0.1", "1.1"]);
    ascending(Ecosystem::Composer, &["dev-main", "1.0-dev", "1.0-alpha1", "1.0-RC1", "v1.0", "1.0.1", "1.0.1-p1"]);
}

#[test]
fn texts_without_a_place() {
    for ecosystem in Ecosystem::ALL {
        assert_eq!(Version::parse(ecosystem, ""), None, "{ecosystem:?}");
        assert_eq!(Version::parse(ecosystem, "   "), None, "{ecosystem:?}");
    }
    assert_eq!(Version::parse(Ecosystem::Npm, "latest"), None);
    assert_eq!(Version::parse(Ecosystem::NuGet, "1.x"), None);
}

#[test]
fn numbers_have_no_limit() {
    let small = "9".repeat(40);
    let large = format!("1{}", "0".repeat(40));
    for ecosystem in Ecosystem::ALL {
        assert_eq!(compare(ecosystem, &small, &large), Some(Ordering::Less), "{ecosystem:?}");
        assert_eq!(compare(ecosystem, "18446744073709551616", "18446744073709551615"), Some(Ordering::Greater));
    }
}

#[test]
fn long_hostile_versions_do_not_overflow() {
    for unit in ["-", ".", "1-", "a1", "-0", "é"] {
        let text = format!("1{}", unit.repeat(100_000));
        for ecosystem in Ecosystem::ALL {
            let _ = compare(ecosystem, &text, &format!("{text}2"));
        }
    }
}

fn ecosystem() -> impl Strategy<Value = Ecosystem> {
    proptest::sample::select(Ecosystem::ALL.to_vec())
}

/// Texts made of what versions are made of, so that near neighbours meet.
fn version() -> impl Strategy<Value = String> {
    let part = proptest::sample::select(vec![
        "0",
        "1",
        "2",
        "10",
        "00",
        "99999999999999999999999",
        ".",
        ".",
        "-",
        "+",
        "_",
        "a",
        "b",
        "rc",
        "alpha",
        "beta",
        "dev",
        "pre",
        "post",
        "final",
        "ga",
        "sp",
        "snapshot",
        "x",
        "#",
        "v",
        "!",
        "p",
        "RC",
        "é",
        "stable",
    ]);
    proptest::collection::vec(part, 0..7).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn order_is_total(e in ecosystem(), a in version(), b in version(), c in version()) {
        let (Some(a), Some(b), Some(c)) =
            (Version::parse(e, &format!("1{a}")), Version::parse(e, &format!("1{b}")), Version::parse(e, &format!("1{c}")))
        else { return Ok(()) };
        prop_assert_eq!(a.cmp(&a), Ordering::Equal);
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert_eq!(a == b, a.cmp(&b) == Ordering::Equal);
        if a <= b && b <= c {
            prop_assert!(a <= c);
        }
        if a == b {
            prop_assert_eq!(a.cmp(&c), b.cmp(&c));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(e in ecosystem(), text in ".{0,40}") {
        if let Some(version) = Version::parse(e, &text) {
            prop_assert_eq!(version.cmp(&version), Ordering::Equal);
        }
    }
}
