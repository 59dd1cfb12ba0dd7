//! What a plugin that is being built says of itself: its module is asked, before it is a component.

use wasmtime::{Engine, Instance, Module, OptLevel, Store};

use super::engine::settings;
use super::limits::Limits;

/// The description that a core module gives, which imports nothing.
///
/// # Errors
///
/// If it gives none.
pub fn asked(module: &[u8]) -> Result<String, String> {
    answer(module).map_err(|error| format!("{error:#}"))
}

fn answer(module: &[u8]) -> wasmtime::Result<String> {
    let limits = Limits::default();
    let mut settings = settings(&limits);
    // It is asked once. The threads of whoever builds a plugin may not have been started yet.
    settings.cranelift_opt_level(OptLevel::None).parallel_compilation(false);
    let engine = Engine::new(&settings)?;
    let module = Module::new(&engine, module)?;
    let mut store = Store::new(&engine, ());
    store.set_fuel(limits.fuel)?;
    let instance = Instance::new(&mut store, &module, &[])?;
    let name = plimsoll_build::describing(module.exports().map(|export| export.name()));
    let name = name.ok_or_else(|| wasmtime::Error::msg("it exports no `describe`"))?;
    let describe = instance.get_typed_func::<(), u32>(&mut store, name)?;
    let at = describe.call(&mut store, ())?;
    let memory = instance.get_memory(&mut store, "memory");
    let memory = memory.ok_or_else(|| wasmtime::Error::msg("it exports no memory"))?;
    plimsoll_build::described(memory.data(&store), at).map_err(wasmtime::Error::msg)
}
