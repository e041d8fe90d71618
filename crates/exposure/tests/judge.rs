//! Laws of the judgement: a level is what was proved, a negative needs that nothing spoils it.

use faultline_exposure::{Findings, Level, Reason, ReasonCode, Verdict, WithTests, judge};
use proptest::prelude::*;

const CODES: [ReasonCode; 16] = [
    ReasonCode::MaliciousPackage,
    ReasonCode::NoSymbols,
    ReasonCode::LowGrade,
    ReasonCode::SymbolNotFound,
    ReasonCode::PackageMissing,
    ReasonCode::RegistryNotConfigured,
    ReasonCode::ParseError,
    ReasonCode::DynamicCode,
    ReasonCode::Budget,
    ReasonCode::Widened,
    ReasonCode::IncompleteInventory,
    ReasonCode::NotAnalysed,
    ReasonCode::NoEntryPoint,
    ReasonCode::ImportChain,
    ReasonCode::NotImported,
    ReasonCode::Analysed,
];

/// The codes that describe an analysis without limiting it.
const DESCRIPTIVE: [ReasonCode; 4] =
    [ReasonCode::NoEntryPoint, ReasonCode::ImportChain, ReasonCode::NotImported, ReasonCode::Analysed];

fn reason(code: ReasonCode) -> Reason {
    Reason { code, detail: String::new(), location: None }
}

fn findings() -> impl Strategy<Value = Findings> {
    let bits = proptest::array::uniform6(any::<bool>());
    let codes = proptest::collection::vec(proptest::sample::select(&CODES[..]), 0..5);
    (bits, codes).prop_map(|([imported, called, reachable, a, b, c], codes)| Findings {
        imported,
        called,
        reachable,
        with_tests: WithTests { imported: a, called: b, reachable: c },
        reasons: codes.into_iter().map(reason).collect(),
    })
}

proptest! {
    #[test]
    fn path_found_exactly_when_called_or_reachable(f in findings()) {
        let judged = judge(f);
        prop_assert_eq!(judged.verdict == Verdict::PathFound, judged.level >= Level::Called);
    }

    #[test]
    fn a_negative_has_only_descriptive_reasons(f in findings()) {
        let judged = judge(f);
        if judged.verdict == Verdict::NoPathFound {
            prop_assert!(!judged.reasons.is_empty());
            prop_assert!(judged.reasons.iter().all(|r| DESCRIPTIVE.contains(&r.code)));
        }
    }

    #[test]
    fn whatever_is_not_determined_says_why(f in findings()) {
        let judged = judge(f);
        if judged.verdict == Verdict::NotDetermined {
            prop_assert!(judged.reasons.iter().any(|r| !DESCRIPTIVE.contains(&r.code)));
        }
    }

    #[test]
    fn reasons_never_change_the_level(f in findings()) {
        let bare = Findings { reasons: vec![reason(ReasonCode::Analysed)], ..f.clone() };
        prop_assert_eq!(judge(f).level, judge(bare).level);
    }

    #[test]
    fn tests_never_lower_a_level(f in findings()) {
        let judged = judge(f);
        prop_assert!(judged.test_level >= judged.level);
    }
}

#[test]
fn nothing_known_is_not_determined() {
    let judged = judge(Findings::default());
    assert_eq!((judged.level, judged.verdict), (Level::Present, Verdict::NotDetermined));
    assert_eq!(judged.reasons[0].code, ReasonCode::NotAnalysed);
}
