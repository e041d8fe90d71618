//! Calls of class files.

use faultline_facts::{Arg, ArgKind, Call, CallKind, Callee, DynamicKind, Key, ObjectKind, Op, Slot, jvm::owned};
use noak::{
    error::DecodeError,
    reader::{attributes::RawInstruction, cpool},
};

use super::{
    code::Lowering,
    names::{Signature, class_name, is_reference, text},
};

/// A method that is named.
pub(super) struct Named {
    owner: String,
    name: String,
    signature: Signature,
}

impl Named {
    fn key(&self) -> String {
        owned(&self.owner, &self.signature.key(&self.name))
    }
}

impl<'input> Lowering<'_, '_, 'input> {
    pub(super) fn invoke(&mut self, instruction: &RawInstruction<'input>) -> Result<(), DecodeError> {
        use RawInstruction as I;
        let (named, kind) = match instruction {
            I::InvokeVirtual { index } => (self.named(cpool::Index::new(index.as_u16())?)?, Kind::Virtual),
            I::InvokeInterface { index, .. } => (self.named(cpool::Index::new(index.as_u16())?)?, Kind::Virtual),
            I::InvokeSpecial { index } => (self.named(*index)?, Kind::Special),
            I::InvokeStatic { index } => (self.named(*index)?, Kind::Static),
            I::InvokeDynamic { index } => return self.dynamic(*index),
            _ => return Ok(()),
        };
        let args = self.arguments(&named.signature);
        match kind {
            Kind::Static => {
                self.note_reflection(&named, &args);
                let base = self.reader.global(self.frame.function, &named.owner, self.frame.span);
                self.finish(&named, CallKind::Call, base, args);
            }
            Kind::Virtual => {
                self.note_reflection(&named, &args);
                let base = self.frame.pop_slot(self.reader.builder);
                self.finish(&named, CallKind::Call, base, args);
            }
            Kind::Special => self.special(&named, args),
        }
        Ok(())
    }

    fn special(&mut self, named: &Named, args: Vec<Slot>) {
        let base = self.frame.pop_slot(self.reader.builder);
        if named.name == "<init>" && self.frame.fresh.remove(&base) {
            let class = self.reader.global(self.frame.function, &named.owner, self.frame.span);
            return self.call(CallKind::New, class, &named.key(), args, base);
        }
        self.finish(named, CallKind::Special, base, args);
    }

    /// The method of a reference to a class's or an interface's method.
    fn named(&self, index: cpool::Index<cpool::Item<'input>>) -> Result<Named, DecodeError> {
        let pool = self.reader.class.pool();
        let (class, name_and_type) = match pool.get(index)? {
            cpool::Item::MethodRef(found) => (found.class, found.name_and_type),
            cpool::Item::InterfaceMethodRef(found) => (found.class, found.name_and_type),
            _ => (pool.get(cpool::Index::<cpool::MethodRef<'_>>::new(index.as_u16())?)?.class, {
                pool.get(cpool::Index::<cpool::MethodRef<'_>>::new(index.as_u16())?)?.name_and_type
            }),
        };
        let of = pool.retrieve(name_and_type)?;
        Ok(Named {
            owner: class_name(&text(pool.retrieve(class)?.name)),
            name: text(of.name).into_owned(),
            signature: Signature::parse(&text(of.descriptor)),
        })
    }

    /// Takes the arguments from the stack, in order.
    fn arguments(&mut self, signature: &Signature) -> Vec<Slot> {
        let mut args: Vec<Slot> =
            signature.params.iter().rev().map(|_| self.frame.pop_slot(self.reader.builder)).collect();
        args.reverse();
        args
    }

    fn finish(&mut self, named: &Named, kind: CallKind, base: Slot, args: Vec<Slot>) {
        let result = self.reader.builder.slot(self.frame.function);
        self.call(kind, base, &named.key(), args, result);
        self.push_type(&named.signature.returns, Some(result));
    }

    fn call(&mut self, kind: CallKind, base: Slot, key: &str, args: Vec<Slot>, result: Slot) {
        let key = Key::Named(self.reader.builder.sym(key));
        let args = args.into_iter().map(|slot| Arg { slot, kind: ArgKind::Positional }).collect();
        let call = Call { kind, callee: Callee::Method { base, key }, args, result };
        self.reader.builder.call(self.frame.function, call, self.frame.span, None);
    }

    fn dynamic(&mut self, index: cpool::Index<cpool::InvokeDynamic<'input>>) -> Result<(), DecodeError> {
        let site = self.reader.class.pool().retrieve(index)?;
        let signature = Signature::parse(&text(site.name_and_type.descriptor));
        let args = self.arguments(&signature);
        let Some(bootstrap) = self.bootstrap(site.bootstrap_method_attr)? else {
            self.push_type(&signature.returns, None);
            return Ok(());
        };
        match bootstrap.owner.as_str() {
            "java.lang.invoke.LambdaMetafactory" => self.lambda(&bootstrap, args),
            "java.lang.invoke.StringConcatFactory" => self.concatenation(&signature, &args),
            "java.lang.runtime.ObjectMethods" | "java.lang.runtime.SwitchBootstraps" => {
                self.push_type(&signature.returns, None);
            }
            _ => {
                self.reader.builder.dynamic(self.frame.function, DynamicKind::Reflection, self.frame.span);
                self.push_type(&signature.returns, None);
            }
        }
        Ok(())
    }

    fn bootstrap(&self, index: u16) -> Result<Option<Bootstrap>, DecodeError> {
        let Some(methods) = &self.reader.bootstrap else { return Ok(None) };
        let Some(method) = methods.methods().iter().nth(usize::from(index)).transpose()? else { return Ok(None) };
        let pool = self.reader.class.pool();
        let handle = pool.get(method.method_ref())?;
        let Ok(named) = self.named(handle.reference) else { return Ok(None) };
        let mut implementation = None;
        for argument in &method.arguments() {
            let argument = argument?;
            if let cpool::Item::MethodHandle(handle) = pool.get(argument)? {
                implementation = Some((handle.kind, self.named(handle.reference)?));
                break;
            }
        }
        Ok(Some(Bootstrap { owner: named.owner, implementation }))
    }

    /// A lambda's or method reference's object: a callable of the method with what it captures.
    fn lambda(&mut self, bootstrap: &Bootstrap, mut args: Vec<Slot>) {
        let result = self.frame.push_new(self.reader.builder);
        let Some((kind, named)) = &bootstrap.implementation else { return };
        let is_static = matches!(kind, cpool::MethodKind::InvokeStatic | cpool::MethodKind::NewInvokeSpecial);
        let base = if is_static || args.is_empty() {
            self.reader.global(self.frame.function, &named.owner, self.frame.span)
        } else {
            args.remove(0)
        };
        self.call(CallKind::Reference, base, &named.key(), args, result);
    }

    /// Objects in a concatenation are asked for their text.
    fn concatenation(&mut self, signature: &Signature, args: &[Slot]) {
        for (slot, ty) in args.iter().zip(&signature.params) {
            if is_reference(ty) && ty != "java.lang.String" {
                let result = self.reader.builder.slot(self.frame.function);
                let key = owned(ty, "toString()java.lang.String");
                self.call(CallKind::Implicit, *slot, &key, Vec::new(), result);
            }
        }
        let dst = self.frame.push_new(self.reader.builder);
        self.emit(Op::Object { dst, kind: ObjectKind::Text });
    }

    /// Reflection whose name is not a constant of this method.
    fn note_reflection(&mut self, named: &Named, args: &[Slot]) {
        let kind = match (named.owner.as_str(), named.name.as_str()) {
            ("java.lang.Class", "forName") | (_, "loadClass") => DynamicKind::Import,
            ("java.lang.ClassLoader", "defineClass") | ("javax.script.ScriptEngine", "eval") => DynamicKind::Eval,
            ("java.lang.reflect.Proxy", "newProxyInstance")
            | ("java.lang.Class", "getMethod" | "getDeclaredMethod") => DynamicKind::Reflection,
            _ => return,
        };
        let constant = args.first().is_some_and(|slot| self.is_constant(*slot));
        if !constant {
            self.reader.builder.dynamic(self.frame.function, kind, self.frame.span);
        }
    }

    fn is_constant(&mut self, slot: Slot) -> bool {
        let body = &self.reader.builder.function_mut(self.frame.function).body;
        body.iter().rev().take(40).any(|stmt| matches!(stmt.op, Op::Const { dst, .. } if dst == slot))
    }
}

enum Kind {
    Static,
    Virtual,
    Special,
}

/// How a dynamic call site is linked.
struct Bootstrap {
    owner: String,
    implementation: Option<(cpool::MethodKind, Named)>,
}
