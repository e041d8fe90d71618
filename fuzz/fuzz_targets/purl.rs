#![no_main]

use faultline_advisory::Target;
use faultline_package::Purl;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = Target::parse(text);
    if let Ok(purl) = Purl::parse(text) {
        let canonical = purl.to_string();
        assert_eq!(Purl::parse(&canonical).map(|p| p.to_string()), Ok(canonical.clone()), "canonical is stable");
    }
});
