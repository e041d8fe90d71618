//! `faultline vex`

use std::path::Path;

use anyhow::bail;
use faultline_engine::{Input, Knowledge, SbomRequest, ScanRequest};
use faultline_inventory::metadata::Party;
use faultline_report::sbom::cyclonedx::Version;
use faultline_report::vex::{self as report, Vex as Document};

use crate::args::{Vex, VexFormat};
use crate::context::Context;
use crate::exit::Exit;

pub fn run(context: &Context, args: &Vex) -> anyhow::Result<Exit> {
    let author = author(args)?;
    if !Path::new(&args.path).is_dir() {
        bail!("{} is not a folder; `faultline vex` speaks of one checkout", args.path);
    }
    let engine = context.engine()?;
    let scan = engine.scan(&scan_request(args)?, context.progress())?;
    let (bom, _) = engine.sbom(&sbom_request(args, &author), context.progress())?;
    let document = Document { bom, author, statements: report::statements(&scan) };
    let unread: Vec<_> = scan.incomplete.iter().filter(|row| row.unread).collect();
    for row in &unread {
        context.note(&format!("incomplete: {} {}: {}", row.repository, row.what, row.why));
    }
    if document.statements.is_empty() && matches!(args.format, VexFormat::Openvex | VexFormat::Csaf) {
        context
            .note("no advisory speaks of a package that is used, so there is nothing to state; no document is written");
        return Ok(Exit::unless(!unread.is_empty()));
    }
    let json = match args.format {
        VexFormat::Openvex => report::openvex::document(&document),
        VexFormat::Cyclonedx => report::cyclonedx::document(&document, Version::V1_7),
        VexFormat::Cyclonedx16 => report::cyclonedx::document(&document, Version::V1_6),
        VexFormat::Csaf => report::csaf::document(&document),
    };
    context.output.write(&super::pretty(&json)?)?;
    Ok(Exit::unless(!unread.is_empty()))
}

fn author(args: &Vex) -> anyhow::Result<Party> {
    let author = super::sbom::party(Some(&args.author), "--author")?.unwrap_or_default();
    if args.format == VexFormat::Csaf && author.url.is_none() {
        bail!("CSAF asks for the author's web address: --author '{} (https://address)'", args.author);
    }
    Ok(author)
}

fn scan_request(args: &Vex) -> anyhow::Result<ScanRequest> {
    Ok(ScanRequest {
        input: Some(Input { place: args.path.clone(), revision: args.rev.clone() }),
        knowledge: Knowledge {
            advisories: args.advisories.clone(),
            symbols_files: args.symbols.clone(),
            symbols: Vec::new(),
        },
        ignore: super::scan::ignore_entries(&args.path, args.ignore.as_deref())?,
        ..ScanRequest::default()
    })
}

fn sbom_request(args: &Vex, author: &Party) -> SbomRequest {
    SbomRequest {
        subject: args.path.clone(),
        revision: args.rev.clone(),
        author: Some(author.clone()),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        ..SbomRequest::default()
    }
}
