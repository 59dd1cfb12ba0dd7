//! The sandbox: how plugins run, and how much of everything they get.

use wasmtime::component::Linker;
use wasmtime::{Config, Store, StoreLimits, StoreLimitsBuilder, Trap};

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
}

/// What belongs to one instance of a plugin.
pub(super) struct State {
    limits: StoreLimits,
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
        let mut config = Config::new();
        config.consume_fuel(true);
        config.max_wasm_stack(STACK);
        config.cranelift_nan_canonicalization(true);
        config.wasm_relaxed_simd(false);
        config.relaxed_simd_deterministic(true);
        let engine = wasmtime::Engine::new(&config)
            .map_err(|error| format!("the sandbox cannot be set up: {error:#}"))?;
        // The linker stays empty: there is nothing that a plugin could call.
        Ok(Self { linker: Linker::new(&engine), engine, limits })
    }

    pub(super) fn store(&self) -> Store<State> {
        let limits = StoreLimitsBuilder::new()
            .memory_size(self.limits.memory)
            .memories(8)
            .tables(8)
            .table_elements(TABLE)
            .instances(32)
            .trap_on_grow_failure(true)
            .build();
        let mut store = Store::new(&self.engine, State { limits });
        store.limiter(|state| &mut state.limits);
        store.set_hostcall_fuel(self.limits.output);
        store
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// What kind of fault an error of a call is, and what a person should read.
pub(super) fn explain(error: &wasmtime::Error, limits: &Limits) -> (FaultKind, String) {
    let text = format!("{error:#}");
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
        None if text.contains("growing table") || text.contains("table growth failure") => (
            FaultKind::Memory,
            format!("it wanted a table of more than {TABLE} entries, which no plugin gets"),
        ),
        None if text.contains("forcing trap when growing")
            || text.contains("forcing a memory growth failure") =>
        {
            let mebibytes = limits.memory >> 20;
            (
                FaultKind::Memory,
                format!(
                    "it wanted more than {mebibytes} MiB of memory; raise `limits.memory` if it needs more"
                ),
            )
        }
        None if text.contains("fuel allocated for hostcalls") || text.contains("hostcall") => {
            let mebibytes = limits.output >> 20;
            (
                FaultKind::Output,
                format!("it returned more than {mebibytes} MiB; raise `limits.output` if that is right"),
            )
        }
        None => (FaultKind::Trap, format!("it stopped: {text}")),
    }
}
