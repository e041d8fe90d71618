//! What the fuzz targets share.

use std::sync::Arc;

use faultline_facts::Language;
use faultline_inventory::Tree;

/// Reads an inventory whose lockfile is the data; the first byte chooses which of `names` it is. A manifest that asks
/// for something stands beside it.
pub fn read_lockfile(names: &[&str], manifest: (&str, &str), data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let name = names[usize::from(*first) % names.len()];
    let mut paths = vec![name.to_owned(), manifest.0.to_owned()];
    paths.sort();
    let bytes: Arc<[u8]> = rest.into();
    let read = |path: &str| {
        Ok::<Arc<[u8]>, String>(if path == name { Arc::clone(&bytes) } else { manifest.1.as_bytes().into() })
    };
    let tree = Tree { paths: &paths, read: &read };
    let once = faultline_inventory::read(&tree);
    assert!(once == faultline_inventory::read(&tree), "the same bytes give the same inventory");
}

/// Extracts the data, which must survive the codec.
pub fn extract(language: Language, data: &[u8]) {
    let facts = faultline_extract::extract(language, data);
    let bytes = faultline_facts::encode(&facts);
    assert!(faultline_facts::decode(&bytes).is_ok_and(|back| back == facts), "facts survive the codec");
}
