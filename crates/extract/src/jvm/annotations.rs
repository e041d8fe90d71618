//! Annotations of class files, read without recursion.

use faultline_facts::{Annotation, Builder, ClassId, Const, FunctionId, Op, Span, Sym};
use noak::reader::{Class, cpool};

use super::names::{field_type, text};

/// Nesting of values that is read; annotations in code nest two or three deep.
const MAX_DEPTH: u32 = 32;

/// Bytes of an attribute that hold annotations.
struct Reader<'r, 'input> {
    class: &'r Class<'input>,
    bytes: &'input [u8],
    at: usize,
}

impl Reader<'_, '_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn short(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes([self.byte()?, self.byte()?]))
    }

    fn utf8(&mut self) -> Option<String> {
        let index = cpool::Index::<cpool::Utf8<'_>>::new(self.short()?).ok()?;
        self.class.pool().retrieve(index).ok().map(|found| text(found).into_owned())
    }

    /// The type of an annotation and the constants in it.
    fn annotation(&mut self, builder: &mut Builder, depth: u32, out: &mut Vec<Const>) -> Option<String> {
        let name = field_type(&self.utf8()?);
        for _ in 0..self.short()? {
            self.short()?;
            self.value(builder, depth, out)?;
        }
        Some(name)
    }

    fn value(&mut self, builder: &mut Builder, depth: u32, out: &mut Vec<Const>) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        match self.byte()? {
            b's' => {
                let text = self.utf8()?;
                out.push(Const::Str(builder.sym(&text)));
            }
            b'c' => {
                let text = field_type(&self.utf8()?);
                out.push(Const::Str(builder.sym(&text)));
            }
            b'e' => {
                self.short()?;
                let text = self.utf8()?;
                out.push(Const::Str(builder.sym(&text)));
            }
            b'@' => {
                self.annotation(builder, depth + 1, out)?;
            }
            b'[' => {
                for _ in 0..self.short()? {
                    self.value(builder, depth + 1, out)?;
                }
            }
            _ => {
                self.short()?;
            }
        }
        Some(())
    }
}

/// What annotations stand on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    pub(super) function: Option<FunctionId>,
    pub(super) class: Option<ClassId>,
    pub(super) span: Span,
}

/// Notes the annotations in the content of an attribute.
pub(super) fn read(builder: &mut Builder, class: &Class<'_>, bytes: &[u8], target: Target) {
    let mut reader = Reader { class, bytes, at: 0 };
    for _ in 0..reader.short().unwrap_or_default() {
        let mut args = Vec::new();
        let Some(name) = reader.annotation(builder, 0, &mut args) else { return };
        add(builder, &name, args, target);
    }
}

fn add(builder: &mut Builder, name: &str, args: Vec<Const>, target: Target) {
    let body = FunctionId(0);
    let slot = builder.slot(body);
    let full: Sym = builder.sym(name);
    builder.push(body, Op::Global { dst: slot, name: full }, target.span, None);
    let simple = builder.sym(name.rsplit(['.', '$']).next().unwrap_or(name));
    builder.annotation(Annotation {
        function: target.function,
        class: target.class,
        base: Some(slot),
        name: simple,
        args,
        span: target.span,
    });
}
