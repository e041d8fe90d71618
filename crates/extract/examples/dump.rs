//! Prints the facts of source files: `cargo run -p faultline-extract --example dump -- FILE…`.

fn main() {
    for path in std::env::args().skip(1) {
        match (faultline_extract::language_of(&path), std::fs::read(&path)) {
            (Some(language), Ok(bytes)) => {
                println!("{}", faultline_extract::dump(&faultline_extract::extract(language, &bytes)));
            }
            (None, _) => eprintln!("{path}: no frontend for this file name"),
            (_, Err(error)) => eprintln!("{path}: {error}"),
        }
    }
}
