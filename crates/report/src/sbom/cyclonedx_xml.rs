//! `CycloneDX` as XML, 1.6 and 1.7.

use faultline_inventory::metadata::Party;
use faultline_package::Integrity;
use quick_xml::events::{BytesDecl, BytesText, Event};
use quick_xml::writer::Writer;
use std::io;

use super::cyclonedx::{self, Version, algorithm, scope_word};
use super::{Bom, Component, Kind, Licence};

type Xml = Writer<Vec<u8>>;

/// The whole document.
pub fn document(bom: &Bom, version: Version) -> io::Result<String> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let space = format!("http://cyclonedx.org/schema/bom/{}", version.as_str());
    let serial = cyclonedx::serial(bom);
    let attributes = [("xmlns", space.as_str()), ("serialNumber", serial.as_str()), ("version", "1")];
    element(&mut xml, "bom", &attributes, |xml| {
        element(xml, "metadata", &[], |xml| metadata(xml, bom))?;
        list(xml, "components", bom.parts(), component)?;
        list(xml, "dependencies", &bom.components, |xml, c| dependency(xml, bom, c))?;
        list(xml, "compositions", &cyclonedx::aggregates(bom), |xml, (aggregate, references)| {
            element(xml, "composition", &[], |xml| {
                leaf(xml, "aggregate", &[], aggregate)?;
                list(xml, "dependencies", references, |xml, r| reference(xml, r))
            })
        })
    })?;
    let mut text = String::from_utf8(xml.into_inner()).map_err(io::Error::other)?;
    text.push('\n');
    Ok(text)
}

fn element(
    xml: &mut Xml,
    name: &str,
    attributes: &[(&str, &str)],
    inside: impl FnOnce(&mut Xml) -> io::Result<()>,
) -> io::Result<()> {
    let attributes: Vec<(&str, String)> = attributes.iter().map(|(key, value)| (*key, legal(value))).collect();
    let pairs = attributes.iter().map(|(key, value)| (*key, value.as_str()));
    xml.create_element(name).with_attributes(pairs).write_inner_content(inside)?;
    Ok(())
}

fn leaf(xml: &mut Xml, name: &str, attributes: &[(&str, &str)], text: &str) -> io::Result<()> {
    let pairs = attributes.iter().copied();
    xml.create_element(name).with_attributes(pairs).write_text_content(BytesText::new(&legal(text)))?;
    Ok(())
}

/// XML has no way to write most control characters.
fn legal(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c }).collect()
}

fn optional(xml: &mut Xml, name: &str, text: Option<&String>) -> io::Result<()> {
    text.map_or(Ok(()), |text| leaf(xml, name, &[], text))
}

/// A list element; nothing when the list is empty.
fn list<T>(xml: &mut Xml, name: &str, items: &[T], one: impl Fn(&mut Xml, &T) -> io::Result<()>) -> io::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    element(xml, name, &[], |xml| items.iter().try_for_each(|item| one(xml, item)))
}

fn metadata(xml: &mut Xml, bom: &Bom) -> io::Result<()> {
    leaf(xml, "timestamp", &[], &bom.created)?;
    element(xml, "lifecycles", &[], |xml| element(xml, "lifecycle", &[], |xml| leaf(xml, "phase", &[], "pre-build")))?;
    element(xml, "tools", &[], |xml| {
        element(xml, "components", &[], |xml| {
            element(xml, "component", &[("type", "application")], |xml| {
                leaf(xml, "name", &[], "faultline")?;
                leaf(xml, "version", &[], &bom.tool_version)
            })
        })
    })?;
    if let Some(author) = &bom.author {
        element(xml, "authors", &[], |xml| element(xml, "author", &[], |xml| contact(xml, author)))?;
    }
    component(xml, bom.subject())?;
    if let Some(author) = &bom.author {
        element(xml, "manufacturer", &[], |xml| organisation(xml, author))?;
    }
    let rows: Vec<_> = bom.unknowns.iter().map(|text| ("faultline:unknown", text.clone())).collect();
    list(xml, "properties", &rows, |xml, (name, value)| leaf(xml, "property", &[("name", name)], value))
}

fn contact(xml: &mut Xml, party: &Party) -> io::Result<()> {
    optional(xml, "name", party.name.as_ref())?;
    optional(xml, "email", party.email.as_ref())
}

fn organisation(xml: &mut Xml, party: &Party) -> io::Result<()> {
    optional(xml, "name", party.name.as_ref().or(party.email.as_ref()).or(party.url.as_ref()))?;
    optional(xml, "url", party.url.as_ref())?;
    if party.email.is_some() {
        element(xml, "contact", &[], |xml| contact(xml, party))?;
    }
    Ok(())
}

fn component(xml: &mut Xml, component: &Component) -> io::Result<()> {
    let kind = if component.kind == Kind::Application { "application" } else { "library" };
    element(xml, "component", &[("type", kind), ("bom-ref", &component.reference)], |xml| {
        if let Some(supplier) = &component.supplier {
            element(xml, "supplier", &[], |xml| organisation(xml, supplier))?;
        }
        optional(xml, "group", component.group.as_ref())?;
        leaf(xml, "name", &[], &component.name)?;
        optional(xml, "version", component.version.as_ref())?;
        optional(xml, "description", component.description.as_ref())?;
        component.scope.map_or(Ok(()), |scope| leaf(xml, "scope", &[], scope_word(scope)))?;
        hashes(xml, component.artifact_hashes())?;
        component.licence.as_ref().map_or(Ok(()), |l| element(xml, "licenses", &[], |xml| licence(xml, l)))?;
        optional(xml, "copyright", cyclonedx::copyright(component).as_ref())?;
        optional(xml, "purl", component.purl.as_ref())?;
        list(xml, "externalReferences", &cyclonedx::references(component), |xml, (kind, url, of)| {
            element(xml, "reference", &[("type", kind)], |xml| {
                leaf(xml, "url", &[], url)?;
                hashes(xml, of.iter().copied())
            })
        })?;
        let properties = cyclonedx::properties(component);
        list(xml, "properties", &properties, |xml, (name, value)| leaf(xml, "property", &[("name", name)], value))?;
        evidence(xml, component)
    })
}

fn hashes<'a>(xml: &mut Xml, hashes: impl Iterator<Item = &'a Integrity>) -> io::Result<()> {
    let known: Vec<_> = hashes.filter_map(|h| Some((algorithm(&h.algorithm)?, h.hex.as_str()))).collect();
    list(xml, "hashes", &known, |xml, (alg, hex)| leaf(xml, "hash", &[("alg", alg)], hex))
}

fn licence(xml: &mut Xml, licence: &Licence) -> io::Result<()> {
    let declared = [("acknowledgement", "declared")];
    match licence {
        Licence::Id(id) => element(xml, "license", &declared, |xml| leaf(xml, "id", &[], id)),
        Licence::Expression(text) => leaf(xml, "expression", &declared, text),
        Licence::Named(name) => element(xml, "license", &declared, |xml| leaf(xml, "name", &[], name)),
    }
}

fn evidence(xml: &mut Xml, component: &Component) -> io::Result<()> {
    let Some(first) = component.occurrences.first() else { return Ok(()) };
    element(xml, "evidence", &[], |xml| {
        if component.purl.is_some() {
            element(xml, "identity", &[], |xml| {
                leaf(xml, "field", &[], "purl")?;
                leaf(xml, "confidence", &[], "1")?;
                element(xml, "methods", &[], |xml| {
                    element(xml, "method", &[], |xml| {
                        leaf(xml, "technique", &[], "manifest-analysis")?;
                        leaf(xml, "confidence", &[], "1")?;
                        leaf(xml, "value", &[], &first.file)
                    })
                })
            })?;
        }
        list(xml, "occurrences", &component.occurrences, |xml, place| {
            element(xml, "occurrence", &[], |xml| {
                leaf(xml, "location", &[], &place.file)?;
                if place.line > 0 { leaf(xml, "line", &[], &place.line.to_string()) } else { Ok(()) }
            })
        })
    })
}

fn dependency(xml: &mut Xml, bom: &Bom, component: &Component) -> io::Result<()> {
    if component.depends_on.is_empty() {
        return reference(xml, &component.reference);
    }
    element(xml, "dependency", &[("ref", &component.reference)], |xml| {
        component.depends_on.iter().try_for_each(|i| reference(xml, &bom.components[*i].reference))
    })
}

fn reference(xml: &mut Xml, to: &str) -> io::Result<()> {
    xml.create_element("dependency").with_attribute(("ref", legal(to).as_str())).write_empty()?;
    Ok(())
}
