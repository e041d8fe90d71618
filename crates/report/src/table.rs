//! Plain tables: columns aligned, no lines, so that they also pipe well.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

/// Lays rows out under a header; `width` wraps cells on a terminal, `None` never wraps.
pub fn layout(header: &[&str], rows: &[Vec<String>], width: Option<u16>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(header.to_vec());
    match width {
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    for row in rows {
        // A line end in a name would look like a row of its own.
        table.add_row(row.iter().map(|cell| cell.replace('\n', "\\n")));
    }
    let mut text: String = table.to_string().lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::layout;

    #[test]
    fn a_line_end_in_a_cell_makes_no_row() {
        let text = layout(&["name"], &[vec!["a\nforged".to_owned()]], None);
        assert_eq!(text.lines().map(str::trim).collect::<Vec<_>>(), ["name", "a\\nforged"]);
    }
}
