//! `faultline inventory`

use faultline_engine::inventory_of_path;
use faultline_report::inventory as report;

use crate::args::{Inventory, InventoryFormat};
use crate::context::Context;
use crate::exit::Exit;

pub fn run(context: &Context, args: &Inventory) -> anyhow::Result<Exit> {
    let inventory = inventory_of_path(&args.path, &context.settings(), context.progress())?;
    let text = match args.format {
        InventoryFormat::Table => report::to_table(&inventory, context.output.width()),
        InventoryFormat::Tree => report::to_tree(&inventory),
        InventoryFormat::Json => report::to_json(&inventory)?,
    };
    context.output.write(&text)?;
    Ok(Exit::unless(!inventory.incomplete.is_empty()))
}
