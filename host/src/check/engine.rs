//! The sandbox: how plugins run, and how much of everything they get.

use std::path::PathBuf;
use std::sync::OnceLock;

use wasmtime::component::Linker;
use wasmtime::{Config, ResourceLimiter, Store, Trap};

use super::cache::Cache;
use super::description::plain;

use crate::finding::FaultKind;

/// How much a plugin gets. Work is counted in fuel, about one an instruction, so that it ends at the same point on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Fuel for a call, whatever it is given.
    pub fuel: u64,
    /// Further fuel for every byte of objects that a call is given.
    pub fuel_per_byte: u64,
    /// Bytes of linear memory.
    pub memory: usize,
    /// Findings that one call may return.
    pub findings: usize,
    /// Bytes that one call may return.
    pub output: usize,
    /// Bytes of a component.
    pub component: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel: 200_000_000,
            fuel_per_byte: 5_000,
            memory: 256 << 20,
            findings: 50_000,
            output: 64 << 20,
            component: 64 << 20,
        }
    }
}

/// Runs plugins.
pub struct Engine {
    pub(super) engine: wasmtime::Engine,
    pub(super) linker: Linker<State>,
    /// How much each call gets.
    pub limits: Limits,
    cache_folder: Option<PathBuf>,
    cache: OnceLock<Option<Cache>>,
}

/// What belongs to one instance of a plugin: how much it has.
pub(super) struct State {
    memory: usize,
    most_memory: usize,
}

/// What a plugin was refused.
#[derive(Debug)]
enum Refused {
    Memory,
    Table,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Memory => "memory",
            Self::Table => "table",
        })
    }
}

impl std::error::Error for Refused {}

/// All memories of a plugin together stay below the limit, and what goes beyond is a trap, never a quiet failure.
impl ResourceLimiter for State {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let memory = self.memory.saturating_sub(current).saturating_add(desired);
        if memory > self.most_memory {
            return Err(Refused::Memory.into());
        }
        self.memory = memory;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        Err(Refused::Memory.into())
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        if desired > TABLE { Err(Refused::Table.into()) } else { Ok(true) }
    }

    fn table_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        Err(Refused::Table.into())
    }

    fn instances(&self) -> usize {
        32
    }

    fn tables(&self) -> usize {
        8
    }

    fn memories(&self) -> usize {
        8
    }
}

/// Entries of a table of a plugin.
const TABLE: usize = 100_000;
/// Bytes of stack of a plugin. The threads that call plugins have eight times that.
const STACK: usize = 1 << 20;
/// Bytes of stack that a thread needs which calls plugins.
pub const THREAD_STACK: usize = 8 << 20;

impl Engine {
    /// The sandbox with these limits.
    ///
    /// # Errors
    ///
    /// If this machine cannot run WebAssembly.
    pub fn new(limits: Limits) -> Result<Self, String> {
        let engine = wasmtime::Engine::new(&settings())
            .map_err(|error| format!("the sandbox cannot be set up: {error:#}"))?;
        // The linker stays empty: there is nothing that a plugin could call.
        Ok(Self { linker: Linker::new(&engine), engine, limits, cache_folder: None, cache: OnceLock::new() })
    }

    /// Keeps what is compiled in a folder, if that can be trusted.
    pub fn cached(self, folder: PathBuf) -> Self {
        Self { cache_folder: Some(folder), ..self }
    }

    /// The cache, opened when something is first looked for in it.
    pub(super) fn cache(&self) -> Option<&Cache> {
        self.cache.get_or_init(|| Cache::open(self.cache_folder.as_ref()?)).as_ref()
    }

    pub(super) fn store(&self) -> Store<State> {
        let state = State { memory: 0, most_memory: self.limits.memory };
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| state);
        store.set_hostcall_fuel(self.limits.output);
        store
    }
}

/// What all code is compiled with, whenever and wherever that is done.
pub(super) fn settings() -> Config {
    let mut config = Config::new();
    config.consume_fuel(true);
    config.max_wasm_stack(STACK);
    config.cranelift_nan_canonicalization(true);
    config.wasm_relaxed_simd(false);
    config
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// A plugin said more than it may: how much, and how much that is.
#[derive(Debug)]
pub(super) struct SaidTooMuch(pub(super) usize);

impl std::fmt::Display for SaidTooMuch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "it returned {} findings, places and edits", self.0)
    }
}

impl std::error::Error for SaidTooMuch {}

/// What kind of fault an error of a call is, and what a person should read.
pub(super) fn explain(error: &wasmtime::Error, limits: &Limits) -> (FaultKind, String) {
    if let Some(SaidTooMuch(said)) = error.downcast_ref() {
        let most = limits.findings;
        let message = format!(
            "it returned {said} findings, places and edits in one call, more than the {most} allowed; \
             raise `limits.findings` if that is right"
        );
        return (FaultKind::Output, message);
    }
    match error.downcast_ref::<Refused>() {
        Some(Refused::Memory) => {
            let mebibytes = limits.memory >> 20;
            let message = format!(
                "it wanted more than {mebibytes} MiB of memory; raise `limits.memory` if it needs more"
            );
            return (FaultKind::Memory, message);
        }
        Some(Refused::Table) => {
            return (
                FaultKind::Memory,
                format!("it wanted a table of more than {TABLE} entries, which no plugin gets"),
            );
        }
        None => {}
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => {
            let message = format!(
                "it ran out of fuel ({} for a call and {} for every byte of its objects); raise `limits.fuel` if it needs more",
                limits.fuel, limits.fuel_per_byte
            );
            (FaultKind::Fuel, message)
        }
        Some(Trap::StackOverflow) => (FaultKind::Stack, "its stack overflowed (1 MiB)".to_owned()),
        Some(trap) => (FaultKind::Trap, format!("it stopped: {trap}")),
        // wasmtime has no type for this one; a test holds the text.
        None if error.to_string().contains("fuel allocated for hostcalls") => {
            let mebibytes = limits.output >> 20;
            (
                FaultKind::Output,
                format!("it returned more than {mebibytes} MiB; raise `limits.output` if that is right"),
            )
        }
        None => (FaultKind::Trap, format!("it stopped: {}", plain(&format!("{error:#}"), 1000))),
    }
}
