#![no_main]

const NAMES: [&str; 9] = [
    "requirements.txt",
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "pylock.toml",
    "Pipfile.lock",
    "Pipfile",
    "setup.cfg",
    "setup.py",
];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let manifest = "[project]\nname = \"a\"\nversion = \"1\"\ndependencies = [\"b>=1\"]\n";
    faultline_fuzz::read_lockfile(&NAMES, ("pyproject.toml", manifest), data);
});
