//! Binding of arguments to parameters.

use faultline_facts::{Language, ParamKind};

use super::{
    ArgMode, FieldWatch, Inst, Known, Node, Shape, Solver, Tok, Token, Watch, instance::ARGUMENT_COUNT,
    statics::position,
};
use crate::names::Name;

/// Numbers the objects that a function's own parameters make.
const REST: u8 = 250;
const KEYWORD_REST: u8 = 251;
const ARGUMENTS: u8 = 252;

impl Solver<'_> {
    /// Tells a clone which of its parameters hold known values.
    pub(crate) fn learn(&mut self, call: u32, callee: Inst) {
        let args = self.args_of(call).to_vec();
        if args.iter().any(|arg| matches!(arg.mode, ArgMode::Spread | ArgMode::KeywordSpread)) {
            return;
        }
        let function = self.function(self.inst(callee).func);
        let module = self.module_of_inst(callee);
        let script = self.facts(module).language != Language::Python;
        let statics = self.statics(module);
        if script {
            self.set_known(callee, ARGUMENT_COUNT, Known::Int(i64::try_from(args.len()).unwrap_or(i64::MAX)));
        }
        for (index, param) in function.params.iter().enumerate() {
            if !matches!(param.kind, ParamKind::Normal | ParamKind::PositionalOnly | ParamKind::KeywordOnly)
                || !statics.unwritten(param.slot)
            {
                continue;
            }
            let name = statics.names[param.name.0 as usize];
            let by_name = args.iter().find(|arg| arg.mode == ArgMode::Keyword(name));
            let by_position = args.iter().filter(|arg| arg.mode == ArgMode::Positional).nth(index);
            match by_name.or(by_position) {
                Some(arg) => {
                    if let Some(known) = arg.known {
                        self.set_known(callee, param.slot, known);
                    }
                }
                None if script => self.set_known(callee, param.slot, Known::Undefined),
                None => {}
            }
        }
    }

    pub(crate) fn bind_arguments(&mut self, call: u32, callee: Inst) {
        let args = self.args_of(call).to_vec();
        let mut at = 0;
        let mut spread = false;
        for arg in args {
            match arg.mode {
                ArgMode::Positional if !spread => {
                    self.bind_position(callee, at, arg.node);
                    at += 1;
                }
                ArgMode::Positional => self.bind_from(callee, at, arg.node),
                ArgMode::Spread => {
                    spread = true;
                    self.store.watch(arg.node, Watch::SpreadArgs { call, callee, at: at as u32 });
                }
                ArgMode::Keyword(name) => self.bind_keyword(callee, name, arg.node),
                ArgMode::KeywordSpread => self.store.watch(arg.node, Watch::SpreadKeywords { callee }),
            }
        }
    }

    fn bind_position(&mut self, callee: Inst, at: usize, node: Node) {
        let function = self.function(self.inst(callee).func);
        if let Some((index, rest)) = position(&function.params, at) {
            let slot = self.node_of(callee, function.params[index].slot);
            if rest && self.is_go(self.module_of_inst(callee)) {
                self.store.edge(node, slot, true);
            } else if rest {
                let list = self.rest_object(callee, slot);
                let offset = (at - index.min(at)) as u32;
                let name = self.index_name(offset);
                self.write(list, name, node);
            } else {
                self.store.edge(node, slot, true);
                if function.params[index].kind == ParamKind::Shared {
                    self.store.edge(slot, node, true);
                }
            }
        }
        if let Some(arguments) = function.arguments {
            let slot = self.node_of(callee, arguments);
            let list = self.own_object(callee, ARGUMENTS, Shape::Array, slot);
            let name = self.index_name(at as u32);
            self.write(list, name, node);
        }
    }

    /// Binds to every position from `at` on.
    fn bind_from(&mut self, callee: Inst, at: usize, node: Node) {
        let function = self.function(self.inst(callee).func);
        let count = function.params.len();
        for at in at..count.max(at + 1) {
            self.bind_position(callee, at, node);
        }
        if let Some(arguments) = function.arguments {
            let slot = self.node_of(callee, arguments);
            let list = self.own_object(callee, ARGUMENTS, Shape::Array, slot);
            self.write(list, Name::ELEMENT, node);
        }
    }

    fn rest_object(&mut self, callee: Inst, slot: Node) -> Tok {
        let python = self.is_python(self.module_of_inst(callee));
        self.own_object(callee, REST, if python { Shape::Tuple } else { Shape::Array }, slot)
    }

    fn own_object(&mut self, callee: Inst, part: u8, shape: Shape, slot: Node) -> Tok {
        let tok = self.tokens.intern(Token::Object { inst: callee, stmt: u32::MAX >> 1, part, shape });
        self.store.add(slot, tok);
        tok
    }

    fn bind_keyword(&mut self, callee: Inst, name: Name, node: Node) {
        let function = self.function(self.inst(callee).func);
        let statics = self.statics(self.module_of_inst(callee));
        let named = function.params.iter().find(|param| {
            matches!(param.kind, ParamKind::Normal | ParamKind::KeywordOnly)
                && statics.names[param.name.0 as usize] == name
        });
        if let Some(param) = named {
            let slot = self.node_of(callee, param.slot);
            return self.store.edge(node, slot, true);
        }
        if let Some(param) = function.params.iter().find(|param| param.kind == ParamKind::KeywordRest) {
            let slot = self.node_of(callee, param.slot);
            let dict = self.own_object(callee, KEYWORD_REST, Shape::Dict, slot);
            let item = self.item(name);
            self.write(dict, item, node);
        }
    }

    /// A list is spread over the parameters from `at` on.
    pub(crate) fn spread_arguments(&mut self, call: u32, callee: Inst, at: u32, list: Tok) {
        if self.is_go(self.module_of_inst(callee)) && !matches!(self.tokens.get(list), Token::Object { .. }) {
            // A call as the only argument gave one value.
            let node = self.token_node(list);
            return self.bind_position(callee, at as usize, node);
        }
        if let Token::Path(_) = self.tokens.get(list) {
            let node = self.lookup(list, Name::ELEMENT);
            return self.bind_from(callee, at as usize, node);
        }
        if matches!(self.tokens.get(list), Token::Text(_) | Token::AnyText | Token::Nothing) {
            return;
        }
        self.watch_fields(list, FieldWatch::Position { call, callee, at });
    }

    pub(crate) fn bind_position_item(&mut self, _call: u32, callee: Inst, at: u32, name: Name, node: Node) {
        if name == Name::ELEMENT {
            return self.bind_from(callee, at as usize, node);
        }
        if let Ok(index) = self.names.text(name).parse::<u32>() {
            self.bind_position(callee, (at + index) as usize, node);
        }
    }

    pub(crate) fn spread_keywords(&mut self, callee: Inst, dict: Tok) {
        if let Token::Object { .. } = self.tokens.get(dict) {
            self.watch_fields(dict, FieldWatch::Keyword { callee });
        }
    }

    pub(crate) fn bind_keyword_item(&mut self, callee: Inst, name: Name, node: Node) {
        if name == Name::ELEMENT {
            return self.bind_unknown_keyword(callee, node);
        }
        let Some(text) = self.names.text(name).strip_prefix('\'').map(ToOwned::to_owned) else { return };
        let name = self.names.intern(&text);
        self.bind_keyword(callee, name, node);
    }

    fn bind_unknown_keyword(&mut self, callee: Inst, node: Node) {
        let function = self.function(self.inst(callee).func);
        for param in &function.params {
            let slot = self.node_of(callee, param.slot);
            match param.kind {
                ParamKind::KeywordOnly => self.store.edge(node, slot, true),
                ParamKind::KeywordRest => {
                    let dict = self.own_object(callee, KEYWORD_REST, Shape::Dict, slot);
                    self.write(dict, Name::ELEMENT, node);
                }
                _ => {}
            }
        }
    }
}
