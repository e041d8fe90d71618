//! Package URLs: reading, writing, identity.

use faultline_package::{Ecosystem, Purl, PurlError};
use proptest::prelude::*;

#[test]
fn written_canonically() {
    for (input, want) in [
        ("pkg:npm/@babel/core@7.0.0", "pkg:npm/%40babel/core@7.0.0"),
        ("pkg:NPM/%40Babel/JSONStream", "pkg:npm/%40Babel/JSONStream"),
        ("pkg:pypi/Foo_Bar.baz@1.0+CU118?file_name=x.whl#sub/path", "pkg:pypi/foo-bar-baz@1.0%2Bcu118"),
        ("pkg:golang/github.com/Masterminds/semver/v3@v3.1.0", "pkg:golang/github.com/Masterminds/semver/v3@v3.1.0"),
        ("pkg:golang/stdlib@1.20.1", "pkg:golang/stdlib@1.20.1"),
        ("pkg:maven/org.x/y@1.0%20Final", "pkg:maven/org.x/y@1.0%20Final"),
        ("pkg:pub/Some-Name", "pkg:pub/some_name"),
        ("pkg:composer/Vendor/Pkg@v1", "pkg:composer/vendor/pkg@v1"),
    ] {
        let purl: Purl = input.parse().unwrap();
        assert_eq!(purl.to_string(), want);
        assert_eq!(Purl::parse(want).unwrap(), purl, "reading what was written");
    }
}

#[test]
fn same_as_built_from_names() {
    assert_eq!(Purl::parse("pkg:npm/%40a/b@1").unwrap(), Purl::new(Ecosystem::Npm, "@a/b", Some("1")));
    assert_eq!(Purl::parse("pkg:maven/g.h/a").unwrap(), Purl::new(Ecosystem::Maven, "g.h:a", None));
    assert_eq!(Purl::parse("pkg:pypi/A.B").unwrap(), Purl::new(Ecosystem::PyPi, "a_b", None));
    assert_eq!(Purl::parse("pkg:npm/%40a/b@1%2B2").unwrap().version(), Some("1+2"));
}

#[test]
fn refused_with_a_reason() {
    assert_eq!(Purl::parse("pkg:deb/debian/curl@1"), Err(PurlError::UnknownType("deb".into())));
    for text in ["", "qs", "pkg:npm", "pkg:npm/", "pkg:n&m/x", "http://x/y", "pkg:maven/only-a-name", "pkg:pypi/a/b"] {
        let error = Purl::parse(text).unwrap_err();
        assert!(matches!(error, PurlError::Malformed { .. }), "{text}: {error}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "pkg:(npm|maven|golang|pypi)/.{0,40}") {
        if let Ok(purl) = Purl::parse(&text) {
            prop_assert_eq!(Purl::parse(&purl.to_string()).unwrap(), purl);
        }
    }
}
