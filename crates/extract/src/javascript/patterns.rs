//! Declarations, assignments and destructuring.

use faultline_facts::{Key, ObjectKind, Op, Slot};
use oxc_ast::ast::{
    ArrayAssignmentTarget, ArrayPattern, AssignmentExpression, AssignmentOperator, AssignmentTarget,
    AssignmentTargetMaybeDefault, AssignmentTargetProperty, BindingPattern, Expression, IdentifierReference,
    MemberExpression, ObjectAssignmentTarget, ObjectPattern, VariableDeclaration, VariableDeclarator,
};
use oxc_span::GetSpan;

use super::lower::{Into, Lower, Target};
use super::names::{Hint, join};

/// Elements taken by `...rest` in an array pattern that keep their places.
const TAIL: u32 = 12;

impl<'b, 'a> Lower<'b, 'a> {
    /// `var`, `let`, `const`.
    pub(super) fn variables(&mut self, declaration: &'b VariableDeclaration<'a>) {
        if !declaration.declare {
            declaration.declarations.iter().for_each(|declarator| self.declarator(declarator));
        }
    }

    fn declarator(&mut self, declarator: &'b VariableDeclarator<'a>) {
        let Some(init) = &declarator.init else {
            if let (Some(annotation), BindingPattern::BindingIdentifier(id)) =
                (declarator.type_annotation.as_deref(), &declarator.id)
            {
                let slot = self.binding_slot(id);
                self.annotate(slot, Some(annotation));
            }
            return;
        };
        let name = declarator.id.get_identifier_name();
        self.suggest(init, || name.map(|name| Hint::plain(name.as_str())));
        self.note_create_require(&declarator.id, init);
        let target = self.sole_target(&declarator.id);
        let slot = self.expression(init, target);
        self.annotate(slot, declarator.type_annotation.as_deref());
        if target.is_none() {
            self.bind(&declarator.id, slot);
        }
    }

    /// The slot of a variable that gets its only value here.
    fn sole_target(&mut self, pattern: &'b BindingPattern<'a>) -> Into {
        let BindingPattern::BindingIdentifier(id) = pattern else { return None };
        let symbol = id.symbol_id.get()?;
        self.is_single(symbol).then(|| Target { slot: self.symbol_slot(symbol), sole: true })
    }

    fn note_create_require(&mut self, pattern: &'b BindingPattern<'a>, init: &'b Expression<'a>) {
        let Expression::CallExpression(call) = init else { return };
        if call.callee_name() == Some("createRequire")
            && let BindingPattern::BindingIdentifier(id) = pattern
            && let Some(symbol) = id.symbol_id.get()
        {
            self.requires.insert(symbol);
        }
    }

    /// Gives a value to the names of a pattern.
    pub(super) fn bind(&mut self, pattern: &'b BindingPattern<'a>, src: Slot) {
        match pattern {
            BindingPattern::BindingIdentifier(id) => match id.symbol_id.get() {
                Some(symbol) if self.is_single(symbol) => {
                    let slot = self.symbol_slot(symbol);
                    self.copy(slot, src);
                }
                Some(symbol) => self.assign_symbol(symbol, src),
                None => {}
            },
            BindingPattern::ObjectPattern(object) => self.bind_object(object, src),
            BindingPattern::ArrayPattern(array) => self.bind_array(array, src),
            BindingPattern::AssignmentPattern(default) => {
                let slot = self.temp();
                self.copy(slot, src);
                self.default_value(&default.right, slot, default.left.get_identifier_name().map(|name| name.as_str()));
                self.bind(&default.left, slot);
            }
        }
    }

    fn default_value(&mut self, value: &'b Expression<'a>, slot: Slot, name: Option<&'b str>) {
        self.suggest(value, || name.map(Hint::plain));
        self.expression(value, Some(Target { slot, sole: false }));
    }

    fn bind_object(&mut self, object: &'b ObjectPattern<'a>, src: Slot) {
        for property in &object.properties {
            let key = self.property_key(&property.key);
            let target = self.sole_target(&property.value);
            let value = self.load(src, key, property.span, target);
            if target.is_none() {
                self.bind(&property.value, value);
            }
        }
        if let Some(rest) = &object.rest {
            let value = self.rest_of(src, ObjectKind::Object, rest.span);
            self.bind(&rest.argument, value);
        }
    }

    fn bind_array(&mut self, array: &'b ArrayPattern<'a>, src: Slot) {
        for (index, element) in array.elements.iter().enumerate() {
            let Some(element) = element else { continue };
            let target = self.sole_target(element);
            let value = self.load(src, Key::Index(index as u32), element.span(), target);
            if target.is_none() {
                self.bind(element, value);
            }
        }
        if let Some(rest) = &array.rest {
            let value = self.tail_of(src, array.elements.len(), rest.span);
            self.bind(&rest.argument, value);
        }
    }

    /// The elements of an array from `start` on: the first ones in their places.
    fn tail_of(&mut self, src: Slot, start: usize, span: oxc_span::Span) -> Slot {
        let dst = self.object(ObjectKind::Array, span, None);
        for index in 0..TAIL {
            let value = self.load(src, Key::Index(start as u32 + index), span, None);
            self.store(dst, Key::Index(index), value, span);
        }
        dst
    }

    fn rest_of(&mut self, src: Slot, kind: ObjectKind, span: oxc_span::Span) -> Slot {
        let dst = self.object(kind, span, None);
        self.push(Op::Spread { dst, src }, span);
        dst
    }

    /// `target = value` and its kin.
    pub(super) fn assignment(&mut self, node: &'b AssignmentExpression<'a>, into: Into) -> Slot {
        match &node.left {
            AssignmentTarget::AssignmentTargetIdentifier(id) => {
                let slot = self.assign_identifier(node, id);
                self.deliver(slot, into)
            }
            AssignmentTarget::ArrayAssignmentTarget(_) | AssignmentTarget::ObjectAssignmentTarget(_) => {
                let value = self.expression(&node.right, None);
                self.assign_target(&node.left, value);
                self.deliver(value, into)
            }
            left => {
                let member = left.as_simple_assignment_target().and_then(inner_member);
                let slot = if let Some(member) = member {
                    self.assign_member(node, member)
                } else {
                    let value = self.expression(&node.right, None);
                    self.assign_target(left, value);
                    value
                };
                self.deliver(slot, into)
            }
        }
    }

    fn assign_identifier(&mut self, node: &'b AssignmentExpression<'a>, id: &'b IdentifierReference<'a>) -> Slot {
        self.suggest(&node.right, || Some(Hint::plain(id.name.as_str())));
        let old = match (node.operator, self.symbol_of(id)) {
            (AssignmentOperator::Assign, _) => None,
            (_, Some(symbol)) => Some(self.read_symbol(symbol)),
            (_, None) => Some(self.global(id.name.as_str(), None)),
        };
        let value = self.combined(node, old);
        match self.symbol_of(id) {
            Some(symbol) => self.assign_symbol(symbol, value),
            None => self.store_global(id.name.as_str(), value, node.span),
        }
        value
    }

    pub(super) fn store_global(&mut self, name: &str, src: Slot, span: oxc_span::Span) {
        let name = self.builder.sym(name);
        self.push(Op::StoreGlobal { name, src }, span);
    }

    /// The value that an assignment writes, given the old one for compound operators.
    fn combined(&mut self, node: &'b AssignmentExpression<'a>, old: Option<Slot>) -> Slot {
        let Some(old) = old else { return self.expression(&node.right, None) };
        match node.operator {
            AssignmentOperator::Addition => {
                let right = self.expression(&node.right, None);
                let dst = self.temp();
                self.push(Op::Concat { dst, left: old, right }, node.span);
                dst
            }
            AssignmentOperator::LogicalOr | AssignmentOperator::LogicalNullish | AssignmentOperator::LogicalAnd => {
                let slot = self.temp();
                self.copy(slot, old);
                self.expression(&node.right, Some(Target { slot, sole: false }));
                slot
            }
            _ => {
                self.effect(&node.right);
                self.plain(None)
            }
        }
    }

    fn assign_member(&mut self, node: &'b AssignmentExpression<'a>, member: &'b MemberExpression<'a>) -> Slot {
        self.suggest_member_name(&node.right, member);
        if let Some(name) = self.global_member(member) {
            let value = self.expression(&node.right, None);
            self.store_global(name, value, member.span());
            return value;
        }
        let hint = self.hint.take();
        let (base, key) = self.place(member);
        self.hint = hint;
        let old = match node.operator {
            AssignmentOperator::Assign => None,
            _ => Some(self.load(base, key, member.span(), None)),
        };
        let value = self.combined(node, old);
        self.store(base, key, value, member.span());
        value
    }

    fn suggest_member_name(&mut self, value: &'b Expression<'a>, member: &'b MemberExpression<'a>) {
        let hint = || {
            let (owner, name) = self.member_name(member)?;
            Some(Hint { owner, name: name.into() })
        };
        let hint = match value.get_inner_expression() {
            Expression::FunctionExpression(_)
            | Expression::ArrowFunctionExpression(_)
            | Expression::ClassExpression(_)
            | Expression::ObjectExpression(_) => hint(),
            _ => None,
        };
        self.hint = hint;
    }

    /// Owner path and last part of a member's name.
    fn member_name(&self, member: &'b MemberExpression<'a>) -> Option<(String, String)> {
        let name = match member {
            MemberExpression::ComputedMemberExpression(computed) => {
                self.constant_key(&computed.expression)?.into_owned()
            }
            MemberExpression::StaticMemberExpression(fixed) => fixed.property.name.to_string(),
            MemberExpression::PrivateFieldExpression(private) => format!("#{}", private.field.name),
        };
        let owner = self.path(member.object());
        match name.as_str() {
            "prototype" => Some((String::new(), owner)),
            "exports" if is_module(member.object()) => Some((String::new(), String::new())),
            _ => Some((owner, name)),
        }
    }

    /// The dotted path of an expression, without `prototype`, `this`, `exports` and `module.exports`.
    fn path(&self, expression: &'b Expression<'a>) -> String {
        match expression {
            // Also the parameter of a bundler's wrapper.
            Expression::Identifier(id) if id.name == "exports" => String::new(),
            Expression::Identifier(id) => id.name.to_string(),
            _ => match expression.as_member_expression().and_then(|member| self.member_name(member)) {
                Some((owner, name)) => join(&owner, &name),
                None => String::new(),
            },
        }
    }

    /// Gives a value to an assignment target.
    pub(super) fn assign_target(&mut self, target: &'b AssignmentTarget<'a>, src: Slot) {
        match target {
            AssignmentTarget::AssignmentTargetIdentifier(id) => match self.symbol_of(id) {
                Some(symbol) => self.assign_symbol(symbol, src),
                None => self.store_global(id.name.as_str(), src, id.span),
            },
            AssignmentTarget::ArrayAssignmentTarget(array) => self.assign_array(array, src),
            AssignmentTarget::ObjectAssignmentTarget(object) => self.assign_object(object, src),
            _ => {
                let Some(simple) = target.as_simple_assignment_target() else { return };
                if let Some(member) = inner_member(simple) {
                    let (base, key) = self.place(member);
                    self.store(base, key, src, member.span());
                } else if let Some(Expression::Identifier(id)) =
                    simple.get_expression().map(Expression::get_inner_expression)
                    && let Some(symbol) = self.symbol_of(id)
                {
                    self.assign_symbol(symbol, src);
                }
            }
        }
    }

    fn assign_array(&mut self, array: &'b ArrayAssignmentTarget<'a>, src: Slot) {
        for (index, element) in array.elements.iter().enumerate() {
            let Some(element) = element else { continue };
            let value = self.load(src, Key::Index(index as u32), element.span(), None);
            self.assign_element(element, value);
        }
        if let Some(rest) = &array.rest {
            let value = self.tail_of(src, array.elements.len(), rest.span);
            self.assign_target(&rest.target, value);
        }
    }

    fn assign_object(&mut self, object: &'b ObjectAssignmentTarget<'a>, src: Slot) {
        for property in &object.properties {
            match property {
                AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(shorthand) => {
                    let key = self.key(shorthand.binding.name.as_str());
                    let value = self.load(src, key, shorthand.span, None);
                    if let Some(default) = &shorthand.init {
                        self.default_value(default, value, Some(shorthand.binding.name.as_str()));
                    }
                    if let Some(symbol) = self.symbol_of(&shorthand.binding) {
                        self.assign_symbol(symbol, value);
                    }
                }
                AssignmentTargetProperty::AssignmentTargetPropertyProperty(pair) => {
                    let key = self.property_key(&pair.name);
                    let value = self.load(src, key, pair.span, None);
                    self.assign_element(&pair.binding, value);
                }
            }
        }
        if let Some(rest) = &object.rest {
            let value = self.rest_of(src, ObjectKind::Object, rest.span);
            self.assign_target(&rest.target, value);
        }
    }

    fn assign_element(&mut self, element: &'b AssignmentTargetMaybeDefault<'a>, value: Slot) {
        match element {
            AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(default) => {
                self.default_value(&default.init, value, None);
                self.assign_target(&default.binding, value);
            }
            _ => {
                if let Some(target) = element.as_assignment_target() {
                    self.assign_target(target, value);
                }
            }
        }
    }
}

/// The member below type assertions.
fn inner_member<'b, 'a>(target: &'b oxc_ast::ast::SimpleAssignmentTarget<'a>) -> Option<&'b MemberExpression<'a>> {
    match target.as_member_expression() {
        Some(member) => Some(member),
        None => target.get_expression()?.get_inner_expression().as_member_expression(),
    }
}

fn is_module(expression: &Expression<'_>) -> bool {
    matches!(expression, Expression::Identifier(id) if id.name == "module")
}
