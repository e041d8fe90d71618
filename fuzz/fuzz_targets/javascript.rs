#![no_main]

use faultline_facts::Language;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    faultline_fuzz::extract(if first % 2 == 0 { Language::JavaScript } else { Language::TypeScript }, rest);
});
