//! Source blobs to facts, one module per language.
