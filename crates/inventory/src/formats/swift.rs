//! Swift packages: `Package.resolved`, versions 1 to 3.

use faultline_package::Origin;

use crate::Tree;
use crate::listing::{Fault, Listed, Package, REGENERATE};
use crate::npm::doc::{Item, json};

/// `Package.resolved`.
pub(super) fn resolved(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let root = json(text, false)?;
    let pins = root.get("pins").or_else(|| root.get("object")?.get("pins"));
    let mut out = Listed::default();
    let Some(pins) = pins else { return Err((root.line, format!("has no pins: {REGENERATE}"))) };
    for pin in pins.items() {
        let address = pin.text_of("location").or_else(|| pin.text_of("repositoryURL"));
        let Some(address) = address else {
            out.fault(pin.line, format!("a pin has no location; {REGENERATE}"));
            continue;
        };
        let state = pin.get("state");
        let version = state.and_then(|s| s.text_of("version"));
        let revision = state.and_then(|s| s.text_of("revision")).unwrap_or_default();
        let origin = if version.is_some() { Origin::Registry } else { Origin::Git };
        let resolved = Some(format!("{address}#{revision}"));
        out.packages.push(Package { origin, resolved, ..Package::new(&name(pin, address), version, pin.line) });
    }
    Ok(out)
}

/// Host and path of the repository, as package URLs have it; packages of a registry have their identity.
fn name(pin: &Item, address: &str) -> String {
    let identity = pin.text_of("identity").filter(|_| pin.text_of("kind") == Some("registry"));
    if let Some(identity) = identity {
        return identity.to_owned();
    }
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let rest = rest.split_once('@').map_or(rest, |(_, rest)| rest);
    let path = rest.trim_end_matches('/').trim_end_matches(".git").replacen(':', "/", 1);
    path.trim_start_matches('/').to_owned()
}
