//! `faultline sbom`

use anyhow::bail;
use faultline_engine::SbomRequest;
use faultline_inventory::metadata::{Party, party_of_text};
use faultline_report::sbom::profile::{Lack, Profile, check};
use faultline_report::sbom::{Bom, cyclonedx, cyclonedx_xml, spdx2, spdx3};

use crate::args::{Sbom, SbomFormat, SbomProfile};
use crate::context::Context;
use crate::exit::Exit;

pub fn run(context: &Context, args: &Sbom) -> anyhow::Result<Exit> {
    let engine = context.engine()?;
    let (bom, incomplete) = engine.sbom(&request(context, args)?, context.progress())?;
    let lacks = args.profile.map_or_else(Vec::new, |profile| check(&bom, profile.known()));
    if args.check {
        context.output.write(&checked(&lacks))?;
        return Ok(if lacks.is_empty() { Exit::unless(!incomplete.is_empty()) } else { Exit::Failed });
    }
    context.output.write(&text(&bom, args.format)?)?;
    if !lacks.is_empty() {
        context.note(&format!("the profile asks for {} more statements; --check lists them", lacks.len()));
    }
    for item in &incomplete {
        context.note(&format!("incomplete: {}: {}", item.file, item.why));
    }
    Ok(Exit::unless(!incomplete.is_empty()))
}

fn request(context: &Context, args: &Sbom) -> anyhow::Result<SbomRequest> {
    if args.check && args.profile.is_none() {
        bail!("--check needs a profile to check: --profile ntia, cisa or bsi");
    }
    if args.fetch && context.global.offline {
        bail!("--fetch needs the network, which --offline forbids");
    }
    Ok(SbomRequest {
        subject: args.subject.clone(),
        revision: args.rev.clone(),
        project: args.project.as_ref().map(|p| p.trim_matches('/').trim_start_matches("./").to_owned()),
        fetch: args.fetch,
        author: party(args.author.as_deref(), "--author")?,
        supplier: party(args.supplier.as_deref(), "--supplier")?,
        licence: args.licence.clone(),
        artifact: args.artifact.clone(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// A person or organisation as options name them.
pub fn party(text: Option<&str>, option: &str) -> anyhow::Result<Option<Party>> {
    let Some(text) = text else { return Ok(None) };
    match party_of_text(text) {
        Some(party) if party.name.is_some() => Ok(Some(party)),
        _ => bail!("{option} is written 'Name <mail> (https://address)'; the name is needed"),
    }
}

fn text(bom: &Bom, format: SbomFormat) -> anyhow::Result<String> {
    use cyclonedx::Version;
    Ok(match format {
        SbomFormat::Cyclonedx | SbomFormat::Cyclonedx17 => super::pretty(&cyclonedx::document(bom, Version::V1_7))?,
        SbomFormat::Cyclonedx16 => super::pretty(&cyclonedx::document(bom, Version::V1_6))?,
        SbomFormat::CyclonedxXml | SbomFormat::Cyclonedx17Xml => cyclonedx_xml::document(bom, Version::V1_7)?,
        SbomFormat::Cyclonedx16Xml => cyclonedx_xml::document(bom, Version::V1_6)?,
        SbomFormat::Spdx23 => super::pretty(&spdx2::document(bom))?,
        SbomFormat::Spdx | SbomFormat::Spdx30 => super::pretty(&spdx3::document(bom))?,
    })
}

fn checked(lacks: &[Lack]) -> String {
    if lacks.is_empty() {
        return "the profile is satisfied\n".to_owned();
    }
    let line = |lack: &Lack| {
        let component = lack.component.as_deref().unwrap_or("document");
        format!("{component}: {}: {}\n", lack.element, lack.why)
    };
    lacks.iter().map(line).collect()
}

impl SbomProfile {
    fn known(self) -> Profile {
        match self {
            SbomProfile::Ntia => Profile::Ntia,
            SbomProfile::Cisa => Profile::Cisa,
            SbomProfile::Bsi => Profile::Bsi,
        }
    }
}
