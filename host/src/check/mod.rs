//! Objects × plugins → findings and faults, in a fixed order. The only place that knows WebAssembly runs.

mod accept;
mod ask;
mod cache;
mod code;
mod description;
mod engine;
mod limits;
mod load;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod mapped;
mod room;
mod said;
mod shift;
mod worker;

pub use ask::asked;
pub use code::{Part, Wasm, this_executable};
pub use description::{Objects, VERSION, described, is_name};
pub use engine::Engine;
pub use limits::Limits;
pub use load::{Plugin, serves};
pub use shift::{Wrong, check, measure};
pub use worker::{Cost, Request, Wanted};

mod wall {
    //! The host's side of the wall, generated from the WIT.
    #![allow(missing_docs, reason = "generated from the WIT, which documents itself")]
    wasmtime::component::bindgen!({ path: "../wit/1.0.0", world: "plugin" });

    pub mod packed {
        //! The answers in bytes, which a plugin may export beside.
        wasmtime::component::bindgen!({ path: "../wit/1.0.0", world: "packed-answers" });
    }
}
