//! WASI preview 1 without a world behind it. Compilers that know no bare WebAssembly, such as Go's, make modules that ask WASI for a clock, for
//! noise, for files. The adapter made here stands in the component beside such a module and answers everything itself, the same on every
//! machine and every time, so that the component imports nothing:
//!
//! - the clock counts: a millisecond passes whenever it is looked at, and a sleep takes no time at all;
//! - noise is a fixed sequence of numbers;
//! - there are no arguments, no environment, no files and no sockets; what is printed goes nowhere;
//! - who exits traps.

use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    GlobalSection, GlobalType, ImportSection, InstructionSink, MemArg, MemoryType, Module, TypeSection,
    ValType,
};
use wasmparser::{CompositeInnerType, FuncType, Parser, Payload, TypeRef};

use crate::Error;
use crate::component::broken;

/// The module whose functions are answered.
pub(crate) const PREVIEW_1: &str = "wasi_snapshot_preview1";

const BAD_DESCRIPTOR: i32 = 8;
const MILLISECOND: i64 = 1_000_000;
const CLOCK: u32 = 0;
const NOISE: u32 = 1;

/// The adapter for a core module; none if the module asks nothing of WASI.
///
/// # Errors
///
/// If the module cannot be read.
pub(crate) fn adapter(module: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    let asked = asked(module)?;
    if asked.is_empty() {
        return Ok(None);
    }
    let mut types = TypeSection::new();
    let mut functions = FunctionSection::new();
    let mut exports = ExportSection::new();
    let mut code = CodeSection::new();
    for ((name, of), index) in asked.iter().zip(0..) {
        let encode = |types: &[wasmparser::ValType]| types.iter().map(|of| value(*of)).collect::<Vec<_>>();
        types.ty().function(encode(of.params()), encode(of.results()));
        functions.function(index);
        exports.export(name, ExportKind::Func, index);
        code.function(&answer(name, of));
    }
    let memory =
        MemoryType { minimum: 0, maximum: None, memory64: false, shared: false, page_size_log2: None };
    let mut imports = ImportSection::new();
    imports.import("env", "memory", EntityType::Memory(memory));
    let mut globals = GlobalSection::new();
    for _ in [CLOCK, NOISE] {
        let of = GlobalType { val_type: ValType::I64, mutable: true, shared: false };
        globals.global(of, &ConstExpr::i64_const(0));
    }
    let mut adapter = Module::new();
    adapter.section(&types).section(&imports).section(&functions).section(&globals);
    adapter.section(&exports).section(&code);
    Ok(Some(adapter.finish()))
}

/// The functions of WASI that a module imports, by name.
fn asked(module: &[u8]) -> Result<Vec<(String, FuncType)>, Error> {
    let mut types = Vec::new();
    let mut asked: Vec<(String, FuncType)> = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(broken)? {
            Payload::TypeSection(groups) => {
                for group in groups {
                    types.extend(group.map_err(broken)?.into_types().map(|of| of.composite_type.inner));
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import.map_err(broken)?;
                    let known = asked.iter().any(|(name, _)| name == import.name);
                    if let TypeRef::Func(index) = import.ty
                        && let Some(CompositeInnerType::Func(of)) = types.get(index as usize)
                        && import.module == PREVIEW_1
                        && !known
                    {
                        asked.push((import.name.to_owned(), of.clone()));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(asked)
}

fn value(of: wasmparser::ValType) -> ValType {
    match of {
        wasmparser::ValType::I64 => ValType::I64,
        wasmparser::ValType::F32 => ValType::F32,
        wasmparser::ValType::F64 => ValType::F64,
        _ => ValType::I32,
    }
}

/// A function that answers what the one of this name is asked. The parameters are numbered as WASI's own document has them.
fn answer(name: &str, of: &FuncType) -> Function {
    let params = of.params().len() as u32;
    let mut function = Function::new([(2, ValType::I32)]);
    let (index, sum) = (params, params + 1);
    let mut body = function.instructions();
    match (name, of.params(), of.results()) {
        ("args_sizes_get" | "environ_sizes_get", [_, _], [_]) => {
            body.local_get(0).i32_const(0).i32_store(at(0));
            body.local_get(1).i32_const(0).i32_store(at(0));
            body.i32_const(0);
        }
        ("args_get" | "environ_get" | "sched_yield", _, [_]) => drop(body.i32_const(0)),
        ("clock_res_get", [_, _], [_]) => {
            body.local_get(1).i64_const(MILLISECOND).i64_store(at(0));
            body.i32_const(0);
        }
        ("clock_time_get", [_, _, _], [_]) => {
            body.global_get(CLOCK).i64_const(MILLISECOND).i64_add().global_set(CLOCK);
            body.local_get(2).global_get(CLOCK).i64_store(at(0));
            body.i32_const(0);
        }
        ("random_get", [_, _], [_]) => each(&mut body, index, 1, |body| {
            body.global_get(NOISE).i64_const(6_364_136_223_846_793_005).i64_mul();
            body.i64_const(1_442_695_040_888_963_407).i64_add().global_set(NOISE);
            body.local_get(0).local_get(index).i32_add();
            body.global_get(NOISE).i64_const(56).i64_shr_u().i64_store8(at(0));
        }),
        ("fd_write", [_, _, _, _], [_]) => {
            // Each of the texts is 8 bytes: where it is, and its length.
            each(&mut body, index, 2, |body| {
                body.local_get(1).local_get(index).i32_const(8).i32_mul().i32_add().i32_load(at(4));
                body.local_get(sum).i32_add().local_set(sum);
            });
            body.drop().local_get(3).local_get(sum).i32_store(at(0));
            body.i32_const(0);
        }
        ("poll_oneoff", [_, _, _, _], [_]) => {
            // What is waited for, 48 bytes, becomes what has happened, 32 bytes: the number it was given, no error, and its kind.
            each(&mut body, index, 2, |body| {
                let asked = |body: &mut InstructionSink<'_>| {
                    body.local_get(0).local_get(index).i32_const(48).i32_mul().i32_add();
                };
                let told = |body: &mut InstructionSink<'_>| {
                    body.local_get(1).local_get(index).i32_const(32).i32_mul().i32_add();
                };
                for offset in [0, 8, 16, 24] {
                    told(body);
                    body.i64_const(0).i64_store(at(offset));
                }
                told(body);
                asked(body);
                body.i64_load(at(0)).i64_store(at(0));
                told(body);
                asked(body);
                body.i32_load8_u(at(8)).i32_store8(at(10));
                // Kind 0 is a clock, and how long to wait stands behind the number of the clock.
                asked(body);
                body.i32_load8_u(at(8)).i32_eqz().if_(BlockType::Empty).global_get(CLOCK);
                asked(body);
                body.i64_load(at(24)).i64_add().global_set(CLOCK).end();
            });
            body.drop().local_get(3).local_get(2).i32_store(at(0));
            body.i32_const(0);
        }
        (_, _, [wasmparser::ValType::I32]) => drop(body.i32_const(BAD_DESCRIPTOR)),
        _ => drop(body.unreachable()),
    }
    body.end();
    function
}

/// Does something for every number below the parameter `count`, counted in the local `index`, and leaves 0: all went well.
fn each(body: &mut InstructionSink<'_>, index: u32, count: u32, work: impl Fn(&mut InstructionSink<'_>)) {
    body.block(BlockType::Empty).loop_(BlockType::Empty);
    body.local_get(index).local_get(count).i32_ge_u().br_if(1);
    work(body);
    body.local_get(index).i32_const(1).i32_add().local_set(index).br(0);
    body.end().end().i32_const(0);
}

fn at(offset: u64) -> MemArg {
    MemArg { offset, align: 0, memory_index: 0 }
}
