#![no_main]

const NAMES: [&str; 7] =
    ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "deno.lock", "deno.json"];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let manifest = r#"{"name": "a", "workspaces": ["p/*"], "dependencies": {"b": "^1.0.0"}}"#;
    faultline_fuzz::read_lockfile(&NAMES, ("package.json", manifest), data);
});
