//! Ranges in every notation, at their borders.

use faultline_package::{Ecosystem, Range};
use proptest::prelude::*;

fn check(ecosystem: Ecosystem, range: &str, inside: &[&str], outside: &[&str]) {
    let parsed = Range::parse(ecosystem, range).unwrap_or_else(|e| panic!("{e}"));
    for version in inside {
        assert!(parsed.contains(version), "{version} is in {range}");
    }
    for version in outside {
        assert!(!parsed.contains(version), "{version} is not in {range}");
    }
}

#[test]
fn vers() {
    use Ecosystem::{Go, Maven, Npm, PyPi};
    check(Npm, "vers:npm/>=1.0.0|<2", &["1.0.0", "1.9.9", "2.0.0-rc.1"], &["0.9.9", "1.0.0-rc.1", "2.0.0", "latest"]);
    check(Npm, "vers:npm/<1|>=2|<3|4.0.0", &["0.1.0", "2.5.0", "4.0.0"], &["1.0.0", "3.0.0", "4.0.1"]);
    check(Npm, "vers:npm/>=2|<3|<1", &["0.1.0", "2.5.0"], &["1.0.0", "3.0.0"]);
    check(PyPi, "vers:pypi/!=1.5|>=1", &["1.4", "2"], &["1.5", "1.5.0", "0.9"]);
    check(PyPi, "vers:pypi/!=1.5", &["1.4"], &["1.5"]);
    check(Maven, "vers:maven/*", &["1", "anything"], &[]);
    check(Go, "vers:golang/<v1.2.3%2Bincompatible", &["v1.2.2"], &["v1.2.3"]);
    check(Npm, ">=1|<2|<3", &["1.5.0", "2.5.0"], &["0.5.0", "3.0.0"]);
}

#[test]
fn notations() {
    use Ecosystem::{Cargo, Composer, Gem, Hex, Maven, Npm, NuGet, PyPi};
    check(Npm, ">=1,<2", &["1.0.0", "1.9.0"], &["0.9.0", "2.0.0"]);
    check(Npm, "^6.2.0 || ~5.1", &["6.2.0", "6.9.0", "5.1.9"], &["7.0.0", "5.2.0", "6.1.9"]);
    check(Npm, "6.x", &["6.0.0", "6.9.9"], &["5.9.9", "7.0.0"]);
    check(Npm, "1.2 - 2.0", &["1.2.0", "2.0.9"], &["1.1.9", "2.1.0"]);
    check(Cargo, "^0.3.1, <0.3.9", &["0.3.1", "0.3.8"], &["0.3.9", "0.4.0"]);
    check(PyPi, "~=1.4.2,!=1.4.5", &["1.4.2", "1.4.9"], &["1.4.5", "1.5", "1.4.1"]);
    check(PyPi, "==1.*", &["1.0", "1.9rc1"], &["2.0", "0.9", "2.0.dev1"]);
    check(PyPi, "!=1.2.*", &["1.1", "1.3"], &["1.2", "1.2.7"]);
    check(PyPi, ">=1.0,<2.0", &["1.0+local", "1.5", "2.0rc1"], &["2.0+local", "0.9"]);
    check(PyPi, "<=2.3.1", &["2.3.1+cu118"], &["2.3.2"]);
    check(Gem, "~> 1.2.3, != 1.2.5", &["1.2.3", "1.2.9"], &["1.3.0", "1.2.5", "1.2.2"]);
    check(Hex, "~> 1.2", &["1.2.0", "1.9.0"], &["2.0.0"]);
    check(Composer, "~1.2 || ^3.0", &["1.9.0", "3.4.0"], &["2.0.0", "4.0.0"]);
    check(Maven, "[1.0,2.0)", &["1.0", "1.9"], &["2.0", "0.9"]);
    check(Maven, "(,1.0],[1.2,)", &["0.1", "1.0", "3"], &["1.1"]);
    check(NuGet, "[1.2.3]", &["1.2.3.0"], &["1.2.4"]);
    check(Npm, "1.2.3", &["1.2.3", "v1.2.3"], &["1.2.4"]);
    check(Maven, "*", &["0"], &[]);
}

#[test]
fn refusals_say_why() {
    for (ecosystem, text, why) in [
        (Ecosystem::Npm, "vers:pypi/>=1", "its type `pypi` is not the package's type `npm`"),
        (Ecosystem::Npm, "vers:npm", "followed by"),
        (Ecosystem::Npm, "vers:npm/", "no constraint"),
        (Ecosystem::Npm, ">=banana|<2", "`banana` is not a version"),
        (Ecosystem::Maven, "[1.0,2.0", "not closed"),
        (Ecosystem::Cargo, ">=1<2", "not an operator and one version"),
    ] {
        let error = Range::parse(ecosystem, text).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[\\[\\](),.<>=!~^|*x0-9a-z: /-]{0,30}", version in "[0-9]{1,3}(\\.[0-9]{1,20}){0,3}") {
        for ecosystem in Ecosystem::ALL {
            if let Ok(range) = Range::parse(ecosystem, &text) {
                let _ = range.contains(&version);
            }
        }
    }

    #[test]
    fn interval_is_between_its_bounds(low in 0u32..20, width in 1u32..20, version in 0u32..50) {
        for ecosystem in Ecosystem::ALL {
            let range = Range::parse(ecosystem, &format!(">={low}.1,<{}.1", low + width)).unwrap();
            prop_assert_eq!(range.contains(&format!("{version}.5")), version >= low && version < low + width);
        }
    }
}
