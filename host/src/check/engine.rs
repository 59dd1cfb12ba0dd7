//! The sandbox: how plugins run, and how much of everything they get.

use std::path::PathBuf;
use std::sync::OnceLock;

use plimsoll_tape::packed::Malformed;
use wasmtime::component::Linker;
use wasmtime::{Config, ResourceLimiter, Store, Trap};

use super::cache::Cache;
use super::description::plain;
use super::limits::{INSTANCES, Limits, MEMORIES, TABLES, size};
use crate::finding::FaultKind;

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
    table_entries: usize,
    limits: Limits,
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

/// All memories of a plugin together stay below the limit, and so do all tables; what goes beyond is a trap, never a quiet failure.
impl ResourceLimiter for State {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let memory = self.memory.saturating_sub(current).saturating_add(desired);
        if memory > self.limits.memory {
            return Err(Refused::Memory.into());
        }
        self.memory = memory;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        Err(Refused::Memory.into())
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let entries = self.table_entries.saturating_sub(current).saturating_add(desired);
        if entries > self.limits.table_entries {
            return Err(Refused::Table.into());
        }
        self.table_entries = entries;
        Ok(true)
    }

    fn table_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        Err(Refused::Table.into())
    }

    fn instances(&self) -> usize {
        INSTANCES
    }

    fn tables(&self) -> usize {
        TABLES
    }

    fn memories(&self) -> usize {
        MEMORIES
    }
}

impl Engine {
    /// The sandbox with these limits.
    ///
    /// # Errors
    ///
    /// If this machine cannot run WebAssembly.
    pub fn new(limits: Limits) -> Result<Self, String> {
        let engine = wasmtime::Engine::new(&settings(&limits))
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
        let state = State { memory: 0, table_entries: 0, limits: self.limits };
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| state);
        store.set_hostcall_fuel(self.limits.output);
        store
    }

    /// Gives a call with so many bytes of objects its fuel.
    pub(super) fn refuel(&self, store: &mut Store<State>, bytes: usize) -> wasmtime::Result<()> {
        let Limits { fuel, fuel_per_byte, .. } = self.limits;
        store.set_fuel(fuel.saturating_add(fuel_per_byte.saturating_mul(bytes as u64)))
    }
}

/// What all code is compiled with, whenever and wherever that is done.
pub(super) fn settings(limits: &Limits) -> Config {
    let mut config = Config::new();
    config.consume_fuel(true);
    config.max_wasm_stack(limits.stack);
    // No plugin runs on such a stack, but it may not be smaller.
    config.async_stack_size(limits.stack);
    config.cranelift_nan_canonicalization(true);
    config.wasm_relaxed_simd(false);
    // A plugin's data is a few pages, which are copied sooner than a file of their own is made for them.
    config.memory_init_cow(false);
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    config.with_custom_code_memory(Some(super::mapped::publisher()));
    // Nobody is shown a backtrace or unwinds through a plugin, and what would tell of its frames is an eighth of its code.
    config.generate_address_map(false);
    config.wasm_backtrace_max_frames(None);
    // The system's own unwinder needs it there.
    config.native_unwind_info(cfg!(windows));
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

/// A plugin could not look, and says why. An exception in an interpreter comes as this, so each object of a batch is then asked about alone.
#[derive(Debug)]
pub(super) struct GaveUp(pub(super) String);

impl std::fmt::Display for GaveUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "it gave up: {}", self.0)
    }
}

impl std::error::Error for GaveUp {}

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
    if let Some(malformed) = error.downcast_ref::<Malformed>() {
        return (FaultKind::Nonsense, malformed.to_string());
    }
    if let Some(gave_up) = error.downcast_ref::<GaveUp>() {
        return (FaultKind::Trap, gave_up.to_string());
    }
    match error.downcast_ref::<Refused>() {
        Some(Refused::Memory) => {
            let memory = size(limits.memory);
            let message =
                format!("it wanted more than {memory} of memory; raise `limits.memory` if it needs more");
            return (FaultKind::Memory, message);
        }
        Some(Refused::Table) => {
            let entries = limits.table_entries;
            let message = format!(
                "it wanted tables of more than {entries} entries; raise `limits.tableEntries` if it needs more"
            );
            return (FaultKind::Memory, message);
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
        Some(Trap::StackOverflow) => {
            let stack = size(limits.stack);
            (
                FaultKind::Stack,
                format!("it wanted more than {stack} of stack; raise `limits.stack` if it needs more"),
            )
        }
        Some(trap) => (FaultKind::Trap, format!("it stopped: {trap}")),
        // wasmtime has no type for the next two; tests hold the texts.
        None if error.to_string().contains("fuel allocated for hostcalls") => {
            let output = size(limits.output);
            let message = format!("it returned more than {output}; raise `limits.output` if that is right");
            (FaultKind::Output, message)
        }
        None if error.to_string().contains("count too high") => {
            let message = format!(
                "it wanted more than {INSTANCES} instances, {MEMORIES} memories or {TABLES} tables, which no plugin gets; \
                 make one module of it"
            );
            (FaultKind::Memory, message)
        }
        None => (FaultKind::Trap, format!("it stopped: {}", plain(&format!("{error:#}"), 1000))),
    }
}
