//! Class files: one class is one module. Stack code becomes statements over slots by a simple interpretation.

mod annotations;
mod code;
mod frame;
mod invoke;
mod names;

use faultline_facts::{
    Accessor, Builder, Class as ClassFacts, ClassId, DynamicKind, Facts, FunctionFlags, FunctionId, FunctionKind,
    Import, ImportMode, Imported, Language, Member, MemberPlace, ModuleKind, Op, Param, ParamKind, ParseProblem, Slot,
    Span, Sym, TypePlace, jvm,
};
use noak::{
    AccessFlags,
    error::DecodeError,
    reader::{
        Class, Field, Method,
        attributes::{BootstrapMethods, Code, Signature as SignatureAttribute},
        cpool,
    },
};

use annotations::Target;
use names::{Signature, class_name, field_type, is_reference, text};

/// The facts of a class file.
pub fn extract(bytes: &[u8]) -> Facts {
    let mut builder = Builder::new(Language::Jvm, ModuleKind::Jvm, line(1));
    match Class::new(bytes).and_then(|class| Reader::new(&class, &mut builder)?.class()) {
        Ok(()) => {}
        Err(error) => broken(&mut builder, &error),
    }
    builder.finish()
}

fn broken(builder: &mut Builder, error: &DecodeError) {
    let message = format!("not a class file that can be read ({error}); build it again or leave it out");
    builder.problem(ParseProblem { line: 1, column: 1, message });
    builder.dynamic(FunctionId(0), DynamicKind::ParseGap, line(1));
}

/// Class files know lines only.
fn line(line: u32) -> Span {
    let line = line.max(1);
    Span { line, column: 1, end_line: line, end_column: 1 }
}

/// Reads one class.
struct Reader<'r, 'input> {
    class: &'r Class<'input>,
    builder: &'r mut Builder,
    name: String,
    id: ClassId,
    bootstrap: Option<BootstrapMethods<'input>>,
}

const BODY: FunctionId = FunctionId(0);

impl<'r, 'input> Reader<'r, 'input> {
    fn new(class: &'r Class<'input>, builder: &'r mut Builder) -> Result<Reader<'r, 'input>, DecodeError> {
        let name = class_name(&text(class.pool().retrieve(class.this_class())?.name));
        let bootstrap = class.attributes().find_attribute(class.pool())?;
        Ok(Reader { class, builder, name, id: ClassId(0), bootstrap })
    }

    fn class(&mut self) -> Result<(), DecodeError> {
        if self.name == "module-info" || self.name.ends_with(".package-info") {
            return Ok(());
        }
        let (name, simple) =
            (self.builder.sym(&self.name), self.name.rsplit(['.', '$']).next().unwrap_or_default().to_owned());
        let simple = self.builder.sym(&simple);
        let bases = self.bases()?;
        let is_interface = self.class.access_flags().contains(AccessFlags::INTERFACE);
        self.id = self.builder.class(ClassFacts {
            name: simple,
            qualified: name,
            parent: BODY,
            span: line(1),
            bases,
            metaclass: None,
            members: Vec::new(),
            constructor: None,
            initializer: None,
            is_interface,
        });
        for field in self.class.fields() {
            self.field(&field?)?;
        }
        for method in self.class.methods() {
            self.method(&method?)?;
        }
        self.annotations(&self.class.attributes().iter().flatten().collect::<Vec<_>>(), None)?;
        self.references()
    }

    fn bases(&mut self) -> Result<Vec<Slot>, DecodeError> {
        let mut bases = Vec::new();
        let is_interface = self.class.access_flags().contains(AccessFlags::INTERFACE);
        if let (Some(base), false) = (self.class.super_class(), is_interface) {
            bases.push(class_name(&text(self.class.pool().retrieve(base)?.name)));
        }
        for interface in self.class.interfaces() {
            bases.push(class_name(&text(self.class.pool().retrieve(interface?)?.name)));
        }
        Ok(bases.into_iter().map(|base| self.global(BODY, &base, line(1))).collect())
    }

    /// A slot with the class object of a type.
    fn global(&mut self, function: FunctionId, name: &str, span: Span) -> Slot {
        let (dst, name) = (self.builder.slot(function), self.builder.sym(name));
        self.builder.push(function, Op::Global { dst, name }, span, None);
        dst
    }

    fn field(&mut self, field: &Field<'input>) -> Result<(), DecodeError> {
        let name = self.utf8(field.name())?;
        let ty = field_type(&self.utf8(field.descriptor())?);
        let name = self.builder.sym(&name);
        let slot = self.builder.slot(BODY);
        let class = self.global(BODY, &ty, line(1));
        self.builder.push(BODY, Op::Typed { slot, class, place: TypePlace::Instance }, line(1), None);
        let is_static = field.access_flags().contains(AccessFlags::STATIC);
        let place = if is_static { MemberPlace::Static } else { MemberPlace::Prototype };
        let member = Member { name, slot, place, accessor: Accessor::Value };
        self.builder.class_mut(self.id).members.push(member);
        Ok(())
    }

    fn utf8(&self, index: cpool::Index<cpool::Utf8<'input>>) -> Result<String, DecodeError> {
        Ok(text(self.class.pool().retrieve(index)?).into_owned())
    }

    fn method(&mut self, method: &Method<'input>) -> Result<(), DecodeError> {
        let name = self.utf8(method.name())?;
        let signature = Signature::parse(&self.utf8(method.descriptor())?);
        let flags = method.access_flags();
        let key = self.method_key(method, &name, &signature)?;
        let shown = shown_name(&name);
        let qualified = if shown.starts_with("lambda$") {
            format!("{}.{shown}", self.name)
        } else {
            format!("{}.{shown}({})", self.name, signature.params.join(","))
        };
        let kind = if name == "<init>" { FunctionKind::Constructor } else { FunctionKind::Method };
        let (key, qualified) = (self.builder.sym(&key), self.builder.sym(&qualified));
        let function = self.builder.function(key, qualified, Some(BODY), kind, line(1));
        let is_static = flags.contains(AccessFlags::STATIC);
        let entry = self.builder.function_mut(function);
        entry.class = Some(self.id);
        entry.flags = FunctionFlags {
            is_static,
            is_abstract: flags.intersects(AccessFlags::ABSTRACT | AccessFlags::NATIVE),
            bridge: flags.contains(AccessFlags::BRIDGE),
            visible: flags.intersects(AccessFlags::PUBLIC | AccessFlags::PROTECTED),
            ..FunctionFlags::default()
        };
        self.parameters(function, is_static, &signature);
        if let Some(code) = method.attributes().find_attribute::<Code<'_>>(self.class.pool())? {
            code::lower(self, function, is_static, &signature, &code)?;
        }
        if flags.contains(AccessFlags::NATIVE) {
            self.builder.dynamic(function, DynamicKind::Native, line(1));
        }
        self.annotations(&method.attributes().iter().flatten().collect::<Vec<_>>(), Some(function))
    }

    /// The key, with variable arity and type variables marked.
    fn method_key(&self, method: &Method<'input>, name: &str, of: &Signature) -> Result<String, DecodeError> {
        let mut of = of.clone();
        if let Some(generic) = method.attributes().find_attribute::<SignatureAttribute<'_>>(self.class.pool())? {
            let variables = names::variables(&self.utf8(generic.signature())?);
            if variables.len() == of.params.len() {
                for (param, _) in of.params.iter_mut().zip(variables).filter(|(_, variable)| *variable) {
                    *param = jvm::variable(param);
                }
            }
        }
        if method.access_flags().contains(AccessFlags::VARARGS)
            && let Some(last) = of.params.last_mut()
            && let Some(element) = last.strip_suffix("[]")
        {
            *last = format!("{element}...");
        }
        Ok(of.key(name))
    }

    fn parameters(&mut self, function: FunctionId, is_static: bool, signature: &Signature) {
        if !is_static {
            let this = self.builder.slot(function);
            self.builder.function_mut(function).this = Some(this);
        }
        for _ in &signature.params {
            let (name, slot) = (Sym(0), self.builder.slot(function));
            self.builder.function_mut(function).params.push(Param { name, slot, kind: ParamKind::PositionalOnly });
        }
    }

    fn annotations(
        &mut self,
        attributes: &[noak::reader::Attribute<'input>],
        function: Option<FunctionId>,
    ) -> Result<(), DecodeError> {
        let span = function.map_or(line(1), |function| self.builder.function_mut(function).span);
        for attribute in attributes {
            let name = text(self.class.pool().retrieve(attribute.name())?);
            if matches!(name.as_ref(), "RuntimeVisibleAnnotations" | "RuntimeInvisibleAnnotations") {
                let class = function.is_none().then_some(self.id);
                annotations::read(self.builder, self.class, attribute.content(), Target { function, class, span });
            }
        }
        Ok(())
    }

    /// Every class that the file names is loaded with it, as far as a reader of files can tell.
    fn references(&mut self) -> Result<(), DecodeError> {
        let pool = self.class.pool();
        for item in pool.iter() {
            let cpool::Item::Class(class) = item else { continue };
            let name = class_name(&text(pool.retrieve(class.name)?));
            let name = name.trim_end_matches("[]");
            if is_reference(name) && name != self.name {
                let specifier = self.builder.sym(name);
                self.builder.import(Import {
                    specifier,
                    level: 0,
                    what: Imported::Module,
                    mode: ImportMode::Static,
                    function: BODY,
                    span: line(1),
                });
            }
        }
        Ok(())
    }
}

/// `lambda$main$0` is shown as `lambda$0`.
fn shown_name(name: &str) -> String {
    let number = name.strip_prefix("lambda$").and_then(|rest| rest.rsplit_once('$'));
    number.map_or_else(|| name.to_owned(), |(_, number)| format!("lambda${number}"))
}
