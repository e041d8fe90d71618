//! One method's instructions, block by block.

use faultline_facts::{FunctionId, Key, ObjectKind, Op, Slot, Test};
use noak::{
    error::DecodeError,
    reader::{
        attributes::{Code, RawInstruction},
        cpool,
    },
};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    Reader,
    frame::{Frame, Val},
    line,
    names::{Signature, class_name, field_type, is_reference, is_wide, text},
};

/// Lowers a method's body.
pub(super) fn lower<'input>(
    reader: &mut Reader<'_, 'input>,
    function: FunctionId,
    is_static: bool,
    signature: &Signature,
    code: &Code<'input>,
) -> Result<(), DecodeError> {
    let mut lines = line_table(reader, code)?;
    lines.sort_unstable();
    set_span(reader, function, &lines);
    let homes = homes(reader, function, is_static, signature);
    let span = reader.builder.function_mut(function).span;
    let mut lowering = Lowering { reader, frame: Frame::new(function, homes, span) };
    lowering.run(code, &lines)
}

/// Instruction and line, as the table has them; the library reads its entries with the wrong width.
fn line_table<'input>(reader: &Reader<'_, 'input>, code: &Code<'input>) -> Result<Vec<(u32, u32)>, DecodeError> {
    let mut lines = Vec::new();
    for attribute in code.attributes() {
        let attribute = attribute?;
        if text(reader.class.pool().retrieve(attribute.name())?) == "LineNumberTable" {
            let entries = attribute.content().get(2..).unwrap_or_default().chunks_exact(4);
            let number = |bytes: &[u8]| u32::from(bytes[0]) << 8 | u32::from(bytes[1]);
            lines.extend(entries.map(|entry| (number(&entry[..2]), number(&entry[2..]))));
        }
    }
    Ok(lines)
}

fn set_span(reader: &mut Reader<'_, '_>, function: FunctionId, lines: &[(u32, u32)]) {
    let first = lines.iter().map(|(_, line)| *line).min().unwrap_or(1);
    let last = lines.iter().map(|(_, line)| *line).max().unwrap_or(first);
    let entry = &mut reader.builder.function_mut(function).span;
    *entry = line(first);
    entry.end_line = last.max(1);
}

/// The slots of the variables that hold receiver and parameters.
fn homes(
    reader: &mut Reader<'_, '_>,
    function: FunctionId,
    is_static: bool,
    signature: &Signature,
) -> FxHashMap<u16, Slot> {
    let function = reader.builder.function_mut(function);
    let mut homes = FxHashMap::default();
    let mut index: u16 = 0;
    if let (Some(this), false) = (function.this, is_static) {
        homes.insert(0, this);
        index = 1;
    }
    for (param, ty) in function.params.iter().zip(&signature.params) {
        homes.insert(index, param.slot);
        index = index.saturating_add(if is_wide(ty) { 2 } else { 1 });
    }
    homes
}

/// Interprets one method.
pub(super) struct Lowering<'l, 'r, 'input> {
    pub(super) reader: &'l mut Reader<'r, 'input>,
    pub(super) frame: Frame,
}

/// Where control goes after an instruction.
struct Flow {
    targets: Vec<i64>,
    falls_through: bool,
}

impl<'input> Lowering<'_, '_, 'input> {
    fn run(&mut self, code: &Code<'input>, lines: &[(u32, u32)]) -> Result<(), DecodeError> {
        let instructions: Vec<_> = code.raw_instructions().collect::<Result<_, _>>()?;
        let handlers = self.handlers(code);
        let mut leaders: FxHashSet<u32> = handlers.keys().copied().collect();
        for (at, (pc, instruction)) in instructions.iter().enumerate() {
            if let Some(flow) = flow(pc.as_u32(), instruction) {
                leaders.extend(flow.targets.iter().filter_map(|target| u32::try_from(*target).ok()));
                leaders.extend(instructions.get(at + 1).map(|(pc, _)| pc.as_u32()));
            }
        }
        let mut live = true;
        let mut next_line = 0;
        for (pc, instruction) in &instructions {
            let pc = pc.as_u32();
            while let Some((start, number)) = lines.get(next_line).filter(|(start, _)| *start <= pc) {
                let _ = start;
                self.frame.span = line(*number);
                next_line += 1;
            }
            if leaders.contains(&pc) {
                if live {
                    self.frame.flow_to(self.reader.builder, pc);
                }
                match handlers.get(&pc) {
                    Some(catch) => self.begin_handler(catch),
                    None => self.frame.begin(pc),
                }
            }
            self.step(instruction)?;
            live = true;
            if let Some(flow) = flow(pc, instruction) {
                for target in flow.targets.iter().filter_map(|target| u32::try_from(*target).ok()) {
                    self.frame.flow_to(self.reader.builder, target);
                }
                live = flow.falls_through;
            }
        }
        Ok(())
    }

    /// Where handlers begin, and what each catches; `None` among them for everything.
    fn handlers(&self, code: &Code<'input>) -> FxHashMap<u32, Vec<String>> {
        let mut handlers: FxHashMap<u32, Vec<String>> = FxHashMap::default();
        for handler in code.exception_handlers() {
            let caught = handlers.entry(handler.handler().as_u32()).or_default();
            if let Some(class) = handler.catch_type()
                && let Ok(class) = self.reader.class.pool().retrieve(class)
            {
                let name = class_name(&text(class.name));
                if !caught.contains(&name) {
                    caught.push(name);
                }
            }
        }
        handlers
    }

    fn begin_handler(&mut self, catch: &[String]) {
        let function = self.frame.function;
        let slot = self.reader.builder.slot(function);
        if let [one] = catch {
            let thrown = self.reader.global(function, "@thrown", self.frame.span);
            let class = self.reader.global(function, one, self.frame.span);
            self.emit(Op::Narrow { dst: slot, src: thrown, test: Test::Instance(class) });
        }
        self.frame.begin_handler(slot);
    }

    pub(super) fn emit(&mut self, op: Op) {
        self.reader.builder.push(self.frame.function, op, self.frame.span, None);
    }

    pub(super) fn push_type(&mut self, ty: &str, slot: Option<Slot>) {
        match ty {
            "void" => {}
            wide if is_wide(wide) => self.frame.push(Val::Wide),
            plain if !is_reference(plain) => self.frame.push(Val::Plain),
            _ => {
                let slot = slot.unwrap_or_else(|| self.reader.builder.slot(self.frame.function));
                self.frame.push(Val::Ref(slot));
            }
        }
    }

    fn step(&mut self, instruction: &RawInstruction<'input>) -> Result<(), DecodeError> {
        use RawInstruction as I;
        match instruction {
            I::ALoad { index } => self.frame.load(self.reader.builder, u16::from(*index)),
            I::ALoadW { index } => self.frame.load(self.reader.builder, *index),
            I::ALoad0 => self.frame.load(self.reader.builder, 0),
            I::ALoad1 => self.frame.load(self.reader.builder, 1),
            I::ALoad2 => self.frame.load(self.reader.builder, 2),
            I::ALoad3 => self.frame.load(self.reader.builder, 3),
            I::AStore { index } => self.frame.store(u16::from(*index)),
            I::AStoreW { index } => self.frame.store(*index),
            I::AStore0 => self.frame.store(0),
            I::AStore1 => self.frame.store(1),
            I::AStore2 => self.frame.store(2),
            I::AStore3 => self.frame.store(3),
            I::AConstNull => {
                self.frame.push_new(self.reader.builder);
            }
            I::LdC { index } | I::LdCW { index } | I::LdC2W { index } => self.constant(*index)?,
            I::AALoad => self.load_element(),
            I::AAStore => self.store_element(),
            I::AReturn => self.give_back(),
            I::AThrow => self.throw(),
            I::New { index } => self.make(*index)?,
            I::ANewArray { .. } => self.make_array(1),
            I::MultiANewArray { dimensions, .. } => self.make_array(usize::from(*dimensions)),
            I::NewArray { .. } => {
                self.frame.pop();
                self.frame.push_new(self.reader.builder);
            }
            I::CheckCast { index } => self.cast(*index)?,
            _ => return self.step_rest(instruction),
        }
        Ok(())
    }

    fn step_rest(&mut self, instruction: &RawInstruction<'input>) -> Result<(), DecodeError> {
        use RawInstruction as I;
        match instruction {
            I::Dup => self.frame.dup(1, 0),
            I::DupX1 => self.frame.dup(1, 1),
            I::DupX2 => self.frame.dup(1, 2),
            I::Dup2 => self.frame.dup(2, 0),
            I::Dup2X1 => self.frame.dup(2, 1),
            I::Dup2X2 => self.frame.dup(2, 2),
            I::Pop => self.frame.pop_many(1),
            I::Pop2 => self.frame.pop2(),
            I::Swap => self.frame.swap(),
            I::GetField { index } => self.get_field(*index, false)?,
            I::GetStatic { index } => self.get_field(*index, true)?,
            I::PutField { index } => self.put_field(*index, false)?,
            I::PutStatic { index } => self.put_field(*index, true)?,
            I::InvokeVirtual { .. }
            | I::InvokeInterface { .. }
            | I::InvokeSpecial { .. }
            | I::InvokeStatic { .. }
            | I::InvokeDynamic { .. } => self.invoke(instruction)?,
            other => self.arithmetic(other),
        }
        Ok(())
    }

    fn constant(&mut self, index: cpool::Index<cpool::Item<'input>>) -> Result<(), DecodeError> {
        let pool = self.reader.class.pool();
        match pool.get(index)? {
            cpool::Item::String(string) => {
                let text = text(pool.retrieve(string.string)?).into_owned();
                let sym = self.reader.builder.sym(&text);
                let dst = self.frame.push_new(self.reader.builder);
                self.emit(Op::Const { dst, value: faultline_facts::Const::Str(sym) });
            }
            cpool::Item::Class(class) => {
                let name = class_name(&text(pool.retrieve(class.name)?));
                let slot = self.reader.global(self.frame.function, &name, self.frame.span);
                self.frame.push(Val::Ref(slot));
            }
            cpool::Item::Long(_) | cpool::Item::Double(_) => self.frame.push(Val::Wide),
            cpool::Item::Integer(_) | cpool::Item::Float(_) => self.frame.push(Val::Plain),
            _ => {
                self.frame.push_new(self.reader.builder);
            }
        }
        Ok(())
    }

    fn load_element(&mut self) {
        self.frame.pop();
        let base = self.frame.pop_slot(self.reader.builder);
        let dst = self.frame.push_new(self.reader.builder);
        self.emit(Op::Load { dst, base, key: Key::Element });
    }

    fn store_element(&mut self) {
        let src = self.frame.pop_slot(self.reader.builder);
        self.frame.pop();
        let base = self.frame.pop_slot(self.reader.builder);
        self.emit(Op::Store { base, key: Key::Element, src, accessor: faultline_facts::Accessor::Value });
    }

    fn give_back(&mut self) {
        let src = self.frame.pop_slot(self.reader.builder);
        let dst = self.reader.builder.function_mut(self.frame.function).ret;
        self.emit(Op::Copy { dst, src });
    }

    fn throw(&mut self) {
        let src = self.frame.pop_slot(self.reader.builder);
        let name = self.reader.builder.sym("@thrown");
        self.emit(Op::StoreGlobal { name, src });
    }

    fn make(&mut self, index: cpool::Index<cpool::Class<'input>>) -> Result<(), DecodeError> {
        self.reader.class.pool().retrieve(index)?;
        let slot = self.frame.push_new(self.reader.builder);
        self.frame.fresh.insert(slot);
        Ok(())
    }

    fn make_array(&mut self, dimensions: usize) {
        self.frame.pop_many(dimensions);
        let dst = self.frame.push_new(self.reader.builder);
        self.emit(Op::Object { dst, kind: ObjectKind::Array });
    }

    fn cast(&mut self, index: cpool::Index<cpool::Class<'input>>) -> Result<(), DecodeError> {
        let name = class_name(&text(self.reader.class.pool().retrieve(index)?.name));
        let src = self.frame.pop_slot(self.reader.builder);
        if name.ends_with(']') {
            self.frame.push(Val::Ref(src));
            return Ok(());
        }
        let class = self.reader.global(self.frame.function, &name, self.frame.span);
        let dst = self.frame.push_new(self.reader.builder);
        self.emit(Op::Narrow { dst, src, test: Test::Instance(class) });
        Ok(())
    }

    /// The key of a field, and its type.
    fn field_key(&self, index: cpool::Index<cpool::FieldRef<'input>>) -> Result<(String, String), DecodeError> {
        let field = self.reader.class.pool().retrieve(index)?;
        let ty = field_type(&text(field.name_and_type.descriptor));
        let member = format!("{}:{ty}", text(field.name_and_type.name));
        Ok((faultline_facts::jvm::owned(&class_name(&text(field.class.name)), &member), ty))
    }

    fn get_field(&mut self, index: cpool::Index<cpool::FieldRef<'input>>, is_static: bool) -> Result<(), DecodeError> {
        let (key, ty) = self.field_key(index)?;
        let base = if is_static {
            self.frame.plain_slot(self.reader.builder)
        } else {
            self.frame.pop_slot(self.reader.builder)
        };
        let dst = self.reader.builder.slot(self.frame.function);
        if is_static || is_reference(&ty) {
            let key = Key::Named(self.reader.builder.sym(&key));
            self.emit(Op::Load { dst, base, key });
        }
        self.push_type(&ty, Some(dst));
        Ok(())
    }

    fn put_field(&mut self, index: cpool::Index<cpool::FieldRef<'input>>, is_static: bool) -> Result<(), DecodeError> {
        let (key, ty) = self.field_key(index)?;
        let src = self.frame.pop_slot(self.reader.builder);
        let base = if is_static {
            self.frame.plain_slot(self.reader.builder)
        } else {
            self.frame.pop_slot(self.reader.builder)
        };
        if is_static || is_reference(&ty) {
            let key = Key::Named(self.reader.builder.sym(&key));
            self.emit(Op::Store { base, key, src, accessor: faultline_facts::Accessor::Value });
        }
        Ok(())
    }

    /// Instructions that move numbers: values taken, and what is given.
    fn arithmetic(&mut self, instruction: &RawInstruction<'_>) {
        let (taken, given) = effect(instruction);
        self.frame.pop_many(taken);
        if let Some(val) = given {
            self.frame.push(val);
        }
    }
}

/// Entries popped and the number pushed by an instruction without references in its result.
#[expect(clippy::match_same_arms, reason = "grouped by meaning, not by result")]
fn effect(instruction: &RawInstruction<'_>) -> (usize, Option<Val>) {
    use RawInstruction as I;
    let plain = Some(Val::Plain);
    let wide = Some(Val::Wide);
    match instruction {
        I::IConstM1 | I::IConst0 | I::IConst1 | I::IConst2 | I::IConst3 | I::IConst4 | I::IConst5 => (0, plain),
        I::FConst0 | I::FConst1 | I::FConst2 | I::BIPush { .. } | I::SIPush { .. } => (0, plain),
        I::LConst0 | I::LConst1 | I::DConst0 | I::DConst1 => (0, wide),
        I::ILoad { .. } | I::ILoadW { .. } | I::ILoad0 | I::ILoad1 | I::ILoad2 | I::ILoad3 => (0, plain),
        I::FLoad { .. } | I::FLoadW { .. } | I::FLoad0 | I::FLoad1 | I::FLoad2 | I::FLoad3 => (0, plain),
        I::LLoad { .. } | I::LLoadW { .. } | I::LLoad0 | I::LLoad1 | I::LLoad2 | I::LLoad3 => (0, wide),
        I::DLoad { .. } | I::DLoadW { .. } | I::DLoad0 | I::DLoad1 | I::DLoad2 | I::DLoad3 => (0, wide),
        I::JSr { .. } | I::JSrW { .. } => (0, plain),
        I::BALoad | I::CALoad | I::SALoad | I::IALoad | I::FALoad => (2, plain),
        I::LALoad | I::DALoad => (2, wide),
        I::BAStore | I::CAStore | I::SAStore | I::IAStore | I::FAStore | I::LAStore | I::DAStore => (3, None),
        I::IAdd | I::ISub | I::IMul | I::IDiv | I::IRem | I::IAnd | I::IOr | I::IXor => (2, plain),
        I::IShL | I::IShR | I::IUShR | I::FAdd | I::FSub | I::FMul | I::FDiv | I::FRem => (2, plain),
        I::LAdd | I::LSub | I::LMul | I::LDiv | I::LRem | I::LAnd | I::LOr | I::LXor => (2, wide),
        I::LShL | I::LShR | I::LUShR | I::DAdd | I::DSub | I::DMul | I::DDiv | I::DRem => (2, wide),
        I::LCmp | I::DCmpG | I::DCmpL | I::FCmpG | I::FCmpL => (2, plain),
        I::I2L | I::I2D | I::F2L | I::F2D | I::D2L | I::L2D => (1, wide),
        I::L2I | I::L2F | I::D2I | I::D2F => (1, plain),
        I::ArrayLength | I::InstanceOf { .. } => (1, plain),
        other => (taken(other), None),
    }
}

/// Entries popped by stores, conditions and the like.
#[expect(clippy::match_same_arms, reason = "grouped by meaning, not by result")]
fn taken(instruction: &RawInstruction<'_>) -> usize {
    use RawInstruction as I;
    match instruction {
        I::IfACmpEq { .. } | I::IfACmpNe { .. } | I::IfICmpEq { .. } | I::IfICmpNe { .. } => 2,
        I::IfICmpLt { .. } | I::IfICmpGe { .. } | I::IfICmpGt { .. } | I::IfICmpLe { .. } => 2,
        I::IfEq { .. } | I::IfNe { .. } | I::IfLt { .. } | I::IfGe { .. } | I::IfGt { .. } | I::IfLe { .. } => 1,
        I::IfNonNull { .. } | I::IfNull { .. } | I::MonitorEnter | I::MonitorExit => 1,
        I::IReturn | I::LReturn | I::FReturn | I::DReturn | I::LookupSwitch(_) | I::TableSwitch(_) => 1,
        I::IStore { .. } | I::IStoreW { .. } | I::IStore0 | I::IStore1 | I::IStore2 | I::IStore3 => 1,
        I::FStore { .. } | I::FStoreW { .. } | I::FStore0 | I::FStore1 | I::FStore2 | I::FStore3 => 1,
        I::LStore { .. } | I::LStoreW { .. } | I::LStore0 | I::LStore1 | I::LStore2 | I::LStore3 => 1,
        I::DStore { .. } | I::DStoreW { .. } | I::DStore0 | I::DStore1 | I::DStore2 | I::DStore3 => 1,
        _ => 0,
    }
}

/// Jumps of an instruction; `None` when it just goes on.
#[expect(clippy::match_same_arms, reason = "grouped by meaning, not by result")]
fn flow(pc: u32, instruction: &RawInstruction<'_>) -> Option<Flow> {
    use RawInstruction as I;
    let pc = i64::from(pc);
    let to = |offset: i64, falls_through| Some(Flow { targets: vec![pc + offset], falls_through });
    match instruction {
        I::Goto { offset } => to(i64::from(*offset), false),
        I::GotoW { offset } => to(i64::from(*offset), false),
        I::JSr { offset } => to(i64::from(*offset), true),
        I::JSrW { offset } => to(i64::from(*offset), true),
        I::IfACmpEq { offset }
        | I::IfACmpNe { offset }
        | I::IfICmpEq { offset }
        | I::IfICmpNe { offset }
        | I::IfICmpLt { offset }
        | I::IfICmpGe { offset }
        | I::IfICmpGt { offset }
        | I::IfICmpLe { offset }
        | I::IfEq { offset }
        | I::IfNe { offset }
        | I::IfLt { offset }
        | I::IfGe { offset }
        | I::IfGt { offset }
        | I::IfLe { offset }
        | I::IfNonNull { offset }
        | I::IfNull { offset } => to(i64::from(*offset), true),
        I::LookupSwitch(switch) => {
            let pairs = switch.pairs().map(|pair| pc + i64::from(pair.offset()));
            Some(Flow {
                targets: pairs.chain([pc + i64::from(switch.default_offset())]).collect(),
                falls_through: false,
            })
        }
        I::TableSwitch(switch) => {
            let pairs = switch.pairs().map(|pair| pc + i64::from(pair.offset()));
            Some(Flow {
                targets: pairs.chain([pc + i64::from(switch.default_offset())]).collect(),
                falls_through: false,
            })
        }
        I::AReturn
        | I::IReturn
        | I::LReturn
        | I::FReturn
        | I::DReturn
        | I::Return
        | I::AThrow
        | I::Ret { .. }
        | I::RetW { .. } => Some(Flow { targets: Vec::new(), falls_through: false }),
        _ => None,
    }
}
