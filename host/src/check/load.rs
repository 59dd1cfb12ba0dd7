//! From the bytes of a component to a plugin that can be run.

use std::borrow::Cow;
use std::sync::OnceLock;

use plimsoll_build::{Weight, weigh};
use sha2::{Digest, Sha256};
use wasmtime::Store;
use wasmtime::component::{Component, InstancePre};

use super::code::{self, Part, Wasm};
use super::description::{Description, Objects, plain};
use super::engine::{Engine, State};
use super::limits::{ALL_INSTANCES, size};
use super::wall::exports::plimsoll::policy::rules::Guest;
use super::wall::packed::exports::plimsoll::policy::packed::Guest as Packed;
use super::wall::packed::{PackedAnswers, PackedAnswersIndices};
use super::wall::{Plugin as Rules, PluginIndices};
use crate::finding::{PluginInfo, RuleInfo};
use crate::source::hex;

/// The version of the interface that this host speaks.
const INTERFACE: (u64, u64, u64) = (1, 0, 0);

/// A plugin. It is compiled when it is first needed.
pub struct Plugin {
    /// What it says it is.
    pub info: PluginInfo,
    /// How it wants its objects.
    pub objects: Objects,
    wasm: Wasm,
    code: Option<Part>,
    ready: OnceLock<Ready>,
}

/// What can be instantiated, with where its exports are.
pub(super) struct Ready {
    component: InstancePre<State>,
    rules: PluginIndices,
    packed: Option<PackedAnswersIndices>,
}

/// A plugin that runs.
pub(super) struct Instance {
    rules: Rules,
    packed: Option<PackedAnswers>,
}

impl Ready {
    fn new(component: InstancePre<State>) -> wasmtime::Result<Self> {
        let rules = PluginIndices::new(&component)?;
        let exports = |name: &str| component.component().get_export_index(None, name).is_some();
        let packed =
            exports(plimsoll_build::PACKED).then(|| PackedAnswersIndices::new(&component)).transpose()?;
        Ok(Self { component, rules, packed })
    }

    /// Starts it.
    pub(super) fn start(&self, store: &mut Store<State>) -> wasmtime::Result<Instance> {
        let instance = self.component.instantiate(&mut *store)?;
        let rules = self.rules.load(&mut *store, &instance)?;
        let packed = self.packed.as_ref().map(|packed| packed.load(store, &instance)).transpose()?;
        Ok(Instance { rules, packed })
    }
}

impl Instance {
    /// What every plugin exports.
    pub(super) fn rules(&self) -> &Guest {
        self.rules.plimsoll_policy_rules()
    }

    /// What some export beside.
    pub(super) fn packed(&self) -> Option<&Packed> {
        self.packed.as_ref().map(PackedAnswers::plimsoll_policy_packed)
    }
}

/// Why a plugin does not load, and what to do.
#[derive(Debug)]
pub struct LoadError(pub String);

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LoadError {}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugin").field("info", &self.info).finish_non_exhaustive()
    }
}

impl Plugin {
    /// Reads what a component says it is, without compiling or running it.
    ///
    /// # Errors
    ///
    /// If it is no component, imports something, was built for another version of the interface, or describes itself wrongly.
    pub fn inspect(bytes: &[u8], file: Option<&str>, most_bytes: usize) -> Result<PluginInfo, LoadError> {
        Ok(inspect(bytes, file, most_bytes)?.0)
    }

    /// Loads a component, without compiling it.
    ///
    /// # Errors
    ///
    /// As [`Plugin::inspect`].
    pub fn load(bytes: Cow<'static, [u8]>, file: Option<&str>, most_bytes: usize) -> Result<Self, LoadError> {
        let (info, objects) = inspect(&bytes, file, most_bytes)?;
        Ok(Self { info, objects, wasm: Wasm::Bytes(bytes), code: None, ready: OnceLock::new() })
    }

    /// A plugin that this executable carries with its native code; it was loaded and judged when it was put there.
    pub fn carried(info: PluginInfo, objects: Objects, wasm: Wasm, code: Part) -> Self {
        Self { info, objects, wasm, code: Some(code), ready: OnceLock::new() }
    }

    /// Its WebAssembly.
    ///
    /// # Errors
    ///
    /// If it lies in the executable, and that is damaged.
    pub fn wasm(&self) -> Result<Cow<'_, [u8]>, LoadError> {
        self.wasm.read().map_err(|why| self.refused("it cannot be read", &why))
    }

    /// Native code for every processor of this kind, after it was tried here.
    ///
    /// # Errors
    ///
    /// If it cannot be compiled or does not fit the interface.
    pub fn portable_code(&self, engine: &Engine) -> Result<Vec<u8>, LoadError> {
        let (code, component) = code::portable(engine, &self.affordable(engine)?)
            .map_err(|error| self.refused("it cannot be compiled", &format!("{error:#}")))?;
        self.fitted(engine, &component)?;
        Ok(code)
    }

    /// What can be instantiated, out of the cache or compiled now if it was not needed before.
    ///
    /// # Errors
    ///
    /// If it cannot be compiled or does not fit the interface.
    pub(super) fn ready(&self, engine: &Engine) -> Result<&Ready, LoadError> {
        if let Some(ready) = self.ready.get() {
            return Ok(ready);
        }
        let carried = self.code.as_ref().map(|code| code::carried(engine, code)).transpose();
        let component = match carried.map_err(|why| self.refused("it cannot be run", &why))?.flatten() {
            Some(component) => component,
            None => {
                let wasm = self.affordable(engine)?;
                code::component(engine, &wasm, &self.info.digest)
                    .map_err(|error| self.refused("it cannot be compiled", &format!("{error:#}")))?
            }
        };
        let ready = self.fitted(engine, &component)?;
        Ok(self.ready.get_or_init(|| ready))
    }

    /// Its WebAssembly, if compiling it comes to an end soon.
    fn affordable(&self, engine: &Engine) -> Result<Cow<'_, [u8]>, LoadError> {
        let wasm = self.wasm()?;
        affordable(&wasm, engine.limits.compile).map_err(|why| {
            let title = self.info.file.as_ref().unwrap_or(&self.info.name);
            LoadError(format!("plugin {title}: {}", plain(&why, 2000)))
        })?;
        Ok(wasm)
    }

    fn fitted(&self, engine: &Engine, component: &Component) -> Result<Ready, LoadError> {
        let ready = engine.linker.instantiate_pre(component).and_then(Ready::new);
        ready.map_err(|error| self.refused("it does not fit the interface", &format!("{error:#}")))
    }

    fn refused(&self, what: &str, why: &str) -> LoadError {
        let title = self.info.file.as_ref().unwrap_or(&self.info.name);
        LoadError(format!("plugin {title}: {what}: {}", plain(why, 1000)))
    }
}

/// Whether compiling comes to an end soon, whatever a component makes of its bytes.
fn affordable(bytes: &[u8], most_work: u64) -> Result<(), String> {
    let Weight { work, instances } = weigh(bytes).map_err(|error| error.to_string())?;
    if instances > ALL_INSTANCES {
        return Err(format!("it makes {instances} instances, and no plugin gets more than {ALL_INSTANCES}"));
    }
    if work > most_work {
        return Err(format!(
            "compiling it is as much work as {work} bytes of plain code, more than the {most_work} allowed; \
             raise `limits.compile` if that is right"
        ));
    }
    Ok(())
}

fn inspect(bytes: &[u8], file: Option<&str>, most_bytes: usize) -> Result<(PluginInfo, Objects), LoadError> {
    let refuse = |why: String| {
        LoadError(format!("plugin {}: {}", file.unwrap_or("in the executable"), plain(&why, 2000)))
    };
    if bytes.len() > most_bytes {
        let (has, most) = (size(bytes.len()), size(most_bytes));
        return Err(refuse(format!(
            "it has {has}, more than the {most} allowed; raise `limits.component` if that is right"
        )));
    }
    let component = plimsoll_build::inspect(bytes).map_err(|error| refuse(error.to_string()))?;
    if let Some(import) = component.imports.first() {
        return Err(refuse(import.to_string()));
    }
    // A later plugin may speak several versions; one that we speak is enough.
    let spoken: Vec<Result<(), String>> =
        component.interfaces.iter().map(|version| serves(version)).collect();
    match spoken.into_iter().reduce(Result::or) {
        Some(spoken) => spoken.map_err(refuse)?,
        None => {
            let interface = plimsoll_build::INTERFACE;
            return Err(refuse(format!(
                "it does not export `{interface}`; it is a component, and no plugin of Plimsoll"
            )));
        }
    }
    let description = component.description.ok_or_else(|| {
        refuse(format!(
            "it has no custom section `{}`; make it with `plimsoll plugin build`",
            plimsoll_build::DESCRIPTION
        ))
    })?;
    let (described, rules) = Description::read(&description).map_err(refuse)?;
    let objects = described.objects;
    Ok((info(described, hex(&Sha256::digest(bytes)), file, rules), objects))
}

fn info(described: Description, digest: String, file: Option<&str>, rules: Vec<RuleInfo>) -> PluginInfo {
    PluginInfo {
        name: described.name,
        version: described.version,
        summary: described.summary,
        digest,
        file: file.map(str::to_owned),
        is_pack: false,
        rules,
    }
}

/// Whether a plugin that speaks this version of the interface can be run. Compared before anything is compiled.
///
/// # Errors
///
/// If it cannot: both versions, and which side to upgrade.
pub fn serves(interface: &str) -> Result<(), String> {
    let ours = format!("{}.{}.{}", INTERFACE.0, INTERFACE.1, INTERFACE.2);
    let mut numbers = interface.split(['.', '-', '+']).map(|number| number.parse::<u64>().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    let theirs = (next(), next(), next());
    let cure =
        if theirs > INTERFACE { "upgrade plimsoll" } else { "build the plugin again with the current SDK" };
    if theirs.0 == INTERFACE.0 && theirs.1 <= INTERFACE.1 {
        return Ok(());
    }
    Err(format!(
        "it speaks version {interface} of the plugin interface, and this plimsoll speaks {ours}; {cure}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Limits;

    include!(concat!(env!("OUT_DIR"), "/packs.rs"));

    #[test]
    fn what_is_sealed_is_what_describe_says() {
        let engine = Engine::new(Limits::default()).expect("the sandbox can be set up");
        assert!(!PACKS.is_empty(), "this test was built without the packs");
        for bytes in PACKS {
            let sealed = plimsoll_build::inspect(bytes).expect("a pack is a component").description;
            let most = engine.limits.component;
            let plugin = Plugin::load(Cow::Borrowed(bytes), None, most).expect("a pack loads");
            let mut store = engine.store();
            engine.refuel(&mut store, 0).expect("fuel is counted");
            let ready = plugin.ready(&engine).expect("a pack can be compiled");
            let running = ready.start(&mut store).expect("a pack starts");
            let said = running.rules().call_describe(&mut store).expect("a pack describes itself");
            assert!(running.packed().is_some(), "{} packs its findings", plugin.info.name);
            assert_eq!(sealed, Some(said), "{}", plugin.info.name);
        }
    }

    #[test]
    fn a_plugin_of_another_interface_is_told_which_side_to_upgrade() {
        assert_eq!(serves("1.0.0"), Ok(()));
        assert!(serves("1.1.0").is_err_and(|why| why.ends_with("upgrade plimsoll")));
        assert!(serves("2.0.0").is_err_and(|why| why.ends_with("upgrade plimsoll")));
        assert!(serves("0.9.0").is_err_and(|why| why.ends_with("with the current SDK")));
    }
}
