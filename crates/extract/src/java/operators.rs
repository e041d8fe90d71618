//! Binary operators; long chains are walked without recursion.

use faultline_facts::{Op, Slot};
use tree_sitter::Node;

use super::Lower;

impl Lower<'_> {
    pub(super) fn binary(&mut self, node: Node<'_>) -> Slot {
        let operands = operands(node);
        let text = operands.iter().any(|operand| operand.kind() == "string_literal");
        let is_sum = node.child_by_field_name("operator").is_some_and(|operator| operator.kind() == "+");
        let mut joined: Option<Slot> = None;
        for operand in operands {
            let slot = self.value(operand);
            if !(is_sum && text) {
                continue;
            }
            if !operand.kind().ends_with("_literal") {
                self.ask_for_text(slot, operand);
            }
            joined = Some(match joined {
                Some(left) => {
                    let dst = self.slot();
                    self.emit(Op::Concat { dst, left, right: slot }, node);
                    dst
                }
                None => slot,
            });
        }
        joined.unwrap_or_else(|| self.slot())
    }
}

/// The operands of a chain of one operator, from left to right.
fn operands(node: Node<'_>) -> Vec<Node<'_>> {
    let operator = node.child_by_field_name("operator").map(|operator| operator.kind());
    let mut found = Vec::new();
    let mut at = Some(node);
    while let Some(node) = at {
        let same = node.kind() == "binary_expression"
            && node.child_by_field_name("operator").map(|operator| operator.kind()) == operator;
        if !same {
            found.push(node);
            break;
        }
        found.extend(node.child_by_field_name("right"));
        at = node.child_by_field_name("left");
    }
    found.reverse();
    found
}
