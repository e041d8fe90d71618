//! Statements.

use faultline_facts::{DynamicKind, FunctionKind, Op, Slot, Test};
use oxc_ast::ast::{
    Declaration, Expression, ForInStatement, ForOfStatement, ForStatement, ForStatementInit, ForStatementLeft,
    Function, IfStatement, Statement, SwitchStatement, TryStatement,
};

use super::functions::Make;
use super::guards::Condition;
use super::lower::{Lower, Target};

/// The place of every value that is thrown: no scope has such a name.
const THROWN: &str = "@thrown";

/// How control leaves a statement.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exit {
    /// It goes on, perhaps.
    Falls,
    /// It certainly jumps out of the block by `break` or `continue`.
    Jumps,
    /// It certainly leaves the function.
    Returns,
}

impl<'b, 'a> Lower<'b, 'a> {
    /// A list of statements: declarations first, as they are hoisted.
    pub(super) fn statements(&mut self, list: &'b [Statement<'a>]) -> Exit {
        for statement in list {
            self.hoist(statement);
        }
        let mut exit = Exit::Falls;
        for statement in list {
            let next = self.statement(statement);
            if exit == Exit::Falls {
                exit = next;
            }
        }
        exit
    }

    fn hoist(&mut self, statement: &'b Statement<'a>) {
        match statement {
            Statement::FunctionDeclaration(function) => self.function_declaration(function),
            Statement::LabeledStatement(labeled) => self.hoist(&labeled.body),
            Statement::ExportDeclaration(export) => self.hoist_declaration(&export.declaration),
            Statement::ExportDefaultDeclaration(export) => self.hoist_default(export),
            Statement::TSTypeAliasDeclaration(alias) => self.note_alias(alias),
            Statement::TSInterfaceDeclaration(interface) => self.interface(interface),
            _ => {}
        }
    }

    fn hoist_declaration(&mut self, declaration: &'b Declaration<'a>) {
        match declaration {
            Declaration::FunctionDeclaration(function) => self.function_declaration(function),
            Declaration::TSTypeAliasDeclaration(alias) => self.note_alias(alias),
            Declaration::TSInterfaceDeclaration(interface) => self.interface(interface),
            _ => {}
        }
    }

    /// `function f() {}`; overload signatures have no body.
    pub(super) fn function_declaration(&mut self, function: &'b Function<'a>) {
        if function.body.is_none() || function.declare {
            return;
        }
        let slot = match &function.id {
            Some(id) => self.binding_slot(id),
            None => self.temp(),
        };
        let make = Make::new(FunctionKind::Function, function.span);
        self.closure(function, make, Some(Target { slot, sole: false }));
    }

    /// One statement.
    pub(super) fn statement(&mut self, statement: &'b Statement<'a>) -> Exit {
        match statement {
            Statement::BlockStatement(block) => return self.statements(&block.body),
            Statement::BreakStatement(_) | Statement::ContinueStatement(_) => return Exit::Jumps,
            Statement::DoWhileStatement(node) => self.repeated(|lower| {
                lower.statement(&node.body);
                lower.effect(&node.test);
            }),
            Statement::ExpressionStatement(node) => self.effect(&node.expression),
            Statement::ForInStatement(node) => self.for_in(node),
            Statement::ForOfStatement(node) => self.for_of(node),
            Statement::ForStatement(node) => self.for_loop(node),
            Statement::IfStatement(node) => return self.if_statement(node),
            Statement::LabeledStatement(node) => self.branch(&[], |lower| {
                lower.statement(&node.body);
                false
            }),
            Statement::ReturnStatement(node) => {
                if let Some(argument) = &node.argument {
                    self.give_back(argument);
                }
                return Exit::Returns;
            }
            Statement::SwitchStatement(node) => self.switch(node),
            Statement::ThrowStatement(node) => {
                let thrown = self.expression(&node.argument, None);
                self.store_global(THROWN, thrown, node.span);
                return Exit::Returns;
            }
            Statement::TryStatement(node) => return self.try_statement(node),
            Statement::WhileStatement(node) => self.repeated(|lower| {
                lower.effect(&node.test);
                lower.statement(&node.body);
            }),
            Statement::WithStatement(node) => {
                self.dynamic(DynamicKind::Eval, node.span);
                self.effect(&node.object);
                return self.statement(&node.body);
            }
            Statement::DebuggerStatement(_) | Statement::EmptyStatement(_) | Statement::FunctionDeclaration(_) => {}
            _ => {
                if let Some(declaration) = statement.as_declaration() {
                    self.declaration(declaration);
                } else if let Some(declaration) = statement.as_module_declaration() {
                    self.module_declaration(declaration);
                }
            }
        }
        Exit::Falls
    }

    /// A declaration that is not hoisted.
    pub(super) fn declaration(&mut self, declaration: &'b Declaration<'a>) {
        match declaration {
            Declaration::VariableDeclaration(variables) => self.variables(variables),
            Declaration::ClassDeclaration(class) => self.class_declaration(class),
            Declaration::TSEnumDeclaration(node) => self.enumeration(node),
            Declaration::TSNamespaceDeclaration(node) => self.namespace(node),
            Declaration::TSImportEqualsDeclaration(node) => self.import_equals(node),
            _ => {}
        }
    }

    /// A part that may run or not, under conditions. `body` says whether it always leaves the function.
    pub(super) fn branch(&mut self, conditions: &[Condition], body: impl FnOnce(&mut Self) -> bool) {
        let guard = self.frame.guard;
        let mark = self.frame.flow.mark();
        self.frame.conditional += 1;
        self.assume(conditions);
        let returned = body(self);
        self.frame.conditional -= 1;
        self.frame.flow.leave(mark, returned);
        self.frame.guard = guard;
    }

    fn branch_exit(&mut self, conditions: &[Condition], statement: &'b Statement<'a>) -> Exit {
        let mut exit = Exit::Falls;
        self.branch(conditions, |lower| {
            exit = lower.statement(statement);
            exit == Exit::Returns
        });
        exit
    }

    fn if_statement(&mut self, node: &'b IfStatement<'a>) -> Exit {
        self.effect(&node.test);
        let (yes, no) = self.conditions(&node.test);
        let then = self.branch_exit(&yes, &node.consequent);
        let otherwise = match &node.alternate {
            Some(alternate) => self.branch_exit(&no, alternate),
            None => Exit::Falls,
        };
        match (then, otherwise) {
            (Exit::Falls, Exit::Falls) => {}
            (_, Exit::Falls) => self.assume(&no),
            (Exit::Falls, _) => self.assume(&yes),
            _ => {}
        }
        then.min(otherwise)
    }

    fn repeated(&mut self, body: impl FnOnce(&mut Self)) {
        self.forget_assigned();
        self.branch(&[], |lower| {
            body(lower);
            false
        });
    }

    fn for_loop(&mut self, node: &'b ForStatement<'a>) {
        match &node.init {
            Some(ForStatementInit::VariableDeclaration(variables)) => self.variables(variables),
            Some(init) => {
                if let Some(expression) = init.as_expression() {
                    self.effect(expression);
                }
            }
            None => {}
        }
        self.repeated(|lower| {
            if let Some(test) = &node.test {
                lower.effect(test);
            }
            lower.statement(&node.body);
            if let Some(update) = &node.update {
                lower.effect(update);
            }
        });
    }

    fn for_in(&mut self, node: &'b ForInStatement<'a>) {
        let src = self.expression(&node.right, None);
        self.repeated(|lower| {
            let dst = lower.temp();
            lower.push(Op::Keys { dst, src }, node.span);
            lower.loop_variable(&node.left, dst);
            lower.statement(&node.body);
        });
    }

    fn for_of(&mut self, node: &'b ForOfStatement<'a>) {
        let src = self.expression(&node.right, None);
        self.repeated(|lower| {
            let mut dst = lower.temp();
            lower.push(Op::Iterate { dst, src }, node.span);
            if node.r#await {
                let awaited = lower.temp();
                lower.push(Op::Await { dst: awaited, src: dst }, node.span);
                dst = awaited;
            }
            lower.loop_variable(&node.left, dst);
            lower.statement(&node.body);
        });
    }

    fn loop_variable(&mut self, left: &'b ForStatementLeft<'a>, value: Slot) {
        match left {
            ForStatementLeft::VariableDeclaration(variables) => {
                variables.declarations.iter().for_each(|declarator| self.bind(&declarator.id, value));
            }
            _ => {
                if let Some(target) = left.as_assignment_target() {
                    self.assign_target(target, value);
                }
            }
        }
    }

    fn switch(&mut self, node: &'b SwitchStatement<'a>) {
        self.effect(&node.discriminant);
        self.forget_assigned();
        let subject = self.switch_subject(&node.discriminant);
        let (mut tests, mut certain) = (Vec::new(), true);
        let mut excluded: Vec<Test> = Vec::new();
        for (index, case) in node.cases.iter().enumerate() {
            match &case.test {
                Some(test) => {
                    self.effect(test);
                    match self.case_test(&subject, test) {
                        Some(test) => tests.push(test),
                        None => certain = false,
                    }
                }
                None if index + 1 == node.cases.len() && tests.is_empty() => {
                    excluded = self.other_cases(&subject, node);
                }
                None => certain = false,
            }
            let conditions = Self::case_conditions(&subject, &tests, &excluded, certain);
            let mut exit = Exit::Falls;
            self.branch(&conditions, |lower| {
                exit = lower.statements(&case.consequent);
                exit == Exit::Returns
            });
            if exit != Exit::Falls {
                tests.clear();
                certain = true;
            }
        }
    }

    fn try_statement(&mut self, node: &'b TryStatement<'a>) -> Exit {
        self.frame.conditional += 1;
        let mut exit = Exit::Falls;
        self.branch(&[], |lower| {
            exit = lower.statements(&node.block.body);
            false
        });
        let mut caught = Exit::Falls;
        if let Some(handler) = &node.handler {
            self.branch(&[], |lower| {
                if let Some(param) = &handler.param {
                    let slot = lower.global(THROWN, None);
                    lower.bind(&param.pattern, slot);
                }
                caught = lower.statements(&handler.body.body);
                caught == Exit::Returns
            });
        } else {
            caught = exit;
        }
        self.frame.conditional -= 1;
        let last = node.finalizer.as_ref().map_or(Exit::Falls, |finalizer| self.statements(&finalizer.body));
        exit.min(caught).max(last)
    }

    /// A class declaration binds its name.
    fn class_declaration(&mut self, class: &'b oxc_ast::ast::Class<'a>) {
        if !class.declare {
            self.class(class, None);
        }
    }

    /// An expression whose value is not looked at but may be called by others.
    pub(super) fn value(&mut self, expression: &'b Expression<'a>) -> Slot {
        self.expression(expression, None)
    }
}
