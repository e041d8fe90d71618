//! `${…}` in POMs: nested values, cycles found, and no text that grows without bound.

use std::cell::RefCell;
use std::collections::HashMap;

/// Longest text that a value may become.
const MAX_LENGTH: usize = 16 << 10;

/// Deepest chain of properties that name each other.
const MAX_DEPTH: usize = 64;

/// Values by name, each worked out once.
pub(super) struct Properties {
    raw: HashMap<String, String>,
    done: RefCell<HashMap<String, Option<String>>>,
    faults: RefCell<Vec<String>>,
}

impl Properties {
    /// Properties as written.
    pub(super) fn new(raw: HashMap<String, String>) -> Properties {
        Properties { raw, done: RefCell::default(), faults: RefCell::default() }
    }

    /// The value of one property, when it is known.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.value(name, &mut Vec::new())
    }

    /// A text with every known `${…}` replaced; others stay as they are.
    pub(super) fn expand(&self, text: &str) -> String {
        if text.contains("${") { self.expand_in(text, &mut Vec::new()) } else { text.to_owned() }
    }

    /// What went wrong: cycles and texts that grow too long.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults = self.faults.borrow().clone();
        faults.sort();
        faults.dedup();
        faults
    }

    fn expand_in(&self, text: &str, stack: &mut Vec<String>) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let Some(length) = rest[start..].find('}') else { break };
            out.push_str(&rest[..start]);
            let whole = &rest[start..=start + length];
            let name = &whole[2..whole.len() - 1];
            match self.value(name, stack) {
                Some(value) => out.push_str(&value),
                None => out.push_str(whole),
            }
            rest = &rest[start + length + 1..];
            if out.len() > MAX_LENGTH {
                self.faults.borrow_mut().push(format!("`${{{name}}}` grows to more than {MAX_LENGTH} characters"));
                return out;
            }
        }
        out.push_str(rest);
        out
    }

    fn value(&self, name: &str, stack: &mut Vec<String>) -> Option<String> {
        if let Some(known) = self.done.borrow().get(name) {
            return known.clone();
        }
        let raw = self.raw.get(name)?;
        if !raw.contains("${") {
            return Some(raw.clone());
        }
        if stack.iter().any(|open| open == name) || stack.len() >= MAX_DEPTH {
            let fault = format!("the property `{name}` leads back to itself; give it a value");
            self.faults.borrow_mut().push(fault);
            return None;
        }
        stack.push(name.to_owned());
        let value = self.expand_in(raw, stack);
        stack.pop();
        let value = (value.len() <= MAX_LENGTH).then_some(value);
        self.done.borrow_mut().insert(name.to_owned(), value.clone());
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn properties(pairs: &[(&str, &str)]) -> Properties {
        Properties::new(pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect())
    }

    #[test]
    fn values_lead_to_values() {
        let known = properties(&[("a", "1.${b}"), ("b", "2"), ("c", "${a}-${none}")]);
        assert_eq!(known.expand("x${c}y${"), "x1.2-${none}y${");
        assert!(known.faults().is_empty());
    }

    #[test]
    fn cycles_end_and_are_said() {
        let known = properties(&[("a", "${b}"), ("b", "${a}")]);
        assert!(known.expand("${a}").contains("${"));
        assert_eq!(known.faults().len(), 1);
    }

    #[test]
    fn doubling_ends() {
        let names: Vec<String> = (0..60).map(|n| format!("p{n}")).collect();
        let mut raw: HashMap<String, String> =
            names.windows(2).map(|pair| (pair[0].clone(), format!("${{{0}}}${{{0}}}", pair[1]))).collect();
        raw.insert("p59".to_owned(), "lol".to_owned());
        let known = Properties::new(raw);
        assert!(known.expand("${p0}").len() < 4 * MAX_LENGTH);
        assert!(!known.faults().is_empty());
    }
}
