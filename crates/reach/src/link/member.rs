//! Members of classes of the Java virtual machine: overloads, virtual dispatch, fields.

use super::jdk;
use super::jvm::{Classes, Field, Method, MethodRef, Ty};

/// What is known of an argument's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    Type(Ty),
    Null,
    /// A lambda or method reference.
    Callable,
    Nothing,
}

/// How far an argument has to be changed to fit a parameter; `None` when it does not.
type Fit = Option<u8>;

const BOXES: &[(&str, &str)] = &[
    ("boolean", "java.lang.Boolean"),
    ("byte", "java.lang.Byte"),
    ("char", "java.lang.Character"),
    ("short", "java.lang.Short"),
    ("int", "java.lang.Integer"),
    ("long", "java.lang.Long"),
    ("float", "java.lang.Float"),
    ("double", "java.lang.Double"),
];

/// Numeric types, each of which fits those behind it.
const WIDER: &[&str] = &["byte", "short", "int", "long", "float", "double"];

impl Classes {
    /// The field that a type has under a name.
    pub(crate) fn field(&self, of: Ty, name: &str) -> Option<(Ty, Field)> {
        self.ancestors(of).find_map(|ty| Some((ty, self.get(self.class(ty)?).field(name)?)))
    }

    /// True when a type or one above it has a method of the name.
    pub(crate) fn has_method(&self, of: Ty, name: &str) -> bool {
        self.ancestors(of).any(|ty| self.class(ty).is_some_and(|class| self.get(class).named(name).next().is_some()))
    }

    /// Every method of a name that a type has; of those that override each other, the lowest.
    pub(crate) fn named(&self, of: Ty, name: &str) -> Vec<MethodRef> {
        let mut found: Vec<MethodRef> = Vec::new();
        for class in self.ancestors(of).filter_map(|ty| self.class(ty)) {
            for (at, method) in self.get(class).named(name) {
                if !found.iter().any(|known| self.same(&self.method(*known).params, &method.params)) {
                    found.push(MethodRef { class, at });
                }
            }
            if name == "<init>" {
                break;
            }
        }
        found
    }

    /// The method that a call with exactly these parameter types means, abstract ones included.
    pub(crate) fn declared(&self, of: Ty, name: &str, params: &[Ty]) -> Option<MethodRef> {
        self.ancestors(of).find_map(|ty| self.in_class(ty, name, |method| self.same(&method.params, params)))
    }

    /// What a virtual call of a method reaches on an object of exactly the class `of`.
    pub(crate) fn dispatch(&self, of: Ty, name: &str, params: &[Ty]) -> Option<MethodRef> {
        let fits = |method: &Method| {
            let alias = |alias: &Vec<Ty>| self.same(alias, params);
            !method.is_abstract
                && !method.is_static
                && (self.same(&method.params, params) || method.aliases.iter().any(alias))
        };
        let found = self.superclasses(of).find_map(|ty| self.in_class(ty, name, fits));
        let found = found.or_else(|| self.default_method(of, name, &fits))?;
        Some(self.beyond_bridge(found))
    }

    /// What a call by name and number of arguments may reach on an object of the class `of`: the nearest class that
    /// has some.
    pub(crate) fn dispatch_by_arity(&self, of: Ty, name: &str, arity: usize) -> Vec<MethodRef> {
        for ty in self.ancestors(of) {
            let Some(class) = self.class(ty) else { continue };
            let fits = |method: &Method| !method.is_abstract && !method.is_static && takes(method, arity);
            let found = self.get(class).named(name).filter(|(_, method)| fits(method));
            let found: Vec<MethodRef> = found.map(|(at, _)| MethodRef { class, at }).collect();
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// The methods that arguments of these types may mean, abstract ones included. One, when all types are known.
    pub(crate) fn applicable(&self, of: Ty, name: &str, args: &[Known]) -> Vec<MethodRef> {
        let mut found: Vec<(u8, MethodRef)> = Vec::new();
        for ty in self.ancestors(of) {
            let Some(class) = self.class(ty) else { continue };
            for (at, method) in self.get(class).named(name) {
                let hidden = found.iter().any(|(_, known)| self.method(*known).params == method.params);
                if let (Some(fit), false) = (self.fits(method, args), hidden) {
                    found.push((fit, MethodRef { class, at }));
                }
            }
            if name == "<init>" {
                break;
            }
        }
        let best = found.iter().map(|(fit, _)| *fit).min().unwrap_or_default();
        let unknown = args.contains(&Known::Nothing);
        found.retain(|(fit, _)| unknown && *fit < 2 || *fit == best);
        let found: Vec<MethodRef> = found.into_iter().map(|(_, method)| method).collect();
        if unknown { found } else { self.most_specific(found) }
    }

    fn most_specific(&self, found: Vec<MethodRef>) -> Vec<MethodRef> {
        let narrower = |a: &MethodRef, b: &MethodRef| {
            let (a, b) = (self.method(*a), self.method(*b));
            let pairs = a.params.iter().zip(&b.params);
            pairs.clone().all(|(a, b)| self.fit(Known::Type(*a), *b).is_some()) && a.params.len() >= b.params.len()
        };
        let best = found.iter().find(|a| found.iter().all(|b| narrower(a, b))).copied();
        best.map_or(found, |best| vec![best])
    }

    fn fits(&self, method: &Method, args: &[Known]) -> Fit {
        let count = method.params.len();
        if count == args.len() {
            let each = method.params.iter().zip(args).map(|(param, arg)| self.fit(*arg, *param));
            let worst = each.collect::<Option<Vec<u8>>>().map(|fits| fits.into_iter().max().unwrap_or_default());
            if worst.is_some() || !method.variadic {
                return worst;
            }
        }
        if !method.variadic || args.len() + 1 < count {
            return None;
        }
        let (last, fixed) = method.params.split_last()?;
        let element = self.name(*last).strip_suffix("[]").and_then(|element| self.known(element));
        let fixed_fit = fixed.iter().zip(args).all(|(param, arg)| self.fit(*arg, *param).is_some());
        let rest_fit = args[fixed.len()..].iter().all(|arg| element.is_none_or(|of| self.fit(*arg, of).is_some()));
        (fixed_fit && rest_fit).then_some(2)
    }

    fn fit(&self, arg: Known, param: Ty) -> Fit {
        let name = self.name(param);
        match arg {
            Known::Nothing => Some(0),
            Known::Null => (!is_primitive(name)).then_some(0),
            Known::Callable => self.may_be_functional(param).then_some(0),
            Known::Type(arg) => self.type_fits(arg, param),
        }
    }

    fn may_be_functional(&self, param: Ty) -> bool {
        let name = self.name(param);
        match self.class(param) {
            Some(class) => self.get(class).is_interface,
            None => !is_primitive(name) && !name.ends_with(']') && !jdk::is_class(name),
        }
    }

    fn type_fits(&self, arg: Ty, param: Ty) -> Fit {
        let (from, to) = (self.name(arg), self.name(param));
        if from == to {
            return Some(0);
        }
        match (is_primitive(from), is_primitive(to)) {
            (true, true) => is_wider(from, to).then_some(0),
            (true, false) => boxed(from).filter(|boxed| *boxed == to || jdk::is_subtype(boxed, to)).map(|_| 1),
            (false, true) => unboxed(from).filter(|plain| *plain == to || is_wider(plain, to)).map(|_| 1),
            (false, false) => self.reference_fits(arg, param).then_some(0),
        }
    }

    fn reference_fits(&self, arg: Ty, param: Ty) -> bool {
        let (from, to) = (self.name(arg), self.name(param));
        if to == "java.lang.Object" {
            return true;
        }
        if let (Some(from), Some(to)) = (from.strip_suffix("[]"), to.strip_suffix("[]")) {
            return match (self.known(from), self.known(to)) {
                (Some(from), Some(to)) => self.type_fits(from, to) == Some(0),
                _ => from == to,
            };
        }
        if from.ends_with(']') || to.ends_with(']') {
            return to == "java.lang.Cloneable" || to == "java.io.Serializable";
        }
        self.may_be_subtype(arg, param)
    }

    /// True unless the hierarchy, as far as it is known, says that it is none.
    pub(crate) fn may_be_subtype(&self, ty: Ty, of: Ty) -> bool {
        let wanted = self.name(of);
        self.ancestors(ty).any(|above| {
            let name = self.name(above);
            above == of
                || name == wanted
                || (self.class(above).is_none()
                    && self.class(of).is_none()
                    && (!jdk::has(name) || jdk::is_subtype(name, wanted)))
        })
    }

    fn superclasses(&self, of: Ty) -> impl Iterator<Item = Ty> {
        let mut left = 200;
        std::iter::successors(Some(of), move |ty| {
            left -= 1;
            if left == 0 { None } else { self.superclass(*ty) }
        })
    }

    fn in_class(&self, ty: Ty, name: &str, fits: impl Fn(&Method) -> bool) -> Option<MethodRef> {
        let class = self.class(ty)?;
        let (at, _) = self.get(class).named(name).find(|(_, method)| fits(method))?;
        Some(MethodRef { class, at })
    }

    /// Of the interfaces' methods with bodies, the one that none overrides.
    fn default_method(&self, of: Ty, name: &str, fits: &impl Fn(&Method) -> bool) -> Option<MethodRef> {
        let above = self.ancestors(of).filter(|ty| self.class(*ty).is_some_and(|class| self.get(class).is_interface));
        let found: Vec<MethodRef> = above.filter_map(|ty| self.in_class(ty, name, fits)).collect();
        let ty = |at: &MethodRef| self.get(at.class).ty;
        found.iter().find(|a| !found.iter().any(|b| a.class != b.class && self.is_subtype(ty(b), ty(a)))).copied()
    }

    /// A bridge forwards to the one method that it stands for.
    fn beyond_bridge(&self, at: MethodRef) -> MethodRef {
        let method = self.method(at);
        if !method.bridge {
            return at;
        }
        let class = self.get(at.class);
        let like = |other: &Method| !other.bridge && !other.is_static && other.params.len() == method.params.len();
        let real: Vec<u32> = class.named(&method.name).filter(|(_, other)| like(other)).map(|(at, _)| at).collect();
        if let [real] = real[..] { MethodRef { class: at.class, at: real } } else { at }
    }

    /// Equal by name: parameters of one method may have been resolved from different files.
    fn same(&self, a: &[Ty], b: &[Ty]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || self.name(*a) == self.name(*b))
    }
}

/// True when a method may be called with a number of arguments.
fn takes(method: &Method, arity: usize) -> bool {
    method.params.len() == arity || (method.variadic && arity + 1 >= method.params.len())
}

pub(crate) fn is_primitive(name: &str) -> bool {
    BOXES.iter().any(|(plain, _)| *plain == name) || name == "void"
}

fn is_wider(from: &str, to: &str) -> bool {
    let at = |name: &str| WIDER.iter().position(|wide| *wide == name);
    match (if from == "char" { Some(1) } else { at(from) }, at(to)) {
        (Some(from_at), Some(to)) => from_at < to,
        _ => false,
    }
}

fn boxed(plain: &str) -> Option<&'static str> {
    BOXES.iter().find(|(name, _)| *name == plain).map(|(_, boxed)| *boxed)
}

fn unboxed(name: &str) -> Option<&'static str> {
    BOXES.iter().find(|(_, boxed)| *boxed == name).map(|(plain, _)| *plain)
}
