//! What is kept: catalog, fact packs, advisories and cached answers, in one embedded file.
