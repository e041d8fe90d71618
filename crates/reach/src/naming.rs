//! The ecosystems' own names for functions.

use faultline_facts::{Function, Language};

use crate::{
    link::{Linker, folder_of, module_names},
    solve::Mod,
};

/// Names of functions, as the call graph prints them.
pub(crate) struct Names<'l, 'a> {
    linker: &'l Linker<'a>,
    modules: Vec<String>,
}

impl<'l, 'a> Names<'l, 'a> {
    pub(crate) fn new(linker: &'l Linker<'a>) -> Names<'l, 'a> {
        let modules = (0..linker.modules.len()).map(|id| module_name(linker, Mod(id as u32))).collect();
        Names { linker, modules }
    }

    pub(crate) fn function(&self, module: Mod, function: &Function) -> String {
        let facts = self.linker.info(module).facts();
        let name = &self.modules[module.0 as usize];
        let qualified = facts.text(function.qualified);
        if facts.language == Language::Go {
            let qualified = if function.parent.is_none() { "init" } else { qualified };
            return format!("{name}.{qualified}");
        }
        if function.parent.is_none() {
            return name.clone();
        }
        if facts.language.is_jvm() {
            return self.method(module, function);
        }
        let separator = if facts.language == Language::Python { '.' } else { ':' };
        format!("{name}{separator}{qualified}")
    }
}

impl Names<'_, '_> {
    /// `pkg.Outer$Inner.method(erased,param,types)`; what is no method has its name from the file.
    fn method(&self, module: Mod, function: &Function) -> String {
        let facts = self.linker.info(module).facts();
        let classes = &self.linker.classes;
        let qualified = facts.text(function.qualified);
        let class = function.class.and_then(|class| classes.of(module, class)).map(|class| classes.get(class));
        let Some(class) = class.filter(|_| qualified.ends_with(')')) else { return qualified.to_owned() };
        let key = faultline_facts::jvm::MethodKey::parse(facts.text(function.name));
        let at = class.named(key.name).find(|(_, m)| facts.function(m.function).qualified == function.qualified);
        let Some((_, method)) = at else { return qualified.to_owned() };
        let params: Vec<&str> = method.params.iter().map(|ty| classes.name(*ty)).collect();
        format!("{}.{}({})", classes.name(class.ty), method.name, params.join(","))
    }
}

/// Python: dotted; others: the path from the tree's root (first party) or the package's.
pub(crate) fn module_name(linker: &Linker<'_>, module: Mod) -> String {
    let unit = linker.unit_of(module);
    let path = linker.path_of(module);
    if let Some(package) = linker.go.package_of(module) {
        return if package.path.is_empty() { package.name.clone() } else { package.path.clone() };
    }
    if linker.info(module).facts().language == Language::Python {
        let is_package = |folder: &str| linker.file_at(module, &format!("{folder}/__init__.py")).is_some();
        let names = module_names(unit, path, &is_package);
        let own = names.first().cloned().unwrap_or_default();
        return if own == "__init__" { folder_of(path).replace('/', ".") } else { own };
    }
    if unit.package.is_none() || unit.root.is_empty() {
        return path.to_owned();
    }
    path.strip_prefix(&unit.root).map_or(path, |rest| rest.trim_start_matches('/')).to_owned()
}

/// What Python calls a function outside the program: `<builtin>.len`, `os.path.join`, `ext.Cls.method`.
/// `None` where only its origin is known, not its name.
pub(crate) fn outside_python(path: &str) -> Option<String> {
    let name = path.replace("()", "");
    if name.contains(['(', '[']) {
        return None;
    }
    if let Some(name) = name.strip_prefix("py:") {
        let module = name.split('.').next().is_some_and(crate::link::is_standard_library);
        return Some(if module { name.to_owned() } else { format!("<builtin>.{name}") });
    }
    let name = name.strip_prefix("pkg:pypi/")?;
    let Some((package, rest)) = name.split_once('@') else { return Some(name.to_owned()) };
    let is_version = |part: &&str| part.starts_with(|c: char| c.is_ascii_digit());
    let inside: Vec<&str> = rest.split('.').skip_while(is_version).collect();
    Some([&[package], &inside[..]].concat().join("."))
}
