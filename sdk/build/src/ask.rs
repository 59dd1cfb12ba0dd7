//! Asks a core module what its plugin says it is. It is run by a small interpreter, because whoever builds a plugin may have nothing else to run
//! WebAssembly with: a build script that brought a compiler along would take minutes. It knows what compilers make of plain code; whatever
//! else it meets, or too much of it, ends the attempt.

use std::rc::Rc;

use wasmparser::{
    BlockType, CompositeInnerType, ConstExpr, DataKind, ElementItems, ElementKind, ExternalKind, FuncType,
    FunctionBody, MemArg, Operator, Parser, Payload, Validator,
};

use crate::INTERFACE;

/// Instructions: twenty-five times what the largest of our packs needs, and a few seconds.
const MOST_STEPS: u64 = 50_000_000;
/// Functions that wait for one another.
const MOST_CALLS: usize = 150;
const PAGE: usize = 64 << 10;
/// Pages of memory: 64 MiB.
const MOST_PAGES: usize = 1024;

/// What `describe` of a module returns.
///
/// # Errors
///
/// If it cannot be told, with what is in the way.
pub(crate) fn description(module: &[u8]) -> Result<String, String> {
    let broken = |error: Broken| error.to_string();
    Validator::new().validate_all(module).map_err(broken)?;
    let mut machine = Machine::read(module).map_err(broken)??;
    let describe = machine.describe.ok_or("it exports no `describe`")?;
    let at = machine.call(describe, &[])?.pop().ok_or("`describe` returns nothing")?;
    let text = machine.load(at, 0, 4)?;
    let len = machine.load(at, 4, 4)?;
    let bytes = machine.bytes(text, 0, len as usize)?.to_vec();
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
}

/// A module at work. Values are kept as their bits; those of 32 bits have zeros above.
#[derive(Default)]
struct Machine<'a> {
    types: Vec<FuncType>,
    /// The types of the functions.
    functions: Vec<u32>,
    bodies: Vec<FunctionBody<'a>>,
    /// Of the functions that were called.
    codes: Vec<Option<Rc<Code<'a>>>>,
    table: Vec<Option<u32>>,
    globals: Vec<u64>,
    memory: Vec<u8>,
    describe: Option<u32>,
    steps: u64,
    calls: usize,
}

/// The code of a function.
struct Code<'a> {
    locals: usize,
    instructions: Vec<Operator<'a>>,
    /// For a block where it ends, for an `if` where its `else` is, if it has one.
    jumps: Vec<usize>,
}

/// Where a branch leads.
struct Label {
    to: usize,
    is_loop: bool,
    /// How many values it takes along.
    arity: usize,
    /// How many are left below them.
    height: usize,
}

type Broken = wasmparser::BinaryReaderError;

impl<'a> Machine<'a> {
    fn read(module: &'a [u8]) -> Result<Result<Self, String>, Broken> {
        let mut machine = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::TypeSection(groups) => {
                    for group in groups {
                        for of in group?.into_types() {
                            match of.composite_type.inner {
                                CompositeInnerType::Func(of) => machine.types.push(of),
                                _ => return Ok(Err("it has a type that is no function's".into())),
                            }
                        }
                    }
                }
                Payload::FunctionSection(functions) => {
                    machine.functions = functions.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::TableSection(tables) => {
                    let table = tables.into_iter().next().transpose()?;
                    machine.table =
                        vec![None; table.map_or(0, |table| table.ty.initial.min(1 << 16) as usize)];
                }
                Payload::MemorySection(memories) => {
                    let memory = memories.into_iter().next().transpose()?;
                    let pages = memory.map_or(0, |memory| memory.initial);
                    if pages > MOST_PAGES as u64 {
                        return Ok(Err("it wants too much memory".into()));
                    }
                    machine.memory = vec![0; pages as usize * PAGE];
                }
                Payload::GlobalSection(globals) => {
                    for global in globals {
                        let value = machine.constant(&global?.init_expr)?;
                        machine.globals.push(value);
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export?;
                        let is_describe = export.kind == ExternalKind::Func
                            && export.name.starts_with(INTERFACE)
                            && export.name.ends_with("#describe");
                        machine.describe = machine.describe.or(is_describe.then_some(export.index));
                    }
                }
                Payload::StartSection { .. } => return Ok(Err("it has a start function".into())),
                Payload::ElementSection(elements) => {
                    for element in elements {
                        let element = element?;
                        if let (ElementKind::Active { offset_expr, .. }, ElementItems::Functions(functions)) =
                            (element.kind, element.items)
                        {
                            let offset = machine.constant(&offset_expr)? as usize;
                            for (place, function) in functions.into_iter().enumerate() {
                                if let Some(entry) = machine.table.get_mut(offset.saturating_add(place)) {
                                    *entry = Some(function?);
                                }
                            }
                        }
                    }
                }
                Payload::DataSection(all) => {
                    for data in all {
                        let data = data?;
                        if let DataKind::Active { offset_expr, .. } = data.kind {
                            let offset = machine.constant(&offset_expr)? as usize;
                            let to = offset.saturating_add(data.data.len());
                            if let Some(place) = machine.memory.get_mut(offset..to) {
                                place.copy_from_slice(data.data);
                            }
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => machine.bodies.push(body),
                _ => {}
            }
        }
        machine.codes = machine.bodies.iter().map(|_| None).collect();
        Ok(Ok(machine))
    }

    fn constant(&self, of: &ConstExpr<'_>) -> Result<u64, Broken> {
        Ok(match of.get_operators_reader().read()? {
            Operator::I32Const { value } => u64::from(value as u32),
            Operator::I64Const { value } => value as u64,
            Operator::GlobalGet { global_index } => {
                self.globals.get(global_index as usize).copied().unwrap_or_default()
            }
            _ => 0,
        })
    }

    /// The code of a function, read when it is first called.
    fn code(&mut self, function: u32) -> Result<Rc<Code<'a>>, String> {
        let at = function as usize;
        let missing = "it calls a function that it does not have";
        if let Some(code) = self.codes.get(at).ok_or(missing)? {
            return Ok(code.clone());
        }
        let code = Rc::new(Code::read(&self.bodies[at]).map_err(|error| error.to_string())?);
        self.codes[at] = Some(code.clone());
        Ok(code)
    }

    /// What a function returns.
    fn call(&mut self, function: u32, arguments: &[u64]) -> Result<Vec<u64>, String> {
        if self.calls == MOST_CALLS {
            return Err("it calls too deep".into());
        }
        self.calls += 1;
        let code = self.code(function)?;
        let results = self.types[self.functions[function as usize] as usize].results().len();
        let mut locals = arguments.to_vec();
        locals.resize(arguments.len() + code.locals, 0);
        let mut stack = self.run(&code, &mut locals, results)?;
        self.calls -= 1;
        Ok(stack.split_off(stack.len() - results))
    }

    fn run(&mut self, code: &Code<'a>, locals: &mut [u64], results: usize) -> Result<Vec<u64>, String> {
        let mut stack: Vec<u64> = Vec::new();
        let mut labels =
            vec![Label { to: code.instructions.len(), is_loop: false, arity: results, height: 0 }];
        let mut at = 0;
        while at < code.instructions.len() {
            self.steps += 1;
            if self.steps > MOST_STEPS {
                return Err("it does not come to an end".into());
            }
            let instruction = &code.instructions[at];
            let mut branch = None;
            match instruction {
                Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } => {
                    let (parameters, results) = self.arity(*blockty);
                    let is_loop = matches!(instruction, Operator::Loop { .. });
                    let is_left_out =
                        matches!(instruction, Operator::If { .. }) && pop(&mut stack) as u32 == 0;
                    let jump = code.jumps[at];
                    let has_else = matches!(code.instructions[jump], Operator::Else);
                    let to = match (is_loop, has_else) {
                        (true, _) => at + 1,
                        (false, true) => code.jumps[jump] + 1,
                        (false, false) => jump + 1,
                    };
                    if !is_left_out || has_else {
                        let arity = if is_loop { parameters } else { results };
                        labels.push(Label { to, is_loop, arity, height: stack.len() - parameters });
                    }
                    if is_left_out {
                        at = jump;
                    }
                }
                // Met at the end of what comes before it.
                Operator::Else => {
                    at = code.jumps[at];
                    labels.pop();
                }
                Operator::End => _ = labels.pop(),
                Operator::Br { relative_depth } => branch = Some(*relative_depth),
                Operator::BrIf { relative_depth } => {
                    branch = (pop(&mut stack) as u32 != 0).then_some(*relative_depth);
                }
                Operator::BrTable { targets } => {
                    let wanted = pop(&mut stack) as usize;
                    let target =
                        targets.targets().nth(wanted).transpose().map_err(|error| error.to_string())?;
                    branch = Some(target.unwrap_or(targets.default()));
                }
                Operator::Return => return Ok(stack),
                Operator::Call { function_index } => self.call_with(*function_index, &mut stack)?,
                Operator::CallIndirect { .. } => {
                    let entry = self.table.get(pop(&mut stack) as usize).copied().flatten();
                    self.call_with(entry.ok_or("it calls what is no function")?, &mut stack)?;
                }
                Operator::LocalGet { local_index } => stack.push(locals[*local_index as usize]),
                Operator::LocalSet { local_index } => locals[*local_index as usize] = pop(&mut stack),
                Operator::LocalTee { local_index } => {
                    locals[*local_index as usize] = stack.last().copied().unwrap_or_default();
                }
                Operator::GlobalGet { global_index } => stack.push(self.globals[*global_index as usize]),
                Operator::GlobalSet { global_index } => {
                    self.globals[*global_index as usize] = pop(&mut stack);
                }
                other => {
                    if !crate::sums::sum(other, &mut stack) && !self.moved(other, &mut stack)? {
                        return Err(format!("it uses {other:?}"));
                    }
                }
            }
            at += 1;
            if let Some(depth) = branch {
                let kept = labels.len() - 1 - depth as usize;
                labels.truncate(kept + 1);
                let label = &labels[kept];
                stack.drain(label.height..stack.len() - label.arity);
                at = label.to;
                if !label.is_loop {
                    labels.pop();
                }
            }
        }
        Ok(stack)
    }

    fn call_with(&mut self, function: u32, stack: &mut Vec<u64>) -> Result<(), String> {
        let of = self.functions.get(function as usize).ok_or("it calls a function that it does not have")?;
        let arguments = self.types[*of as usize].params().len();
        let arguments = stack.split_off(stack.len() - arguments);
        stack.extend(self.call(function, &arguments)?);
        Ok(())
    }

    fn arity(&self, block: BlockType) -> (usize, usize) {
        match block {
            BlockType::Empty => (0, 0),
            BlockType::Type(_) => (0, 1),
            BlockType::FuncType(of) => {
                let of = &self.types[of as usize];
                (of.params().len(), of.results().len())
            }
        }
    }

    /// Does what an instruction wants of memory; tells if it wants something else.
    fn moved(&mut self, instruction: &Operator<'_>, stack: &mut Vec<u64>) -> Result<bool, String> {
        use Operator as O;
        let mut read = |at: &MemArg, len| {
            let value = self.load(pop(stack), at.offset, len)?;
            stack.push(value);
            Ok::<_, String>(())
        };
        let signed = |stack: &mut Vec<u64>, bits: u32, of: u64| {
            let value = (pop(stack) << (64 - bits)) as i64 >> (64 - bits);
            stack.push(value as u64 & of);
        };
        const WORD: u64 = u32::MAX as u64;
        match instruction {
            O::I32Load { memarg } | O::F32Load { memarg } | O::I64Load32U { memarg } => read(memarg, 4)?,
            O::I64Load { memarg } | O::F64Load { memarg } => read(memarg, 8)?,
            O::I32Load8U { memarg } | O::I64Load8U { memarg } => read(memarg, 1)?,
            O::I32Load16U { memarg } | O::I64Load16U { memarg } => read(memarg, 2)?,
            O::I32Load8S { memarg } => read(memarg, 1).map(|()| signed(stack, 8, WORD))?,
            O::I32Load16S { memarg } => read(memarg, 2).map(|()| signed(stack, 16, WORD))?,
            O::I64Load8S { memarg } => read(memarg, 1).map(|()| signed(stack, 8, u64::MAX))?,
            O::I64Load16S { memarg } => read(memarg, 2).map(|()| signed(stack, 16, u64::MAX))?,
            O::I64Load32S { memarg } => read(memarg, 4).map(|()| signed(stack, 32, u64::MAX))?,
            O::I32Store { memarg } | O::F32Store { memarg } | O::I64Store32 { memarg } => {
                self.store(memarg, 4, stack)?;
            }
            O::I64Store { memarg } | O::F64Store { memarg } => self.store(memarg, 8, stack)?,
            O::I32Store8 { memarg } | O::I64Store8 { memarg } => self.store(memarg, 1, stack)?,
            O::I32Store16 { memarg } | O::I64Store16 { memarg } => self.store(memarg, 2, stack)?,
            O::MemorySize { .. } => stack.push((self.memory.len() / PAGE) as u64),
            O::MemoryGrow { .. } => {
                let (before, more) = (self.memory.len() / PAGE, pop(stack) as usize);
                let fits = more <= MOST_PAGES - before;
                if fits {
                    self.memory.resize((before + more) * PAGE, 0);
                }
                stack.push(if fits { before as u64 } else { WORD });
            }
            O::MemoryFill { .. } => {
                let (len, value, to) = (pop(stack) as usize, pop(stack) as u8, pop(stack));
                self.bytes(to, 0, len)?;
                self.memory[to as usize..][..len].fill(value);
            }
            O::MemoryCopy { .. } => {
                let (len, from, to) = (pop(stack) as usize, pop(stack), pop(stack));
                self.bytes(from, 0, len)?;
                self.bytes(to, 0, len)?;
                self.memory.copy_within(from as usize..from as usize + len, to as usize);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn store(&mut self, at: &MemArg, len: usize, stack: &mut Vec<u64>) -> Result<(), String> {
        let (value, to) = (pop(stack), pop(stack));
        self.bytes(to, at.offset, len)?;
        self.memory[(to + at.offset) as usize..][..len].copy_from_slice(&value.to_le_bytes()[..len]);
        Ok(())
    }

    fn load(&self, at: u64, offset: u64, len: usize) -> Result<u64, String> {
        let mut value = [0; 8];
        value[..len].copy_from_slice(self.bytes(at, offset, len)?);
        Ok(u64::from_le_bytes(value))
    }

    fn bytes(&self, at: u64, offset: u64, len: usize) -> Result<&[u8], String> {
        let from = at.saturating_add(offset) as usize;
        self.memory.get(from..from.saturating_add(len)).ok_or_else(|| "it looks beyond its memory".to_owned())
    }
}

impl<'a> Code<'a> {
    fn read(body: &FunctionBody<'a>) -> Result<Self, Broken> {
        let mut locals = 0;
        for group in body.get_locals_reader()? {
            locals += group?.0 as usize;
        }
        let instructions: Vec<Operator<'a>> =
            body.get_operators_reader()?.into_iter().collect::<Result<_, _>>()?;
        let mut jumps = vec![0; instructions.len()];
        let mut open = Vec::new();
        for (at, instruction) in instructions.iter().enumerate() {
            match instruction {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => open.push(at),
                Operator::Else | Operator::End => {
                    if let Some(begun) = open.pop() {
                        jumps[begun] = at;
                    }
                    if let Operator::Else = instruction {
                        open.push(at);
                    }
                }
                _ => {}
            }
        }
        Ok(Self { locals, instructions, jumps })
    }
}

/// Code is validated before it gets here, so there is a value.
pub(crate) fn pop(stack: &mut Vec<u64>) -> u64 {
    stack.pop().unwrap_or_default()
}
