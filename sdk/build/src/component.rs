//! Components: made from a core module, and looked into without running anything.

use std::borrow::Cow;

use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType};
use wasmparser::{Encoding, Parser, Payload, Validator, WasmFeatures};

use wasm_encoder::ComponentSection as _;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::Error;
use crate::deny::{PREVIEW_1, adapter};

/// The interface that a plugin exports, without its version.
pub const INTERFACE: &str = "plimsoll:policy/rules";
/// The interface that a plugin may export beside, to give its answers in bytes.
pub const PACKED: &str = "plimsoll:policy/packed@1.0.0";
/// The custom section that holds the description of a plugin.
pub const DESCRIPTION: &str = "plimsoll:description";

/// The interface as it was released.
pub const WIT: &str = include_str!("../../../wit/1.0.0/policy.wit");

/// What can be said of a component without running it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Component {
    /// The sealed description, as JSON.
    pub description: Option<String>,
    /// The versions of the plugin interface that it exports.
    pub interfaces: Vec<String>,
    /// Whether it also gives its findings in bytes.
    pub packs: bool,
    /// What it cannot do without. A plugin imports nothing; imports of mere types do not count.
    pub imports: Vec<Import>,
}

/// Something that a component wants from its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The name under which it is asked for, such as `wasi:cli/environment@0.2.3`.
    pub name: String,
    /// `function`, `resource`, `module` or `component`.
    pub what: &'static str,
}

/// Makes a component of a core module that wit-bindgen's bindings were compiled into, and seals its description into the component. The one
/// in the module's custom section, which its compiler put together, does not tell what parameters look like, so that `ask` has to run
/// the module and say what it describes itself as: [`describing`] and [`described`] help with that.
///
/// # Errors
///
/// If the module is no plugin, imports something, or does not describe itself.
pub fn seal(module: &[u8], ask: impl FnOnce(&[u8]) -> Result<String, String>) -> Result<Vec<u8>, Error> {
    let description = compiled_description(module)?;
    if !core_imports(module)?.is_empty() {
        // What is wrong with it is told of the component.
        return encode(module, None, &description);
    }
    let asked = ask(module).map_err(|why| Error(format!("the module does not say what it is: {why}")))?;
    encode(module, None, asked.as_bytes())
}

/// The description in a core module's custom section.
///
/// # Errors
///
/// If there is none.
pub fn compiled_description(module: &[u8]) -> Result<Vec<u8>, Error> {
    custom_section(module, DESCRIPTION)?.ok_or_else(|| {
        Error(format!(
            "the module has no custom section `{DESCRIPTION}`; list its rules with `plimsoll_sdk::plugin![…]`"
        ))
    })
}

/// Which of a core module's exports describes it.
pub fn describing<'a>(mut exports: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    exports.find(|name| name.starts_with(INTERFACE) && name.ends_with("#describe"))
}

/// The text that [`describing`] left in the memory of its module, and returned the place of.
///
/// # Errors
///
/// If there is none.
pub fn described(memory: &[u8], at: u32) -> Result<String, String> {
    let bytes = |at: u32, len: u32| memory.get(at as usize..).and_then(|rest| rest.get(..len as usize));
    let number = |at: u32| Some(u32::from_le_bytes(*bytes(at, 4)?.first_chunk()?));
    let text = number(at).zip(number(at.saturating_add(4))).and_then(|(start, len)| bytes(start, len));
    let text = text.ok_or("it leads out of its memory")?;
    String::from_utf8(text.to_vec()).map_err(|_| "what it says is not UTF-8".to_owned())
}

/// As [`seal`], for a core module of any compiler that exports the interface as the canonical ABI has it. What it asks of WASI preview 1 is
/// denied, always in the same way.
///
/// # Errors
///
/// If the module is no WebAssembly, does not fit the interface, or imports anything else.
pub fn seal_module(module: &[u8], description: &str) -> Result<Vec<u8>, Error> {
    let broken = |error| Error(format!("the module cannot be told of the interface: {error:#}"));
    let mut resolve = Resolve::default();
    let package = resolve.push_str("policy.wit", WIT).map_err(broken)?;
    let world = resolve.select_world(&[package], Some("plugin")).map_err(broken)?;
    let mut module = module.to_vec();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).map_err(broken)?;
    encode(&module, adapter(&module)?.as_deref(), description.as_bytes())
}

/// Seals the description into a component that another tool made.
///
/// # Errors
///
/// If it is no component, carries a description already, or imports anything.
pub fn seal_component(mut component: Vec<u8>, description: &str) -> Result<Vec<u8>, Error> {
    let found = inspect(&component)?;
    if let Some(import) = found.imports.first() {
        return Err(Error(refusal(import)));
    }
    if found.description.is_some() {
        return Err(Error(format!("the component has a custom section `{DESCRIPTION}` already")));
    }
    append(&mut component, description.as_bytes());
    Ok(component)
}

/// Whether bytes begin as a component does.
pub fn is_component(bytes: &[u8]) -> bool {
    Parser::is_component(bytes)
}

fn encode(module: &[u8], wasi: Option<&[u8]>, description: &[u8]) -> Result<Vec<u8>, Error> {
    let core = core_imports(module)?;
    if let Some(import) = core.iter().find(|import| wasi.is_none() || !import.name.starts_with(PREVIEW_1)) {
        return Err(Error(refusal(import)));
    }
    let encode = || {
        let mut encoder = ComponentEncoder::default().validate(true).module(module)?;
        match wasi {
            Some(wasi) => encoder.adapter(PREVIEW_1, wasi)?.encode(),
            None => encoder.encode(),
        }
    };
    let mut component =
        encode().map_err(|error| Error(format!("the module cannot be made a component: {error:#}")))?;
    append(&mut component, description);
    Ok(component)
}

fn append(component: &mut Vec<u8>, description: &[u8]) {
    let section =
        wasm_encoder::CustomSection { name: Cow::Borrowed(DESCRIPTION), data: Cow::Borrowed(description) };
    section.append_to_component(component);
}

/// Looks into a component: validates it and reads its description, the version of its interface and its imports.
///
/// # Errors
///
/// If the bytes are not a valid component; the message says what they are instead, where that can be told.
pub fn inspect(bytes: &[u8]) -> Result<Component, Error> {
    if bytes.starts_with(b"\x7fELF") {
        return Err(Error(
            "this is precompiled code, not WebAssembly; give the component that it was compiled from".into(),
        ));
    }
    if !bytes.starts_with(b"\0asm") {
        return Err(Error(
            "this is not WebAssembly; a plugin is a component, made by `plimsoll plugin build`".into(),
        ));
    }
    if Parser::is_core_wasm(bytes) {
        return Err(Error(
            "this is a core module, not a component; `plimsoll plugin build` makes a component of it".into(),
        ));
    }
    let mut validator = Validator::new_with_features(WasmFeatures::default());
    let types = validator.validate_all(bytes).map_err(|error| {
        Error(format!("the component is broken: {error}; build it anew or fetch it again"))
    })?;
    let types = types.as_ref();
    let mut found = Component::default();
    let mut depth = 0u32;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(broken)? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) if depth == 0 && section.name() == DESCRIPTION => {
                let text = String::from_utf8(section.data().to_vec());
                let text =
                    text.map_err(|_| Error(format!("the custom section `{DESCRIPTION}` is not UTF-8")))?;
                if found.description.replace(text).is_some() {
                    return Err(Error(format!(
                        "the component has more than one custom section `{DESCRIPTION}`"
                    )));
                }
            }
            Payload::ComponentImportSection(imports) if depth == 0 => {
                for import in imports {
                    let name = import.map_err(broken)?.name.name;
                    if let Some(item) = types.component_item_for_import(name) {
                        found.imports.extend(wanted(&types, name, item.ty));
                    }
                }
            }
            Payload::ComponentExportSection(exports) if depth == 0 => {
                for export in exports {
                    let name = export.map_err(broken)?.name.name;
                    if let Some((INTERFACE, version)) = name.split_once('@') {
                        found.interfaces.push(version.to_owned());
                    }
                    found.packs |= name == PACKED;
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Why an import is refused, and what to do.
pub(crate) fn refusal(import: &Import) -> String {
    let cure = if import.name.starts_with("wasi:") || import.name.starts_with("wasi_") {
        "it was built for a WASI target; build it for `wasm32-unknown-unknown`"
    } else {
        "a plugin may import nothing; remove what asks for it"
    };
    format!("it imports the {} `{}`, and {cure}", import.what, import.name)
}

impl std::fmt::Display for Import {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&refusal(self))
    }
}

fn wanted(
    types: &wasmparser::types::TypesRef<'_>,
    name: &str,
    entity: ComponentEntityType,
) -> Option<Import> {
    let import = |what| Some(Import { name: name.to_owned(), what });
    match entity {
        ComponentEntityType::Func(_) => import("function"),
        ComponentEntityType::Module(_) => import("module"),
        ComponentEntityType::Component(_) => import("component"),
        ComponentEntityType::Value(_) => import("value"),
        ComponentEntityType::Type { created: ComponentAnyTypeId::Resource(_), .. } => import("resource"),
        ComponentEntityType::Type { .. } => None,
        ComponentEntityType::Instance(instance) => types[instance]
            .exports
            .iter()
            .find_map(|(export, item)| wanted(types, &format!("{name}#{export}"), item.ty)),
    }
}

fn core_imports(module: &[u8]) -> Result<Vec<Import>, Error> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ImportSection(imports) = payload.map_err(broken)? {
            for import in imports.into_imports() {
                let import = import.map_err(broken)?;
                found.push(Import { name: format!("{}#{}", import.module, import.name), what: "function" });
            }
        }
    }
    Ok(found)
}

fn custom_section(wasm: &[u8], name: &str) -> Result<Option<Vec<u8>>, Error> {
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(broken)? {
            Payload::Version { encoding: Encoding::Component, .. } => {
                return Err(Error(
                    "this is a component already; give the core module that cargo made".into(),
                ));
            }
            Payload::CustomSection(section) if section.name() == name => {
                return Ok(Some(section.data().to_vec()));
            }
            _ => {}
        }
    }
    Ok(None)
}

pub(crate) fn broken(error: wasmparser::BinaryReaderError) -> Error {
    Error(format!("the WebAssembly is broken: {error}"))
}
