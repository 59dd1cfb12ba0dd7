//! Native code of plugins. It runs with all the authority of this process, so it is made here, or taken from a cache that we wrote, and
//! from nowhere else: what somebody hands in as a plugin is compiled.

use std::hash::{Hash, Hasher};

use sha2::{Digest, Sha256};
use wasmtime::component::Component;

use super::engine::Engine;
use crate::source::hex;

/// The component, out of the cache or compiled. The digest is that of its bytes.
pub(super) fn component(engine: &Engine, bytes: &[u8], digest: &str) -> wasmtime::Result<Component> {
    let Some(cache) = engine.cache() else { return trusted(engine, &compiled(engine, bytes)?) };
    let key = key(engine, digest);
    let kept = cache.get(&key).and_then(|code| trusted(engine, &code).ok());
    match kept {
        Some(component) => Ok(component),
        None => {
            let code = compiled(engine, bytes)?;
            cache.put(&key, &code);
            trusted(engine, &code)
        }
    }
}

fn compiled(engine: &Engine, bytes: &[u8]) -> wasmtime::Result<Vec<u8>> {
    engine.engine.precompile_component(bytes)
}

/// The component whose native code we made. That it fits this engine and this processor is checked, that it is code is not.
#[expect(unsafe_code, reason = "native code that was made earlier cannot be had otherwise")]
fn trusted(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: the callers are in this file, and have it from the compiler or from the cache, where it was found whole and ours.
    unsafe { Component::deserialize(&engine.engine, code) }
}

/// What an entry of the cache is called: it holds this component, for engines like this one on processors like this one.
fn key(engine: &Engine, digest: &str) -> String {
    let mut hasher = Sha(Sha256::new());
    engine.engine.precompile_compatibility_hash().hash(&mut hasher);
    let kind = hasher.0.finalize();
    hex(&Sha256::new().chain_update(digest).chain_update(kind).finalize())
}

/// Feeds what is hashed to SHA-256: the hashers of the standard library may change with the compiler.
struct Sha(Sha256);

impl Hasher for Sha {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        unreachable!("what is wanted is the digest")
    }
}
